package utterance

import "slices"

// addressed takes the address from a request: "Alexa, ask half elf for". What is left may begin in several places, as
// "about" can belong to either side; each of them is a reading. It says too whether the skill was merely opened.
func (v *vocabulary) addressed(words, name []word) (readings [][]word, opened bool) {
	words = words[begins(words, v.Wake):]
	if rest, ok := v.after(words[begins(words, v.Please):], name); ok {
		return v.readings(rest), len(v.bare(rest)) == 0
	}
	bare := v.bare(words)
	opened = len(bare) > 0 && begins(bare, v.Open) == len(bare)
	return append(v.readings(words), v.readings(v.before(bare, name))...), opened
}

// after gives what follows the name, with or without a word that opens a skill before it.
func (v *vocabulary) after(words, name []word) ([]word, bool) {
	for _, start := range []int{begins(words, v.Launch), 0} {
		if rest := words[start:]; len(name) > 0 && len(rest) >= len(name) && joined(rest[:len(name)]) == joined(name) {
			return rest[len(name):], true
		}
	}
	return nil, false
}

// before gives what stands before "on half elf", where a request ends so.
func (v *vocabulary) before(words, name []word) []word {
	end := len(words) - len(name)
	if len(name) == 0 || end < 0 || joined(words[end:]) != joined(name) {
		return nil
	}
	if n := ends(words[:end], v.From); n > 0 {
		return words[:end-n]
	}
	return nil
}

// bare leaves out what is only polite.
func (v *vocabulary) bare(words []word) []word {
	words = words[begins(words, v.Please):]
	return words[:len(words)-ends(words, v.Please)]
}

// readings are the words without what is only polite and as they stand, each also without a word that connects them to
// the address. Where several fit alike, the first is taken: a search for "salt please" is for salt.
func (v *vocabulary) readings(words []word) (readings [][]word) {
	for _, start := range v.starts(words) {
		rest := words[start:]
		if n := ends(rest, v.Please); n > 0 {
			readings = append(readings, rest[:len(rest)-n])
		}
		readings = append(readings, rest)
	}
	return readings
}

// mostStarts bounds the places where a reading may begin: "to please" is two, and nobody is politer than that twice.
const mostStarts = 5

// starts are the places where a reading may begin: after any row of words that are polite or connect.
func (v *vocabulary) starts(words []word) []int {
	starts := []int{0}
	for i := 0; i < len(starts) && len(starts) < mostStarts; i++ {
		rest := words[starts[i]:]
		for _, n := range []int{begins(rest, v.Please), begins(rest, v.Connect)} {
			if next := starts[i] + n; !slices.Contains(starts, next) {
				starts = append(starts, next)
			}
		}
	}
	return starts
}
