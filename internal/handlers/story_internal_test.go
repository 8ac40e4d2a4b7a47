package handlers

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/speech"
)

// TestStoriesAreBoundedByTheirSize remembers posts of as many sentences as there is room for in a post's 256 KiB.
func TestStoriesAreBoundedByTheirSize(t *testing.T) {
	told := &story{turns: speech.Parse(strings.Repeat("<p>a", 64<<10), speech.Announcements{}).Turns()}
	require.Greater(t, told.size(), 3<<20)
	var s stories
	for i := range maxStories {
		s.put(1, storyKey{id: fmt.Sprint(i)}, told)
		s.put(1, storyKey{id: fmt.Sprint(i)}, told)
		require.LessOrEqual(t, s.size, maxTold)
		require.Equal(t, len(s.told)*told.size(), s.size)
	}
	_, last := s.get(1, storyKey{id: fmt.Sprint(maxStories - 1)})
	require.True(t, last, "what was told last is remembered")
}
