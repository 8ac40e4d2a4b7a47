package phrases

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

// fullFacts are the facts of a blog with everything that the texts can mention.
func fullFacts() StoreFacts {
	return StoreFacts{Episodes: true, Categories: []string{"uncategorized", "Recipes", "Travel"}, Topics: []string{"Winter gardens"}}
}

func TestStoreTexts(t *testing.T) {
	everyLanguage(t, func(t *testing.T, l *Language) {
		for claim, facts := range map[string]StoreFacts{"no facts": {}, "all facts": fullFacts()} {
			store, err := l.StoreTexts(Params{Title: "Half Elf", Blog: "half elf"}, facts)
			require.NoError(t, err)
			for what, text := range map[string]string{"summary": store.Summary, "description": store.Description, "testing": store.Testing} {
				require.NotEmpty(t, text, what)
				require.NotContains(t, text, "${", what)
				require.NotContains(t, text, "\n\n\n", what)
			}
			require.Contains(t, store.Summary, "Half Elf")
			_, opening, _ := strings.Cut(store.Examples[0].Opening, ", ") // without "Alexa"
			require.Contains(t, opening, "half elf", "the first example of internal/phrases/%s.store.json", l.Name())
			require.Contains(t, store.Testing, opening, "say in internal/phrases/%s.store.json how to open the skill", l.Name())
			require.Contains(t, store.Description, "\n\n", "the description has paragraphs")
			require.Len(t, store.Examples, 3, "Amazon shows three examples: %s", claim)
			require.Equal(t, "", store.Examples[0].Sample, "the first example only opens the skill")
			for _, e := range store.Examples {
				require.Contains(t, e.Opening, "half elf")
				taught := slices.ContainsFunc(l.Intents(), func(intent string) bool { return slices.Contains(l.Samples(intent), e.Sample) })
				require.True(t, e.Sample == "" || taught, "%q is not a sample utterance", e)
				require.Equal(t, strings.Contains(e.Sample, "{"), e.Value != "", "a slot has a value")
				require.NotContains(t, e.String(), "{")
			}
			require.Contains(t, store.Keywords, "Half Elf")
		}
	})
}

// TestStoreTextsSayWhatIsTrue requires that the texts mention episodes, categories and topics only for a blog that has
// them.
func TestStoreTextsSayWhatIsTrue(t *testing.T) {
	l := english(t)
	texts := func(facts StoreFacts) (all string, examples []string) {
		store, err := l.StoreTexts(Params{Title: "Half Elf", Blog: "half elf"}, facts)
		require.NoError(t, err)
		for _, e := range store.Examples {
			examples = append(examples, e.String())
		}
		return strings.ToLower(strings.Join(slices.Concat(examples, store.Keywords, []string{store.Summary, store.Description, store.Testing}), "\n")), examples
	}
	for _, row := range []struct {
		claim              string
		facts              StoreFacts
		examples, mentions []string
	}{
		{"nothing", StoreFacts{}, []string{"Alexa, open half elf", "Alexa, ask half elf to read me the last post", "Alexa, ask half elf what's new"}, nil},
		{"episodes", StoreFacts{Episodes: true}, []string{"Alexa, open half elf", "Alexa, ask half elf to play the latest episode",
			"Alexa, ask half elf to read me the last post"}, []string{"podcast", "episode"}},
		{"a category", StoreFacts{Categories: []string{"Recipes"}}, []string{"Alexa, open half elf", "Alexa, ask half elf for the latest in Recipes",
			"Alexa, ask half elf to read me the last post"}, []string{"recipes", "categor"}},
		{"vague categories only", StoreFacts{Categories: []string{"Uncategorized", "general", "BLOG"}}, []string{"Alexa, open half elf",
			"Alexa, ask half elf to read me the last post", "Alexa, ask half elf what's new"}, nil},
		{"a topic", StoreFacts{Topics: []string{"Winter gardens"}}, []string{"Alexa, open half elf", "Alexa, ask half elf to find the post about Winter gardens",
			"Alexa, ask half elf to read me the last post"}, []string{"winter"}},
		{"everything", fullFacts(), []string{"Alexa, open half elf", "Alexa, ask half elf to play the latest episode",
			"Alexa, ask half elf for the latest in Recipes"}, []string{"podcast", "episode", "recipes", "categor", "winter"}},
	} {
		t.Run(row.claim, func(t *testing.T) {
			all, examples := texts(row.facts)
			require.Equal(t, row.examples, examples)
			for _, word := range []string{"podcast", "episode", "play", "recipes", "categor", "winter"} {
				want := slices.Contains(row.mentions, word) || word == "play" && row.facts.Episodes
				require.Equal(t, want, strings.Contains(all, word), "%q in:\n%s", word, all)
			}
		})
	}
}

// TestPrivacySentences requires that the description names what the service stores about a listener, and for how long.
func TestPrivacySentences(t *testing.T) {
	store, err := english(t).StoreTexts(Params{Title: "Half Elf", Blog: "half elf"}, StoreFacts{})
	require.NoError(t, err)
	for _, words := range []string{"when you were last here", "and where you stopped (with your search words", "a scrambled number that doesn't say who you are",
		"deletes it when you disable the skill", "don't need an account", "turn on personalization"} {
		require.Contains(t, store.Description, words)
	}
}

// TestStoreTextsFitLongestName uses the longest title, invocation name, category and topic.
func TestStoreTextsFitLongestName(t *testing.T) {
	everyLanguage(t, func(t *testing.T, l *Language) {
		facts := StoreFacts{Episodes: true, Categories: []string{strings.Repeat("W", 140)}, Topics: []string{strings.Repeat("W", 60)}}
		store, err := l.StoreTexts(Params{Title: strings.Repeat("W", 50), Blog: strings.Repeat("w", 50)}, facts)
		require.NoError(t, err)
		require.LessOrEqual(t, len([]rune(store.Summary)), 160)
		require.LessOrEqual(t, len([]rune(store.Description)), 4000)
		require.LessOrEqual(t, len([]rune(store.Testing)), 4000)
		require.LessOrEqual(t, len(store.Keywords), 30)
	})
}

func TestExampleString(t *testing.T) {
	require.Equal(t, "Alexa, open half elf", Example{Opening: "Alexa, open half elf"}.String())
	require.Equal(t, "Alexa, ask half elf what's new", Example{Opening: "Alexa, ask half elf", Sample: "what's new"}.String())
	require.Equal(t, "Alexa, ask half elf for $1 posts", Example{Opening: "Alexa, ask half elf for", Sample: "{Category} posts", Value: "$1"}.String())
}

func TestRefusesFaultyStoreFile(t *testing.T) {
	const good = `"summary": "s", "description": ["a", "b"], "examples": [{"opening": "o"}], "testing": "t"`
	for _, row := range []struct{ claim, file, want string }{
		{"no file", "", "language file en.store.json: open en.store.json"},
		{"invalid JSON", `{`, "language file en.store.json: "},
		{"an unknown key", `{` + good + `, "precis": "s"}`, `unknown field "precis"`},
		{"an unknown placeholder", `{"summary": "${Author}"}`, "unknown placeholder ${Author}"},
		{"a number instead of a text", `{"summary": 5}`, "cannot unmarshal number"},
		{"an unknown fact", `{` + good + `, "keywords": [{"with": "videos", "text": "video"}]}`, `unknown fact "videos"`},
		{"an unknown fact of an example", `{` + good + `, "examples": [{"opening": "o", "with": "videos"}]}`, `unknown fact "videos"`},
		{"an unknown key of a line", `{` + good + `, "summary": {"txt": "s"}}`, `unknown field "txt"`},
		{"an unknown key of an example", `{` + good + `, "examples": [{"open": "s"}]}`, `unknown field "open"`},
		{"an unknown placeholder in an example", `{` + good + `, "examples": [{"opening": "${Author}"}]}`, "unknown placeholder ${Author}"},
		{"no examples", `{"summary": "s", "description": "d", "testing": "t"}`, "examples and testing are required"},
		{"no summary", `{"description": "d", "examples": [{"opening": "o"}], "testing": "t"}`, "summary, description"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			disk := catalogFS("{}")
			if row.file != "" {
				disk["en.store.json"] = &fstest.MapFile{Data: []byte(row.file)}
			}
			catalog, err := loadCatalog(disk, []languageSource{{name: "en", locales: []string{"en-US"}}})
			require.NoError(t, err, "loading does not read the store texts")
			_, err = catalog.Language("en-US").StoreTexts(Params{}, StoreFacts{})
			require.ErrorContains(t, err, row.want)
		})
	}
}

func english(t *testing.T) *Language {
	t.Helper()
	catalog, err := Load()
	require.NoError(t, err)
	return catalog.Language("en-US")
}
