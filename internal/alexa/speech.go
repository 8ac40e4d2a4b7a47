package alexa

import (
	"fmt"
	"strings"
	"time"
)

// maxPause is the longest pause that Alexa makes for one tag (Amazon: SSML Reference, "break").
const maxPause = 10 * time.Second

const (
	speakOpen  = "<speak>"
	speakClose = "</speak>"
	langClose  = "</lang>"
)

// Speech is what Alexa says. It is built from text, never from markup, so it is well-formed SSML by construction. The
// zero Speech says nothing. A copy is a Speech of its own: what is added to one is not heard in the other.
type Speech struct {
	body string // the inside of <speak>: escaped words, <break> and <lang>, one space between them
}

// Say gives a Speech of some texts, one after the other.
func Say(sentences ...string) Speech {
	var s Speech
	for _, sentence := range sentences {
		s.Text(sentence)
	}
	return s
}

// Text adds a text, after a space. Any text will do: what is markup in it is said as text, white space of every kind
// becomes one space, and what cannot be said (control and zero-width characters, what XML forbids, private use, emoji)
// is left out. A text of nothing else adds nothing.
func (s *Speech) Text(text string) {
	s.addMarkup(toSSMLText(text))
}

// Pause adds a silence, in whole milliseconds and of at most ten seconds.
func (s *Speech) Pause(d time.Duration) {
	if ms := min(d, maxPause).Milliseconds(); ms > 0 {
		s.addMarkup(fmt.Sprintf(`<break time="%dms"/>`, ms))
	}
}

// Lang adds a text that is said in the language of a locale, like "fr-FR". Where Alexa does not speak that, the text is
// added as it is: a <lang> that Alexa does not know would cost the whole response.
func (s *Speech) Lang(locale, text string) {
	words := toSSMLText(text)
	if words != "" && hasVoice(locale) {
		words = `<lang xml:lang="` + locale + `">` + words + langClose
	}
	s.addMarkup(words)
}

// Add adds another Speech.
func (s *Speech) Add(other Speech) { s.addMarkup(other.body) }

// hasVoice reports whether Alexa has a voice for a locale: the locales of skills
// (Amazon: "Develop Skills in Multiple Languages").
func hasVoice(locale string) bool {
	switch locale {
	case "ar-SA", "de-DE", "en-AU", "en-CA", "en-GB", "en-IN", "en-US", "es-ES", "es-MX",
		"es-US", "fr-CA", "fr-FR", "hi-IN", "it-IT", "ja-JP", "nl-NL", "pt-BR":
		return true
	}
	return false
}

func (s *Speech) addMarkup(markup string) {
	switch {
	case markup == "":
	case s.body == "":
		s.body = markup
	default:
		s.body += " " + markup
	}
}

// Empty reports whether the Speech has no words; pauses alone are none.
func (s Speech) Empty() bool {
	rest := s.body
	for strings.HasPrefix(rest, "<break ") {
		_, rest, _ = strings.Cut(rest, "/>")
		rest = strings.TrimPrefix(rest, " ")
	}
	return rest == ""
}

// SSML gives the whole Speech as an SSML document, however long.
func (s Speech) SSML() string {
	return speakOpen + s.body + speakClose
}

// Plain gives the words without their markup, for those who read what is said.
func (s Speech) Plain() string {
	if !strings.ContainsAny(s.body, "<&") {
		return s.body
	}
	var words strings.Builder
	for rest := s.body; rest != ""; {
		text, tag, _ := strings.Cut(rest, "<")
		words.WriteString(text)
		_, rest, _ = strings.Cut(tag, ">")
	}
	// A tag that is gone leaves the spaces of both its sides.
	return ssmlUnescaper.Replace(strings.Join(strings.Fields(words.String()), " "))
}

var ssmlUnescaper = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&quot;", `"`, "&apos;", "'", "&amp;", "&")
