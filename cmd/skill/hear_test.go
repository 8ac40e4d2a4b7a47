package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/alexa"
	"lastpost/internal/phrases"
)

// FuzzHeardDatesAreAmazons has the two packages that know the forms of an AMAZON.DATE, and may not know each other, agree:
// what is heard in words can be read by the service.
func FuzzHeardDatesAreAmazons(f *testing.F) {
	for _, words := range []string{
		"right now", "yesterday", "last monday", "this week", "last weekend", "march", "march third twenty twenty five", "the last quarter of 2025",
		"this winter", "last year", "the nineties", "the twenty first century", "two weeks ago", "leap day", "christmas", "the week of new year's day",
		"2026-W53", "2027-W53-WE", "2026-02-29", "201X", "20XX", "2026-XX-XX", "2026-11-XX", "2026-Q4", "2026-FA",
	} {
		f.Add(words, int64(1773446400))
	}
	book, err := phrases.Load()
	require.NoError(f, err)
	l := book.Language("en-US")
	f.Fuzz(func(t *testing.T, words string, unix int64) {
		now := time.Unix(unix%(1<<34), 0).UTC() // the years 1425 to 2514
		heard, _ := l.Hear("the post from "+words, phrases.Hearing{Today: now})
		if date, ok := heard.Slots["Date"]; ok {
			_, err := alexa.ParseDate(date, now, time.UTC)
			require.NoError(t, err)
		}
	})
}
