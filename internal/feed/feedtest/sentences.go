package feedtest

import (
	_ "embed"
	"fmt"
	"strings"
)

// titleFor returns the title of an initial post. Most titles contain characters that software escapes.
func titleFor(number int) string {
	forms := [...]string{
		"The keeper’s log, entry %d",
		"Rope & tar, notes %d",
		"Tides – and what they left, %d",
		"“Hold fast” and other advice, no. %d",
		"Café at the pier, %d",
		"A plain walk, day %d",
		"Less is more… said no one, %d",
	}
	size := len(forms)
	return fmt.Sprintf(forms[(number%size+size)%size], number)
}

// text has sentences of eight to thirteen words. None of them contains CommonWord or "zebra".
//
//go:embed sentences.txt
var text string

var corpus = strings.Split(strings.TrimSpace(text), "\n")

// sentencePicker returns a function that picks count random sentences of text. The seed determines the sentences. A
// sentence never follows itself.
func sentencePicker(seed int) func(count int) string {
	next := seed * 7
	return func(count int) string {
		picked := make([]string, 0, count)
		for range count {
			picked = append(picked, corpus[next%len(corpus)])
			next += 5
		}
		return strings.Join(picked, " ")
	}
}
