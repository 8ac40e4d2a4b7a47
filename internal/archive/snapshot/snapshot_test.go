package snapshot

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSnapshotIsBounded(t *testing.T) {
	s := make(Posts, MaxPosts)
	for i := range s {
		s[i].position = int64(MaxPosts - i)
	}
	next := s.WithChanges(nil, map[int64]Row{MaxPosts + 1: {position: MaxPosts + 1}, -1: {position: -1}})
	require.Len(t, next, MaxPosts)
	require.EqualValues(t, MaxPosts+1, next[0].position)
	require.EqualValues(t, 2, next[MaxPosts-1].position)
	require.Len(t, s.WithChanges(map[int64]bool{-5: true, 5: true}, nil), MaxPosts-1, "a removed position need not exist")
	require.Empty(t, Posts(nil).WithChanges(map[int64]bool{1: true, 2: true}, nil))
}
