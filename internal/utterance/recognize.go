package utterance

import (
	"cmp"
	"strconv"
	"strings"
	"time"
)

// MatchContext is the context of a request.
type MatchContext struct {
	Today          time.Time // in the blog's time zone
	Categories     []string  // the blog's categories
	InvocationName string    // for example "half elf"
}

// Recognition is the recognized request.
type Recognition struct {
	Intent string            // "" if the request only opens the skill
	Slots  map[string]string // as Alexa sends them: a date is an AMAZON.DATE, a duration an AMAZON.DURATION, a number is in digits
}

// Recognize matches a typed request against the sample utterances, similar to Alexa. It returns false if no sample
// matches, which Alexa calls AMAZON.FallbackIntent. It replaces Alexa where Alexa is not available, and is stricter:
// every word must match. It ignores letter case, punctuation and an address at the beginning ("Alexa, ask half elf for
// …").
//
// Articles may be missing, because Alexa does not need them: "read last post".
//
// If several samples match, Recognize prefers the one with the most literal words, and then the one with the surest
// slot values. A sample with an unknown category is used only if no other sample matches.
func (r *Recognizer) Recognize(tokens string, h MatchContext) (Recognition, bool) {
	v := r.vocabulary
	e := matcher{Recognizer: r, today: dayUTC(h.Today)}
	for _, category := range h.Categories {
		if text := joinTexts(v.splitWords(category)); text != "" {
			e.categories = append(e.categories, blogCategory{category, text})
		}
	}
	readings, opened := v.stripAddress(v.splitWords(tokens), v.splitWords(h.InvocationName))
	best := e.bestReading(readings)
	if best.confidence <= guessedValue {
		if m := e.withoutArticles().bestReading(readings); m.isBetterThan(best) {
			best = m
		}
	}
	if best.sample == nil {
		return Recognition{}, opened
	}
	return Recognition{Intent: best.sample.intent, Slots: slotValuesOf(best.slots)}, true
}

// dayUTC returns midnight in UTC of t's day, so that day arithmetic is exact.
func dayUTC(t time.Time) time.Time {
	year, month, day := t.Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// A matcher matches one request against the samples.
type matcher struct {
	*Recognizer
	today      time.Time
	categories []blogCategory
	bare       bool // ignores articles
}

// withoutArticles returns a matcher that ignores the articles of samples and requests.
func (e matcher) withoutArticles() matcher {
	e.bare = true
	return e
}

// blogCategory is a category of the blog, with the normalized words for comparisons.
type blogCategory struct {
	name, text string
}

// A sampleMatch is a matching sample with its slot values.
type sampleMatch struct {
	sample     *sampleUtterance
	slots      []slotValue
	confidence confidence // lowest confidence of all values
}

// isBetterThan reports whether m is more specific than the best match so far.
func (m sampleMatch) isBetterThan(best sampleMatch) bool {
	if m.sample == nil || best.sample == nil {
		return best.sample == nil
	}
	if guess := m.confidence == guessedValue; guess != (best.confidence == guessedValue) {
		return !guess
	}
	return cmp.Or(cmp.Compare(m.sample.literals, best.sample.literals), cmp.Compare(m.confidence, best.confidence)) > 0
}

// bestReading returns the best match of several readings of a request.
func (e matcher) bestReading(readings [][]token) (best sampleMatch) {
	for _, tokens := range readings {
		if e.bare {
			tokens = e.vocabulary.dropArticles(tokens)
		}
		if m := e.bestMatch(tokens); m.isBetterThan(best) {
			best = m
		}
	}
	return best
}

// bestMatch returns the best matching sample.
func (e *matcher) bestMatch(tokens []token) (best sampleMatch) {
	if len(tokens) == 0 {
		return sampleMatch{}
	}
	for _, i := range e.samples.startingWith(tokens[0].text, e.bare) {
		s := &e.samples.all[i]
		p := s.pattern
		if e.bare {
			p = s.bare
		}
		found, ok := p.matchWords(tokens, e.readSlot)
		if !ok {
			continue
		}
		m := sampleMatch{sample: s, slots: found, confidence: literalOnly}
		for _, f := range found {
			m.confidence = min(m.confidence, f.confidence)
		}
		if (p[0].slot != "" || e.bare) && m.confidence == guessedValue {
			continue // otherwise "delete all posts" would ask for a category "delete all"
		}
		if m.isBetterThan(best) {
			best = m
		}
	}
	return best
}

// readSlot returns the value of an intent's slot.
func (e *matcher) readSlot(slot string, tokens []token) (string, confidence) {
	switch slot {
	case "Date":
		value := e.matchDate(tokens)
		return value, exactIf(value != "")
	case "Duration":
		value := e.vocabulary.matchDuration(tokens)
		return value, exactIf(value != "")
	case "Number":
		n, ok := e.vocabulary.parseNumber(tokens)
		if !ok {
			n, ok = e.vocabulary.parseOrdinal(tokens)
		}
		return strconv.Itoa(n), min(exactIf(ok), knownValue)
	case "Category":
		return e.matchCategory(tokens)
	}
	return joinSlotTexts(tokens), openSlot
}

// matchCategory finds a category of the blog, also in the singular and after other words: "any recipe". Other words at the position of a
// category are returned unchanged, as Alexa does.
func (e *matcher) matchCategory(tokens []token) (string, confidence) {
	text := joinTexts(tokens)
	for _, ending := range []string{"", e.vocabulary.Plural} {
		for _, c := range e.categories {
			if strings.TrimSuffix(c.text, ending) == strings.TrimSuffix(text, ending) {
				return c.name, knownValue
			}
		}
	}
	if n := prefixLength(tokens, e.vocabulary.Determiners); n > 0 {
		if value, sure := e.matchCategory(tokens[n:]); sure == knownValue {
			return value, sure
		}
		return "", noMatch
	}
	return joinSlotTexts(tokens), guessedValue
}
