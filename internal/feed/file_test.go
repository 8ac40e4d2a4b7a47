package feed

import (
	"bytes"
	"context"
	"io"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

var blogBase = &url.URL{Scheme: "https", User: url.UserPassword("reader", "secret"), Host: "blog.test", Path: "/feed/"}

func TestReadForms(t *testing.T) {
	for _, c := range []struct{ claim, body, title string }{
		{"RSS", rssOf(`<item><title>A</title><link>/1</link></item>`), "A"},
		{"Atom", `<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>A</title><link href="/1"/></entry></feed>`, "A"},
		{"RDF", `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"><channel/><item><title>A</title><link>/1</link></item></rdf:RDF>`, "A"},
		{"JSON Feed", `{"version":"https://jsonfeed.org/version/1.1","items":[{"id":"1","url":"/1","title":"A"}]}`, "A"},
		{"JSON Feed over several lines, the version last", "{\n\"id\": \"x\",\n\"items\":\n[\n{\"url\":\"/1\",\n\"title\":\"A\"}],\n\"version\":\n\"https://jsonfeed.org/version/1\"}\n", "A"},
		{"Windows-1252", "<?xml version=\"1.0\" encoding=\"windows-1252\"?>" + rssOf("<item><title>Caf\xe9</title><link>/1</link></item>"), "Café"},
		{"a post that is there twice", rssOf(strings.Repeat(`<item><title>A</title><link>/1</link><guid>x</guid></item>`, 2)), "A"},
	} {
		t.Run(c.claim, func(t *testing.T) {
			is, err := IsFeed(strings.NewReader(c.body))
			require.NoError(t, err)
			require.True(t, is)
			entries, err := Read(t.Context(), strings.NewReader(c.body), blogBase, t0)
			require.NoError(t, err)
			require.Len(t, entries, 1)
			require.Equal(t, c.title, entries[0].Title)
			require.Equal(t, "https://blog.test/1", entries[0].Link, "and nobody's password")
		})
	}
}

func TestIsFeedTellsJSONLines(t *testing.T) {
	for _, body := range []string{
		`{"id":"1","title":"a"}`, "\n\n" + `{"content":"` + strings.Repeat("x", 1<<20) + `","id":"1"}` + "\n", "{", `{"id":`,
		`{"version":"1","id":"2"}`, `{"version":["https://jsonfeed.org/"]}`, "{}", "{" + strings.Repeat(`"a":{`, 5000),
	} {
		is, err := IsFeed(strings.NewReader(body))
		require.NoError(t, err)
		require.False(t, is, "%.80s", body)
	}
}

func TestReadRefuses(t *testing.T) {
	whole := rssOf(rssItem(1, t0, "text"))
	for _, c := range []struct {
		claim, body, text string
		kind              error
	}{
		{"nothing", " \n", "is empty", ErrNotFeed},
		{"a page", "<!doctype html><title>x</title>", "is a web page, and neither a feed nor JSON lines", ErrNotFeed},
		{"text", "Date,Title\n", "is neither a feed nor JSON lines", ErrNotFeed},
		{"a list", "[1]", "is neither a feed nor JSON lines", ErrNotFeed},
		{"a list of feeds", "<!-- a --><opml></opml>", "is neither a feed nor JSON lines", ErrNotFeed},
		{"other XML", "<?xml version='1.0'?>" + strings.Repeat(" ", sniffSize) + "<opml/>", "its root element is <opml>", ErrNotFeed},
		{"JSON of another kind", `{"error":1}`, "not a JSON Feed", ErrNotFeed},
		{"a feed that is cut off", whole[:len(whole)-9], "cut off", ErrCutOff},
		{"a feed that is too large", "<rss><channel>" + strings.Repeat(" ", 11<<20), "larger than 10 MiB", ErrTooLarge},
	} {
		t.Run(c.claim, func(t *testing.T) {
			entries, err := Read(t.Context(), strings.NewReader(c.body), blogBase, t0)
			require.ErrorIs(t, err, c.kind)
			require.ErrorContains(t, err, c.text)
			require.NotContains(t, err.Error(), "own address")
			require.Empty(t, entries)
		})
	}
	ended, end := context.WithCancel(t.Context())
	end()
	_, err := Read(ended, strings.NewReader(whole), blogBase, t0)
	require.ErrorIs(t, err, context.Canceled)
	_, err = IsFeed(iotestErr{})
	require.ErrorIs(t, err, io.ErrClosedPipe)
}

type iotestErr struct{}

func (iotestErr) Read([]byte) (int, error) { return 0, io.ErrClosedPipe }

func whole() Entry {
	return Entry{
		Post:    Post{ID: "x", Title: "A &amp; <b>B</b>", Link: "https://b.test/1", Published: t0},
		Content: "<p>x", Categories: []string{"c", "d"}, Image: "https://b.test/1.png",
		Audio: Audio{"https://b.test/1.mp3", "audio/mpeg"}, Language: "en-GB",
	}
}

func TestCleanLeavesWhatIsClean(t *testing.T) {
	for _, e := range []Entry{whole(), {Post: Post{ID: "y", Published: t0}}} {
		c, err := e.Clean()
		require.NoError(t, err)
		require.Equal(t, e, c)
	}
}

func TestCleanMends(t *testing.T) {
	for _, c := range []struct {
		claim      string
		from, want func(*Entry)
	}{
		{"an id with white space around it", func(e *Entry) { e.ID = " x\n" }, func(*Entry) {}},
		{"an id that forges a line", func(e *Entry) { e.ID = "a\nb" }, func(e *Entry) { e.ID = digest("a\nb") }},
		{"an id that is too long", func(e *Entry) { e.ID = strings.Repeat("x", 513) }, func(e *Entry) { e.ID = digest(strings.Repeat("x", 513)) }},
		{"a title of several lines", func(e *Entry) { e.Title = " a\r\n\x1b[31mb\u202e\u200b\tc " }, func(e *Entry) { e.Title = "a [31mb c" }},
		{"a title that is too long", func(e *Entry) { e.Title = strings.Repeat("é", 5000) }, func(e *Entry) { e.Title = strings.Repeat("é", 2048) }},
		{"a title that is cut within a character", func(e *Entry) { e.Title = "x" + strings.Repeat("é", 5000) }, func(e *Entry) { e.Title = "x" + strings.Repeat("é", 2047) }},
		{"a date of another zone, to the nanosecond", func(e *Entry) { e.Published = t0.In(time.FixedZone("", 3600)).Add(999) }, func(*Entry) {}},
		{"white space around an address", func(e *Entry) { e.Link = " https://b.test/1\n" }, func(*Entry) {}},
		{"a content that is too long", func(e *Entry) { e.Content = strings.Repeat("x", maxContent+1) }, func(e *Entry) { e.Content = strings.Repeat("x", maxContent) }},
		{"categories twice and empty", func(e *Entry) { e.Categories = []string{"c", " C", "", "d\x00", "c"} }, func(*Entry) {}},
		{"too many categories", func(e *Entry) { e.Categories = numbered(40) }, func(e *Entry) { e.Categories = numbered(32) }},
		{"a category that is too long", func(e *Entry) { e.Categories = []string{strings.Repeat("x", 200)} }, func(e *Entry) { e.Categories = []string{strings.Repeat("x", 128)} }},
		{"audio without a type", func(e *Entry) { e.Audio.Type = "" }, func(*Entry) {}},
		{"a type with parameters", func(e *Entry) { e.Audio.Type = "Audio/MPEG; x=1" }, func(*Entry) {}},
	} {
		t.Run(c.claim, func(t *testing.T) {
			from, want := whole(), whole()
			c.from(&from)
			c.want(&want)
			got, err := from.Clean()
			require.NoError(t, err)
			require.Equal(t, want, got)
		})
	}
}

func numbered(n int) (names []string) {
	for i := range n {
		names = append(names, string(rune('A'+i%26))+strings.Repeat("x", i))
	}
	return names
}

func TestCleanRefuses(t *testing.T) {
	for _, c := range []struct {
		want string
		from func(*Entry)
	}{
		{"id is missing", func(e *Entry) { e.ID = " \n" }},
		{"published is missing", func(e *Entry) { e.Published = time.Time{} }},
		{"published 1970-01-01T00:00:00Z is what a missing date becomes", func(e *Entry) { e.Published = time.Unix(0, 0).UTC() }},
		{"published 0001-01-01T00:00:01Z is what", func(e *Entry) { e.Published = time.Time{}.Add(time.Second) }},
		{`link "javascript:alert(1)" is no http or https address`, func(e *Entry) { e.Link = "javascript:alert(1)" }},
		{`link "/1" is no http`, func(e *Entry) { e.Link = "/1" }},
		{"link \"\\x1b[31m\" is no http", func(e *Entry) { e.Link = "\x1b[31m" }},
		{"of at most 2048 bytes", func(e *Entry) { e.Link = "https://b.test/" + strings.Repeat("x", 2048) }},
		{"image", func(e *Entry) { e.Image = "data:image/png," }},
		{"audio.url is missing", func(e *Entry) { e.Audio.URL = "" }},
		{"audio.url \"x.mp3\"", func(e *Entry) { e.Audio.URL = "x.mp3" }},
		{`audio.type "video/mp4" is none that Alexa plays`, func(e *Entry) { e.Audio.Type = "video/mp4" }},
		{`language "en GB" is no language tag`, func(e *Entry) { e.Language = "en GB" }},
	} {
		t.Run(c.want, func(t *testing.T) {
			from := whole()
			c.from(&from)
			got, err := from.Clean()
			require.ErrorContains(t, err, c.want)
			require.Zero(t, got)
		})
	}
}

// FuzzClean demands of what is read from a file, and of what is cleaned, that Clean leaves it as it is.
func FuzzClean(f *testing.F) {
	for _, s := range []string{
		rssOf(rssItem(1, t0, "text")), `{"items":[{"id":1,"title":"a","url":"/?\u00e9#%zz"}]}`, "<rss><item><title>&amp;amp;nGt; &amp;lt;b></title>",
		rssOf(`<item><title>a</title><category>👩‍👩‍👦</category><enclosure url="/1.mp3" type="audio/mpeg"/><link>http://[::1]:80/a b?c d#é</link></item>`),
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		entries, _ := Read(t.Context(), bytes.NewReader(body), blogBase, t0)
		for _, e := range entries {
			if e.Published.IsZero() {
				e.Published = t0
			}
			c, err := e.Clean()
			require.NoError(t, err)
			requireSame(t, e, c)
		}
		if !utf8.Valid(body) {
			return
		}
		s := string(body)
		c, err := Entry{Post: Post{ID: s, Title: s, Published: t0}, Content: s, Categories: strings.SplitAfter(s, "e")}.Clean()
		if err != nil {
			return
		}
		requireEntry(t, c)
		again, err := c.Clean()
		require.NoError(t, err)
		requireSame(t, c, again)
	})
}

func requireSame(t *testing.T, a, b Entry) {
	t.Helper()
	require.True(t, slices.Equal(a.Categories, b.Categories), "%q, %q", a.Categories, b.Categories)
	a.Categories, b.Categories = nil, nil
	require.Equal(t, a, b)
}
