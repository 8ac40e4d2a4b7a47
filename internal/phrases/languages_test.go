package phrases

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// loadTestCatalog loads a catalog of one language with the given messages.
func loadTestCatalog(messages string) (*Catalog, error) {
	return loadCatalog(catalogFS(messages), []languageSource{{name: "en", locales: []string{"en-US"}}})
}

func catalogFS(messages string) fstest.MapFS {
	return fstest.MapFS{"en.json": {Data: []byte(messages)}, "en.samples.json": {Data: []byte("{}")}}
}

func TestPickSelectsWording(t *testing.T) {
	catalog, err := loadTestCatalog(`{"a": "one", "a/2": {"other": "two ${Blog}"}, "a/3": "three", "b": {"one": "single", "other": "more"}, "b/2": {"other": "MORE", "one": "SINGLE"}}`)
	require.NoError(t, err)
	l := catalog.Language("en-US")
	for pick, want := range []string{"one", "two elf", "three", "one", "two elf"} {
		require.Equal(t, want, l.Say("a", Params{Pick: uint32(pick), Blog: "elf"}))
	}
	require.Equal(t, "one", l.Say("a", Params{Pick: 1<<32 - 1}), "the largest number is a multiple of three")
	require.Equal(t, "SINGLE", l.Say("b", Params{Pick: 1, Count: 1}))
	require.Equal(t, "MORE", l.Say("b", Params{Pick: 3, Count: 2}))
	require.Equal(t, "a/2", l.Say("a/2", Params{}), "a wording is not a message")
}

func TestRefusesUnreachableWordings(t *testing.T) {
	for _, row := range []struct{ claim, file, want string }{
		{"a gap", `{"a": "x", "a/3": "x"}`, "a: wording /2 is missing"},
		{"a second gap", `{"a": "x", "a/2": "x", "a/4": "x", "a/5": "x"}`, "a: wording /3 is missing"},
		{"the first wording is missing", `{"a/2": "x", "b": "x"}`, "a: has additional wordings but not the first one"},
		{"a number for the first wording", `{"a": "x", "a/1": "x"}`, "a/1: number additional wordings"},
		{"zero", `{"a": "x", "a/0": "x"}`, "a/0: number additional wordings"},
		{"a leading zero", `{"a": "x", "a/02": "x"}`, "a/02: number additional wordings"},
		{"a sign", `{"a": "x", "a/+2": "x"}`, "a/+2: number additional wordings"},
		{"a word", `{"a": "x", "a/two": "x"}`, "a/two: number additional wordings"},
		{"two numbers", `{"a": "x", "a/2/3": "x"}`, "a/2/3: number additional wordings"},
		{"other plural forms", `{"a": {"one": "x", "other": "y"}, "a/2": "z"}`, "a/2: must have the plural forms of the first"},
		{"more plural forms", `{"a": "z", "a/2": {"one": "x", "other": "y"}}`, "a/2: must have the plural forms of the first"},
		{"no form \"other\"", `{"a": {"one": "x"}}`, "a: the plural form \"other\" is missing"},
		{"an unknown placeholder", `{"a": "x", "a/2": "${Author}"}`, "a/2: unknown placeholder ${Author}"},
		{"invalid JSON", `{`, "language file en.json: "},
	} {
		t.Run(row.claim, func(t *testing.T) {
			_, err := loadTestCatalog(row.file)
			require.ErrorContains(t, err, row.want)
			require.ErrorContains(t, err, "language file en.json: ")
		})
	}
}

// TestREADMEPhrasesAreStable keeps one wording for the sentences that README.md shows.
func TestREADMEPhrasesAreStable(t *testing.T) {
	l := load(t, "en-US")
	for _, message := range []Message{Greeting, Latest} {
		require.Len(t, l.texts[message], 1, message)
	}
	require.Len(t, l.texts[AskRead], 3)
}

func TestRegionalTexts(t *testing.T) {
	disk := catalogFS(`{"a": "fall", "a/2": "the fall", "b": {"one": "one favorite", "other": "favorites"}, "c": "both"}`)
	disk["en-GB.json"] = &fstest.MapFile{Data: []byte(`{"a/2": "autumn", "b": {"one": "one favourite", "other": "favourites"}}`)}
	catalog, err := loadCatalog(disk, []languageSource{{name: "en", locales: []string{"en-GB", "en-US"}}})
	require.NoError(t, err)
	us, gb := catalog.Language("en-US"), catalog.Language("en-GB")
	require.Equal(t, []string{"fall", "the fall", "favorites", "both"}, []string{us.Say("a", Params{}), us.Say("a", Params{Pick: 1}), us.Say("b", Params{}), us.Say("c", Params{})})
	require.Equal(t, []string{"fall", "autumn", "favourites", "both"}, []string{gb.Say("a", Params{}), gb.Say("a", Params{Pick: 1}), gb.Say("b", Params{}), gb.Say("c", Params{})})
	require.Equal(t, "one favourite", gb.Say("b", Params{Count: 1}))
}

func TestRefusesFaultyRegionalTexts(t *testing.T) {
	for _, row := range []struct{ claim, file, want string }{
		{"an unknown message", `{"aa": "x"}`, "aa: unknown message"},
		{"an unknown wording", `{"a/2": "x"}`, "a/2: unknown message"},
		{"other plural forms", `{"a": {"one": "x", "other": "y"}}`, "a: must have the plural forms of the general text"},
		{"an unknown placeholder", `{"a": "${Author}"}`, "a: unknown placeholder ${Author}"},
		{"invalid JSON", `{`, "unexpected"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			disk := catalogFS(`{"a": "x"}`)
			disk["en-US.json"] = &fstest.MapFile{Data: []byte(row.file)}
			_, err := loadCatalog(disk, []languageSource{{name: "en", locales: []string{"en-US"}}})
			require.ErrorContains(t, err, row.want)
			require.ErrorContains(t, err, "language file en-US.json: ")
		})
	}
}

// TestRegionalTextsDiffer finds a text of a locale that is the same as the general one, and a locale without texts.
func TestRegionalTextsDiffer(t *testing.T) {
	files, err := filepath.Glob("*-*.json")
	require.NoError(t, err)
	for _, s := range supportedLanguages() {
		general := keys(t, s.name)
		for _, locale := range s.locales {
			at := slices.Index(files, locale+".json")
			if at < 0 {
				continue
			}
			files = slices.Delete(files, at, at+1)
			for key, text := range keys(t, locale) {
				require.NotEqual(t, general[key], text, "remove %s from internal/phrases/%s.json", key, locale)
				require.ElementsMatch(t, placeholders(general[key]), placeholders(text), "%s in internal/phrases/%s.json", key, locale)
			}
		}
	}
	require.Empty(t, files, "files of unsupported locales")
}

// placeholders returns the placeholders of a text of a language file.
func placeholders(text any) []string {
	return regexp.MustCompile(`\$\{\w+\}`).FindAllString(fmt.Sprint(text), -1)
}

// TestAddLanguage adds German with test files.
func TestAddLanguage(t *testing.T) {
	english, err := languageFiles.ReadFile("en.json")
	require.NoError(t, err)
	disk := fstest.MapFS{
		"en.json":         {Data: english},
		"en.samples.json": {Data: []byte(`{}`)},
		"de.samples.json": {Data: []byte(`{"LastPostIntent": ["der letzte Beitrag", "der Beitrag vom {Date}"]}`)},
		"de.json": {Data: []byte(`{"latest": "Der neueste Beitrag ist ${Date}:",
			"months": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
			"weekdays": "Sonntag Montag Dienstag Mittwoch Donnerstag Freitag Samstag",
			"date": "${Day}. ${Month}", "date-of-year": "${Day}. ${Month} ${Year}",
			"from-weekday": "vom ${Weekday}", "from-last-weekday": "vom letzten ${Weekday}", "from-day": "vom ${Weekday}, dem ${Date}"}`)},
	}
	german := languageSource{name: "de", locales: []string{"de-DE"}}
	catalog, err := loadCatalog(disk, append(supportedLanguages(), german))
	require.NoError(t, err)
	require.Contains(t, catalog.Locales(), "de-DE")
	l := catalog.Language("de-DE")
	require.Equal(t, "Der neueste Beitrag ist vom Dienstag:", l.Say(Latest, Params{Date: l.Date(today.AddDate(0, 0, -4), today)}))
	require.Equal(t, "vom letzten Dienstag", l.Date(today.AddDate(0, 0, -11), today))
	require.Equal(t, "vom Dienstag, dem 24. Februar", l.Date(today.AddDate(0, 0, -18), today))
	require.Equal(t, "3. März 2026", l.FullDate(today.AddDate(0, 0, -11)))
	require.Equal(t, []string{"der letzte Beitrag", "der Beitrag vom {Date}"}, l.Samples("LastPostIntent"))
	require.Equal(t, "Tuesday, February 24", catalog.Language("en-US").Date(today.AddDate(0, 0, -18), today))
}

func TestLocales(t *testing.T) {
	catalog, err := Load()
	require.NoError(t, err)
	var locales []string
	for _, s := range supportedLanguages() {
		for _, locale := range s.locales {
			require.NotContains(t, locales, locale, "two languages have a locale in internal/phrases/languages.go")
			require.True(t, strings.HasPrefix(locale, s.name+"-"), "%s is a locale of %s in internal/phrases/languages.go", locale, s.name)
			require.Equal(t, s.name, catalog.Language(locale).Name())
			locales = append(locales, locale)
		}
	}
	slices.Sort(locales)
	require.Equal(t, locales, catalog.Locales())
	require.Subset(t, locales, []string{"en-AU", "en-CA", "en-GB", "en-IN", "en-US"})
}

func TestEveryLanguageNamesMonthsAndWeekdays(t *testing.T) {
	everyLanguage(t, func(t *testing.T, l *Language) {
		require.Len(t, l.months, 12, "months in internal/phrases/%s.json", l.Name())
		require.Len(t, l.weekdays, 7, "weekdays in internal/phrases/%s.json, from Sunday", l.Name())
	})
}

// TestReadmeNamesEveryLanguage compares the README with the languages.
func TestReadmeNamesEveryLanguage(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	require.NoError(t, err)
	_, after, _ := strings.Cut(string(readme), "It speaks ")
	sentence, _, _ := strings.Cut(after, ".")
	for _, s := range supportedLanguages() {
		name := display.English.Languages().Name(language.Make(s.name))
		require.Contains(t, sentence, name, "add %s to the sentence \"It speaks\" of README.md", name)
	}
}

func TestRefusesLanguageWithoutFiles(t *testing.T) {
	for _, name := range []string{"en.json", "en.samples.json"} {
		disk := catalogFS(`{"a": "x"}`)
		delete(disk, name)
		_, err := loadCatalog(disk, supportedLanguages())
		require.ErrorContains(t, err, "language file "+name+": ")
	}
}

// TestEveryLanguageHasTheSameMessages finds messages that are missing in a translation or in English.
func TestEveryLanguageHasTheSameMessages(t *testing.T) {
	english := slices.Sorted(maps.Keys(load(t, "en-US").texts))
	everyLanguage(t, func(t *testing.T, l *Language) {
		for _, message := range english {
			_, found := l.texts[message]
			require.True(t, found, "add the message %q to internal/phrases/%s.json", message, l.Name())
		}
		for message := range l.texts {
			general := Message(regexp.MustCompile(`[@-]\d{1,2}$`).ReplaceAllString(string(message), "")) // see datePart
			require.True(t, slices.Contains(english, message) || slices.Contains(english, general) || general == "day", "remove the message %q from internal/phrases/%s.json, or add it to en.json", message, l.Name())
		}
	})
}
