package utterance

import "slices"

// A sampleIndex finds samples by their first word.
type sampleIndex struct {
	all           []sampleUtterance
	byFirst, bare map[string][]int // positions in all, by the first literal word, or "" for a slot; with and without articles
}

// add adds a sample.
func (x *sampleIndex) add(s sampleUtterance) {
	if x.byFirst == nil {
		x.byFirst, x.bare = map[string][]int{}, map[string][]int{}
	}
	at := len(x.all)
	x.all = append(x.all, s)
	if len(s.pattern) > 0 {
		x.byFirst[s.pattern[0].literal] = append(x.byFirst[s.pattern[0].literal], at)
	}
	if len(s.bare) > 0 {
		x.bare[s.bare[0].literal] = append(x.bare[s.bare[0].literal], at)
	}
}

// startingWith returns the positions of the samples that start with a word or a slot, in the order of the samples.
func (x *sampleIndex) startingWith(word string, bare bool) []int {
	index := x.byFirst
	if bare {
		index = x.bare
	}
	found := slices.Concat(index[word], index[""])
	slices.Sort(found)
	return found
}
