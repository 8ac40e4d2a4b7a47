package utterance

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/phrases"
)

// TestSentencesHaveEverySuggestion requires that testdata/sentences.txt has what the skill itself tells the listener to
// say, in curly quotes or after words such as "say": "Say yes to hear the post, or next for the one before it." suggests "yes" and "next".
func TestSentencesHaveEverySuggestion(t *testing.T) {
	var known []string
	for _, s := range readSentences(t) {
		if s.want.Intent != "AMAZON.FallbackIntent" {
			known = append(known, plainWords(s.text))
		}
	}
	total := 0
	for key, text := range spokenTexts(t) {
		for _, suggested := range suggestions(text) {
			total++
			quoted := strings.Contains(text, "“")
			if !slices.ContainsFunc(known, func(sentence string) bool {
				return sentence == suggested || !quoted && startsWithWords(suggested, sentence)
			}) {
				t.Errorf("%s: %q suggests %q: add it to internal/utterance/testdata/sentences.txt", key, text, suggested)
			}
		}
	}
	require.Greater(t, total, 10)
}

// spokenTexts returns all texts of the language file by key.
func spokenTexts(t *testing.T) map[string]string {
	t.Helper()
	var file map[string]any
	require.NoError(t, phrases.ReadStrictly(os.DirFS(root+"internal/phrases"), "en.json", &file))
	texts := map[string]string{}
	for key, value := range file {
		switch value := value.(type) {
		case string:
			texts[key] = value
		case map[string]any:
			for form := range maps.Keys(value) {
				texts[key+" "+form], _ = value[form].(string)
			}
		}
	}
	return texts
}

var (
	curlyQuote  = regexp.MustCompile(`“([^”]+)”`)
	request     = regexp.MustCompile(`(?i)\b(?:say|try|ask for|ask me for|ask me to|or ask)[:,]? ([^.?!]*)`)
	alternative = regexp.MustCompile(`,? or |, `)
	leadIn      = regexp.MustCompile(`^(?:for example[:,]? |for |just |say[:,]? |ask |me |to |like |such as )+`)
	// placeholder matches words that stand for others: "say a number", "say its name", "say what is new".
	placeholder = regexp.MustCompile(`^(?:name |a |an |another |something|anything|the (?:number|name|title|posts? of a)|its |what |which |when |how |whether |it|so|that|this|which)\b`)
)

// suggestions returns what a text suggests to say, each with the words after it. Placeholders such as "a number" are left
// out.
func suggestions(text string) (found []string) {
	if quoted := submatches(curlyQuote, text); len(quoted) > 0 {
		for _, quote := range quoted {
			if quote != "search for" && quote != "Alexa" { // "Say “search for”, and then a word."
				found = append(found, plainWords(quote))
			}
		}
		return found
	}
	for _, rest := range submatches(request, text) {
		for _, part := range alternative.Split(rest, -1) {
			if part = plainWords(leadIn.ReplaceAllString(part, "")); part != "" && !placeholder.MatchString(part) {
				found = append(found, part)
			}
		}
	}
	return found
}

// startsWithWords reports whether a text starts with the words of a sentence.
func startsWithWords(text, sentence string) bool {
	return sentence != "" && strings.HasPrefix(text+" ", sentence+" ")
}
