package rendering_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"lastpost/internal/handlers/rendering"
)

func TestListTitle(t *testing.T) {
	for _, row := range []struct{ claim, title, want string }{
		{"a short title is whole", "Salt & Pepper: season your feeds", "Salt & Pepper: season your feeds"},
		{"60 characters are whole", strings.Repeat("salt, ", 10), strings.Repeat("salt, ", 10)},
		{"a colon", "Rust in production: what we learned in five years of running it every day", "Rust in production"},
		{"a comma", "What we learned from running our own mail server, and why we would do it again", "What we learned from running our own mail server"},
		{"a semicolon", "The server is down again; here is what happened and what we will do about it", "The server is down again"},
		{"an em dash", "The winter garden—everything that grows under the snow in the north", "The winter garden"},
		{"a spaced dash", "The winter garden – everything that grows under the snow in the north", "The winter garden"},
		{"a spaced hyphen", "The winter garden - everything that grows under the snow in the north", "The winter garden"},
		{"a bar", "The winter garden | The blog of a gardener who lives far in the cold north", "The winter garden"},
		{"a bracket", "How to write a parser by hand (and why you should not do it in production)", "How to write a parser by hand"},
		{"a square bracket", "How to write a parser by hand [with many pictures of the author at work]", "How to write a parser by hand"},
		{"a question", "Why do we sleep? A long look at what scientists found out in a hundred years", "Why do we sleep?"},
		{"the last clause that fits", "Salt, pepper, and bread: three things that I would take to a lonely island", "Salt, pepper, and bread"},
		{"a clause of a few letters says too little", "Part 1: the long road from the first idea to the first customer who paid", "Part 1: the long road from the first idea to the first…"},
		{"a hyphen within a word", "The state-of-the-art and well-known end-to-end self-hosted solution", "The state-of-the-art and well-known end-to-end self-hosted…"},
		{"a number", "One of the 10,000 things that happen at 10:30 in the morning everywhere", "One of the 10,000 things that happen at 10:30 in the…"},
		{"within curly quotes", "My review of the book “Salt, fat, acid, heat: the four elements of cooking”", "My review of the book “Salt, fat, acid, heat: the four…"},
		{"within straight quotes", `My review of the book "Salt, fat, acid, heat: the four elements of it"`, `My review of the book "Salt, fat, acid, heat: the four…`},
		{"after quotes", "“Salt, fat, acid, heat”: a book about the four elements of good cooking", "“Salt, fat, acid, heat”"},
		{"an apostrophe is not a quote", "Grandma’s kitchen isn’t closed: it’s only moved to the other side of town", "Grandma’s kitchen isn’t closed"},
		{"within brackets", "The parser (a small, fast, and simple one that everyone can understand now)", "The parser"},
		{"without a clause", "What we learned from running our own mail server for more than ten years", "What we learned from running our own mail server for more…"},
		{"one long word", strings.Repeat("x", 100), strings.Repeat("x", 60) + "…"},
		{"Japanese", "塩と胡椒について知っておくべき十のこと、" + strings.Repeat("塩", 60), "塩と胡椒について知っておくべき十のこと"},
		{"marks alone are not a clause", strings.Repeat(",", 20) + " " + strings.Repeat("x", 60), strings.Repeat(",", 20) + "…"},
		{"an empty title", "", ""},
	} {
		t.Run(row.claim, func(t *testing.T) { require.Equal(t, row.want, rendering.ListTitle(row.title)) })
	}
}

func FuzzListTitle(f *testing.F) {
	f.Add("Rust in production: what we learned in five years of running it every day")
	f.Add(strings.Repeat("(“", 50) + ": ")
	f.Add(strings.Repeat(", ", 50))
	f.Fuzz(func(t *testing.T, title string) {
		got := rendering.ListTitle(title)
		require.LessOrEqual(t, utf8.RuneCountInString(got), 61)
		require.Equal(t, title == "", got == "")
		if utf8.ValidString(title) {
			require.True(t, strings.HasPrefix(title, strings.TrimSuffix(got, "…")) || got == title)
		}
	})
}
