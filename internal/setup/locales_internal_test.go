package setup

import (
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/phrases"
)

func TestProposedLocales(t *testing.T) {
	book, err := phrases.Load()
	require.NoError(t, err)
	for language, want := range map[string][]string{
		"": {"en-US"}, "en": {"en-US"}, "en-US": {"en-US"}, "en-us": {"en-US"}, "en-gb": {"en-GB", "en-US"}, "en-AU": {"en-AU", "en-US"},
		"en-NZ": {"en-US"},
	} {
		i := Interview{book: book, found: feedFacts{language: language}}
		got, note := i.proposeLocales()
		require.Equal(t, want, got, language)
		require.NotContains(t, note, "only", language)
	}
	i := Interview{book: book, found: feedFacts{language: "xx"}}
	got, note := i.proposeLocales()
	require.Equal(t, []string{"en-US"}, got)
	require.Contains(t, note, "The language of the feed is xx. Lastpost speaks ")
	require.Contains(t, note, "its own sentences are in English")
}
