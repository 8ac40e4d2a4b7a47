package alexa_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/alexa"
)

func TestVoiceLocale(t *testing.T) {
	for _, row := range []struct{ claim, language, listener, want string }{
		{"a text in the listener's language", "en", "en-US", ""},
		{"another country's variant of the listener's language", "en-GB", "en-US", ""},
		{"the listener's language in capitals", "EN", "en-US", ""},
		{"a language has a voice", "de", "en-US", "de-DE"},
		{"a country with its own voice", "fr-CA", "en-US", "fr-CA"},
		{"a country without its own voice gets the default voice of the language", "de-AT", "en-US", "de-DE"},
		{"English has a voice for German listeners", "en", "de-DE", "en-US"},
		{"Arabic", "ar", "en-US", "ar-SA"}, {"Spanish", "es-AR", "en-US", "es-ES"}, {"French", "fr", "en-US", "fr-FR"},
		{"Hindi", "hi", "en-US", "hi-IN"}, {"Italian", "it", "en-US", "it-IT"}, {"Japanese", "ja", "en-US", "ja-JP"},
		{"Dutch", "nl", "en-US", "nl-NL"}, {"Portuguese", "pt-PT", "en-US", "pt-BR"},
		{"a language that Alexa does not speak", "la", "en-US", ""},
		{"an empty language", "", "en-US", ""},
	} {
		t.Run(row.claim, func(t *testing.T) {
			got := alexa.VoiceLocale(row.language, row.listener)
			require.Equal(t, row.want, got)
			var speech alexa.Speech
			speech.Lang(got, "Hallo")
			require.Equal(t, row.want != "", speech.SSML() == `<speak><lang xml:lang="`+row.want+`">Hallo</lang></speak>`, "hasVoice accepts the locale")
		})
	}
}

func TestAddSpeech(t *testing.T) {
	speech := alexa.Say("One.")
	speech.Add(alexa.Speech{})
	other := alexa.Say("Two & three.")
	speech.Add(other)
	require.Equal(t, "<speak>One. Two &amp; three.</speak>", speech.SSML())
	speech.Text("Four.")
	require.Equal(t, "<speak>Two &amp; three.</speak>", other.SSML(), "the added Speech does not change")
}
