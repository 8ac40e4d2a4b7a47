package feedtest

import (
	_ "embed"
	"fmt"
	"strings"
)

// titleFor is the title of a post of the beginning. Most of them have something that software escapes.
func titleFor(number int) string {
	forms := [...]string{
		"The keeper’s log, entry %d",
		"Rope & tar, notes %d",
		"Tides – and what they left, %d",
		"“Hold fast” and other advice, no. %d",
		"Café at the pier, %d",
		"A plain walk, day %d",
		"Less is more… said nobody, %d",
	}
	size := len(forms)
	return fmt.Sprintf(forms[(number%size+size)%size], number)
}

// corpus are sentences of eight to thirteen words. None of them has the word of every post, or a zebra.
//
//go:embed sentences.txt
var text string

var corpus = strings.Split(strings.TrimSpace(text), "\n")

// sentencePicker gives sentences from the corpus, other ones for each seed, none twice in a row.
func sentencePicker(seed int) func(count int) string {
	next := seed * 7
	return func(count int) string {
		said := make([]string, 0, count)
		for range count {
			said = append(said, corpus[next%len(corpus)])
			next += 5
		}
		return strings.Join(said, " ")
	}
}
