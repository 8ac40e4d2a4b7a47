package utterance

import "slices"

// stripAddress removes the address from a request: "Alexa, ask half elf for". It returns several readings of the rest,
// because a word such as "about" can belong to the address or to the request. opened reports whether the request only
// opens the skill.
func (v *vocabulary) stripAddress(tokens, name []token) (readings [][]token, opened bool) {
	tokens = tokens[prefixLength(tokens, v.Wake):]
	if rest, ok := v.afterName(tokens, name); ok {
		return v.candidateReadings(rest), len(v.trimPolite(rest)) == 0
	}
	bare := v.trimPolite(tokens)
	opened = len(bare) > 0 && prefixLength(bare, v.Open) == len(bare)
	return append(v.candidateReadings(tokens), v.candidateReadings(v.beforeName(bare, name))...), opened
}

// afterName returns the words after the skill name. A word that opens a skill may come before the name, and polite words
// before both: "could you please open half elf". With such a word, "the skill" is a name too.
func (v *vocabulary) afterName(tokens, name []token) ([]token, bool) {
	for _, start := range v.candidateStarts(tokens) {
		launch := start + prefixLength(tokens[start:], v.Launch)
		for _, rest := range [][]token{tokens[launch:], tokens[start:]} {
			if startsWith(rest, name) {
				return v.afterKind(rest[len(name):]), true
			}
		}
		if launch > start {
			if rest, ok := v.afterDescription(tokens[launch:], name); ok {
				return rest, true
			}
		}
	}
	return nil, false
}

func startsWith(tokens, name []token) bool {
	return len(name) > 0 && len(tokens) >= len(name) && joinTexts(tokens[:len(name)]) == joinTexts(name)
}

// afterDescription returns the words after a description of the skill: "the skill", "the half elf skill" or "my half elf".
func (v *vocabulary) afterDescription(tokens, name []token) ([]token, bool) {
	named := tokens[prefixLength(tokens, v.Determiners):]
	if startsWith(named, name) {
		return v.afterKind(named[len(name):]), true
	}
	rest := v.afterKind(named)
	return rest, len(rest) < len(named)
}

// afterKind returns the words after a word such as "skill". If the request does not end there, a connecting word must follow,
// because a category may have the same name: "play the app posts".
func (v *vocabulary) afterKind(tokens []token) []token {
	rest := tokens[prefixLength(tokens, v.Kinds):]
	for _, next := range [][]string{v.Connect, v.Please, v.After, v.Wake} {
		if len(rest) == 0 || prefixLength(rest, next) > 0 {
			return rest
		}
	}
	return tokens
}

// beforeName returns the words before an address at the end: "on half elf".
func (v *vocabulary) beforeName(tokens, name []token) []token {
	end := len(tokens) - len(name)
	if len(name) == 0 || end < 0 || joinTexts(tokens[end:]) != joinTexts(name) {
		return nil
	}
	if n := suffixLength(tokens[:end], v.From); n > 0 {
		return tokens[:end-n]
	}
	return nil
}

// trimPolite removes polite words at both ends.
func (v *vocabulary) trimPolite(tokens []token) []token {
	tokens = tokens[prefixLength(tokens, v.Please):]
	return tokens[:len(tokens)-suffixLength(tokens, v.Please)]
}

// candidateReadings returns the possible readings of words: with and without polite words, and with and without words
// before and after the request. If several readings match equally well, the first is used: for example, "search for salt
// please" searches for salt.
func (v *vocabulary) candidateReadings(tokens []token) (readings [][]token) {
	for _, start := range v.candidateStarts(tokens) {
		rest := tokens[start:]
		if n := suffixLength(rest, v.Please); n > 0 {
			readings = append(readings, rest[:len(rest)-n])
		}
		readings = append(readings, rest)
		for range maxEnds {
			n := max(suffixLength(rest, v.Please), suffixLength(rest, v.After), suffixLength(rest, v.Wake))
			if n == 0 {
				break
			}
			rest = rest[:len(rest)-n]
			readings = append(readings, rest)
		}
	}
	return readings
}

// Maximum numbers of positions where the request itself can start and end. Each polite or connecting phrase adds one.
const (
	maxStarts = 6
	maxEnds   = 3
)

// candidateStarts returns the positions where the request itself can start: 0, and after each sequence of polite,
// connecting or other phrases that may precede a request.
func (v *vocabulary) candidateStarts(tokens []token) []int {
	starts := []int{0}
	for i := 0; i < len(starts) && len(starts) < maxStarts; i++ {
		rest := tokens[starts[i]:]
		for _, phrases := range [][]string{v.Please, v.Connect, v.Fillers} {
			if next := starts[i] + prefixLength(rest, phrases); !slices.Contains(starts, next) {
				starts = append(starts, next)
			}
		}
	}
	return starts
}
