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
	return book(t).Language("en-US")
}

func book(t *testing.T) *phrases.Catalog {
	t.Helper()
	book, err := phrases.Load()
	require.NoError(t, err)
	return book
}

// modelFor is the file of a model in English.
func modelFor(t *testing.T, intents []Intent, types []Type) []byte {
	t.Helper()
	skill := Spec{InvocationName: "half elf", Intents: intents, Types: types}
	return encodeJSON(modelEnvelope(skill.buildModel(english(t))))
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
	model := modelFor(t, intents, categories("R&D"))
	samples, err := json.Marshal(english(t).Samples("CategoryPostsIntent"))
	require.NoError(t, err)
	require.JSONEq(t, `{"interactionModel": {"languageModel": {
		"invocationName": "half elf",
		"intents": [
			{"name": "AMAZON.FallbackIntent", "samples": []},
			{"name": "CategoryPostsIntent", "slots": [{"name": "Category", "type": "BlogCategory"}], "samples": `+string(samples)+`}
		],
		"types": [{"name": "BlogCategory", "values": [{"name": {"value": "R&D", "synonyms": []}}]}],
		"modelConfiguration": {"fallbackIntentSensitivity": {"level": "LOW"}}
	}}}`, string(model))
	require.Contains(t, string(model), `"R&D"`, "people read it too")
}

func TestTheSameArgumentsGiveTheSameBytes(t *testing.T) {
	first := modelFor(t, table(), categories("Feeds", "Dates"))
	for range 10 {
		again := modelFor(t, table(), categories("Feeds", "Dates"))
		require.Equal(t, string(first), string(again))
	}
}

func TestWholeUtterancesStandFirst(t *testing.T) {
	model := modelFor(t, table(), categories("Feeds"))
	require.Equal(t, []string{"WhatsNewIntent", "AMAZON.YesIntent", "AMAZON.FallbackIntent", "LastPostIntent", "CategoryPostsIntent"},
		names(read(t, model)))
}

func TestAnIntentWhoseTypeHasNoValueIsLeftOut(t *testing.T) {
	model := modelFor(t, table(), categories("…", ""))
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
			model := modelFor(t, table(), categories(row.given...))
			require.Equal(t, row.want, valuesOf(read(t, model)))
		})
	}
}
