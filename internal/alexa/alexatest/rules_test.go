package alexatest

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Answers that keep the rules, to be spoilt each in one way.
const (
	says = `{"version":"1.0","response":{"outputSpeech":{"type":"SSML","ssml":"<speak>One.</speak>"},` +
		`"card":{"type":"Simple","title":"T","content":"C"},"shouldEndSession":true}}`
	asking = `{"version":"1.0","sessionAttributes":{"v": 1},"response":{"outputSpeech":{"type":"SSML","ssml":"<speak>Which?</speak>"},` +
		`"card":{"type":"Standard","title":"T","text":"C","image":{"smallImageUrl":"https://x.test/s","largeImageUrl":"https://x.test/l"}},` +
		`"reprompt":{"outputSpeech":{"type":"SSML","ssml":"<speak>Say.</speak>"}},"shouldEndSession":false}}`
	playing = `{"version":"1.0","response":{"directives":[` + stream + `],"shouldEndSession":true}}`
	stream  = `{"type":"AudioPlayer.Play","playBehavior":"REPLACE_ALL","audioItem":{"stream":{"url":"https://x.test/a.mp3","token":"t",` +
		`"offsetInMilliseconds":0},"metadata":{"title":"T","subtitle":"S","art":{"sources":[{"url":"https://x.test/i"}]}}}}`
	showing  = `{"version":"1.0","response":{"outputSpeech":{"type":"SSML","ssml":"<speak>One.</speak>"},"directives":[` + screened + `],"shouldEndSession":true}}`
	screened = `{"type":"Alexa.Presentation.APL.RenderDocument","token":"t","document":{"type":"APL","version":"2024.1","mainTemplate":` +
		`{"parameters":["payload"],"items":[{"type":"Text","text":"${payload.post.title + payload.blog.name} payload.x"}]}},"datasources":{"post":{},"blog":{}}}`
	stopping = `{"version":"1.0","response":{"directives":[{"type":"AudioPlayer.Stop"}]}}`
	replay   = `{"version":"1.0","response":{"directives":[` + stream + `]}}`
	able     = `{"version":"1.0","response":{"canFulfillIntent":{"canFulfill":"YES","slots":{"Date":{"canUnderstand":"YES","canFulfill":"NO"}}}}}`
	silent   = `{"version":"1.0","response":{}}`

	launch, intent, touch = "LaunchRequest", "IntentRequest", "Alexa.Presentation.APL.UserEvent"
	button, failed        = "PlaybackController.NextCommandIssued", "AudioPlayer.PlaybackFailed"
	ended, ability        = "SessionEndedRequest", "CanFulfillIntentRequest"
)

// A spoiling makes of a sound answer one that breaks a rule.
type spoiling struct{ rule, asked, sound, old, spoilt string }

// on is a device that has everything.
func on(kind string) Request {
	return Request{Type: kind, Interfaces: []string{"Alexa.Presentation.APL", "AudioPlayer"}}
}

func (s spoiling) bites(t *testing.T) {
	t.Helper()
	_, broken := Examine(on(s.asked), []byte(s.sound))
	require.Empty(t, broken, "%s", s.sound)
	require.Contains(t, s.sound, s.old)
	spoilt := strings.Replace(s.sound, s.old, s.spoilt, 1)
	_, broken = Examine(on(s.asked), []byte(spoilt))
	require.Equal(t, []string{s.rule}, broken, "%s", spoilt)
}

// TestTheRulesBite spoils answers that keep the rules, each in one way. Every rule has its turn.
func TestTheRulesBite(t *testing.T) {
	bitten := map[string]bool{
		"AudioPlayer only where the device has it": true, "APL only where the device has it": true, // TestTheDeviceDecides
	}
	for _, s := range slices.Concat(frameSpoilings(), talkSpoilings(), directiveSpoilings()) {
		bitten[s.rule] = true
		t.Run(s.rule, s.bites)
	}
	for _, rule := range rules() {
		require.True(t, bitten[rule.name], "nothing breaks %q", rule.name)
	}
}

// TestWhatIsAtTheLimitIsWithinIt takes each limit to its last character.
func TestWhatIsAtTheLimitIsWithinIt(t *testing.T) {
	const frame, card, address = len("<speak></speak>"), len("Thttps://x.test/shttps://x.test/l"), len("https://x.test/")
	for _, s := range []spoiling{
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
		t.Run(s.rule, func(t *testing.T) {
			_, broken := Examine(on(s.asked), []byte(strings.Replace(s.sound, s.old, s.spoilt, 1)))
			require.Empty(t, broken)
		})
	}
}

func frameSpoilings() []spoiling {
	const (
		size    = "attributes of at most 1 KiB"
		nothing = "nothing where nobody listens"
		player  = "only AudioPlayer directives to the player, and none where nobody is"
		capable = "canFulfillIntent to its request, and only to that"
	)
	return []spoiling{
		{"version", launch, says, `1.0`, `1.1`},
		{"size", launch, says, `{"version"`, strings.Repeat(" ", 24*1024-len(says)) + `{"version"`},
		{size, intent, asking, `"v": 1`, `"v": "` + strings.Repeat("x", 1024-len(`{"v":""}`)+1) + `"`},
		{size, intent, asking, `"v": 1`, `"v": "` + strings.Repeat("日", 400) + `"`},
		{"attributes only where the session stays open", launch, says, `"response"`, `"sessionAttributes":{},"response"`},
		{"attributes only where the session stays open", failed, silent, `"response"`, `"sessionAttributes":{},"response"`},
		{nothing, "AudioPlayer.PlaybackStopped", silent, silent, `{"version":"1.0"}`},
		{nothing, "AlexaSkillEvent.SkillDisabled", silent, silent, `{"version":"1.0","response":{"directives":[]}}`},
		{nothing, ended, silent, silent, `{"response":{},"version":"1.0"}`},
		{player, button, replay, stream, screened},
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

func talkSpoilings() []spoiling {
	const (
		listens  = "shouldEndSession where somebody listens, and only there"
		waits    = "no question where nobody waits for an answer"
		reprompt = "a reprompt where the session is open, and only there"
		again    = `"reprompt":{"outputSpeech":{"type":"SSML","ssml":"<speak>Say.</speak>"}},`
		said     = `"outputSpeech":{"type":"SSML","ssml":"<speak>One.</speak>"},`
	)
	return []spoiling{
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
		{"speech only where somebody listens", failed, replay, `"directives"`, said + `"directives"`},
		{"speech only where somebody listens", ability, able, `"canFulfillIntent"`, said + `"canFulfillIntent"`},
		{"speech or a directive where somebody listens", touch, playing, stream, ``},
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
