package phrases

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

func TestStoreTexts(t *testing.T) {
	everyLanguage(t, func(t *testing.T, l *Language) {
		store, err := l.StoreTexts(Params{Title: "Half Elf", Blog: "half elf"})
		require.NoError(t, err)
		for what, text := range map[string]string{"summary": store.Summary, "description": store.Description, "testing": store.Testing} {
			require.NotEmpty(t, text, what)
			require.NotContains(t, text, "${", what)
		}
		require.Contains(t, store.Summary, "Half Elf")
		_, opening, _ := strings.Cut(store.Examples[0].Opening, ", ") // without "Alexa"
		require.Contains(t, opening, "half elf", "the first example of internal/phrases/%s.store.json", l.Name())
		require.Contains(t, store.Testing, opening, "say in internal/phrases/%s.store.json how to open the skill", l.Name())
		require.Contains(t, store.Description, "\n\n", "the description has paragraphs")
		require.Len(t, store.Examples, 3, "Amazon shows three examples")
		require.Equal(t, "", store.Examples[0].Sample, "the first example only opens the skill")
		for _, e := range store.Examples {
			require.Contains(t, e.Opening, "half elf")
			taught := slices.ContainsFunc(l.Intents(), func(intent string) bool { return slices.Contains(l.Samples(intent), e.Sample) })
			require.True(t, e.Sample == "" || taught, "%q is not a sample utterance", e)
		}
		require.Contains(t, store.Keywords, "Half Elf")
	})
}

// TestStoreTextsFitLongestName uses the longest title and invocation name that Amazon accepts.
func TestStoreTextsFitLongestName(t *testing.T) {
	everyLanguage(t, func(t *testing.T, l *Language) {
		store, err := l.StoreTexts(Params{Title: strings.Repeat("W", 50), Blog: strings.Repeat("w", 50)})
		require.NoError(t, err)
		require.LessOrEqual(t, len([]rune(store.Summary)), 160)
		require.LessOrEqual(t, len([]rune(store.Description)), 4000)
	})
}

func TestExampleString(t *testing.T) {
	require.Equal(t, "Alexa, open half elf", Example{Opening: "Alexa, open half elf"}.String())
	require.Equal(t, "Alexa, ask half elf what's new", Example{Opening: "Alexa, ask half elf", Sample: "what's new"}.String())
}

func TestRefusesFaultyStoreFile(t *testing.T) {
	const good = `"summary": "s", "description": ["a", "b"], "examples": [{"opening": "o"}], "testing": "t"`
	for _, row := range []struct{ claim, file, want string }{
		{"no file", "", "language file en.store.json: open en.store.json"},
		{"invalid JSON", `{`, "language file en.store.json: "},
		{"an unknown key", `{` + good + `, "precis": "s"}`, `unknown field "precis"`},
		{"an unknown placeholder", `{"summary": "${Author}"}`, "unknown placeholder ${Author}"},
		{"a number instead of a text", `{"summary": 5}`, "cannot unmarshal number"},
		{"no examples", `{"summary": "s", "description": "d", "testing": "t"}`, "examples and testing are required"},
		{"no summary", `{"description": "d", "examples": [{"opening": "o"}], "testing": "t"}`, "summary, description"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			disk := catalogFS("{}")
			if row.file != "" {
				disk["en.store.json"] = &fstest.MapFile{Data: []byte(row.file)}
			}
			catalog, err := loadCatalog(disk, []languageSource{{name: "en", locales: map[string]dateLayouts{"en-US": monthFirst}}})
			require.NoError(t, err, "loading does not read the store texts")
			_, err = catalog.Language("en-US").StoreTexts(Params{})
			require.ErrorContains(t, err, row.want)
		})
	}
}
