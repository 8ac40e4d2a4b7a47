package alexa

import "strings"

// VoiceLocale returns the locale of the voice for a text. The text's language is a tag such as "de" or "de-AT".
// VoiceLocale returns "" if the listener's own voice speaks that language, or if Alexa does not have a voice for it.
func VoiceLocale(language, listenerLocale string) string {
	text, _, _ := strings.Cut(strings.ToLower(language), "-")
	own, _, _ := strings.Cut(strings.ToLower(listenerLocale), "-")
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
