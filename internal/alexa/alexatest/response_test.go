package alexatest

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseRequest(t *testing.T) {
	got, err := ParseRequest([]byte(`{"context":{"System":{"device":{"supportedInterfaces":{"B":{},"A":null}}}},"request":{"type":"LaunchRequest"}}`))
	require.NoError(t, err)
	require.Equal(t, Request{Type: "LaunchRequest", Interfaces: []string{"A", "B"}}, got)
	for _, request := range []string{``, `[]`, `{}`, `{"request":{"type":""}}`} {
		_, err := ParseRequest([]byte(request))
		require.Error(t, err, request)
	}
}

func TestDecodesResponse(t *testing.T) {
	a, broken := Examine(requestOf(launch), []byte(strings.Replace(asking, `Which?`, `One <break time='1s'/> <sub alias='x'>two</sub> &amp; “which?”`, 1)))
	require.Empty(t, broken)
	require.Equal(t, "One two & “which?”", a.SpokenText())
	require.Equal(t, "Say.", a.RepromptText())
	require.True(t, a.AsksQuestion())
	require.True(t, a.IsOpen())
	require.False(t, a.HasEnded())
	require.Equal(t, map[string]any{"v": 1.0}, a.Attributes)
	require.Equal(t, &Card{Type: "Standard", Title: "T", Text: "C", Image: &Image{"https://x.test/s", "https://x.test/l"}}, a.Body.Card)

	a, _ = Examine(requestOf(launch), []byte(says))
	require.True(t, a.HasEnded())
	require.False(t, a.IsOpen())
	require.False(t, a.AsksQuestion())
	require.Empty(t, a.RepromptText())
	require.Nil(t, a.Attributes)
	require.Equal(t, "C", a.Body.Card.Content)

	a, _ = Examine(requestOf(ended), []byte(silent))
	require.Empty(t, a.SpokenText())
	require.False(t, a.IsOpen() || a.HasEnded() || a.AsksQuestion())
}

func TestAcceptsSSML(t *testing.T) {
	for ssml, want := range map[string]string{
		`<speak>One.</speak>`:                                                                      "One.",
		`<speak>&lt;R&amp;D&gt; &quot;&apos;</speak>`:                                              `<R&D> "'`,
		`<speak><p><s>One.</s><s>Two.</s></p></speak>`:                                             "One.Two.",
		`<speak>One<break/>, <break strength="x-strong"/>two</speak>`:                              "One, two",
		`<speak>One <break time="10s"/><break time="10000ms"/> two</speak>`:                        "One two",
		`<speak><lang xml:lang="pt-BR">Um</lang> <w role="r">b</w></speak>`:                        "Um b",
		`<speak><lang xml:lang="de-DE">Das <sub alias="a">Go</sub>.</lang></speak>`:                "Das Go.",
		`<speak><phoneme alphabet="ipa" ph="ʒi">Ži</phoneme>, <phoneme ph="a">a</phoneme></speak>`: "Ži, a",
		`<speak><say-as interpret-as="date" format="d">1</say-as></speak>`:                         "1",
		`<speak><prosody rate="slow">One</prosody><audio src="https://x.test/a"/></speak>`:         "One",
	} {
		words, err := ssmlText(ssml)
		require.NoError(t, err, ssml)
		require.Equal(t, want, words)
	}
}

func TestRefusesSSML(t *testing.T) {
	for _, inside := range []string{
		`R & D`, `&nbsp;`, `a < b`, `</speak><speak>`, `</speak>.`, `<b>One</b>`, `<p>One`, `<p>One</s>`, `<speak>One</speak>`, `<!-- x -->`, `<![CDATA[x]]>`, `<?x?>`,
		`<break time="11s"/>`, `<break time="10001ms"/>`, `<break time="-1s"/>`, `<break time="1m"/>`, `<break time="1"/>`, `<break time="1m1s"/>`, `<break time="1..0s"/>`, `<break time="s"/>`,
		`<break time="1s" time="1s"/>`, `<break strength="mighty"/>`, `<break length="1s"/>`, `<x:break xmlns:x="y"/>`,
		`<lang>Um</lang>`, `<lang xml:lang="xx-YY">Um</lang>`, `<lang lang="pt-BR">Um</lang>`, `<say-as>1</say-as>`, `<sub>x</sub>`, `<sub alias="">x</sub>`,
		`<phoneme>x</phoneme>`, `<phoneme alphabet="ipa">x</phoneme>`, `<phoneme ph="">x</phoneme>`, `<phoneme ph="x" alphabet="IPA">x</phoneme>`,
		`<sub alias="x"><break/></sub>`, `<phoneme ph="x"><sub alias="x">x</sub></phoneme>`, `<sub alias="x">x<lang xml:lang="pt-BR">x</lang></sub>`,
		`<p class="x">One</p>`, `<audio/>`, `<audio src="http://x.test/a"/>`, `<amazon:effect name="whispered">x</amazon:effect>`,
	} {
		_, err := ssmlText(`<speak>` + inside + `</speak>`)
		require.Error(t, err, inside)
	}
	for _, ssml := range []string{``, `One.`, ` <speak>One.</speak>`, `<speak version="1.0">One.</speak>`, `<speak>One.`, `<p>One.</p>`} {
		_, err := ssmlText(ssml)
		require.Error(t, err, ssml)
	}
}

// FuzzExamine requires that a response that keeps all rules is valid JSON, and that its session stays open if and only
// if it asks a question.
func FuzzExamine(f *testing.F) {
	for _, kind := range []string{launch, intent, touch, button, failed, ended, ability} {
		for _, answer := range []string{says, asking, playing, showing, stopping, replay, able, silent} {
			f.Add(kind, []byte(answer))
		}
	}
	f.Fuzz(func(t *testing.T, kind string, response []byte) {
		a, broken := Examine(requestOf(kind), response)
		if len(broken) > 0 {
			return
		}
		require.True(t, json.Valid(response))
		require.Equal(t, a.IsOpen(), a.AsksQuestion())
		require.Equal(t, a.IsOpen(), a.RepromptText() != "")
		require.False(t, a.IsOpen() && a.Play() != nil)
	})
}
