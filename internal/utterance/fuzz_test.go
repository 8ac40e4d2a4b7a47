package utterance

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"lastpost/internal/alexa"
)

// amazonDatePattern matches the forms of an AMAZON.DATE.
var amazonDatePattern = regexp.MustCompile(`^(PRESENT_REF|[1-9]\d{3}(-XX(-XX)?|-(0[1-9]|1[0-2])(-XX|-(0[1-9]|[12]\d|3[01]))?|-W(0[1-9]|[1-4]\d|5[0-3])(-WE)?|-Q[1-4]|-(SP|SU|FA|WI))?|[1-9]\d{2}X|[1-9]\dXX)$`)

// FuzzRecognize recognizes any words on any day. The result must be an existing intent with its slots, and values of
// their types.
func FuzzRecognize(f *testing.F) {
	for _, text := range []string{
		"", "Alexa, ask half elf for the last post", "read me the post from march third twenty twenty five", "the week of february 29", "two weeks ago",
		"nine hundred ninety nine centuries ago", "last leap day", "2026-W53-WE", "what's new on half elf", "the twenty first century", "'s post",
		"search for 'salt' & “pepper”", "{Date}", "the of the in", "posts in recipes", "the \u0130stanbul category", "99 years ago", "for for for for to to", "1990's", "posts in s",
	} {
		f.Add(text, int64(1773446400), "half elf")
	}
	for _, text := range []string{
		"right now", "yesterday", "last monday", "this week", "last weekend", "march", "the last quarter of 2025", "this winter", "last year", "the nineties",
		"leap day", "christmas", "the week of new year's day", "2027-W53-WE", "2026-02-29", "201X", "20XX", "2026-XX-XX", "2026-11-XX", "2026-Q4", "2026-FA",
	} {
		f.Add("the post from "+text, int64(1773446400), "")
	}
	l, r := catalog(f).Language("en-US"), recognizerFor(f, "en-US")
	slots := map[string][]string{}
	for _, intent := range l.Intents() {
		slots[intent] = slotsOf(l, intent)
	}
	f.Fuzz(func(t *testing.T, text string, unix int64, name string) {
		now := time.Unix(unix%(1<<37), 0).UTC() // several thousand years around today
		got, ok := r.Recognize(text, MatchContext{Today: now, InvocationName: name, Categories: []string{"Recipes", name, ""}})
		if !ok {
			require.Equal(t, Recognition{}, got)
			return
		}
		if got.Intent == "" {
			require.Empty(t, got.Slots)
			return
		}
		require.Contains(t, slots, got.Intent)
		for slot, value := range got.Slots {
			require.Contains(t, slots[got.Intent], slot)
			requireValue(t, slot, value)
		}
	})
}

func requireValue(t *testing.T, slot, value string) {
	t.Helper()
	switch slot {
	case "Date":
		require.Regexp(t, amazonDatePattern, value)
		_, err := alexa.ParseDate(value, today, time.UTC)
		require.NoError(t, err)
	case "Duration":
		_, err := alexa.ParseDuration(value)
		require.NoError(t, err)
	case "Number":
		require.Regexp(t, `^\d{1,3}$`, value)
	case "Query":
		require.NotEmpty(t, value)
		require.Equal(t, strings.ToLower(value), value)
		require.True(t, utf8.ValidString(value))
		require.LessOrEqual(t, len(strings.Fields(value)), maxWords)
	case "Category":
		require.NotEmpty(t, value)
	}
}

// FuzzIsAmazonDate compares with a regular expression, except for days and weeks that do not exist in a month or year.
func FuzzIsAmazonDate(f *testing.F) {
	for _, value := range []string{"PRESENT_REF", "2026", "201X", "20XX", "2026-XX", "2026-XX-XX", "2026-03", "2026-03-XX", "2026-03-14", "2026-W11", "2026-W11-WE",
		"2026-Q1", "2026-SP", "2X26", "2026-W1", "2026-W53-", "0999", "2026-03-14-XX", "20XX-XX", "2026-W+1", "２０２６", "2026 ", "2026-WW11-WE-WE", "2026xQ1", "2X26-Q1", "2026-W00", "2026-Wab", "2026-11", "2026-11-WE", "2026-W54", "2026-Q5", "2026-", "2026-W011",
		"A26X", "2A6X", "0XXX", "2XXX", "026X", "20X6"} {
		f.Add(value)
	}
	f.Fuzz(func(t *testing.T, value string) {
		if isAmazonDate(value) {
			require.Regexp(t, amazonDatePattern, value)
		} else if amazonDatePattern.MatchString(value) {
			require.Regexp(t, `^\d{4}-(02-29|02-30|(02|04|06|09|11)-31|W53|W53-WE)$`, value)
		}
	})
}

// TestAllRecognizedDatesAreValid tests the date phrases relative to today, for each day of several years.
func TestAllRecognizedDatesAreValid(t *testing.T) {
	l := recognizerFor(t, "en-US")
	units := []string{"day", "week", "weekend", "month", "quarter", "year", "decade", "century", "monday", "february", "winter", "leap day"}
	for day := time.Date(2019, 12, 25, 0, 0, 0, 0, time.UTC); day.Year() < 2021; day = day.AddDate(0, 0, 3) {
		for _, which := range []string{"this", "last", "next"} {
			for _, unit := range units {
				if which == "this" && unit == "leap day" { // not in every year
					continue
				}
				got, ok := l.Recognize("posts from "+which+" "+unit, MatchContext{Today: day})
				require.True(t, ok, "%s %s on %s", which, unit, day)
				require.Regexp(t, amazonDatePattern, got.Slots["Date"])
			}
		}
	}
}

// TestRecognizesLongRequestsQuickly tests the slowest requests of a hundred words.
func TestRecognizesLongRequestsQuickly(t *testing.T) {
	l := recognizerFor(t, "en-US")
	for _, text := range []string{"the ", "for ", "please ", "of the ", "march ", "twenty ", "one two ", "recipes posts ", "last ", "the post from "} {
		typed := strings.Join(slices.Repeat(strings.Fields(text), 100)[:100], " ")
		began := time.Now()
		l.Recognize(typed, contextFor("half elf"))
		require.Less(t, time.Since(began), time.Second, text)
	}
}
