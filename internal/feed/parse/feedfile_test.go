package parse

import (
	"bytes"
	"context"
	"io"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"lastpost/internal/feed"
	"lastpost/internal/feed/decode"
)

var blogBase = &url.URL{Scheme: "https", User: url.UserPassword("reader", "secret"), Host: "blog.test", Path: "/feed/"}

func TestFeedFileReadsFormats(t *testing.T) {
	for _, c := range []struct{ claim, body, title string }{
		{"RSS", rssFeed(`<item><title>A</title><link>/1</link></item>`), "A"},
		{"Atom", `<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>A</title><link href="/1"/></entry></feed>`, "A"},
		{"RDF", `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"><channel/><item><title>A</title><link>/1</link></item></rdf:RDF>`, "A"},
		{"JSON Feed", `{"version":"https://jsonfeed.org/version/1.1","items":[{"id":"1","url":"/1","title":"A"}]}`, "A"},
		{"JSON Feed over several lines, with the version at the end", "{\n\"id\": \"x\",\n\"items\":\n[\n{\"url\":\"/1\",\n\"title\":\"A\"}],\n\"version\":\n\"https://jsonfeed.org/version/1\"}\n", "A"},
		{"Windows-1252", "<?xml version=\"1.0\" encoding=\"windows-1252\"?>" + rssFeed("<item><title>Caf\xe9</title><link>/1</link></item>"), "Café"},
		{"a duplicate post is dropped", rssFeed(strings.Repeat(`<item><title>A</title><link>/1</link><guid>x</guid></item>`, 2)), "A"},
	} {
		t.Run(c.claim, func(t *testing.T) {
			is, err := IsFeed(strings.NewReader(c.body))
			require.NoError(t, err)
			require.True(t, is)
			entries, err := FeedFile(t.Context(), strings.NewReader(c.body), blogBase, t0, nil)
			require.NoError(t, err)
			require.Len(t, entries, 1)
			require.Equal(t, c.title, entries[0].Title)
			require.Equal(t, "https://blog.test/1", entries[0].Link, "the link does not contain the password")
		})
	}
}

func TestIsFeedRejectsJSONLines(t *testing.T) {
	for _, body := range []string{
		`{"id":"1","title":"a"}`, "\n\n" + `{"content":"` + strings.Repeat("x", 1<<20) + `","id":"1"}` + "\n", "{", `{"id":`,
		`{"version":"1","id":"2"}`, `{"version":["https://jsonfeed.org/"]}`, "{}", "{" + strings.Repeat(`"a":{`, 5000),
	} {
		is, err := IsFeed(strings.NewReader(body))
		require.NoError(t, err)
		require.False(t, is, "%.80s", body)
	}
}

func TestFeedFileRefuses(t *testing.T) {
	body := rssFeed(rssItem(1, t0, "text"))
	for _, c := range []struct {
		claim, body, text string
		kind              error
	}{
		{"nothing", " \n", "is empty", feed.ErrNotFeed},
		{"a page", "<!doctype html><title>x</title>", "is a web page, not a feed or JSON lines", feed.ErrNotFeed},
		{"text", "Date,Title\n", "is neither a feed nor JSON lines", feed.ErrNotFeed},
		{"a list", "[1]", "is neither a feed nor JSON lines", feed.ErrNotFeed},
		{"a list of feeds", "<!-- a --><opml></opml>", "is neither a feed nor JSON lines", feed.ErrNotFeed},
		{"other XML", "<?xml version='1.0'?>" + strings.Repeat(" ", decode.SniffSize) + "<opml/>", "its root element is <opml>", feed.ErrNotFeed},
		{"JSON of another kind", `{"error":1}`, "not a JSON Feed", feed.ErrNotFeed},
		{"a truncated feed", body[:len(body)-9], "cut off", feed.ErrCutOff},
		{"a feed that is too large", "<rss><channel>" + strings.Repeat(" ", 11<<20), "larger than 10 MiB", feed.ErrTooLarge},
	} {
		t.Run(c.claim, func(t *testing.T) {
			entries, err := FeedFile(t.Context(), strings.NewReader(c.body), blogBase, t0, nil)
			require.ErrorIs(t, err, c.kind)
			require.ErrorContains(t, err, c.text)
			require.NotContains(t, err.Error(), "own address")
			require.Empty(t, entries)
		})
	}
	ended, end := context.WithCancel(t.Context())
	end()
	_, err := FeedFile(ended, strings.NewReader(body), blogBase, t0, nil)
	require.ErrorIs(t, err, context.Canceled)
	_, err = IsFeed(failingReader{})
	require.ErrorIs(t, err, io.ErrClosedPipe)
}

type failingReader struct{}

func (failingReader) Read([]byte) (int, error) { return 0, io.ErrClosedPipe }

// FuzzClean checks that Sanitize does not change an entry from a file, nor an entry that it has already sanitized.
func FuzzClean(f *testing.F) {
	for _, s := range []string{
		rssFeed(rssItem(1, t0, "text")), `{"items":[{"id":1,"title":"a","url":"/?\u00e9#%zz"}]}`, "<rss><item><title>&amp;amp;nGt; &amp;lt;b></title>",
		rssFeed(`<item><title>a</title><category>👩‍👩‍👦</category><enclosure url="/1.mp3" type="audio/mpeg"/><link>http://[::1]:80/a b?c d#é</link></item>`),
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		entries, _ := FeedFile(t.Context(), bytes.NewReader(body), blogBase, t0, nil)
		for _, e := range entries {
			if e.Published.IsZero() {
				e.Published = t0
			}
			c, err := e.Validate()
			require.NoError(t, err)
			requireSame(t, e, c)
		}
		if !utf8.Valid(body) {
			return
		}
		s := string(body)
		c, err := feed.Entry{Post: feed.Post{ID: s, Title: s, Published: t0}, Content: s, Categories: strings.SplitAfter(s, "e")}.Validate()
		if err != nil {
			return
		}
		requireEntry(t, c)
		again, err := c.Validate()
		require.NoError(t, err)
		requireSame(t, c, again)
	})
}

func requireSame(t *testing.T, a, b feed.Entry) {
	t.Helper()
	require.True(t, slices.Equal(a.Categories, b.Categories), "%q, %q", a.Categories, b.Categories)
	a.Categories, b.Categories = nil, nil
	require.Equal(t, a, b)
}
