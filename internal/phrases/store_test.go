package phrases

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

func TestEveryLanguageHasItsStore(t *testing.T) {
	everyLanguage(t, func(t *testing.T, l *Language) {
		store, err := l.StoreTexts(Params{Title: "Half Elf", Blog: "half elf"})
		require.NoError(t, err)
		for what, text := range map[string]string{"summary": store.Summary, "description": store.Description, "testing": store.Testing} {
			require.NotEmpty(t, text, what)
			require.NotContains(t, text, "${", what)
		}
		require.Contains(t, store.Summary, "Half Elf")
		require.Contains(t, store.Testing, "open half elf")
		require.Contains(t, store.Description, "\n\n", "it has paragraphs")
		require.Len(t, store.Examples, 3, "Amazon shows three")
		require.Equal(t, "", store.Examples[0].Sample, "the first is the easiest: the skill is opened")
		for _, e := range store.Examples {
			require.Contains(t, e.Opening, "half elf")
			taught := slices.ContainsFunc(l.Intents(), func(intent string) bool { return slices.Contains(l.Samples(intent), e.Sample) })
			require.True(t, e.Sample == "" || taught, "%q is not what Alexa is taught", e)
		}
		require.Contains(t, store.Keywords, "Half Elf")
	})
}

// TestTheLongestNameFits gives the store the longest title and name that Amazon takes.
func TestTheLongestNameFits(t *testing.T) {
	everyLanguage(t, func(t *testing.T, l *Language) {
		store, err := l.StoreTexts(Params{Title: strings.Repeat("W", 50), Blog: strings.Repeat("w", 50)})
		require.NoError(t, err)
		require.LessOrEqual(t, len([]rune(store.Summary)), 160)
		require.LessOrEqual(t, len([]rune(store.Description)), 4000)
	})
}

func TestAnExampleIsOnePhrase(t *testing.T) {
	require.Equal(t, "Alexa, open half elf", Example{Opening: "Alexa, open half elf"}.String())
	require.Equal(t, "Alexa, ask half elf what's new", Example{Opening: "Alexa, ask half elf", Sample: "what's new"}.String())
}

func TestAFaultyStoreIsRefused(t *testing.T) {
	const good = `"summary": "s", "description": ["a", "b"], "examples": [{"opening": "o"}], "testing": "t"`
	for _, row := range []struct{ claim, file, want string }{
		{"no file", "", "language file en.store.json: open en.store.json"},
		{"no JSON", `{`, "language file en.store.json: "},
		{"a key that nobody knows", `{` + good + `, "precis": "s"}`, `unknown field "precis"`},
		{"a word that nobody knows", `{"summary": "${Author}"}`, "unknown word ${Author}"},
		{"a text that is none", `{"summary": 5}`, "cannot unmarshal number"},
		{"no examples", `{"summary": "s", "description": "d", "testing": "t"}`, "examples and testing must be there"},
		{"no summary", `{"description": "d", "examples": [{"opening": "o"}], "testing": "t"}`, "summary, description"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			disk := onDisk("{}")
			if row.file != "" {
				disk["en.store.json"] = &fstest.MapFile{Data: []byte(row.file)}
			}
			book, err := loadAll(disk, []languageSource{{name: "en", locales: map[string]dateLayouts{"en-US": monthFirst}}})
			require.NoError(t, err, "the service needs no store")
			_, err = book.Language("en-US").StoreTexts(Params{})
			require.ErrorContains(t, err, row.want)
		})
	}
}
