package utterance

import (
	"cmp"
	"strconv"
	"strings"
	"time"
)

// MatchContext is what must be known to understand a request.
type MatchContext struct {
	Today      time.Time // in the blog's time zone
	Categories []string  // the blog's own
	Skill      string    // the invocation name: "ask half elf for the last post"
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
	v := r.words
	e := ear{Recognizer: r, today: date(h.Today)}
	for _, category := range h.Categories {
		if text := joined(v.split(category)); text != "" {
			e.categories = append(e.categories, named{category, text})
		}
	}
	rests, opened := v.addressed(v.split(words), v.split(h.Skill))
	var best match
	for _, rest := range rests {
		if m := e.best(rest); m.better(best) {
			best = m
		}
	}
	if best.sample == nil {
		return Recognition{}, opened
	}
	return Recognition{Intent: best.sample.intent, Slots: partsOf(best.found)}, true
}

// date gives t's day as its midnight in UTC, so that steps of days are exact.
func date(t time.Time) time.Time {
	year, month, day := t.Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// An ear compares one request with the samples.
type ear struct {
	*Recognizer
	today      time.Time
	categories []named
}

// named is a category of the blog, and the words that it is compared by.
type named struct {
	name, text string
}

// A match is a sample that fits, with the values of its slots.
type match struct {
	sample *sample
	found  []filling
	sure   sureness // of the least sure value
}

// better tells whether m is more specific than the best so far.
func (m match) better(best match) bool {
	if m.sample == nil || best.sample == nil {
		return best.sample == nil
	}
	if guess := m.sure == guessed; guess != (best.sure == guessed) {
		return !guess
	}
	return cmp.Or(cmp.Compare(m.sample.literals, best.sample.literals), cmp.Compare(m.sure, best.sure)) > 0
}

// best finds the sample that fits best.
func (e *ear) best(words []word) (best match) {
	if len(words) == 0 {
		return match{}
	}
	for i := range e.samples {
		s := &e.samples[i]
		found, ok := s.pattern.match(words, e.read)
		if !ok {
			continue
		}
		m := match{sample: s, found: found, sure: literal}
		for _, f := range found {
			m.sure = min(m.sure, f.sure)
		}
		if s.pattern[0].slot != "" && m.sure == guessed {
			continue // "delete all posts" is not of a category "delete all"
		}
		if m.better(best) {
			best = m
		}
	}
	return best
}

// read gives the value of an intent's slot.
func (e *ear) read(slot string, words []word) (string, sureness) {
	switch slot {
	case "Date":
		value := e.date(words)
		return value, sureIf(value != "")
	case "Number":
		n, ok := e.words.number(words)
		if !ok {
			n, ok = e.words.ordinal(words)
		}
		return strconv.Itoa(n), min(sureIf(ok), known)
	case "Category":
		return e.category(words)
	}
	return said(words), open
}

// category finds one of the blog's, also in the singular: "a recipe". Alexa gives other words too, where they stand
// where a category should.
func (e *ear) category(words []word) (string, sureness) {
	text := joined(words)
	for _, ending := range []string{"", e.words.Plural} {
		for _, c := range e.categories {
			if strings.TrimSuffix(c.text, ending) == strings.TrimSuffix(text, ending) {
				return c.name, known
			}
		}
	}
	if begins(words, e.words.Determiners) > 0 {
		return "", no
	}
	return said(words), guessed
}
