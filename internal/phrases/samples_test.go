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
	for _, s := range languages() {
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

// TestEverySampleIsHeard says each sample with plausible words in its slots, as it is written, and addressed.
func TestEverySampleIsHeard(t *testing.T) {
	fillings := map[string]map[string]string{ // the words, and the value that they are
		"Date": {
			"yesterday": "2026-03-13", "last tuesday": "2026-03-10", "march third twenty twenty five": "2025-03-03", "last week": "2026-W10",
			"the summer of 2025": "2025-SU", "march": "2026-03", "two weeks ago": "2026-W09", "the nineties": "199X", "2025": "2025", "christmas": "2026-12-25",
		},
		"Number":   {"one": "1", "2": "2", "twenty three": "23", "99": "99"},
		"Query":    {"salt": "salt", "how to back up your blog": "how to back up your blog", "the elf's two cents": "the elf's two cents"},
		"Category": {"recipes": "Recipes", "r and d": "R&D", "how to's": "How-To's"},
	}
	everyLanguage(t, func(t *testing.T, l *Language) {
		for intent, slots := range intents() {
			for _, sample := range l.Samples(intent) {
				if !strings.Contains(sample, "{") {
					requireHeard(t, l, sample, intent, map[string]string{})
					continue
				}
				for words, value := range fillings[slots[0]] {
					requireHeard(t, l, strings.ReplaceAll(sample, "{"+slots[0]+"}", words), intent, map[string]string{slots[0]: value})
				}
			}
		}
	})
}

// requireHeard asks in all the ways that an address has.
func requireHeard(t *testing.T, l *Language, words, intent string, slots map[string]string) {
	t.Helper()
	for _, address := range []string{"%", "Alexa, ask half elf %", "ask half elf to %", "Alexa, tell Half Elf %!", "%, please?"} {
		heard, ok := l.Hear(strings.Replace(address, "%", words, 1), hearingOf("half elf"))
		require.True(t, ok, "%s: %s", address, words)
		require.Equal(t, Heard{intent, slots}, heard, "%s: %s", address, words)
	}
}

func TestSamplesAreTheCallers(t *testing.T) {
	l := load(t, "en-GB")
	l.Samples("LastPostIntent")[0] = "changed"
	require.Equal(t, "last post", l.Samples("LastPostIntent")[0])
}
