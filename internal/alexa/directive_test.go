package alexa

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// directives returns the JSON of the directives, from an encoded response that contains only them.
func directives(t *testing.T, all ...Directive) string {
	t.Helper()
	out := encode(t, &Response{Directives: all})
	out, found := strings.CutPrefix(out, `{"version":"1.0","response":{"directives":`)
	require.True(t, found)
	return strings.TrimSuffix(out, "}}")
}

func TestEncodeDirectives(t *testing.T) {
	const stream = `"stream":{"url":"https://x.example/a.mp3?a=1&b=2","token":"t"`
	play := Play{URL: "https://x.example/a.mp3?a=1&b=2", Token: "t"}
	with := func(change func(*Play)) []Directive {
		changed := play
		change(&changed)
		return []Directive{changed}
	}
	for name, tt := range map[string]struct {
		directives []Directive
		want       string
	}{
		"the smallest play": {[]Directive{play}, `[{"type":"AudioPlayer.Play","playBehavior":"REPLACE_ALL","audioItem":{` + stream + `,"offsetInMilliseconds":0}}}]`},
		"a play with all fields": {with(func(p *Play) {
			p.Offset, p.Title, p.Subtitle, p.ArtURL = 90*time.Second+time.Millisecond, "R&D", "S", "https://x.example/a.png"
		}), `[{"type":"AudioPlayer.Play","playBehavior":"REPLACE_ALL","audioItem":{` + stream + `,"offsetInMilliseconds":90001},` +
			`"metadata":{"title":"R&D","subtitle":"S","art":{"sources":[{"url":"https://x.example/a.png"}]}}}}]`},
		"a title is cleaned": {with(func(p *Play) { p.Title, p.Subtitle = " a\x00\n\tb\xff ", "\x1b" }),
			`[{"type":"AudioPlayer.Play","playBehavior":"REPLACE_ALL","audioItem":{` + stream + `,"offsetInMilliseconds":0},"metadata":{"title":"a b"}}}]`},
		"art without https is left out": {with(func(p *Play) { p.ArtURL = "http://x.example/a.png" }),
			`[{"type":"AudioPlayer.Play","playBehavior":"REPLACE_ALL","audioItem":{` + stream + `,"offsetInMilliseconds":0}}}]`},
		"a negative offset becomes zero": {with(func(p *Play) { p.Offset = math.MinInt64 }),
			`[{"type":"AudioPlayer.Play","playBehavior":"REPLACE_ALL","audioItem":{` + stream + `,"offsetInMilliseconds":0}}}]`},
		"a play after the current stream": {with(func(p *Play) { p.ExpectedPrevious = "s" }),
			`[{"type":"AudioPlayer.Play","playBehavior":"ENQUEUE","audioItem":{"stream":{"url":"https://x.example/a.mp3?a=1&b=2","token":"t",` +
				`"expectedPreviousToken":"s","offsetInMilliseconds":0}}}]`},
		"a stop": {[]Directive{Stop{}}, `[{"type":"AudioPlayer.Stop"}]`},
		"a screen": {[]Directive{Screen{Token: "s", Document: MustDocument([]byte(` {"type": "APL"}`)), Data: map[string]any{"post": map[string]any{"title": "<T>"}}}},
			`[{"type":"Alexa.Presentation.APL.RenderDocument","token":"s","document":{"type":"APL"},"datasources":{"post":{"title":"<T>"}}}]`},
		"a screen without data": {[]Directive{Screen{Token: "s", Document: MustDocument([]byte(`{}`))}},
			`[{"type":"Alexa.Presentation.APL.RenderDocument","token":"s","document":{}}]`},
		"several directives keep their order": {[]Directive{Stop{}, Screen{Token: "s", Document: MustDocument([]byte(`{}`))}, Stop{}},
			`[{"type":"AudioPlayer.Stop"},{"type":"Alexa.Presentation.APL.RenderDocument","token":"s","document":{}},{"type":"AudioPlayer.Stop"}]`},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, tt.want, directives(t, tt.directives...))
		})
	}
	require.Equal(t, `{"version":"1.0","response":{}}`, encode(t, &Response{Directives: []Directive{}}))
}

func TestEncodeRefusesInvalidDirectives(t *testing.T) {
	ok := Play{URL: "https://x.example/a.mp3", Token: "t"}
	document := MustDocument([]byte(`{"type":"APL"}`))
	for name, d := range map[string]Directive{
		"a nil directive":                    nil,
		"a pointer to a directive":           &ok,
		"a stream without https":             Play{URL: "http://x.example/a.mp3", Token: "t"},
		"a play without a stream":            Play{Token: "t"},
		"a play without a token":             Play{URL: ok.URL},
		"a token that is too long":           Play{URL: ok.URL, Token: strings.Repeat("t", 1025)},
		"a token that is too long in UTF-16": Play{URL: ok.URL, Token: strings.Repeat("😀", 513)},
		"a token with invalid UTF-8":         Play{URL: ok.URL, Token: "t\xff"},
		"an expected token that is too long": Play{URL: ok.URL, Token: "t", ExpectedPrevious: strings.Repeat("t", 1025)},
		"a screen without a token":           Screen{Document: document},
		"a screen without a document":        Screen{Token: "s"},
		"data that cannot be encoded":        Screen{Token: "s", Document: document, Data: make(chan int)},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := Encode(&Response{Speech: Say("Hello."), Directives: []Directive{Stop{}, d}})
			require.ErrorIs(t, err, ErrDirective)
			require.Nil(t, out)
		})
	}
	require.Contains(t, directives(t, Play{URL: ok.URL, Token: strings.Repeat("t", 1024)}), "ttt")
	require.Contains(t, directives(t, Play{URL: ok.URL, Token: strings.Repeat("😀", 512)}), "😀")
}

func TestDocumentMustBeObject(t *testing.T) {
	for _, source := range []string{"", `["APL"]`, `{"type":`, `{} {}`, `"{"`} {
		_, err := NewDocument([]byte(source))
		require.ErrorIs(t, err, ErrDirective, source)
		require.Panics(t, func() { MustDocument([]byte(source)) })
	}
}

func TestPlayable(t *testing.T) {
	long := "https://x.example/" + strings.Repeat("a", 8000)
	for _, u := range []string{
		"https://x.example/a.mp3", "HTTPS://X.example", "https://x.example:8443/a%20b.mp3?a=b&c=%C3%A4", "https://[2001:db8::1]/a", long[:8000],
	} {
		require.True(t, Playable(u), u)
	}
	for _, u := range []string{
		"", "http://x.example/a.mp3", "//x.example/a.mp3", "/a.mp3", "https:a.mp3", "https:///a.mp3", "https://:443/a.mp3", "ftp://x.example/a.mp3",
		"https://user@x.example/a.mp3", "https://user:pass@x.example/a.mp3", "https://@x.example/a.mp3", "https://x.example/a b.mp3",
		" https://x.example/a.mp3", "https://x.example/a.mp3\n", "https://x.example/\u00a0", "https://x.example/ä.mp3", "https://x.example/%zz", long[:8001],
	} {
		require.False(t, Playable(u), u)
	}
}

// TestEncodeDropsScreensFirst requires that Encode drops screens from a response that is too long, before it cuts a
// text.
func TestEncodeDropsScreensFirst(t *testing.T) {
	r := &Response{
		Speech: Say(strings.Repeat("日本語。", 1000)), Card: &Card{Title: "T", Text: strings.Repeat("日本語。", 500)},
		Directives: []Directive{Play{URL: "https://x.example/a.mp3", Token: "t"}},
	}
	want := encode(t, r)
	screen := Screen{Token: "s", Document: MustDocument([]byte(`{"type":"APL"}`)), Data: map[string]any{"text": strings.Repeat("日", 3000)}}
	r.Directives = []Directive{screen, r.Directives[0], screen}
	require.Equal(t, want, encode(t, r))
	require.Equal(t, screen, r.Directives[0], "the response does not change")

	r.Card.Text = strings.Repeat("日本語。", 1900)
	a := read(t, encode(t, r)).Response
	require.Equal(t, r.Speech.SSML(), a.OutputSpeech.SSML)
	require.NotEmpty(t, a.Card.Content)
	require.Less(t, len(a.Card.Content), len(r.Card.Text), "without screens the card is cut as usual")

	small := Screen{Token: "s", Document: MustDocument([]byte(`{}`))}
	require.Contains(t, encode(t, &Response{Speech: r.Speech, Directives: []Directive{small}}), "RenderDocument")
}

func TestEncodeNeverCutsPlay(t *testing.T) {
	play := Play{URL: "https://x.example/" + strings.Repeat("a", 7900), Token: strings.Repeat("日", 1024), Title: strings.Repeat("語", 9000)}
	out := encode(t, &Response{Speech: Say(strings.Repeat("日本語。", 1900)), Directives: []Directive{play}})
	require.Contains(t, out, `"url":"`+play.URL+`","token":"`+play.Token+`"`)
	require.Contains(t, out, `"title":"`+strings.Repeat("語", 500)+`"`)
	require.NotEmpty(t, read(t, out).Response.OutputSpeech.SSML)

	_, err := Encode(&Response{Directives: []Directive{play, play, play}})
	require.ErrorIs(t, err, ErrTooLarge)
}

func BenchmarkEncodeScreen(b *testing.B) {
	r := sampleResponse()
	document := MustDocument([]byte(`{"type":"APL","version":"2024.1","mainTemplate":{"items":[` + strings.Repeat(`{"type":"Text","text":"${payload.post.title}"},`, 40) + `{}]}}`))
	r.Directives = []Directive{Screen{Token: "s", Document: document, Data: map[string]any{"post": map[string]any{"title": "How to back up your blog"}}}}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Encode(r); err != nil {
			b.Fatal(err)
		}
	}
}
