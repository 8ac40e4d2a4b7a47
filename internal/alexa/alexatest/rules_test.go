package alexatest

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// These responses are valid. Each fault case changes one response in one place.
const (
	says = `{"version":"1.0","response":{"outputSpeech":{"type":"SSML","ssml":"<speak>One.</speak>"},` +
		`"card":{"type":"Simple","title":"T","content":"C"},"shouldEndSession":true}}`
	asking = `{"version":"1.0","sessionAttributes":{"v": 1},"response":{"outputSpeech":{"type":"SSML","ssml":"<speak>Which?</speak>"},` +
		`"card":{"type":"Standard","title":"T","text":"C","image":{"smallImageUrl":"https://x.test/s","largeImageUrl":"https://x.test/l"}},` +
		`"reprompt":{"outputSpeech":{"type":"SSML","ssml":"<speak>Say.</speak>"}},"shouldEndSession":false}}`
	playing = `{"version":"1.0","response":{"directives":[` + stream + `],"shouldEndSession":true}}`
	stream  = `{"type":"AudioPlayer.Play","playBehavior":"REPLACE_ALL","audioItem":{"stream":{"url":"https://x.test/a.mp3","token":"t",` +
		`"offsetInMilliseconds":0},"metadata":{"title":"T","subtitle":"S","art":{"sources":[{"url":"https://x.test/i"}]}}}}`
	showing         = `{"version":"1.0","response":{"outputSpeech":{"type":"SSML","ssml":"<speak>One.</speak>"},"directives":[` + screenDirective + `],"shouldEndSession":true}}`
	screenDirective = `{"type":"Alexa.Presentation.APL.RenderDocument","token":"t","document":{"type":"APL","version":"2024.1","mainTemplate":` +
		`{"parameters":["payload"],"items":[{"type":"Text","text":"${payload.post.title + payload.blog.name} payload.x"}]}},"datasources":{"post":{},"blog":{}}}`
	stopping = `{"version":"1.0","response":{"directives":[{"type":"AudioPlayer.Stop"}]}}`
	replay   = `{"version":"1.0","response":{"directives":[` + stream + `]}}`
	able     = `{"version":"1.0","response":{"canFulfillIntent":{"canFulfill":"YES","slots":{"Date":{"canUnderstand":"YES","canFulfill":"NO"}}}}}`
	silent   = `{"version":"1.0","response":{}}`

	launch, intent, touch = "LaunchRequest", "IntentRequest", "Alexa.Presentation.APL.UserEvent"
	button, failed        = "PlaybackController.NextCommandIssued", "AudioPlayer.PlaybackFailed"
	ended, ability        = "SessionEndedRequest", "CanFulfillIntentRequest"
)

// A faultCase changes a valid response so that it breaks one rule.
type faultCase struct{ rule, request, valid, old, replacement string }

// requestOf returns a request from a device with all interfaces.
func requestOf(kind string) Request {
	return Request{Type: kind, Interfaces: []string{"Alexa.Presentation.APL", "AudioPlayer"}}
}

func (c faultCase) check(t *testing.T) {
	t.Helper()
	_, broken := Examine(requestOf(c.request), []byte(c.valid))
	require.Empty(t, broken, "%s", c.valid)
	require.Contains(t, c.valid, c.old)
	changed := strings.Replace(c.valid, c.old, c.replacement, 1)
	_, broken = Examine(requestOf(c.request), []byte(changed))
	require.Equal(t, []string{c.rule}, broken, "%s", changed)
}

// TestEveryRuleDetectsItsFaults requires that Examine reports the broken rule of each fault case, and that each rule
// has a fault case.
func TestEveryRuleDetectsItsFaults(t *testing.T) {
	covered := map[string]bool{
		"AudioPlayer directives only for a device with AudioPlayer": true, "APL documents only for a device with APL": true, // TestDirectivesNeedInterface
	}
	for _, c := range slices.Concat(responseFaults(), speechFaults(), directiveFaults()) {
		covered[c.rule] = true
		t.Run(c.rule, c.check)
	}
	for _, rule := range rules() {
		require.True(t, covered[rule.name], "no fault case for rule %q; add one to rules_test.go", rule.name)
	}
}

// TestAcceptsValuesAtLimits requires that Examine accepts values of exactly the maximum size.
func TestAcceptsValuesAtLimits(t *testing.T) {
	const frame, card, address = len("<speak></speak>"), len("Thttps://x.test/shttps://x.test/l"), len("https://x.test/")
	for _, c := range []faultCase{
		{"size", launch, says, `{"version"`, strings.Repeat(" ", 24*1024-1-len(says)) + `{"version"`},
		{"attributes", intent, asking, `"v": 1`, `"v": "` + strings.Repeat("x", 1024-len(`{"v":""}`)) + `"`},
		{"speech", launch, says, `One.`, strings.Repeat("O", 8000-frame)},
		{"speech beyond the basic plane", launch, says, `One.`, strings.Repeat("😀", 3992) + `x`},
		{"reprompt", launch, asking, `Say.`, strings.Repeat("S", 8000-frame)},
		{"card", launch, says, `"C"`, `"` + strings.Repeat("C", 7999) + `"`},
		{"card with images", launch, asking, `"C"`, `"` + strings.Repeat("C", 8000-card) + `"`},
		{"image", launch, asking, `https://x.test/s`, `https://x.test/` + strings.Repeat("s", 2000-address)},
		{"one image", launch, asking, `"smallImageUrl":"https://x.test/s",`, ``},
		{"lines of a card", launch, says, `"C"`, `"C\n\r\tC"`},
		{"token", button, replay, `"token":"t"`, `"token":"` + strings.Repeat("t", 1024) + `"`},
		{"stream", button, replay, `https://x.test/a.mp3`, `https://x.test/` + strings.Repeat("a", 8000-address)},
		{"a screen's token", touch, showing, `"token":"t"`, `"token":"` + strings.Repeat("t", 1024) + `"`},
	} {
		t.Run(c.rule, func(t *testing.T) {
			_, broken := Examine(requestOf(c.request), []byte(strings.Replace(c.valid, c.old, c.replacement, 1)))
			require.Empty(t, broken)
		})
	}
}

func responseFaults() []faultCase {
	const (
		size    = "attributes of at most 1 KiB"
		nothing = "an empty response if the listener cannot hear one"
		player  = "directives only for a listener, and only AudioPlayer directives for the player"
		capable = "canFulfillIntent for CanFulfillIntentRequest, and only for it"
	)
	return []faultCase{
		{"version", launch, says, `1.0`, `1.1`},
		{"size", launch, says, `{"version"`, strings.Repeat(" ", 24*1024-len(says)) + `{"version"`},
		{size, intent, asking, `"v": 1`, `"v": "` + strings.Repeat("x", 1024-len(`{"v":""}`)+1) + `"`},
		{size, intent, asking, `"v": 1`, `"v": "` + strings.Repeat("日", 400) + `"`},
		{"session attributes only in an open session", launch, says, `"response"`, `"sessionAttributes":{},"response"`},
		{"session attributes only in an open session", failed, silent, `"response"`, `"sessionAttributes":{},"response"`},
		{nothing, "AudioPlayer.PlaybackStopped", silent, silent, `{"version":"1.0"}`},
		{nothing, "AlexaSkillEvent.SkillDisabled", silent, silent, `{"version":"1.0","response":{"directives":[]}}`},
		{nothing, ended, silent, silent, `{"response":{},"version":"1.0"}`},
		{player, button, replay, stream, screenDirective},
		{player, ability, able, `"canFulfillIntent"`, `"directives":[{"type":"AudioPlayer.Stop"}],"canFulfillIntent"`},
		{"directives of known types", launch, playing, stream, stream + `,{"type":"AudioPlayer.ClearQueue"}`},
		{"directives of known types", touch, playing, stream, `{"type":"Dialog.Delegate"}`},
		{capable, ability, able, able, silent},
		{capable, failed, silent, `{}`, `{"canFulfillIntent":{"canFulfill":"YES"}}`},
		{"fulfillment", ability, able, `:"YES"`, `:"PERHAPS"`},
		{"fulfillment", ability, able, `"NO"`, `"MAYBE"`},
		{"fulfillment", ability, able, `"canUnderstand":"YES"`, `"canUnderstand":""`},
		{`json: unknown field "cards"`, ended, silent, `{}}`, `{"cards":[]}}`},
		{`json: misspelt field "shouldEndsession"`, launch, says, `shouldEndSession`, `shouldEndsession`},
		{`json: misspelt field "SSML"`, launch, says, `"ssml"`, `"SSML"`},
		{`json: misspelt field "URL"`, launch, playing, `"url"`, `"URL"`},
		{`json: misspelt field "Url"`, launch, playing, `[{"url"`, `[{"Url"`},
		{`json: unknown field "clearBehavior"`, button, stopping, `"AudioPlayer.Stop"`, `"AudioPlayer.Stop","clearBehavior":"CLEAR_ALL"`},
		{`json: more than one value`, ended, silent, silent, silent + silent},
	}
}

func speechFaults() []faultCase {
	const (
		listens  = "shouldEndSession for a listener, and only then"
		waits    = "no question in an ended session"
		reprompt = "a reprompt in an open session, and only there"
		again    = `"reprompt":{"outputSpeech":{"type":"SSML","ssml":"<speak>Say.</speak>"}},`
		said     = `"outputSpeech":{"type":"SSML","ssml":"<speak>One.</speak>"},`
	)
	return []faultCase{
		{"speech", launch, says, `SSML`, `PlainText`},
		{"speech", launch, says, `One.`, strings.Repeat("😀", 4000)},
		{"speech", launch, says, `One.`, `<audio src='x'/>`},
		{"speech", launch, says, `One.`, ` <break time='1s'/> `},
		{"speech", launch, says, `One.`, `\u202e.`},
		{"speech", launch, says, `One.`, `O&#8203;ne.`},
		{"speech", launch, says, `One.`, `O\ufe0fne.`},
		{"speech", launch, says, `One.`, `<sub alias='\u200b'>One.</sub>`},
		{"speech", launch, says, `One.`, strings.Repeat("😀", 3992) + `xx`},
		{"reprompt", launch, asking, `Say.`, ``},
		{"reprompt", launch, asking, `Say.`, `Say & go.`},
		{"card", launch, says, `Simple`, `Standard`},
		{"card", launch, says, `Simple`, `LinkAccount`},
		{"card", launch, says, `"C"`, `"` + strings.Repeat("C", 8000) + `"`},
		{"card", launch, says, `"title":"T","content":"C"`, `"title":"","content":""`},
		{"card", launch, says, `"C"`, `"\u0007"`},
		{"card", launch, says, `"content"`, `"text"`},
		{"card", launch, asking, `https://x.test/s`, `http://x.test/s`},
		{"card", launch, asking, `https://x.test/l`, `https://x.test/` + strings.Repeat("l", 2000)},
		{"card", launch, asking, `"C"`, `"` + strings.Repeat("C", 8000-len("Thttps://x.test/shttps://x.test/l")+1) + `"`},
		{"card", launch, asking, `"text"`, `"content"`},
		{"card", launch, asking, `Standard`, `Simple`},
		{"card", launch, asking, `Standard","title":"T","text":"C"`, `Simple","title":"T"`},
		{"card", launch, asking, `,"image":{"smallImageUrl":"https://x.test/s","largeImageUrl":"https://x.test/l"}`, ``},
		{"card", launch, asking, `https://x.test/s`, `https://x.test/` + strings.Repeat("s", 2001-len("https://x.test/"))},
		{"no card without speech", launch, playing, `"directives"`, `"card":{"type":"Simple","title":"T"},"directives"`},
		{"no card without speech", button, stopping, `"directives"`, `"card":{"type":"Simple","title":"T"},"directives"`},
		{"speech only for a listener", failed, replay, `"directives"`, said + `"directives"`},
		{"speech only for a listener", ability, able, `"canFulfillIntent"`, said + `"canFulfillIntent"`},
		{"speech or a directive for a listener", touch, playing, stream, ``},
		{listens, launch, says, `,"shouldEndSession":true`, ``},
		{listens, touch, says, `true}`, `null}`},
		{listens, ability, able, `}}}}}`, `}}},"shouldEndSession":true}}`},
		{listens, button, stopping, `]`, `],"shouldEndSession":true`},
		{waits, intent, says, `One.`, `One?`},
		{waits, intent, says, `One.`, `“One？” `},
		{waits, intent, says, `One.`, `<lang xml:lang='ja-JP'>One?</lang><break time='1s'/>`},
		{"no open session without a question", intent, asking, `Which?`, `Which.`},
		{reprompt, intent, asking, again, ``},
		{reprompt, intent, says, `"card"`, again + `"card"`},
		{reprompt, button, stopping, `"directives"`, again + `"directives"`},
	}
}
