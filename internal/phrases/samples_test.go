package phrases

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// intents returns the intents of the conversation with their slots.
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

// everyLanguage runs a test once for each language.
func everyLanguage(t *testing.T, test func(*testing.T, *Language)) {
	catalog, err := Load()
	require.NoError(t, err)
	for _, s := range supportedLanguages() {
		locale := slices.Sorted(maps.Keys(s.locales))[0]
		t.Run(s.name, func(t *testing.T) { test(t, catalog.Language(locale)) })
	}
}

func TestEveryIntentHasSamples(t *testing.T) {
	everyLanguage(t, func(t *testing.T, l *Language) {
		require.Equal(t, slices.Sorted(maps.Keys(intents())), l.Intents())
		for _, intent := range l.Intents() {
			least := 15
			switch {
			case strings.HasPrefix(intent, "AMAZON."):
				least = 1 // Alexa has its own utterances for them
			case slices.Contains([]string{"LastPostIntent", "ReadPostIntent", "ListPostsIntent", "SearchPostsIntent"}, intent):
				least = 60
			}
			require.GreaterOrEqual(t, len(l.Samples(intent)), least, intent)
		}
		require.Empty(t, l.Samples("AMAZON.FallbackIntent"))
	})
}

// TestSamplesFollowAmazonsRules checks Amazon's rules for sample utterances.
func TestSamplesFollowAmazonsRules(t *testing.T) {
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
				require.NotEqual(t, "{Query}", sample, "AMAZON.SearchQuery needs other words in the sample")
				same := strings.ToLower(sample)
				require.Empty(t, owner[same], "duplicate sample %q", sample)
				owner[same] = intent
			}
		}
	})
}

// TestSamplesDoNotInvokeSkills refuses samples that begin like the invocation of a skill: Alexa would send the rest to
// another skill, or to none. "Tell me", "play" and "search" are allowed, because listeners also say them within a
// skill, and Amazon's own "start over".
func TestSamplesDoNotInvokeSkills(t *testing.T) {
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

func TestSamplesReturnsCopy(t *testing.T) {
	l := load(t, "en-GB")
	l.Samples("LastPostIntent")[0] = "changed"
	require.Equal(t, "last post", l.Samples("LastPostIntent")[0])
}
