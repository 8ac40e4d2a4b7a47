package phrases

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var today = time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC) // a Saturday

func load(t testing.TB, locale string) *Language {
	t.Helper()
	catalog, err := Load()
	require.NoError(t, err)
	return catalog.Language(locale)
}

// keys returns the messages of a language by key.
func keys(t *testing.T, language string) (keys map[string]any) {
	t.Helper()
	raw, err := languageFiles.ReadFile(language + ".json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(raw, &keys))
	return keys
}

// TestAllMessages renders each message of each language with several counts.
func TestAllMessages(t *testing.T) {
	everyLanguage(t, func(t *testing.T, l *Language) {
		for key, text := range keys(t, l.Name()) {
			if text == key { // "today"
				continue
			}
			message, number, err := splitKey(key)
			require.NoError(t, err)
			for _, count := range []int{0, 1, 2, 5, 20} {
				rendered := l.Say(message, Params{Pick: uint32(number - 1), Blog: "half elf", Date: "March 14", Period: "today",
					Day: "14", Weekday: "Saturday", Month: "March", Year: 2026,
					Count: count, Number: 3, Title: "Salt", Said: "salt", Names: "salt, pepper"})
				require.NotEqual(t, string(message), rendered, "missing or invalid message")
				require.NotContains(t, rendered, "${")
				require.NotContains(t, rendered, "<no value>")
				require.NotContains(t, rendered, "  ")
			}
		}
	})
}

// TestConstantsHaveMessages reads the constants from the source, so that none can be missed.
func TestConstantsHaveMessages(t *testing.T) {
	keys := keys(t, "en")
	file, err := parser.ParseFile(token.NewFileSet(), "phrases.go", nil, 0)
	require.NoError(t, err)
	found := 0
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok {
			if kind, ok := spec.Type.(*ast.Ident); ok && kind.Name == "Message" {
				key, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
				require.NoError(t, err)
				if _, ok := keys[key]; !ok {
					t.Errorf("%s has no text: add %q to internal/phrases/en.json", spec.Names[0].Name, key)
				}
				found++
			}
		}
		return true
	})
	require.Greater(t, found, 10)
}

// TestMessagesHaveUndatedTexts requires a second text for each message about a post with a date.
func TestMessagesHaveUndatedTexts(t *testing.T) {
	partOfDate := regexp.MustCompile(`^(from-|on-|week$|weekend$)`)
	const afterTitle = "from" // a sentence of its own, which the answer leaves out
	placeholders := regexp.MustCompile(`\$\{\w+\}`)
	everyLanguage(t, func(t *testing.T, l *Language) {
		keys := keys(t, l.Name())
		for key, text := range keys {
			message, number, _ := strings.Cut(key, "/")
			found := placeholders.FindAllString(fmt.Sprint(text), -1)
			if !slices.Contains(found, "${Date}") || partOfDate.MatchString(message) || message == afterTitle {
				continue
			}
			other := strings.TrimSuffix(message+undatedSuffix+"/"+number, "/")
			require.Contains(t, keys, other, "add the text of %s for a post without a date", key)
			without := slices.DeleteFunc(found, func(name string) bool { return name == "${Date}" })
			require.ElementsMatch(t, without, placeholders.FindAllString(fmt.Sprint(keys[other]), -1), other)
		}
		require.NotContains(t, l.Say(Latest, Params{}), "from")
	})
}

func TestSay(t *testing.T) {
	l := load(t, "en-US")
	for _, row := range []struct {
		claim   string
		message Message
		params  Params
		want    string
	}{
		{"a name", Greeting, Params{Blog: "half elf"}, "Welcome to half elf."},
		{"a period begins the sentence", Only, Params{Period: "last week", Date: "Saturday", Count: 1}, "Last week there was one post, from Saturday:"},
		{"small numbers are words", Only, Params{Period: "in March", Date: "Saturday", Count: 12}, "In March there were twelve posts. The newest is from Saturday:"},
		{"large numbers are digits", Found, Params{Said: "salt", Count: 13}, "I found 13 posts about salt."},
		{"without a date", Only, Params{Period: "in March", Count: 2}, "In March there were two posts. The newest is:"},
		{"a period that is not over", Only, Params{Period: "this week", Date: "today", Count: 3, Ongoing: true},
			"There have been three posts this week. The newest is from today:"},
		{"a period that is not over, without a date", Only, Params{Period: "this week", Count: 1, Ongoing: true}, "There's been one post this week:"},
		{"no other text for a period that is not over", NothingNew, Params{Ongoing: true}, "There's nothing new since your last visit."},
		{"one post of a day", OnlyDay, Params{Period: "on Saturday", Count: 1}, "There was one post on Saturday:"},
		{"one post of today", OnlyDay, Params{Period: "today", Date: "today", Count: 1, Ongoing: true}, "There's been one post today:"},
		{"a position", Number, Params{Number: 4}, "Number four:"},
		{"the position zero", NoSuchNumber, Params{}, "There isn't a number 0 on this list."},
		{"a title keeps its small letter", Playing, Params{Title: "iPhone news"}, "Here's iPhone news."},
		{"a missing message", "no-such-message", Params{}, "no-such-message"},
	} {
		t.Run(row.claim, func(t *testing.T) { require.Equal(t, row.want, l.Say(row.message, row.params)) })
	}
}

func TestList(t *testing.T) {
	for _, row := range []struct{ locale, want string }{
		{"en-US", "salt, pepper, and bread"},
		{"en-CA", "salt, pepper, and bread"},
		{"en-GB", "salt, pepper and bread"},
	} {
		l := load(t, row.locale)
		require.Equal(t, row.want, l.List([]string{"salt", "pepper", "bread"}), row.locale)
		require.Equal(t, "salt and pepper", l.List([]string{"salt", "pepper"}))
		require.Equal(t, "salt", l.List([]string{"salt"}))
		require.Empty(t, l.List(nil))
	}
}

// TestTextsAreSpoken finds the forms that no one says aloud.
func TestTextsAreSpoken(t *testing.T) {
	stiff := regexp.MustCompile(`(?i)\b(shall|I am|I do not|I did not|cannot|I have not|do not|is not|there is|whom|in order to|upon)\b`)
	for key, text := range keys(t, "en") {
		require.NotRegexp(t, stiff, fmt.Sprint(text), key)
	}
}

func TestSupports(t *testing.T) {
	catalog, err := Load()
	require.NoError(t, err)
	require.True(t, catalog.Supports("en-AU"))
	require.False(t, catalog.Supports("xx-YY"))
	require.False(t, catalog.Supports("?"))
}

func BenchmarkSay(b *testing.B) {
	l := load(b, "en-US")
	b.ReportAllocs()
	for b.Loop() {
		_ = l.Say(Only, Params{Period: "in March", Date: "today", Count: 3})
	}
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		_ = load(b, "en-US")
	}
}
