package utterance

import "strings"

// A pattern is a sample utterance in its parts, or one of the ways to say a date.
type pattern []element

// An element is a word that must be there, or a slot: "{Date}", and "{Date}'s" with its ending.
type element struct {
	literal      string
	slot, ending string
}

// A reader makes a slot's value of words. It says how sure it is of it.
type reader func(slot string, words []word) (value string, sure sureness)

// sureness tells values apart that fit the same words.
type sureness int

const (
	no      sureness = iota
	guessed          // words that the slot does not know
	open             // words in a slot that takes any
	known            // one of the values that the slot has
	exact            // a date, of which few things have the form
	literal          // no slot at all
)

// A filling is a slot with its value.
type filling struct {
	slot, value string
	sure        sureness
}

// compile reads a sample utterance.
func (v *vocabulary) compile(sample string) pattern {
	var p pattern
	for field := range strings.FieldsSeq(sample) {
		if slot, ending, ok := strings.Cut(strings.TrimPrefix(field, "{"), "}"); ok {
			p = append(p, element{slot: slot, ending: ending})
			continue
		}
		for _, w := range v.split(field) {
			p = append(p, element{literal: w.text})
		}
	}
	return p
}

// literals counts the words that must be there.
func (p pattern) literals() (n int) {
	for _, e := range p {
		if e.slot == "" {
			n++
		}
	}
	return n
}

// match tells whether the words are those of the pattern, and gives the values of its slots. What follows a slot is
// matched before the slot is read, as most of the time that is a word which is not there.
func (p pattern) match(words []word, read reader) ([]filling, bool) {
	switch {
	case len(p) == 0:
		return nil, len(words) == 0
	case len(words) < len(p):
		return nil, false
	case p[0].slot == "" && p[0].literal != words[0].text:
		return nil, false
	case p[0].slot == "":
		return p[1:].match(words[1:], read)
	}
	most := len(words) - len(p[1:])
	least := 1
	if len(p) == 1 {
		least = most
	}
	for n := least; n <= most; n++ {
		others, ok := p[1:].match(words[n:], read)
		if !ok {
			continue
		}
		if value, sure := p[0].read(words[:n], read); sure != no {
			return append(others, filling{p[0].slot, value, sure}), true
		}
	}
	return nil, false
}

// read gives a slot's value, without the ending that the last word has. Who types may leave its apostrophe out:
// "yesterdays post".
func (e element) read(words []word, read reader) (string, sureness) {
	if e.ending == "" {
		return read(e.slot, words)
	}
	last := words[len(words)-1]
	stem, ok := strings.CutSuffix(last.text, e.ending)
	if !ok {
		stem, ok = strings.CutSuffix(last.text, strings.Trim(e.ending, "'"))
	}
	if !ok || stem == "" {
		return "", no
	}
	words = append(words[:len(words)-1:len(words)-1], word{text: stem, said: stem})
	return read(e.slot, words)
}
