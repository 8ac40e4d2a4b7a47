package rendering

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/speech"
)

// TestCacheIsBoundedBySize fills the cache with posts that have the most sentences possible in 256 KiB. The cache must
// stay within maxCachedBytes.
func TestCacheIsBoundedBySize(t *testing.T) {
	rendered := &Rendered{Turns: speech.Parse(strings.Repeat("<p>a", 64<<10), speech.Announcements{}).Turns()}
	require.Greater(t, rendered.memorySize(), 3<<20)
	var s RenderCache
	for i := range maxCachedPosts {
		s.Put(1, Key{ID: fmt.Sprint(i)}, rendered)
		s.Put(1, Key{ID: fmt.Sprint(i)}, rendered)
		require.LessOrEqual(t, s.size, maxCachedBytes)
		require.Equal(t, len(s.posts)*rendered.memorySize(), s.size)
	}
	_, last := s.Get(1, Key{ID: fmt.Sprint(maxCachedPosts - 1)})
	require.True(t, last, "the last post is cached")
}
