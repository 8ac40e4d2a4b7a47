package alexa

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// maxPause is the longest pause of one tag (Amazon: SSML Reference, "break").
const maxPause = 10 * time.Second

const (
	speakOpen  = "<speak>"
	speakClose = "</speak>"
	langClose  = "</lang>"
)

// Speech is a text that Alexa speaks. Its methods escape all texts, so it is always well-formed SSML, and the text of a
// hostile feed cannot add tags. The zero Speech is silent. Changes to a copy do not affect the original.
type Speech struct {
	body string // the content of <speak>: escaped words, <break>, <lang>, and the tags of a Lexicon
}

// Say returns a Speech of several texts, in their order.
func Say(sentences ...string) Speech {
	var s Speech
	for _, sentence := range sentences {
		s.Text(sentence)
	}
	return s
}

// Text adds a text after a space. It accepts any text. Markup is spoken as text, white space becomes single spaces, and
// unspeakable characters are removed: control and zero-width characters, characters that XML forbids, private use, and
// emoji. Text does not add a text that is empty after the removal.
func (s *Speech) Text(text string) {
	s.addMarkup(toSSMLText(text))
}

// Pause adds a silence in whole milliseconds, at most ten seconds.
func (s *Speech) Pause(d time.Duration) {
	if ms := min(d, maxPause).Milliseconds(); ms > 0 {
		s.addMarkup(fmt.Sprintf(`<break time="%dms"/>`, ms))
	}
}

// Lang adds a text in the language of a locale such as "fr-FR". If Alexa does not speak the locale, it adds the text
// without a tag, because Alexa refuses a response with an unknown <lang>.
func (s *Speech) Lang(locale, text string) {
	words := toSSMLText(text)
	if words != "" && hasVoice(locale) {
		words = `<lang xml:lang="` + locale + `">` + words + langClose
	}
	s.addMarkup(words)
}

// Add appends another Speech.
func (s *Speech) Add(other Speech) { s.addMarkup(other.body) }

// hasVoice reports whether Alexa has a voice for a locale. Alexa has voices for the locales of skills.
func hasVoice(locale string) bool { return slices.Contains(Locales(), locale) }

func (s *Speech) addMarkup(markup string) {
	switch {
	case markup == "":
	case s.body == "":
		s.body = markup
	default:
		s.body += " " + markup
	}
}

// Empty reports whether the Speech does not contain words. Pauses are not words.
func (s Speech) Empty() bool {
	rest := s.body
	for strings.HasPrefix(rest, "<break ") {
		_, rest, _ = strings.Cut(rest, "/>")
		rest = strings.TrimPrefix(rest, " ")
	}
	return rest == ""
}

// SSML returns the whole Speech as an SSML document. It does not apply Amazon's limit.
func (s Speech) SSML() string {
	return speakOpen + s.body + speakClose
}

// Plain returns the words without markup, for reading.
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
	// A removed tag leaves two spaces, so strings.Fields joins them.
	return ssmlUnescaper.Replace(strings.Join(strings.Fields(words.String()), " "))
}

var ssmlUnescaper = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&quot;", `"`, "&apos;", "'", "&amp;", "&")
