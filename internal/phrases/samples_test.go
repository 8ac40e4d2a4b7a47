package phrases

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// intents are those of the conversation, with their slots.
func intents() map[string][]string {
	all := map[string][]string{
		"LastPostIntent": {"Date"}, "ReadPostIntent": {"Date"}, "ListPostsIntent": {"Date"}, "SelectPostIntent": {"Number"},
		"SearchPostsIntent": {"Query"}, "CategoryPostsIntent": {"Category"}, "WhatsNewIntent": nil, "PlayEpisodeIntent": {"Date"},
	}
	for _, own := range []string{"Yes", "No", "Next", "Previous", "Repeat", "StartOver", "Pause", "Resume", "Help", "Stop", "Cancel", "NavigateHome"} {
		all["AMAZON."+own+"Intent"] = nil
	}
	return all
}

// everyLanguage tests each language of the book once.
func everyLanguage(t *testing.T, test func(*testing.T, *Language)) {
	book, err := Load()
	require.NoError(t, err)
	for _, s := range supportedLanguages() {
		locale := slices.Sorted(maps.Keys(s.locales))[0]
		t.Run(s.name, func(t *testing.T) { test(t, book.Language(locale)) })
	}
}

func TestEveryIntentHasSamples(t *testing.T) {
	everyLanguage(t, func(t *testing.T, l *Language) {
		require.Equal(t, slices.Sorted(maps.Keys(intents())), l.Intents())
		for _, intent := range l.Intents() {
			least := 15
			switch {
			case strings.HasPrefix(intent, "AMAZON."):
				least = 1 // Alexa knows them by herself
			case slices.Contains([]string{"LastPostIntent", "ReadPostIntent", "ListPostsIntent", "SearchPostsIntent"}, intent):
				least = 60
			}
			require.GreaterOrEqual(t, len(l.Samples(intent)), least, intent)
		}
		require.Empty(t, l.Samples("AMAZON.FallbackIntent"))
	})
}

// TestAmazonTakesTheSamples holds Amazon's rules of sample utterances.
func TestAmazonTakesTheSamples(t *testing.T) {
	written := regexp.MustCompile(`^(\{[A-Z][a-z]+\}('[a-z])?|[\p{L}\p{M}]+(['-][\p{L}\p{M}]+)*|(\p{L}\.)+)( (\{[A-Z][a-z]+\}('[a-z])?|[\p{L}\p{M}]+(['-][\p{L}\p{M}]+)*|(\p{L}\.)+))*$`)
	slot := regexp.MustCompile(`\{(.*?)\}`)
	everyLanguage(t, func(t *testing.T, l *Language) {
		owner := map[string]string{}
		for intent, slots := range intents() {
			for _, sample := range l.Samples(intent) {
				require.Regexp(t, written, sample)
				words := slot.ReplaceAllString(sample, "")
				require.Equal(t, strings.ToLower(words), words, sample)
				require.LessOrEqual(t, strings.Count(sample, "{"), 1, sample)
				for _, found := range slot.FindAllStringSubmatch(sample, -1) {
					require.Contains(t, slots, found[1], sample)
				}
				require.NotEqual(t, "{Query}", sample, "AMAZON.SearchQuery needs words around it, and no slot beside it")
				same := strings.ToLower(sample)
				require.Empty(t, owner[same], "%q is a sample twice", sample)
				owner[same] = intent
			}
		}
	})
}

// TestNoSampleOpensASkill keeps the words away with which a listener addresses Alexa: what follows them reaches no skill, or another.
// "Tell me", "play" and "search" are said within a skill as well, and Amazon's own "start over" begins like that.
func TestNoSampleOpensASkill(t *testing.T) {
	everyLanguage(t, func(t *testing.T, l *Language) {
		for _, intent := range l.Intents() {
			for _, sample := range l.Samples(intent) {
				words := strings.Fields(strings.ToLower(sample))
				for _, wake := range []string{"alexa", "amazon", "echo", "computer", "ziggy", "skill"} {
					require.NotContains(t, words, wake)
				}
				if !strings.HasPrefix(intent, "AMAZON.") {
					require.NotContains(t, []string{"ask", "open", "launch", "start", "begin", "load", "run", "use", "enable", "disable", "talk", "resume", "quit"}, words[0], sample)
				}
				require.False(t, words[0] == "tell" && !strings.HasPrefix(sample, "tell me "), sample)
			}
		}
	})
}

func TestSamplesAreTheCallers(t *testing.T) {
	l := load(t, "en-GB")
	l.Samples("LastPostIntent")[0] = "changed"
	require.Equal(t, "last post", l.Samples("LastPostIntent")[0])
}
