package handlers_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestPostVoice asks in a locale that the service answers in English, and whose own voice reads
// the post: what was remembered for that listener is not for the next one.
func TestPostVoice(t *testing.T) {
	p := withText(postOn("2026-03-13", "Hallo"), "<p>Guten Tag.</p>")
	p.Language = "de"
	s := newFixture(t, saturday, p)
	for _, locale := range []string{"de-DE", "en-US", "fr-FR", "de-DE"} {
		ssml := s.send(t, inLocale(locale, intent("ReadPostIntent"))).Body.OutputSpeech.SSML
		if locale == "de-DE" {
			require.NotContains(t, ssml, "<lang", locale)
			continue
		}
		require.Contains(t, ssml, `<lang xml:lang="de-DE">Guten Tag.</lang>`, locale)
	}
}
