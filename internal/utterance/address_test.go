package utterance

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestStripsTheAddress(t *testing.T) {
	for _, row := range []struct{ text, intent, slot string }{
		{"Alexa, ask Half Elf for the last post", "LastPostIntent", ""},
		{"alexa ask half elf the last post", "LastPostIntent", ""},
		{"Hey Alexa, open half elf and read me the last post.", "ReadPostIntent", ""},
		{"tell half elf to stop", "AMAZON.StopIntent", ""},
		{"ask half-elf what's new", "WhatsNewIntent", ""},
		{"please ask half elf what's new", "WhatsNewIntent", ""},
		{"Alexa, please tell half elf to please stop, please!", "AMAZON.StopIntent", ""},
		{"talk to half elf about salt", "SearchPostsIntent", "salt"},
		{"ask half elf about salt please", "SearchPostsIntent", "salt"},
		{"ask half elf if there is anything about salt", "SearchPostsIntent", "salt"},
		{"ask half elf to search for salt", "SearchPostsIntent", "salt"},
		{"ask half elf for number two", "SelectPostIntent", "2"},
		{"ask half elf about yesterday", "SearchPostsIntent", "yesterday"},
		{"ask half elf for yesterday", "LastPostIntent", "2026-03-13"},
		{"half elf, what's new?", "WhatsNewIntent", ""},
		{"What's new on half elf?", "WhatsNewIntent", ""},
		{"Alexa, read me the last post from Half Elf", "ReadPostIntent", ""},
		{"read me yesterday's post from half elf please", "ReadPostIntent", "2026-03-13"},
		{"play the latest episode on half elf", "PlayLatestIntent", ""},
		{"could you read me the last post", "ReadPostIntent", ""},
		{"search for half elf", "SearchPostsIntent", "half elf"},
		{"find posts about half elf", "SearchPostsIntent", "half elf"},
		{"search for salt please", "SearchPostsIntent", "salt"},
		{"search for please", "SearchPostsIntent", "please"},
		{"computer posts", "CategoryPostsIntent", "Computer"},
		{"please", "", ""},
		{"please do", "AMAZON.YesIntent", ""},
		{"what's new on whole elf", "", ""},
		{"what's new half elf", "", ""},
		{"half", "", ""},
		{"ask whole elf for the last post", "", ""},
		{"ask half elf for", "", ""},
		{"ask half elf to make coffee", "", ""},
	} {
		t.Run(row.text, func(t *testing.T) {
			got, ok := recognizerFor(t, "en-GB").Recognize(row.text, contextFor("half elf"))
			require.Equal(t, row.intent != "", ok)
			require.Equal(t, row.intent, got.Intent)
			values := make([]string, 0, 1)
			for _, value := range got.Slots {
				values = append(values, value)
			}
			require.Equal(t, row.slot, strings.Join(values, "|"))
		})
	}
}

func TestRecognizesOpening(t *testing.T) {
	for _, text := range []string{
		"open half elf", "Open Half Elf!", "alexa, open half elf", "launch half elf", "start half elf", "Alexa, start half elf please", "please open half elf",
		"ask half elf", "tell half elf", "talk to half elf", "half elf", "alexa half elf", "open", "launch", "start",
		"open the skill", "Alexa, open the skill please", "launch the skill", "start the skill", "begin the skill", "start my skill", "open this skill", "open skill",
		"open the half elf skill", "open half elf skill", "launch the half elf", "start the app", "can you open the skill", "I want to open the skill", "run the skill",
		"open the Alexa skill", "talk to the skill", "half elf skill",
	} {
		got, ok := recognizerFor(t, "en-US").Recognize(text, contextFor("half elf"))
		require.True(t, ok, text)
		require.Equal(t, Recognition{}, got, text)
	}
}

// A word such as "skill" is the name of a skill only where no post or category can be meant.
func TestRecognizesRequestsAfterDescription(t *testing.T) {
	for text, want := range map[string]string{
		"open the skill and read the last post": "ReadPostIntent", "ask the half elf skill for the last post": "LastPostIntent", "ask the skill for the last post": "LastPostIntent",
		"ask half elf skill for the last post": "LastPostIntent",
		"open the first result":                "SelectPostIntent", "search for the skill": "SearchPostsIntent", "search the app posts": "SearchPostsIntent",
	} {
		got, ok := recognizerFor(t, "en-US").Recognize(text, contextFor("half elf"))
		require.True(t, ok, text)
		require.Equal(t, want, got.Intent, text)
	}
	for _, text := range []string{"the skill", "skill", "close the skill", "open the door", "open the skill door"} {
		_, ok := recognizerFor(t, "en-US").Recognize(text, contextFor("half elf"))
		require.False(t, ok, text)
	}
}

// TestInvocationNames requires that an address with each kind of name that Amazon allows is recognized.
func TestInvocationNames(t *testing.T) {
	l := recognizerFor(t, "en-US")
	for name, asked := range map[string]string{
		"b. b. c. tales": "ask B.B.C. tales for the last post", "the elf's tales": "ask the Elf’s Tales for the last post",
		"forty two tales": "ask forty-two tales for the last post", "for the last": "ask for the last for the last post", "tales for": "ask tales for for the last post",
	} {
		got, ok := l.Recognize(asked, contextFor(name))
		require.True(t, ok, asked)
		require.Equal(t, "LastPostIntent", got.Intent, asked)
	}
	got, ok := l.Recognize("ask half elf for the last post", contextFor(""))
	require.False(t, ok, "without a name there is no address: %v", got)
	for _, text := range []string{"", "ask for the last post", "the last post on"} {
		_, ok = l.Recognize(text, contextFor(""))
		require.False(t, ok, text)
	}
}

func TestRejectsUnknownRequests(t *testing.T) {
	l := recognizerFor(t, "en-US")
	for _, text := range []string{
		"", " ", "?!", "alexa", "the", "colourless green ideas sleep furiously", "order a pizza", "post", "last", "{Date}", "{Query}", "find", "ask", "tell", "run",
		"number", "number salt", "number one two three", "number ten five", "number nineteen five", "number 1234", "the post from salt", "show me all of these posts", "delete all posts", "delete posts", "posts in the", "'s post", "\x00\xff\xfe",
		strings.Repeat("salt ", 200), "search for " + strings.Repeat("salt ", 99), "search for " + strings.Repeat("x", 9000),
	} {
		got, ok := l.Recognize(text, contextFor("half elf"))
		require.False(t, ok, "%.50q: %v", text, got)
		require.Equal(t, Recognition{}, got)
	}
	_, ok := l.Recognize("search for "+strings.Repeat("salt ", 98), contextFor("half elf"))
	require.True(t, ok, "accepts a hundred words")
}

// TestPrefersTheMostSpecificSample requires that words that match several samples are recognized as the most specific
// sample.
func TestPrefersTheMostSpecificSample(t *testing.T) {
	l := recognizerFor(t, "en-US")
	ctx := contextFor("half elf")
	ctx.Categories = append(ctx.Categories, "March", "Latest")
	for text, want := range map[string]Recognition{
		"find posts from yesterday":      {"ListPostsIntent", map[string]string{"Date": "2026-03-13"}},
		"find posts about yesterday":     {"SearchPostsIntent", map[string]string{"Query": "yesterday"}},
		"find posts in march":            {"CategoryPostsIntent", map[string]string{"Category": "March"}},
		"posts in march":                 {"ListPostsIntent", map[string]string{"Date": "2026-03"}}, // a date has a fixed form, a name does not
		"posts in the march category":    {"CategoryPostsIntent", map[string]string{"Category": "March"}},
		"latest posts":                   {"ListPostsIntent", map[string]string{}},
		"march posts":                    {"ListPostsIntent", map[string]string{"Date": "2026-03"}},
		"the last recipes post":          {"CategoryPostsIntent", map[string]string{"Category": "Recipes"}},
		"the last blog post":             {"LastPostIntent", map[string]string{}},
		"read the second one":            {"SelectPostIntent", map[string]string{"Number": "2"}},
		"read the one about two":         {"SearchPostsIntent", map[string]string{"Query": "two"}},
		"the nineties posts":             {"ListPostsIntent", map[string]string{"Date": "199X"}},
		"read it again":                  {"AMAZON.StartOverIntent", map[string]string{}},
		"what's new in recipes":          {"CategoryPostsIntent", map[string]string{"Category": "Recipes"}},
		"what's new in 2025":             {"ListPostsIntent", map[string]string{"Date": "2025"}},
		"nineteen":                       {"SelectPostIntent", map[string]string{"Number": "19"}},
		"nineteen ninety nine":           {"LastPostIntent", map[string]string{"Date": "1999"}},
		"i want to hear the last post":   {"ReadPostIntent", map[string]string{}},
		"find me the post about recipes": {"SearchPostsIntent", map[string]string{"Query": "recipes"}},
	} {
		got, ok := l.Recognize(text, ctx)
		require.True(t, ok, text)
		require.Equal(t, want, got, text)
	}
}
