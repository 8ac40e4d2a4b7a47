package phrases

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// everyLanguage runs a test once for each language.
func everyLanguage(t *testing.T, test func(*testing.T, *Language)) {
	catalog, err := Load()
	require.NoError(t, err)
	for _, s := range supportedLanguages() {
		locale := s.locales[0]
		t.Run(s.name, func(t *testing.T) { test(t, catalog.Language(locale)) })
	}
}

// TestIntentsHaveEnoughSamples counts the samples. Package handlers compares their intents and slots with its table.
func TestIntentsHaveEnoughSamples(t *testing.T) {
	everyLanguage(t, func(t *testing.T, l *Language) {
		for _, intent := range l.Intents() {
			least := 15
			switch {
			case strings.HasPrefix(intent, "AMAZON."):
				least = 1 // Alexa has its own utterances for them
			case slices.Contains([]string{"LastPostIntent", "ReadPostIntent", "ListPostsIntent", "SearchPostsIntent"}, intent):
				least = 60
			}
			require.GreaterOrEqual(t, len(l.Samples(intent)), least, "add samples of %s to internal/phrases/%s.samples.json", intent, l.Name())
		}
	})
}

// TestSamplesFollowAmazonsRules checks Amazon's rules for sample utterances.
func TestSamplesFollowAmazonsRules(t *testing.T) {
	written := regexp.MustCompile(`^(\{[A-Z][a-z]+\}('[a-z])?|[\p{L}\p{M}]+(['-][\p{L}\p{M}]+)*|(\p{L}\.)+)( (\{[A-Z][a-z]+\}('[a-z])?|[\p{L}\p{M}]+(['-][\p{L}\p{M}]+)*|(\p{L}\.)+))*$`)
	slot := regexp.MustCompile(`\{(.*?)\}`)
	everyLanguage(t, func(t *testing.T, l *Language) {
		owner := map[string]string{}
		for _, intent := range l.Intents() {
			for _, sample := range l.Samples(intent) {
				require.Regexp(t, written, sample)
				text := slot.ReplaceAllString(sample, "")
				require.Equal(t, strings.ToLower(text), text, sample)
				require.LessOrEqual(t, strings.Count(sample, "{"), 1, sample)
				require.NotEqual(t, "{Query}", sample, "AMAZON.SearchQuery needs other words in the sample")
				same := strings.ToLower(sample)
				require.Empty(t, owner[same], "duplicate sample %q", sample)
				owner[same] = intent
			}
		}
	})
}

// TestSamplesDoNotInvokeSkills refuses samples that begin like the invocation of a skill: Alexa would send the rest to
// another skill, or to none. Allowed are "tell me", "play" and "search", because listeners also say them within a skill.
// Amazon's own "start over" is allowed too. No skill's name begins like the rest of "open the last one", "open number two"
// and "start at minute ten".
func TestSamplesDoNotInvokeSkills(t *testing.T) {
	everyLanguage(t, func(t *testing.T, l *Language) {
		for _, intent := range l.Intents() {
			for _, sample := range l.Samples(intent) {
				tokens := strings.Fields(strings.ToLower(sample))
				for _, wake := range []string{"alexa", "amazon", "echo", "computer", "ziggy", "skill"} {
					require.NotContains(t, tokens, wake)
				}
				allowed := regexp.MustCompile(`^(open (.*\{Number\}|the last (one|result)$)|start (it )?(at|from) )`).MatchString(sample)
				if !strings.HasPrefix(intent, "AMAZON.") && !allowed {
					require.NotContains(t, []string{"ask", "open", "launch", "start", "begin", "load", "run", "use", "enable", "disable", "resume", "quit"}, tokens[0], sample)
				}
				require.False(t, strings.HasPrefix(sample, "talk to "), sample)
				require.False(t, tokens[0] == "tell" && !strings.HasPrefix(sample, "tell me "), sample)
			}
		}
	})
}

func TestSamplesReturnsCopy(t *testing.T) {
	l := load(t, "en-GB")
	l.Samples("LastPostIntent")[0] = "changed"
	require.Equal(t, "last post", l.Samples("LastPostIntent")[0])
}
