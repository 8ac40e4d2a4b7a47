package utterance

import (
	"cmp"
	"strconv"
	"strings"
	"time"
)

// MatchContext is what must be known to understand a request.
type MatchContext struct {
	Today          time.Time // in the blog's time zone
	Categories     []string  // the blog's own
	InvocationName string    // the invocation name: "ask half elf for the last post"
}

// Recognition is what a request asks for.
type Recognition struct {
	Intent string            // "" opens the skill, and asks for nothing yet
	Slots  map[string]string // as Alexa would give them: a date is an AMAZON.DATE, a number is in digits
}

// Recognize understands a typed request as Alexa might, by the sample utterances; false where it is like none of them, which
// Alexa would call AMAZON.FallbackIntent. It stands in for her where she cannot be asked, and is stricter: every word
// must fit. Letter case and punctuation do not matter, and the address ("Alexa, ask half elf for …") may stand before it.
//
// Of several samples that fit, that with the most words of its own is meant, then that whose slots are the surest; one
// with a category that the blog does not have only where no other fits.
func (r *Recognizer) Recognize(words string, h MatchContext) (Recognition, bool) {
	v := r.vocabulary
	e := matcher{Recognizer: r, today: dayUTC(h.Today)}
	for _, category := range h.Categories {
		if text := joinTexts(v.splitWords(category)); text != "" {
			e.categories = append(e.categories, blogCategory{category, text})
		}
	}
	readings, opened := v.stripAddress(v.splitWords(words), v.splitWords(h.InvocationName))
	var best sampleMatch
	for _, rest := range readings {
		if m := e.bestMatch(rest); m.isBetterThan(best) {
			best = m
		}
	}
	if best.sample == nil {
		return Recognition{}, opened
	}
	return Recognition{Intent: best.sample.intent, Slots: slotValuesOf(best.slots)}, true
}

// dayUTC gives t's day as its midnight in UTC, so that steps of days are exact.
func dayUTC(t time.Time) time.Time {
	year, month, day := t.Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// An ear compares one request with the samples.
type matcher struct {
	*Recognizer
	today      time.Time
	categories []blogCategory
}

// blogCategory is a category of the blog, and the words that it is compared by.
type blogCategory struct {
	name, text string
}

// A match is a sample that fits, with the values of its slots.
type sampleMatch struct {
	sample     *sampleUtterance
	slots      []slotValue
	confidence confidence // of the least sure value
}

// isBetterThan tells whether m is more specific than the best so far.
func (m sampleMatch) isBetterThan(best sampleMatch) bool {
	if m.sample == nil || best.sample == nil {
		return best.sample == nil
	}
	if guess := m.confidence == guessedValue; guess != (best.confidence == guessedValue) {
		return !guess
	}
	return cmp.Or(cmp.Compare(m.sample.literals, best.sample.literals), cmp.Compare(m.confidence, best.confidence)) > 0
}

// bestMatch finds the sample that fits best.
func (e *matcher) bestMatch(words []word) (bestMatch sampleMatch) {
	if len(words) == 0 {
		return sampleMatch{}
	}
	for i := range e.samples {
		s := &e.samples[i]
		found, ok := s.pattern.matchWords(words, e.readSlot)
		if !ok {
			continue
		}
		m := sampleMatch{sample: s, slots: found, confidence: literalOnly}
		for _, f := range found {
			m.confidence = min(m.confidence, f.confidence)
		}
		if s.pattern[0].slot != "" && m.confidence == guessedValue {
			continue // "delete all posts" is not of a category "delete all"
		}
		if m.isBetterThan(bestMatch) {
			bestMatch = m
		}
	}
	return bestMatch
}

// readSlot gives the value of an intent's slot.
func (e *matcher) readSlot(slot string, words []word) (string, confidence) {
	switch slot {
	case "Date":
		value := e.matchDate(words)
		return value, exactIf(value != "")
	case "Number":
		n, ok := e.vocabulary.parseNumber(words)
		if !ok {
			n, ok = e.vocabulary.parseOrdinal(words)
		}
		return strconv.Itoa(n), min(exactIf(ok), knownValue)
	case "Category":
		return e.matchCategory(words)
	}
	return joinSlotTexts(words), openSlot
}

// matchCategory finds one of the blog's, also in the singular: "a recipe". Alexa gives other words too, where they stand
// where a category should.
func (e *matcher) matchCategory(words []word) (string, confidence) {
	text := joinTexts(words)
	for _, ending := range []string{"", e.vocabulary.Plural} {
		for _, c := range e.categories {
			if strings.TrimSuffix(c.text, ending) == strings.TrimSuffix(text, ending) {
				return c.name, knownValue
			}
		}
	}
	if prefixLength(words, e.vocabulary.Determiners) > 0 {
		return "", noMatch
	}
	return joinSlotTexts(words), guessedValue
}
