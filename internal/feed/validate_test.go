package feed

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"lastpost/internal/feed/feedtest"
)

// t0 is the current time in the tests.
var t0 = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func completeEntry() Entry {
	return Entry{
		Post:    Post{ID: "x", Title: "A &amp; <b>B</b>", Link: "https://b.test/1", Published: t0, DateKind: DateEstimated},
		Content: "<p>x", Categories: []string{"c", "d"}, Authors: []string{"Ada Lovelace"}, Image: "https://b.test/1.png",
		Audio: Audio{"https://b.test/1.mp3", "audio/mpeg"}, Language: "en-GB",
	}
}

func TestValidateKeepsValidEntry(t *testing.T) {
	for _, e := range []Entry{completeEntry(), {Post: Post{ID: "y", Published: t0}}} {
		c, err := e.Validate()
		require.NoError(t, err)
		require.Equal(t, e, c)
	}
}

// TestEveryFieldIsSanitized sets each text to invalid UTF-8 that is too long.
func TestEveryFieldIsSanitized(t *testing.T) {
	complete := completeEntry()
	for name, value := range feedtest.Fields(&complete) {
		require.False(t, value.IsZero(), "set %s in completeEntry in internal/feed/validate_test.go", name)
		if text, ok := value.Addr().Interface().(*string); ok {
			*text = "https://b.test/\xff" + strings.Repeat("x", 2*MaxContent)
		}
	}
	sanitized := complete.Sanitize()
	for name, value := range feedtest.Fields(&sanitized) {
		if text, ok := value.Interface().(string); ok {
			require.True(t, utf8.ValidString(text) && len(text) <= MaxContent, "limit %s in Sanitize in internal/feed/validate.go", name)
		}
	}
}

func TestValidateSanitizes(t *testing.T) {
	for _, c := range []struct {
		claim      string
		from, want func(*Entry)
	}{
		{"white space around an id is removed", func(e *Entry) { e.ID = " x\n" }, func(*Entry) {}},
		{"an id with a line break is hashed", func(e *Entry) { e.ID = "a\nb" }, func(e *Entry) { e.ID = Digest("a\nb") }},
		{"an id that is too long is hashed", func(e *Entry) { e.ID = strings.Repeat("x", 513) }, func(e *Entry) { e.ID = Digest(strings.Repeat("x", 513)) }},
		{"a title of several lines is joined", func(e *Entry) { e.Title = " a\r\n\x1b[31mb\u202e\u200b\tc " }, func(e *Entry) { e.Title = "a [31mb c" }},
		{"a title that is too long is cut", func(e *Entry) { e.Title = strings.Repeat("é", 5000) }, func(e *Entry) { e.Title = strings.Repeat("é", 2048) }},
		{"a title is not cut within a character", func(e *Entry) { e.Title = "x" + strings.Repeat("é", 5000) }, func(e *Entry) { e.Title = "x" + strings.Repeat("é", 2047) }},
		{"a date is converted to UTC and whole seconds", func(e *Entry) { e.Published = t0.In(time.FixedZone("", 3600)).Add(999) }, func(*Entry) {}},
		{"white space around an address is removed", func(e *Entry) { e.Link = " https://b.test/1\n" }, func(*Entry) {}},
		{"content that is too long is cut", func(e *Entry) { e.Content = strings.Repeat("x", MaxContent+1) }, func(e *Entry) { e.Content = strings.Repeat("x", MaxContent) }},
		{"duplicate and empty categories are removed", func(e *Entry) { e.Categories = []string{"c", " C", "", "d\x00", "c"} }, func(*Entry) {}},
		{"categories after the 32nd are removed", func(e *Entry) { e.Categories = numbered(40) }, func(e *Entry) { e.Categories = numbered(32) }},
		{"a category that is too long is cut", func(e *Entry) { e.Categories = []string{strings.Repeat("x", 200)} }, func(e *Entry) { e.Categories = []string{strings.Repeat("x", 128)} }},
		{"duplicate and empty authors are removed", func(e *Entry) { e.Authors = []string{"", " Ada\n Lovelace\u202e", "ada lovelace"} }, func(*Entry) {}},
		{"authors after the eighth are removed", func(e *Entry) { e.Authors = numbered(9) }, func(e *Entry) { e.Authors = numbered(8) }},
		{"an author's name that is too long is cut", func(e *Entry) { e.Authors = []string{strings.Repeat("x", 200)} }, func(e *Entry) { e.Authors = []string{strings.Repeat("x", 128)} }},
		{"a missing audio type is derived from the address", func(e *Entry) { e.Audio.Type = "" }, func(*Entry) {}},
		{"parameters of an audio type are removed", func(e *Entry) { e.Audio.Type = "Audio/MPEG; x=1" }, func(*Entry) {}},
	} {
		t.Run(c.claim, func(t *testing.T) {
			from, want := completeEntry(), completeEntry()
			c.from(&from)
			c.want(&want)
			got, err := from.Validate()
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

func TestValidateRefuses(t *testing.T) {
	for _, c := range []struct {
		want string
		from func(*Entry)
	}{
		{"id is missing", func(e *Entry) { e.ID = " \n" }},
		{"published is missing", func(e *Entry) { e.Published = time.Time{} }},
		{"published 1970-01-01T00:00:00Z looks like a missing date", func(e *Entry) { e.Published = time.Unix(0, 0).UTC() }},
		{"published 0001-01-01T00:00:01Z looks", func(e *Entry) { e.Published = time.Time{}.Add(time.Second) }},
		{`link "javascript:alert(1)" is not an http or https URL`, func(e *Entry) { e.Link = "javascript:alert(1)" }},
		{`link "/1" is not an http`, func(e *Entry) { e.Link = "/1" }},
		{"link \"\\x1b[31m\" is not an http", func(e *Entry) { e.Link = "\x1b[31m" }},
		{"of at most 2048 bytes", func(e *Entry) { e.Link = "https://b.test/" + strings.Repeat("x", 2048) }},
		{"image", func(e *Entry) { e.Image = "data:image/png," }},
		{"audio.url is missing", func(e *Entry) { e.Audio.URL = "" }},
		{"audio.url \"x.mp3\"", func(e *Entry) { e.Audio.URL = "x.mp3" }},
		{`audio.type "audio/ogg" cannot be played by Alexa`, func(e *Entry) { e.Audio.Type = "audio/ogg" }},
		{`language "en GB" is not a language tag`, func(e *Entry) { e.Language = "en GB" }},
	} {
		t.Run(c.want, func(t *testing.T) {
			from := completeEntry()
			c.from(&from)
			got, err := from.Validate()
			require.ErrorContains(t, err, c.want)
			require.Zero(t, got)
		})
	}
}
