package alexa

import "strings"

// VoiceLocale returns the locale of a voice for a text in a language, a tag such as "de" or "de-AT". It returns "" if
// the listener's voice speaks that language, or if Alexa lacks a voice for it.
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
