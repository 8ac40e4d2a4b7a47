package handlers

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/speech"
)

// TestCacheIsBoundedBySize remembers posts of as many sentences as there is room for in a post's 256 KiB.
func TestCacheIsBoundedBySize(t *testing.T) {
	told := &renderedPost{turns: speech.Parse(strings.Repeat("<p>a", 64<<10), speech.Announcements{}).Turns()}
	require.Greater(t, told.memorySize(), 3<<20)
	var s renderCache
	for i := range maxCachedPosts {
		s.put(1, renderKey{id: fmt.Sprint(i)}, told)
		s.put(1, renderKey{id: fmt.Sprint(i)}, told)
		require.LessOrEqual(t, s.size, maxCachedBytes)
		require.Equal(t, len(s.posts)*told.memorySize(), s.size)
	}
	_, last := s.get(1, renderKey{id: fmt.Sprint(maxCachedPosts - 1)})
	require.True(t, last, "what was told last is remembered")
}
