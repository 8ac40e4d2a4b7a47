package crawl

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTitle requires that the title of the feed is known after a poll, after a response without changes, after a
// failure, and at once in a new process.
func TestTitle(t *testing.T) {
	s := newSite(t, serveBody(blog, "ETag", `"e"`))
	store := new(memoryStore)
	first, c, _ := newRefresher(s.URL)
	first.Archive = store
	require.Empty(t, first.Title())
	require.NoError(t, first.Poll(t.Context()))
	require.Equal(t, "A blog", first.Title())
	require.Equal(t, "A blog", first.Status().Title)

	c.now = hours(1)
	s.setAnswer(serveStatus(http.StatusNotModified))
	require.NoError(t, first.Poll(t.Context()))
	require.Equal(t, "A blog", first.Title(), "the feed has not changed")

	status, err := ReadStatus(t.Context(), store, s.URL)
	require.NoError(t, err)
	require.Equal(t, "A blog", status.Title, "a new process knows it before its first poll")
	status, err = ReadStatus(t.Context(), store, "https://other.test/feed")
	require.NoError(t, err)
	require.Empty(t, status.Title, "another feed has another title")

	second, c, _ := newRefresher(s.URL)
	second.Archive = store
	require.NoError(t, second.loadStateOnce(t.Context()))
	require.Equal(t, "A blog", second.Title())
	c.now = hours(2)
	s.setAnswer(serveBody(strings.Replace(blog, "<title>A blog</title>", "<title>Another name</title>", 1)))
	require.NoError(t, second.Poll(t.Context()))
	require.Equal(t, "Another name", second.Title())
	c.now = hours(3)
	s.setAnswer(serveBody(strings.Replace(blog, "<title>A blog</title>", "", 1)))
	require.NoError(t, second.Poll(t.Context()))
	require.Equal(t, "Another name", second.Title(), "a feed that lost its title keeps its name")
}

// TestTitleAfterUpgrade requires a full response after an upgrade from a version that did not store the title. With the
// stored validators, a feed that never changes would never show its title.
func TestTitleAfterUpgrade(t *testing.T) {
	s := newSite(t, serveBody(blog, "ETag", `"e"`))
	r, _, _ := newRefresher(s.URL)
	require.NoError(t, r.Poll(t.Context()))
	store := r.Archive.(*memoryStore)
	note, err := store.Memo(t.Context(), stateMemo)
	require.NoError(t, err)
	old := strings.NewReplacer(`"Title":"A blog",`, "", `"TitleRead":true,`, "").Replace(string(note))
	require.NotEqual(t, string(note), old)
	store.notes[stateMemo] = []byte(old)
	s.takeRequests()

	upgraded, c, _ := newRefresher(s.URL)
	upgraded.Archive, c.now = store, hours(1)
	require.NoError(t, upgraded.Poll(t.Context()))
	require.Empty(t, s.takeRequests()[0].Header.Get("If-None-Match"))
	require.Equal(t, "A blog", upgraded.Title())
	c.now = hours(2)
	require.NoError(t, upgraded.Poll(t.Context()))
	require.Equal(t, `"e"`, s.takeRequests()[0].Header.Get("If-None-Match"), "only once")
}
