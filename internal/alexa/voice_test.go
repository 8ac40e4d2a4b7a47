package alexa_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/alexa"
)

func TestVoice(t *testing.T) {
	for _, row := range []struct{ claim, language, listener, want string }{
		{"the listener's language needs no other voice", "en", "en-US", ""},
		{"nor does another country's", "en-GB", "en-US", ""},
		{"nor one in capitals", "EN", "en-US", ""},
		{"a language has a voice", "de", "en-US", "de-DE"},
		{"of a country where Alexa speaks it", "fr-CA", "en-US", "fr-CA"},
		{"else of the one she knows best", "de-AT", "en-US", "de-DE"},
		{"to Germans English is foreign", "en", "de-DE", "en-US"},
		{"Arabic", "ar", "en-US", "ar-SA"}, {"Spanish", "es-AR", "en-US", "es-ES"}, {"French", "fr", "en-US", "fr-FR"},
		{"Hindi", "hi", "en-US", "hi-IN"}, {"Italian", "it", "en-US", "it-IT"}, {"Japanese", "ja", "en-US", "ja-JP"},
		{"Dutch", "nl", "en-US", "nl-NL"}, {"Portuguese", "pt-PT", "en-US", "pt-BR"},
		{"a language that Alexa does not speak", "la", "en-US", ""},
		{"no language", "", "en-US", ""},
	} {
		t.Run(row.claim, func(t *testing.T) {
			got := alexa.VoiceLocale(row.language, row.listener)
			require.Equal(t, row.want, got)
			var said alexa.Speech
			said.Lang(got, "Hallo")
			require.Equal(t, row.want != "", said.SSML() == `<speak><lang xml:lang="`+row.want+`">Hallo</lang></speak>`, "Alexa knows it")
		})
	}
}

func TestAdd(t *testing.T) {
	said := alexa.Say("One.")
	said.Add(alexa.Speech{})
	other := alexa.Say("Two & three.")
	said.Add(other)
	require.Equal(t, "<speak>One. Two &amp; three.</speak>", said.SSML())
	said.Text("Four.")
	require.Equal(t, "<speak>Two &amp; three.</speak>", other.SSML(), "it is none the longer for it")
}
