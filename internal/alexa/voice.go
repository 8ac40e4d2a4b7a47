package alexa

import "strings"

// VoiceLocale gives the locale of a voice that reads a text of one language (a tag such as "de" or "de-AT") to a listener of a
// locale: "" where the listener's own voice does, as it is the same language, and where Alexa does not speak the other.
func VoiceLocale(language, listener string) string {
	text, _, _ := strings.Cut(strings.ToLower(language), "-")
	own, _, _ := strings.Cut(strings.ToLower(listener), "-")
	if text == own {
		return ""
	}
	if hasVoice(language) {
		return language
	}
	for _, locale := range []string{"ar-SA", "de-DE", "en-US", "es-ES", "fr-FR", "hi-IN", "it-IT", "ja-JP", "nl-NL", "pt-BR"} {
		if locale[:2] == text {
			return locale
		}
	}
	return ""
}
