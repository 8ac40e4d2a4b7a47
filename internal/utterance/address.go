package utterance

import "slices"

// stripAddress takes the address from a request: "Alexa, ask half elf for". What is left may begin in several places, as
// "about" can belong to either side; each of them is a reading. It says too whether the skill was merely opened.
func (v *vocabulary) stripAddress(words, name []word) (readings [][]word, opened bool) {
	words = words[prefixLength(words, v.Wake):]
	if rest, ok := v.afterName(words[prefixLength(words, v.Please):], name); ok {
		return v.candidateReadings(rest), len(v.trimPolite(rest)) == 0
	}
	bare := v.trimPolite(words)
	opened = len(bare) > 0 && prefixLength(bare, v.Open) == len(bare)
	return append(v.candidateReadings(words), v.candidateReadings(v.beforeName(bare, name))...), opened
}

// afterName gives what follows the name, with or without a word that opens a skill before it.
func (v *vocabulary) afterName(words, name []word) ([]word, bool) {
	for _, start := range []int{prefixLength(words, v.Launch), 0} {
		if rest := words[start:]; len(name) > 0 && len(rest) >= len(name) && joinTexts(rest[:len(name)]) == joinTexts(name) {
			return rest[len(name):], true
		}
	}
	return nil, false
}

// beforeName gives what stands before "on half elf", where a request ends so.
func (v *vocabulary) beforeName(words, name []word) []word {
	end := len(words) - len(name)
	if len(name) == 0 || end < 0 || joinTexts(words[end:]) != joinTexts(name) {
		return nil
	}
	if n := suffixLength(words[:end], v.From); n > 0 {
		return words[:end-n]
	}
	return nil
}

// trimPolite leaves out what is only polite.
func (v *vocabulary) trimPolite(words []word) []word {
	words = words[prefixLength(words, v.Please):]
	return words[:len(words)-suffixLength(words, v.Please)]
}

// candidateReadings are the words without what is only polite and as they stand, each also without a word that connects them to
// the address. Where several fit alike, the first is taken: a search for "salt please" is for salt.
func (v *vocabulary) candidateReadings(words []word) (candidateReadings [][]word) {
	for _, start := range v.readingStarts(words) {
		rest := words[start:]
		if n := suffixLength(rest, v.Please); n > 0 {
			candidateReadings = append(candidateReadings, rest[:len(rest)-n])
		}
		candidateReadings = append(candidateReadings, rest)
	}
	return candidateReadings
}

// maxStarts bounds the places where a reading may begin: "to please" is two, and nobody is politer than that twice.
const maxStarts = 5

// readingStarts are the places where a reading may begin: after any row of words that are polite or connect.
func (v *vocabulary) readingStarts(words []word) []int {
	starts := []int{0}
	for i := 0; i < len(starts) && len(starts) < maxStarts; i++ {
		rest := words[starts[i]:]
		for _, n := range []int{prefixLength(rest, v.Please), prefixLength(rest, v.Connect)} {
			if next := starts[i] + n; !slices.Contains(starts, next) {
				starts = append(starts, next)
			}
		}
	}
	return starts
}
