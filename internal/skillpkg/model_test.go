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
	return loadCatalog(t).Language("en-US")
}

func loadCatalog(t *testing.T) *phrases.Catalog {
	t.Helper()
	catalog, err := phrases.Load()
	require.NoError(t, err)
	return catalog
}

// encodeModel returns the English model file of a skill.
func encodeModel(t *testing.T, intents []ModelIntent, types []Type) []byte {
	t.Helper()
	skill := Spec{InvocationName: "half elf", Intents: intents, Types: types}
	return encodeJSON(modelEnvelope(skill.buildModel(english(t))))
}

// testIntents returns an intent of each kind.
func testIntents() []ModelIntent {
	return []ModelIntent{
		{"LastPostIntent", []ModelSlot{{"Date", "AMAZON.DATE"}}},
		{"CategoryPostsIntent", []ModelSlot{{"Category", "BlogCategory"}}},
		{"WhatsNewIntent", nil},
		{"AMAZON.YesIntent", nil},
		{"AMAZON.FallbackIntent", nil},
	}
}

func categories(values ...string) []Type { return []Type{{"BlogCategory", values}} }

// decodeModel returns the model in a model file.
func decodeModel(t *testing.T, model []byte) languageModel {
	t.Helper()
	var file struct {
		InteractionModel struct{ LanguageModel languageModel }
	}
	require.NoError(t, json.Unmarshal(model, &file))
	return file.InteractionModel.LanguageModel
}

func intentNames(m languageModel) (names []string) {
	for _, i := range m.Intents {
		names = append(names, i.Name)
	}
	return names
}

func slotValues(m languageModel) (values []string) {
	for _, v := range m.Types[0].Values {
		values = append(values, v.Name.Value)
	}
	return values
}

// TestModelFileFormat compares the file with Amazon's format, including the keys.
func TestModelFileFormat(t *testing.T) {
	intents := []ModelIntent{{"CategoryPostsIntent", []ModelSlot{{"Category", "BlogCategory"}}}, {"AMAZON.FallbackIntent", nil}}
	model := encodeModel(t, intents, categories("R&D"))
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
	require.Contains(t, string(model), `"R&D"`, "readable JSON")
}

func TestModelIsDeterministic(t *testing.T) {
	first := encodeModel(t, testIntents(), categories("Feeds", "Dates"))
	for range 10 {
		again := encodeModel(t, testIntents(), categories("Feeds", "Dates"))
		require.Equal(t, string(first), string(again))
	}
}

func TestIntentsWithoutSlotsComeFirst(t *testing.T) {
	model := encodeModel(t, testIntents(), categories("Feeds"))
	require.Equal(t, []string{"WhatsNewIntent", "AMAZON.YesIntent", "AMAZON.FallbackIntent", "LastPostIntent", "CategoryPostsIntent"},
		intentNames(decodeModel(t, model)))
}

func TestOmitsSamplesWithoutSlotValues(t *testing.T) {
	model := encodeModel(t, testIntents(), categories("…", ""))
	decoded := decodeModel(t, model)
	require.Equal(t, "CategoryPostsIntent", decoded.Intents[0].Name, "as an intent without slots")
	require.Empty(t, decoded.Intents[0].Slots)
	require.Contains(t, decoded.Intents[0].Samples, "what topics are there")
	require.NotContains(t, string(model), "Category}")
	require.Empty(t, decoded.Types)
	require.Contains(t, string(model), `"types": []`)
}

func TestAcceptedSlotValues(t *testing.T) {
	for _, row := range []struct {
		claim       string
		given, want []string
	}{
		{"keeps the order", []string{"Feeds", "Dates"}, []string{"Feeds", "Dates"}},
		{"keeps the spelling", []string{"R&D", "Über uns", "C++"}, []string{"R&D", "Über uns", "C++"}},
		{"drops duplicates", []string{"Feeds", "feeds", " FEEDS "}, []string{"Feeds"}},
		{"drops values without letters and digits", []string{"🚀", "--", "2026"}, []string{"2026"}},
		{"drops values that look like a slot", []string{"a {Date} b", "Feeds"}, []string{"Feeds"}},
		{"drops values with a control character", []string{"a\x07b", "Feeds"}, []string{"Feeds"}},
		{"drops values that are too long", []string{strings.Repeat("ä", 141), strings.Repeat("ä", 140)}, []string{strings.Repeat("ä", 140)}},
	} {
		t.Run(row.claim, func(t *testing.T) {
			model := encodeModel(t, testIntents(), categories(row.given...))
			require.Equal(t, row.want, slotValues(decodeModel(t, model)))
		})
	}
}
