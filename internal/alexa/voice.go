package alexa

import "strings"

// Voice gives the locale of a voice that reads a text of one language (a tag such as "de" or "de-AT") to a listener of a
// locale: "" where the listener's own voice does, as it is the same language, and where Alexa does not speak the other.
func Voice(language, listener string) string {
	text, _, _ := strings.Cut(strings.ToLower(language), "-")
	own, _, _ := strings.Cut(strings.ToLower(listener), "-")
	if text == own {
		return ""
	}
	if speaks(language) {
		return language
	}
	switch text {
	case "ar":
		return "ar-SA"
	case "de":
		return "de-DE"
	case "en":
		return "en-US"
	case "es":
		return "es-ES"
	case "fr":
		return "fr-FR"
	case "hi":
		return "hi-IN"
	case "it":
		return "it-IT"
	case "ja":
		return "ja-JP"
	case "nl":
		return "nl-NL"
	case "pt":
		return "pt-BR"
	}
	return ""
}
