package alexa

import (
	"fmt"
	"slices"
	"strings"
)

// Locales returns the locales that a skill can have (Amazon: "Develop Skills in Multiple Languages").
func Locales() []string {
	return []string{"ar-SA", "de-DE", "en-AU", "en-CA", "en-GB", "en-IN", "en-US", "es-ES", "es-MX", "es-US",
		"fr-CA", "fr-FR", "hi-IN", "it-IT", "ja-JP", "nl-NL", "pt-BR"}
}

// CheckLocale returns the fault of a locale and its remedy, as the end of a sentence. It returns "" for a locale of
// Alexa.
func CheckLocale(locale string) string {
	if slices.Contains(Locales(), locale) {
		return ""
	}
	switch similar := SimilarLocales(locale); len(similar) {
	case 0:
		return "must be one of " + strings.Join(Locales(), ", ")
	case 1:
		return fmt.Sprintf("must be a locale of Alexa; did you mean %s?", similar[0])
	default:
		last := len(similar) - 1
		return fmt.Sprintf("must be a locale of Alexa; did you mean %s or %s?", strings.Join(similar[:last], ", "), similar[last])
	}
}

// SimilarLocales returns the locales that a wrong one may stand for: the same one in another form ("en_us"), or else all
// locales of its language.
func SimilarLocales(locale string) (similar []string) {
	wanted := strings.ToLower(strings.ReplaceAll(locale, "_", "-"))
	if wanted == "en-uk" {
		wanted = "en-gb"
	}
	language, _, _ := strings.Cut(wanted, "-")
	for _, known := range Locales() {
		if strings.ToLower(known) == wanted {
			return []string{known}
		}
		if strings.HasPrefix(known, language+"-") {
			similar = append(similar, known)
		}
	}
	return similar
}
