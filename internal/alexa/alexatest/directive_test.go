package alexatest

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func directiveSpoilings() []spoiling {
	const (
		ends = "the session ends where something is played"
		data = "datasources for all that the document names"
	)
	document := screened[strings.Index(screened, `{"type":"APL"`):strings.Index(screened, `,"datasources"`)]
	return []spoiling{
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
		{"at most one RenderDocument", touch, showing, screened, screened + "," + screened},
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

func TestTheDeviceDecides(t *testing.T) {
	for _, row := range []struct{ answer, iface, rule string }{
		{playing, "AudioPlayer", "AudioPlayer only where the device has it"},
		{`{"version":"1.0","response":{"directives":[{"type":"AudioPlayer.Stop"}],"shouldEndSession":true}}`, "AudioPlayer", "AudioPlayer only where the device has it"},
		{showing, "Alexa.Presentation.APL", "APL only where the device has it"},
	} {
		_, broken := Examine(Request{Type: "IntentRequest", Interfaces: []string{row.iface}}, []byte(row.answer))
		require.Empty(t, broken)
		_, broken = Examine(Request{Type: "IntentRequest", Interfaces: []string{"Geolocation"}}, []byte(row.answer))
		require.Equal(t, []string{row.rule}, broken)
	}
}

func TestEnqueuedStreamsFollowAnother(t *testing.T) {
	next := strings.NewReplacer(`REPLACE_ALL`, `ENQUEUE`, `"token":"t"`, `"token":"t","expectedPreviousToken":"s"`).Replace(replay)
	_, broken := Examine(on("AudioPlayer.PlaybackNearlyFinished"), []byte(next))
	require.Empty(t, broken)
}

func TestDirectivesAreRead(t *testing.T) {
	long := strings.Replace(playing, `:0`, `:90001`, 1)
	a, broken := Examine(on(intent), []byte(long))
	require.Empty(t, broken)
	require.Equal(t, &Play{
		Behavior: "REPLACE_ALL", URL: "https://x.test/a.mp3", Token: "t", Offset: 90*time.Second + time.Millisecond,
		Title: "T", Subtitle: "S", Art: []string{"https://x.test/i"},
	}, a.Play())
	require.Nil(t, a.Screen())
	require.False(t, a.StopsPlayer())

	a, _ = Examine(on(intent), []byte(showing))
	require.Equal(t, "t", a.Screen().Token)
	require.True(t, json.Valid(a.Screen().Document))
	require.JSONEq(t, `{}`, string(a.Screen().Datasources["post"]))
	require.Nil(t, a.Play())

	a, _ = Examine(on(button), []byte(stopping))
	require.True(t, a.StopsPlayer())
	require.Equal(t, Directives{Stop{}}, a.Body.Directives)
}

// TestAScreenOfOneComponent has it under either name, with or without its brackets.
func TestAScreenOfOneComponent(t *testing.T) {
	const before, after = `{"version":"1.0","response":{"outputSpeech":{"type":"SSML","ssml":"<speak>One.</speak>"},"directives":[` +
		`{"type":"Alexa.Presentation.APL.RenderDocument","token":"t","document":{"type":"APL","version":"1.0","mainTemplate":{`, `}}}],"shouldEndSession":true}}`
	for _, items := range []string{`"item":{}`, `"items":{}`, `"item":[{}]`, `"items":[{}]`} {
		_, broken := Examine(on(intent), []byte(before+items+after))
		require.Empty(t, broken, items)
	}
	for _, items := range []string{``, `"item":[]`, `"items":null`} {
		_, broken := Examine(on(intent), []byte(before+items+after))
		require.Equal(t, []string{"RenderDocument"}, broken, items)
	}
}
