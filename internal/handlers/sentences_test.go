package handlers_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/feed"
)

var update = flag.Bool("update", false, "write the goldens anew")

// TestSentences keeps what is said in all combinations in one file, to be read aloud before it is changed.
func TestSentences(t *testing.T) {
	var said strings.Builder
	for _, section := range sections() {
		fmt.Fprintf(&said, "# %s\n", section.heading)
		s := newScene(t, saturday, section.posts...)
		for _, date := range section.dates {
			for _, locale := range []string{"en-US", "en-GB"} {
				a := s.ask(t, in(locale, lastPost(date)))
				fmt.Fprintf(&said, "%-11s %s  %s\n", date, locale, a.told())
			}
		}
		said.WriteByte('\n')
	}
	golden(t, "sentences.txt", said.String())
}

// A section is some posts, and the dates that are asked for.
type section struct {
	heading string
	posts   []feed.Entry
	dates   []string
}

func sections() []section {
	single := []string{"", "?", "2026-03-14", "2026-03-13", "2026-03-03", "2026-W11", "2026-W10-WE", "2026-03", "2026", "2027-03"}
	return append(periods(),
		section{"no posts", nil, single},
		section{"one post, today", []feed.Entry{on("2026-03-14", "Title")}, single},
		section{"one post, yesterday", []feed.Entry{on("2026-03-13", "Title")}, single},
		section{"one post, of this year", []feed.Entry{on("2026-03-03", "Title")}, single},
		section{"one post, of another year", []feed.Entry{on("2024-03-14", "Title")}, append(single, "2024-03-14", "2024")},
		section{"two posts a day", []feed.Entry{
			on("2026-03-14", "Title"), on("2026-03-14", "Other"), on("2026-03-13", "Title"), on("2026-03-13", "Other"),
			on("2026-03-03", "Title"), on("2026-03-03", "Other"), on("2024-03-14", "Title"), on("2024-03-14", "Other"),
		}, append(single, "2024-03-14", "2024", "2027-03-03")},
		section{"posts without a title", []feed.Entry{on("2026-03-13", ""), on("2026-03-03", "🎉")}, single},
		section{"posts that ask", []feed.Entry{on("2026-03-13", "Who?"), on("2026-03-03", "Where?")}, single},
	)
}

// periods are of every unit: of now, of another year, and ahead.
func periods() []section {
	dates := []string{
		"PRESENT_REF", "2025-03-14", "2026-12-25", "2026-W11", "2025-W11", "2026-W30", "2026-W11-WE", "2025-W11-WE", "2026-W30-WE",
		"2026-03", "2025-03", "2026-12", "2026-Q1", "2025-Q2", "2025-Q3", "2026-Q4", "2026-SP", "2025-SU", "2025-FA", "2026-WI",
		"2026", "2025", "2027", "202X", "201X", "20XX",
	}
	return []section{
		{"every unit, with posts", years(), dates},
		{"every unit, with a post before", []feed.Entry{on("1999-12-31", "Title")}, dates},
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), got, "read it aloud, then go test -update")
}
