package utterance

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/phrases"
)

// root is the folder of the repository.
const root = "../../"

// TestSentencesHaveEveryQuote requires that testdata/sentences.txt has each sentence that a text tells the listener to say:
// in README.md, in docs, in the help of the command ask and in the texts of Amazon's store.
func TestSentencesHaveEveryQuote(t *testing.T) {
	known := map[string]bool{}
	for _, s := range readSentences(t) {
		known[plainWords(s.text)] = true
	}
	total := 0
	for source, quotes := range collectQuotes(t) {
		require.NotEmpty(t, quotes, source)
		for _, quote := range quotes {
			total++
			if !known[plainWords(quote)] {
				t.Errorf("%s: add %q to internal/utterance/testdata/sentences.txt", source, quote)
			}
		}
	}
	require.Greater(t, total, 50)
}

// plainWords returns a sentence in lower case, without its punctuation.
func plainWords(text string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(text), isSeparator), " ")
}

// collectQuotes returns the quoted sentences by source.
func collectQuotes(t *testing.T) map[string][]string {
	t.Helper()
	store, err := catalog(t).Language("en-US").StoreTexts(phrases.Params{Title: "Half Elf", Blog: "half elf"}, storeFacts())
	require.NoError(t, err)
	quotes := map[string][]string{
		"README.md":               submatches(spokenQuote, readSource(t, "README.md")),
		"docs/intents.md":         intentQuotes(readSource(t, "docs/intents.md")),
		"README.md, commands":     submatches(askCommand, readSource(t, "README.md")),
		"docs, commands":          submatches(askCommand, readSource(t, "docs/intents.md")),
		"cmd/skill/ask.go":        submatches(askCommand, readSource(t, "cmd/skill/ask.go")),
		"internal/phrases, store": submatches(anyQuote, store.Description+store.Testing),
	}
	pages, err := filepath.Glob(root + "docs/*.md")
	require.NoError(t, err)
	for _, page := range pages {
		name := strings.TrimPrefix(page, root)
		if found := submatches(spokenQuote, readSource(t, name)); len(found) > 0 {
			quotes[name+", quotes"] = found
		}
	}
	textOnly := storeFacts()
	textOnly.Episodes = false
	examples := store.Examples
	for _, facts := range []phrases.StoreFacts{textOnly, {}} {
		other, err := catalog(t).Language("en-US").StoreTexts(phrases.Params{Title: "Half Elf", Blog: "half elf"}, facts)
		require.NoError(t, err)
		examples = append(examples, other.Examples...)
	}
	for _, example := range examples {
		quotes["internal/phrases, examples"] = append(quotes["internal/phrases, examples"], example.String())
	}
	return quotes
}

// storeFacts are the facts of a blog with everything that the store texts can mention.
func storeFacts() phrases.StoreFacts {
	return phrases.StoreFacts{Episodes: true, Categories: []string{"Recipes"}, Topics: []string{"winter gardens"}}
}

var (
	anyQuote    = regexp.MustCompile(`"([^"]+)"`)
	spokenQuote = regexp.MustCompile(`"(Alexa, (?:ask|open|tell|play|read)[^"]+|[Oo]pen half elf)"`)
	askCommand  = regexp.MustCompile(`skill ask --feed \S+ ([a-z][^\n` + "`" + `]*)`)
	tableRow    = regexp.MustCompile(`(?m)^\| [^|]*(?:Intent|launch)[^|]*\|[^|]*\|([^|]*)\|`)
	unfinished  = regexp.MustCompile(`^… (?:(?:for|to) )?`)
)

// intentQuotes returns what the listener says in the table of intents. "… for the last post" stands for a sentence after
// the address of the skill.
func intentQuotes(page string) (quotes []string) {
	for _, cell := range submatches(tableRow, page) {
		for _, quote := range submatches(anyQuote, cell) {
			quotes = append(quotes, unfinished.ReplaceAllString(quote, ""))
		}
	}
	return quotes
}

func readSource(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(root + name)
	require.NoError(t, err)
	return string(content)
}

func submatches(pattern *regexp.Regexp, text string) (found []string) {
	for _, match := range pattern.FindAllStringSubmatch(text, -1) {
		found = append(found, match[1])
	}
	return found
}
