package utterance

import (
	"slices"
	"strings"
)

// A pattern is a compiled sample utterance or date phrase.
type pattern []patternElement

// A patternElement is a literal word or a slot: "{Date}", or "{Date}'s" with its ending.
type patternElement struct {
	literal      string
	slot, ending string
}

// A slotReader converts words to the value of a slot, with its confidence.
type slotReader func(slot string, tokens []token) (value string, sure confidence)

// confidence ranks the possible values for the same words.
type confidence int

const (
	noMatch      confidence = iota
	guessedValue            // words that are not a known value of the slot
	openSlot                // words in a slot for free text
	knownValue              // a known value of the slot
	exactForm               // a date; other words rarely have this form
	literalOnly             // a sample without slots
)

// A slotValue is a slot with its value.
type slotValue struct {
	slot, value string
	confidence  confidence
}

// compilePattern parses a sample utterance.
func (v *vocabulary) compilePattern(sample string) pattern {
	var p pattern
	for field := range strings.FieldsSeq(sample) {
		if slot, ending, ok := strings.Cut(strings.TrimPrefix(field, "{"), "}"); ok {
			p = append(p, patternElement{slot: slot, ending: ending})
			continue
		}
		for _, w := range v.splitWords(field) {
			p = append(p, patternElement{literal: w.text})
		}
	}
	return p
}

// withoutArticles returns the pattern without articles.
func (v *vocabulary) withoutArticles(p pattern) pattern {
	return slices.DeleteFunc(slices.Clone(p), func(e patternElement) bool { return slices.Contains(v.Articles, e.literal) })
}

// countLiterals returns the number of literal words.
func (p pattern) countLiterals() (n int) {
	for _, e := range p {
		if e.slot == "" {
			n++
		}
	}
	return n
}

// matchWords reports whether the words match the pattern, and returns the slot values. It matches the rest of the
// pattern before it reads a slot, because a missing literal word is the most frequent mismatch and cheap to detect.
func (p pattern) matchWords(tokens []token, read slotReader) ([]slotValue, bool) {
	switch {
	case len(p) == 0:
		return nil, len(tokens) == 0
	case len(tokens) < len(p):
		return nil, false
	case p[0].slot == "" && p[0].literal != tokens[0].text:
		return nil, false
	case p[0].slot == "":
		return p[1:].matchWords(tokens[1:], read)
	}
	longest := len(tokens) - len(p[1:])
	shortest := 1
	if len(p) == 1 {
		shortest = longest
	}
	for n := shortest; n <= longest; n++ {
		others, ok := p[1:].matchWords(tokens[n:], read)
		if !ok {
			continue
		}
		if value, sure := p[0].readSlot(tokens[:n], read); sure != noMatch {
			return append(others, slotValue{p[0].slot, value, sure}), true
		}
	}
	return nil, false
}

// readSlot returns the value of a slot. It removes the ending from the last word. The apostrophe of the ending is
// optional: "yesterdays post".
func (e patternElement) readSlot(tokens []token, readSlot slotReader) (string, confidence) {
	if e.ending == "" {
		return readSlot(e.slot, tokens)
	}
	last := tokens[len(tokens)-1]
	stem, ok := strings.CutSuffix(last.text, e.ending)
	if !ok {
		stem, ok = strings.CutSuffix(last.text, strings.Trim(e.ending, "'"))
	}
	if !ok || stem == "" {
		return "", noMatch
	}
	tokens = append(tokens[:len(tokens)-1:len(tokens)-1], token{text: stem, slotText: stem})
	return readSlot(e.slot, tokens)
}
