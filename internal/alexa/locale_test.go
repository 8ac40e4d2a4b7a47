package alexa

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCheckLocale(t *testing.T) {
	require.Len(t, Locales(), 17)
	for _, locale := range Locales() {
		require.Empty(t, CheckLocale(locale))
		require.True(t, hasVoice(locale), locale)
	}
	const all = "must be one of ar-SA, de-DE, en-AU, en-CA, en-GB, en-IN, en-US, es-ES, es-MX, es-US, fr-CA, fr-FR, hi-IN, it-IT, ja-JP, nl-NL, pt-BR"
	for locale, want := range map[string]string{
		"en-UK": "must be a locale of Alexa; did you mean en-GB?", "en_GB": "must be a locale of Alexa; did you mean en-GB?",
		"en-us": "must be a locale of Alexa; did you mean en-US?", "EN-US": "must be a locale of Alexa; did you mean en-US?",
		"pt-PT": "must be a locale of Alexa; did you mean pt-BR?", "de-AT": "must be a locale of Alexa; did you mean de-DE?",
		"de": "must be a locale of Alexa; did you mean de-DE?", "es-AR": "must be a locale of Alexa; did you mean es-ES, es-MX or es-US?",
		"en-NZ": "must be a locale of Alexa; did you mean en-AU, en-CA, en-GB, en-IN or en-US?",
		"fr-BE": "must be a locale of Alexa; did you mean fr-CA or fr-FR?",
		"":      all, "sv-SE": all, "../en-US": all, "e": all, "en-US ": "must be a locale of Alexa; did you mean en-AU, en-CA, en-GB, en-IN or en-US?",
	} {
		require.Equal(t, want, CheckLocale(locale), locale)
	}
}
