package handlers_test

import (
	"flag"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"lastpost/internal/feed"
	"lastpost/internal/golden"
)

var update = flag.Bool("update", false, "update the golden files")

// TestSentences compares the spoken answers of all sections with a golden file. Read the changed answers aloud before
// you accept them.
func TestSentences(t *testing.T) {
	var spoken strings.Builder
	for _, section := range sentenceSections() {
		fmt.Fprintf(&spoken, "# %s\n", section.heading)
		s := newFixture(t, saturday, section.posts...)
		for _, date := range section.dates {
			for _, locale := range []string{"en-US", "en-GB"} {
				a := s.send(t, inLocale(locale, lastPost(date)))
				fmt.Fprintf(&spoken, "%-11s %s  %s\n", date, locale, a.statement())
			}
		}
		spoken.WriteByte('\n')
	}
	checkGolden(t, "sentences.txt", spoken.String())
}

// A sentenceSection is a part of the golden file: the posts of a blog and the dates to request.
type sentenceSection struct {
	heading string
	posts   []feed.Entry
	dates   []string
}

func sentenceSections() []sentenceSection {
	single := []string{"", "?", "2026-03-14", "2026-03-13", "2026-03-03", "2026-W11", "2026-W10-WE", "2026-03", "2026", "2027-03"}
	return append(periodSections(),
		sentenceSection{"no posts", nil, single},
		sentenceSection{"one post, today", []feed.Entry{postOn("2026-03-14", "Title")}, single},
		sentenceSection{"one post, yesterday", []feed.Entry{postOn("2026-03-13", "Title")}, single},
		sentenceSection{"one post, of this year", []feed.Entry{postOn("2026-03-03", "Title")}, single},
		sentenceSection{"one post, of another year", []feed.Entry{postOn("2024-03-14", "Title")}, append(single, "2024-03-14", "2024")},
		sentenceSection{"two posts a day", []feed.Entry{
			postOn("2026-03-14", "Title"), postOn("2026-03-14", "Other"), postOn("2026-03-13", "Title"), postOn("2026-03-13", "Other"),
			postOn("2026-03-03", "Title"), postOn("2026-03-03", "Other"), postOn("2024-03-14", "Title"), postOn("2024-03-14", "Other"),
		}, append(single, "2024-03-14", "2024", "2027-03-03")},
		sentenceSection{"posts without a title", []feed.Entry{postOn("2026-03-13", ""), postOn("2026-03-03", "🎉")}, single},
		sentenceSection{"posts that ask", []feed.Entry{postOn("2026-03-13", "Who?"), postOn("2026-03-03", "Where?")}, single},
	)
}

// periodSections returns sections with dates of every unit: current periods, periods of another year, and future
// periods.
func periodSections() []sentenceSection {
	dates := []string{
		"PRESENT_REF", "2025-03-14", "2026-12-25", "2026-W11", "2025-W11", "2026-W30", "2026-W11-WE", "2025-W11-WE", "2026-W30-WE",
		"2026-03", "2025-03", "2026-12", "2026-Q1", "2025-Q2", "2025-Q3", "2026-Q4", "2026-SP", "2025-SU", "2025-FA", "2026-WI",
		"2026", "2025", "2027", "202X", "201X", "20XX",
	}
	return []sentenceSection{
		{"every unit, with posts", postsOfYears(), dates},
		{"every unit, with a post before", []feed.Entry{postOn("1999-12-31", "Title")}, dates},
	}
}

func checkGolden(t *testing.T, name, got string) {
	t.Helper()
	golden.CheckFile(t, filepath.Join("testdata", name), got, *update, "Read it aloud, then run go test ./internal/handlers -update")
}
