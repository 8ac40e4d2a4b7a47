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
	_ "time/tzdata" // time zones, also if the system has none

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
				rendered := l.Say(message, Params{Pick: uint32(number - 1), Blog: "half elf", Date: "March 14", Period: "today", Month: "March", Year: 2026,
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
	isPeriod := map[string]bool{"day": true, "week": true, "weekend": true, "last-weekday": true}
	const afterTitle = "from" // a sentence of its own, which the answer leaves out
	placeholders := regexp.MustCompile(`\$\{\w+\}`)
	everyLanguage(t, func(t *testing.T, l *Language) {
		keys := keys(t, l.Name())
		for key, text := range keys {
			message, number, _ := strings.Cut(key, "/")
			found := placeholders.FindAllString(fmt.Sprint(text), -1)
			if !slices.Contains(found, "${Date}") || isPeriod[message] || message == afterTitle {
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
	require.Equal(t, "Welcome to half elf.", l.Say(Greeting, Params{Blog: "half elf"}))
	require.Equal(t, "There was one post in March, from today:", l.Say(Only, Params{Period: "in March", Date: "today", Count: 1}))
	require.Equal(t, "There were 3 posts in March. The newest, from today, is:", l.Say(Only, Params{Period: "in March", Date: "today", Count: 3}))
	require.Equal(t, "There was one post today:", l.Say(OnlyDay, Params{Period: "today", Count: 1}))
	require.Equal(t, "There were 3 posts today. The newest is:", l.Say(OnlyDay, Params{Period: "today", Date: "today", Count: 3}))
	require.Equal(t, "no-such-message", l.Say("no-such-message", Params{}))
}

func TestDate(t *testing.T) {
	day := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 23, 0, 0, 0, time.UTC) }
	for _, row := range []struct {
		claim, locale string
		t, today      time.Time
		withYear      bool
		want          string
	}{
		{"today", "en-US", day(2026, 3, 14), today, false, "today"},
		{"yesterday", "en-US", day(2026, 3, 13), today, false, "yesterday"},
		{"yesterday of last year", "en-US", day(2025, 12, 31), day(2026, 1, 1), false, "yesterday"},
		{"two days ago", "en-US", day(2026, 3, 12), today, false, "last Thursday"},
		{"six days ago", "en-GB", day(2026, 3, 8), today, false, "last Sunday"},
		{"the same weekday a week ago has its date", "en-US", day(2026, 3, 7), today, false, "Saturday, March 7"},
		{"two days ago in another year", "en-US", day(2025, 12, 30), day(2026, 1, 1), false, "last Tuesday"},
		{"two days ago with the year", "en-US", day(2026, 3, 12), today, true, "March 12, 2026"},
		{"tomorrow", "en-US", day(2026, 3, 15), today, false, "Sunday, March 15"},
		{"this year", "en-US", day(2026, 3, 3), today, false, "Tuesday, March 3"},
		{"this year in Britain", "en-GB", day(2026, 3, 3), today, false, "Tuesday, 3 March"},
		{"another year", "en-US", day(2024, 3, 14), today, false, "March 14, 2024"},
		{"another year in India", "en-IN", day(2024, 3, 14), today, false, "14 March 2024"},
		{"another year in Canada", "en-CA", day(2024, 3, 14), today, false, "March 14, 2024"},
		{"the same day of another year", "en-US", day(2025, 3, 14), today, false, "March 14, 2025"},
		{"today with the year", "en-US", day(2026, 3, 14), today, true, "March 14, 2026"},
		{"an unsupported language", "xx-YY", day(2026, 3, 3), today, false, "Tuesday, March 3"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			require.Equal(t, row.want, load(t, row.locale).Date(row.t, row.today, row.withYear))
		})
	}
}

func TestPeriod(t *testing.T) {
	day := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }
	for _, row := range []struct {
		unit     string
		from     time.Time
		withYear bool
		want     string
	}{
		{"day", day(2026, 3, 14), false, "today"},
		{"day", day(2026, 3, 13), false, "yesterday"},
		{"day", day(2026, 3, 13), true, "on March 13, 2026"},
		{"day", day(2026, 3, 10), false, "last Tuesday"},
		{"day", day(2026, 3, 10), true, "on March 10, 2026"},
		{"day", day(2026, 3, 7), false, "on Saturday, March 7"},
		{"day", day(2026, 3, 3), false, "on Tuesday, March 3"},
		{"day", day(2025, 3, 3), false, "on March 3, 2025"},
		{"week", day(2026, 3, 9), false, "in the week of March 9"},
		{"weekend", day(2025, 3, 8), false, "on the weekend of March 8, 2025"},
		{"month", day(2026, 3, 1), false, "in March"},
		{"month", day(2026, 3, 1), true, "in March 2026"},
		{"month", day(2025, 3, 1), false, "in March 2025"},
		{"quarter", day(2026, 1, 1), false, "in the first quarter of 2026"},
		{"quarter", day(2025, 4, 1), false, "in the second quarter of 2025"},
		{"quarter", day(2025, 7, 1), false, "in the third quarter of 2025"},
		{"quarter", day(2025, 10, 1), false, "in the last quarter of 2025"},
		{"season", day(2025, 12, 1), false, "in the winter that began in 2025"},
		{"season", day(2025, 3, 1), false, "in the spring of 2025"},
		{"season", day(2025, 6, 1), false, "in the summer of 2025"},
		{"season", day(2025, 9, 1), false, "in the fall of 2025"},
		{"year", day(2025, 1, 1), false, "in 2025"},
		{"decade", day(2010, 1, 1), false, "in the 2010s"},
		{"century", day(2000, 1, 1), false, "in the hundred years from 2000"},
	} {
		t.Run(row.want, func(t *testing.T) {
			require.Equal(t, row.want, load(t, "en-US").Period(row.unit, row.from, today, row.withYear))
		})
	}
}

func TestAutumnByLocale(t *testing.T) {
	first := time.Date(2025, 9, 1, 0, 0, 0, 0, time.UTC)
	for locale, want := range map[string]string{
		"en-US": "in the fall of 2025", "en-CA": "in the fall of 2025", "en-GB": "in the autumn of 2025",
		"en-AU": "in the autumn of 2025", "en-IN": "in the autumn of 2025", "xx-YY": "in the fall of 2025",
	} {
		require.Equal(t, want, load(t, locale).Period("season", first, today, false), locale)
	}
}

// TestYesterdayIsACalendarDay requires that calendar days are counted, not hours. The clocks in Chile skipped the
// midnight of the tested day.
func TestYesterdayIsACalendarDay(t *testing.T) {
	santiago, err := time.LoadLocation("America/Santiago")
	require.NoError(t, err)
	now := time.Date(2025, 9, 8, 0, 30, 0, 0, santiago)
	l := load(t, "en-US")
	require.Equal(t, "yesterday", l.Date(time.Date(2025, 9, 7, 12, 0, 0, 0, santiago), now, false))
	require.Equal(t, "last Saturday", l.Date(time.Date(2025, 9, 6, 23, 45, 0, 0, santiago), now, false))
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
