package utterance

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// exampleIntents are the intents of the examples that the skill gives when a request was not understood, as help, and
// when the listener says nothing.
func exampleIntents() map[string]string {
	return map[string]string{
		"what's new": "WhatsNewIntent", "read the latest post": "ReadPostIntent", "list the newest posts": "ListPostsIntent",
		"what was posted last week": "ListPostsIntent", "yesterday's post": "LastPostIntent", "search for music": "SearchPostsIntent",
		"find posts about travel": "SearchPostsIntent", "the latest post": "LastPostIntent", "what categories are there": "CategoryPostsIntent",
		"read it": "ReadPostIntent", "play it": "PlayEpisodeIntent", "read it again": "AMAZON.StartOverIntent",
		"number one": "SelectPostIntent", "number two": "SelectPostIntent", "the first one": "SelectPostIntent",
		"yes": "AMAZON.YesIntent", "no": "AMAZON.NoIntent", "go on": "AMAZON.YesIntent", "continue": "AMAZON.ResumeIntent",
		"next": "AMAZON.NextIntent", "previous": "AMAZON.PreviousIntent", "repeat that": "AMAZON.RepeatIntent",
		"start over": "AMAZON.StartOverIntent", "pause": "AMAZON.PauseIntent", "stop": "AMAZON.StopIntent", "help": "AMAZON.HelpIntent",
		"list them": "ListPostsIntent", "resume": "AMAZON.ResumeIntent", "Alexa, louder": "VolumeIntent", "Alexa, quieter": "VolumeIntent",
		"Alexa, speak slower": "SpeedIntent", "Alexa, speak faster": "SpeedIntent",
	}
}

// unfinishedExamples are the beginnings of sentences that the listener has to complete.
func unfinishedExamples() []string { return []string{"search for"} }

var quotedExample = regexp.MustCompile(`“([^”]*)”`)

// TestExamplesAreUnderstood requires that the skill understands each example in its own texts.
func TestExamplesAreUnderstood(t *testing.T) {
	raw, err := os.ReadFile("../phrases/en.json")
	require.NoError(t, err)
	var texts map[string]any
	require.NoError(t, json.Unmarshal(raw, &texts))
	r, intents, found := recognizerFor(t, "en-US"), exampleIntents(), map[string]bool{}
	for key, text := range texts {
		forms, ok := text.(map[string]any)
		if !ok {
			forms = map[string]any{"other": text}
		}
		for _, form := range forms {
			for _, match := range quotedExample.FindAllStringSubmatch(form.(string), -1) {
				example := match[1]
				if example == "Alexa" { // "Say “Alexa”, and ask again."
					continue
				}
				found[example] = true
				if slices.Contains(unfinishedExamples(), example) {
					example += " music"
				}
				want := intents[example]
				require.NotEmpty(t, want, "%s: add the intent of %q to exampleIntents", key, example)
				got, ok := r.Recognize(example, MatchContext{Today: today})
				require.True(t, ok, "%s: %q is not understood", key, example)
				require.Equal(t, want, got.Intent, "%s: %q", key, example)
			}
		}
	}
	for example := range intents {
		require.True(t, found[example], "no text has the example %q: remove it from exampleIntents", example)
	}
}

// TestSuggestionsQuoteExamples requires quotation marks around the examples in texts that give some, so that
// TestExamplesAreUnderstood finds them.
func TestSuggestionsQuoteExamples(t *testing.T) {
	raw, err := os.ReadFile("../phrases/en.json")
	require.NoError(t, err)
	var texts map[string]any
	require.NoError(t, json.Unmarshal(raw, &texts))
	for key, text := range texts {
		message, _, _ := strings.Cut(key, "/")
		gives := strings.HasPrefix(message, "fallback") || strings.HasPrefix(message, "help") || strings.HasSuffix(message, "-again")
		if said, ok := text.(string); ok && gives {
			require.Regexp(t, quotedExample, said, "%s: put the examples in “ ”", key)
		}
	}
}
