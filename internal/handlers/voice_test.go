package handlers_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestAPostIsReadInTheVoiceOfItsLanguage asks in a locale that the service answers in English, and whose own voice reads
// the post: what was remembered for that listener is not for the next one.
func TestAPostIsReadInTheVoiceOfItsLanguage(t *testing.T) {
	p := of(on("2026-03-13", "Hallo"), "<p>Guten Tag.</p>")
	p.Language = "de"
	s := newScene(t, saturday, p)
	for _, locale := range []string{"de-DE", "en-US", "fr-FR", "de-DE"} {
		ssml := s.ask(t, in(locale, intent("ReadPostIntent"))).Body.OutputSpeech.SSML
		if locale == "de-DE" {
			require.NotContains(t, ssml, "<lang", locale)
			continue
		}
		require.Contains(t, ssml, `<lang xml:lang="de-DE">Guten Tag.</lang>`, locale)
	}
}
