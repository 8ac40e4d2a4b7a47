package skillpkg

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/phrases"
)

func english(t *testing.T) *phrases.Language {
	t.Helper()
	book, err := phrases.Load()
	require.NoError(t, err)
	return book.Language("en-US")
}

// table has an intent of each kind.
func table() []Intent {
	return []Intent{
		{"LastPostIntent", []Slot{{"Date", "AMAZON.DATE"}}},
		{"CategoryPostsIntent", []Slot{{"Category", "BlogCategory"}}},
		{"WhatsNewIntent", nil},
		{"AMAZON.YesIntent", nil},
		{"AMAZON.FallbackIntent", nil},
	}
}

func categories(values ...string) []Type { return []Type{{"BlogCategory", values}} }

// read gives what Amazon reads in a model.
func read(t *testing.T, model []byte) languageModel {
	t.Helper()
	var file struct {
		InteractionModel struct{ LanguageModel languageModel }
	}
	require.NoError(t, json.Unmarshal(model, &file))
	return file.InteractionModel.LanguageModel
}

func names(m languageModel) (names []string) {
	for _, i := range m.Intents {
		names = append(names, i.Name)
	}
	return names
}

func valuesOf(m languageModel) (values []string) {
	for _, v := range m.Types[0].Values {
		values = append(values, v.Name.Value)
	}
	return values
}

// TestTheFile holds the form that Amazon imports, down to its keys.
func TestTheFile(t *testing.T) {
	intents := []Intent{{"CategoryPostsIntent", []Slot{{"Category", "BlogCategory"}}}, {"AMAZON.FallbackIntent", nil}}
	model, err := Model(english(t), "half elf", intents, categories("R&D"))
	require.NoError(t, err)
	samples, err := json.Marshal(english(t).Samples("CategoryPostsIntent"))
	require.NoError(t, err)
	require.JSONEq(t, `{"interactionModel": {"languageModel": {
		"invocationName": "half elf",
		"intents": [
			{"name": "AMAZON.FallbackIntent", "samples": []},
			{"name": "CategoryPostsIntent", "slots": [{"name": "Category", "type": "BlogCategory"}], "samples": `+string(samples)+`}
		],
		"types": [{"name": "BlogCategory", "values": [{"name": {"value": "R&D"}}]}],
		"modelConfiguration": {"fallbackIntentSensitivity": {"level": "LOW"}}
	}}}`, string(model))
	require.Contains(t, string(model), `"R&D"`, "people read it too")
}

func TestTheSameArgumentsGiveTheSameBytes(t *testing.T) {
	first, err := Model(english(t), "half elf", table(), categories("Feeds", "Dates"))
	require.NoError(t, err)
	for range 10 {
		again, err := Model(english(t), "half elf", table(), categories("Feeds", "Dates"))
		require.NoError(t, err)
		require.Equal(t, string(first), string(again))
	}
}

func TestWholeUtterancesStandFirst(t *testing.T) {
	model, err := Model(english(t), "half elf", table(), categories("Feeds"))
	require.NoError(t, err)
	require.Equal(t, []string{"WhatsNewIntent", "AMAZON.YesIntent", "AMAZON.FallbackIntent", "LastPostIntent", "CategoryPostsIntent"},
		names(read(t, model)))
}

func TestAnIntentWhoseTypeHasNoValueIsLeftOut(t *testing.T) {
	model, err := Model(english(t), "half elf", table(), categories("…", ""))
	require.NoError(t, err)
	taught := read(t, model)
	require.Equal(t, []string{"WhatsNewIntent", "AMAZON.YesIntent", "AMAZON.FallbackIntent", "LastPostIntent"}, names(taught))
	require.Empty(t, taught.Types)
	require.Contains(t, string(model), `"types": []`)
}

func TestValues(t *testing.T) {
	for _, row := range []struct {
		claim       string
		given, want []string
	}{
		{"in the order in which they are given", []string{"Feeds", "Dates"}, []string{"Feeds", "Dates"}},
		{"as they are written", []string{"R&D", "Über uns", "C++"}, []string{"R&D", "Über uns", "C++"}},
		{"none twice", []string{"Feeds", "feeds", " FEEDS "}, []string{"Feeds"}},
		{"none without a letter or a digit", []string{"🚀", "--", "2026"}, []string{"2026"}},
		{"none that reads like a slot", []string{"a {Date} b", "Feeds"}, []string{"Feeds"}},
		{"none with a control character", []string{"a\x07b", "Feeds"}, []string{"Feeds"}},
		{"none that is too long", []string{strings.Repeat("ä", 141), strings.Repeat("ä", 140)}, []string{strings.Repeat("ä", 140)}},
	} {
		t.Run(row.claim, func(t *testing.T) {
			model, err := Model(english(t), "half elf", table(), categories(row.given...))
			require.NoError(t, err)
			require.Equal(t, row.want, valuesOf(read(t, model)))
		})
	}
}

func TestWhatDriftedApartIsRefused(t *testing.T) {
	for _, row := range []struct {
		claim  string
		intent Intent
		want   string
	}{
		{"an intent without samples", Intent{"DanceIntent", nil}, "intent DanceIntent: the language has no samples for it"},
		{"a slot of a type that nobody gave", Intent{"CategoryPostsIntent", []Slot{{"Category", "Mood"}}}, "intent CategoryPostsIntent: slot Category: there is no type Mood"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			_, err := Model(english(t), "half elf", append(table(), row.intent), categories("Feeds"))
			require.EqualError(t, err, row.want)
		})
	}
}
