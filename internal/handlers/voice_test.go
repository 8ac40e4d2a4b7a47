package handlers_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestPostVoice requires that the listener's own voice reads a post in the listener's language, and that another voice
// reads it for other listeners. The cache must not mix the locales.
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
