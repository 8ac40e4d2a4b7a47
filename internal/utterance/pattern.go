package utterance

import "strings"

// A pattern is a sample utterance in its parts, or one of the ways to say a date.
type pattern []patternElement

// An element is a word that must be there, or a slot: "{Date}", and "{Date}'s" with its ending.
type patternElement struct {
	literal      string
	slot, ending string
}

// A reader makes a slot's value of words. It says how sure it is of it.
type slotReader func(slot string, words []word) (value string, sure confidence)

// confidence tells values apart that fit the same words.
type confidence int

const (
	noMatch      confidence = iota
	guessedValue            // words that the slot does not know
	openSlot                // words in a slot that takes any
	knownValue              // one of the values that the slot has
	exactForm               // a date, of which few things have the form
	literalOnly             // no slot at all
)

// A filling is a slot with its value.
type slotValue struct {
	slot, value string
	confidence  confidence
}

// compilePattern reads a sample utterance.
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

// countLiterals counts the words that must be there.
func (p pattern) countLiterals() (n int) {
	for _, e := range p {
		if e.slot == "" {
			n++
		}
	}
	return n
}

// matchWords tells whether the words are those of the pattern, and gives the values of its slots. What follows a slot is
// matched before the slot is read, as most of the time that is a word which is not there.
func (p pattern) matchWords(words []word, read slotReader) ([]slotValue, bool) {
	switch {
	case len(p) == 0:
		return nil, len(words) == 0
	case len(words) < len(p):
		return nil, false
	case p[0].slot == "" && p[0].literal != words[0].text:
		return nil, false
	case p[0].slot == "":
		return p[1:].matchWords(words[1:], read)
	}
	most := len(words) - len(p[1:])
	least := 1
	if len(p) == 1 {
		least = most
	}
	for n := least; n <= most; n++ {
		others, ok := p[1:].matchWords(words[n:], read)
		if !ok {
			continue
		}
		if value, sure := p[0].readSlot(words[:n], read); sure != noMatch {
			return append(others, slotValue{p[0].slot, value, sure}), true
		}
	}
	return nil, false
}

// readSlot gives a slot's value, without the ending that the last word has. Who types may leave its apostrophe out:
// "yesterdays post".
func (e patternElement) readSlot(words []word, readSlot slotReader) (string, confidence) {
	if e.ending == "" {
		return readSlot(e.slot, words)
	}
	last := words[len(words)-1]
	stem, ok := strings.CutSuffix(last.text, e.ending)
	if !ok {
		stem, ok = strings.CutSuffix(last.text, strings.Trim(e.ending, "'"))
	}
	if !ok || stem == "" {
		return "", noMatch
	}
	words = append(words[:len(words)-1:len(words)-1], word{text: stem, slotText: stem})
	return readSlot(e.slot, words)
}
