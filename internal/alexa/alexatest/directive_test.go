package alexatest

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func directiveFaults() []faultCase {
	const (
		ends = "no open session after Play"
		data = "a datasource for each name in the document"
	)
	document := screenDirective[strings.Index(screenDirective, `{"type":"APL"`):strings.Index(screenDirective, `,"datasources"`)]
	return []faultCase{
		{"at most one Play", intent, playing, stream, stream + "," + stream},
		{"Play", intent, playing, `REPLACE_ALL`, `REPLACE`},
		{"Play", intent, playing, `REPLACE_ALL`, `ENQUEUE`},
		{"Play", intent, playing, `REPLACE_ALL`, ``},
		{"Play", button, replay, `"token":"t"`, `"token":"t","expectedPreviousToken":"s"`},
		{"Play", button, replay, `https://x.test/a.mp3`, `http://x.test/a.mp3`},
		{"Play", button, replay, `https://x.test/a.mp3`, `https://x.test/a b.mp3`},
		{"Play", button, replay, `https://x.test/a.mp3`, `https://u:p@x.test/a.mp3`},
		{"Play", button, replay, `https://x.test/a.mp3`, `https:///a.mp3`},
		{"Play", button, replay, `https://x.test/a.mp3`, `https://x.test/\u007f`},
		{"Play", button, replay, `https://x.test/a.mp3`, `https://x.test/\u00a0`},
		{"Play", button, replay, `https://x.test/a.mp3`, `https://x.test/` + strings.Repeat("a", 8000)},
		{"Play", failed, replay, `"token":"t"`, `"token":""`},
		{"Play", failed, replay, `"token":"t"`, `"token":"` + strings.Repeat("t", 1025) + `"`},
		{"Play", intent, playing, `:0`, `:-1`},
		{"Play", intent, playing, `,"offsetInMilliseconds":0`, ``},
		{"Play", intent, playing, `https://x.test/i`, `http://x.test/i`},
		{ends, intent, asking, `"shouldEndSession"`, `"directives":[` + stream + `],"shouldEndSession"`},
		{"at most one RenderDocument", touch, showing, screenDirective, screenDirective + "," + screenDirective},
		{"RenderDocument", intent, showing, `"token":"t"`, `"token":""`},
		{"RenderDocument", intent, showing, `"token":"t"`, `"token":"` + strings.Repeat("t", 1025) + `"`},
		{"RenderDocument", intent, showing, `"items":[{"type":"Text","text":"${payload.post.title + payload.blog.name} payload.x"}]`, `"items":[]`},
		{"RenderDocument", intent, showing, document, `{"type":"APL","version":"2024.1"}`},
		{"RenderDocument", intent, showing, document, `"APL"`},
		{"RenderDocument", intent, showing, `"APL"`, `"APLA"`},
		{"RenderDocument", intent, showing, `"2024.1"`, `""`},
		{"RenderDocument", intent, showing, `"items"`, `"onMount"`},
		{data, intent, showing, `"post":{}`, `"posts":{}`},
		{data, intent, showing, `,"blog":{}`, ``},
		{data, intent, showing, `"parameters"`, `"settings"`},
		{data, intent, showing, `"mainTemplate"`, `"mainTemplate":{"item":{}},"layout"`},
	}
}

func TestDirectivesNeedInterface(t *testing.T) {
	for _, row := range []struct{ response, iface, rule string }{
		{playing, "AudioPlayer", "AudioPlayer directives only for a device with AudioPlayer"},
		{`{"version":"1.0","response":{"directives":[{"type":"AudioPlayer.Stop"}],"shouldEndSession":true}}`, "AudioPlayer", "AudioPlayer directives only for a device with AudioPlayer"},
		{showing, "Alexa.Presentation.APL", "APL documents only for a device with APL"},
	} {
		_, broken := Examine(Request{Type: "IntentRequest", Interfaces: []string{row.iface}}, []byte(row.response))
		require.Empty(t, broken)
		_, broken = Examine(Request{Type: "IntentRequest", Interfaces: []string{"Geolocation"}}, []byte(row.response))
		require.Equal(t, []string{row.rule}, broken)
	}
}

func TestAcceptsEnqueuedStream(t *testing.T) {
	next := strings.NewReplacer(`REPLACE_ALL`, `ENQUEUE`, `"token":"t"`, `"token":"t","expectedPreviousToken":"s"`).Replace(replay)
	_, broken := Examine(requestOf("AudioPlayer.PlaybackNearlyFinished"), []byte(next))
	require.Empty(t, broken)
}

func TestDecodesDirectives(t *testing.T) {
	long := strings.Replace(playing, `:0`, `:90001`, 1)
	a, broken := Examine(requestOf(intent), []byte(long))
	require.Empty(t, broken)
	require.Equal(t, &Play{
		Behavior: "REPLACE_ALL", URL: "https://x.test/a.mp3", Token: "t", Offset: 90*time.Second + time.Millisecond,
		Title: "T", Subtitle: "S", Art: []string{"https://x.test/i"},
	}, a.Play())
	require.Nil(t, a.Screen())
	require.False(t, a.StopsPlayer())

	a, _ = Examine(requestOf(intent), []byte(showing))
	require.Equal(t, "t", a.Screen().Token)
	require.True(t, json.Valid(a.Screen().Document))
	require.JSONEq(t, `{}`, string(a.Screen().Datasources["post"]))
	require.Nil(t, a.Play())

	a, _ = Examine(requestOf(button), []byte(stopping))
	require.True(t, a.StopsPlayer())
	require.Equal(t, Directives{Stop{}}, a.Body.Directives)
}

// TestAcceptsSingleComponent requires that a document with one component is accepted, under both field names, with and
// without an array.
func TestAcceptsSingleComponent(t *testing.T) {
	const before, after = `{"version":"1.0","response":{"outputSpeech":{"type":"SSML","ssml":"<speak>One.</speak>"},"directives":[` +
		`{"type":"Alexa.Presentation.APL.RenderDocument","token":"t","document":{"type":"APL","version":"1.0","mainTemplate":{`, `}}}],"shouldEndSession":true}}`
	for _, items := range []string{`"item":{}`, `"items":{}`, `"item":[{}]`, `"items":[{}]`} {
		_, broken := Examine(requestOf(intent), []byte(before+items+after))
		require.Empty(t, broken, items)
	}
	for _, items := range []string{``, `"item":[]`, `"items":null`} {
		_, broken := Examine(requestOf(intent), []byte(before+items+after))
		require.Equal(t, []string{"RenderDocument"}, broken, items)
	}
}
