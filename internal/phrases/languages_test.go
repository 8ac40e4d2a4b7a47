package phrases

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

// aBook loads a book of one language whose messages are given.
func aBook(messages string) (*Catalog, error) {
	return loadAll(onDisk(messages), []languageSource{{name: "en", locales: map[string]dateLayouts{"en-US": monthFirst}}})
}

func onDisk(messages string) fstest.MapFS {
	return fstest.MapFS{"en.json": {Data: []byte(messages)}, "en.samples.json": {Data: []byte("{}")}}
}

func TestAWordingIsPicked(t *testing.T) {
	book, err := aBook(`{"a": "one", "a/2": {"other": "two ${Blog}"}, "a/3": "three", "b": {"one": "single", "other": "more"}, "b/2": {"other": "MORE", "one": "SINGLE"}}`)
	require.NoError(t, err)
	l := book.Language("en-US")
	for pick, want := range []string{"one", "two elf", "three", "one", "two elf"} {
		require.Equal(t, want, l.Say("a", Params{Pick: uint32(pick), Blog: "elf"}))
	}
	require.Equal(t, "one", l.Say("a", Params{Pick: 1<<32 - 1}), "it is a multiple of three")
	require.Equal(t, "SINGLE", l.Say("b", Params{Pick: 1, Count: 1}))
	require.Equal(t, "MORE", l.Say("b", Params{Pick: 3, Count: 2}))
	require.Equal(t, "a/2", l.Say("a/2", Params{}), "a wording is not a message")
}

func TestWordingsThatNothingWouldPickAreRefused(t *testing.T) {
	for _, row := range []struct{ claim, file, want string }{
		{"a gap", `{"a": "x", "a/3": "x"}`, "a: wording /2 is missing"},
		{"a gap behind", `{"a": "x", "a/2": "x", "a/4": "x", "a/5": "x"}`, "a: wording /3 is missing"},
		{"no first one", `{"a/2": "x", "b": "x"}`, "a: has further wordings, and no first one"},
		{"the first has no number", `{"a": "x", "a/1": "x"}`, "a/1: further wordings are numbered"},
		{"nought", `{"a": "x", "a/0": "x"}`, "a/0: further wordings are numbered"},
		{"a leading nought", `{"a": "x", "a/02": "x"}`, "a/02: further wordings are numbered"},
		{"a sign", `{"a": "x", "a/+2": "x"}`, "a/+2: further wordings are numbered"},
		{"a word", `{"a": "x", "a/two": "x"}`, "a/two: further wordings are numbered"},
		{"two numbers", `{"a": "x", "a/2/3": "x"}`, "a/2/3: further wordings are numbered"},
		{"other plural forms", `{"a": {"one": "x", "other": "y"}, "a/2": "z"}`, "a/2: must have the plural forms of the first"},
		{"more plural forms", `{"a": "z", "a/2": {"one": "x", "other": "y"}}`, "a/2: must have the plural forms of the first"},
		{"no form for any number", `{"a": {"one": "x"}}`, "a: has no text for any number"},
		{"an unknown word", `{"a": "x", "a/2": "${Author}"}`, "a/2: unknown word ${Author}"},
		{"no JSON", `{`, "language file en.json: "},
	} {
		t.Run(row.claim, func(t *testing.T) {
			_, err := aBook(row.file)
			require.ErrorContains(t, err, row.want)
			require.ErrorContains(t, err, "language file en.json: ")
		})
	}
}

// TestTheSessionOfTheREADMEStays keeps the sentences that it shows at one wording.
func TestTheSessionOfTheREADMEStays(t *testing.T) {
	l := load(t, "en-US")
	for _, message := range []Message{Greeting, Latest} {
		require.Len(t, l.texts[message], 1, message)
	}
	require.Len(t, l.texts[AskRead], 3)
}

// TestAnotherLanguageIsFilesAndALine adds one that exists nowhere else.
func TestAnotherLanguageIsFilesAndALine(t *testing.T) {
	english, err := languageFiles.ReadFile("en.json")
	require.NoError(t, err)
	disk := fstest.MapFS{
		"en.json":         {Data: english},
		"en.samples.json": {Data: []byte(`{}`)},
		"de.samples.json": {Data: []byte(`{"LastPostIntent": ["der letzte Beitrag", "der Beitrag vom {Date}"]}`)},
		"de.json":         {Data: []byte(`{"latest": "Der neueste Beitrag, ${Date}:", "today": "von heute", "last-weekday": "von letztem ${Date}"}`)},
	}
	german := languageSource{
		name:    "de",
		locales: map[string]dateLayouts{"de-DE": {weekday: "Monday, 2. January", dayOfYear: "2. January 2006"}},
		names:   strings.NewReplacer("Tuesday", "Dienstag", "March", "März"),
	}
	book, err := loadAll(disk, append(supportedLanguages(), german))
	require.NoError(t, err)
	require.Contains(t, book.Locales(), "de-DE")
	l := book.Language("de-DE")
	require.Equal(t, "Der neueste Beitrag, von letztem Dienstag:", l.Say(Latest, Params{Date: l.Date(today.AddDate(0, 0, -4), today, false)}))
	require.Equal(t, "Dienstag, 3. März", l.Date(today.AddDate(0, 0, -11), today, false))
	require.Equal(t, "3. März 2026", l.Date(today.AddDate(0, 0, -11), today, true))
	require.Equal(t, []string{"der letzte Beitrag", "der Beitrag vom {Date}"}, l.Samples("LastPostIntent"))
	require.Equal(t, "Tuesday, March 3", book.Language("en-US").Date(today.AddDate(0, 0, -11), today, false))
}

func TestEveryLocaleIsListed(t *testing.T) {
	book, err := Load()
	require.NoError(t, err)
	require.Equal(t, []string{"en-AU", "en-CA", "en-GB", "en-IN", "en-US"}, book.Locales())
}

func TestALanguageWithoutItsFilesIsRefused(t *testing.T) {
	for _, name := range []string{"en.json", "en.samples.json"} {
		disk := onDisk(`{"a": "x"}`)
		delete(disk, name)
		_, err := loadAll(disk, supportedLanguages())
		require.ErrorContains(t, err, "language file "+name+": ")
	}
}

// TestEveryLanguageSaysTheSame finds the messages that a translation has forgotten, or that English has lost.
func TestEveryLanguageSaysTheSame(t *testing.T) {
	english := slices.Sorted(maps.Keys(load(t, "en-US").texts))
	everyLanguage(t, func(t *testing.T, l *Language) {
		require.Equal(t, english, slices.Sorted(maps.Keys(l.texts)))
	})
}
