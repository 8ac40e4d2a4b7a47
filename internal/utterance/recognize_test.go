package utterance

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestRecognize requires the right intent and slots for each request. The current day is Saturday, 14 March 2026.
func TestRecognize(t *testing.T) {
	type slots = map[string]string
	for _, row := range []struct {
		text, intent string
		slots        slots
	}{
		{"last post", "LastPostIntent", nil},
		{"What's the latest?", "LastPostIntent", nil},
		{"WHAT IS THE LATEST", "LastPostIntent", nil},
		{"whats the latest", "LastPostIntent", nil},
		{"What’s the newest article?", "LastPostIntent", nil},
		{"the last post, please", "LastPostIntent", nil},
		{"yesterday", "LastPostIntent", slots{"Date": "2026-03-13"}},
		{"anything posted in March?", "LastPostIntent", slots{"Date": "2026-03"}},
		{"yesterday's post", "LastPostIntent", slots{"Date": "2026-03-13"}},
		{"yesterdays post", "LastPostIntent", slots{"Date": "2026-03-13"}},
		{"last monday's post", "LastPostIntent", slots{"Date": "2026-03-09"}},
		{"2026-W10", "LastPostIntent", slots{"Date": "2026-W10"}},
		{"twenty twenty five", "LastPostIntent", slots{"Date": "2025"}},
		{"2025", "LastPostIntent", slots{"Date": "2025"}},
		{"read me the post from the third of March 2025", "ReadPostIntent", slots{"Date": "2025-03-03"}},
		{"read me the last post", "ReadPostIntent", nil},
		{"read it", "ReadPostIntent", nil},
		{"posts from last week", "ListPostsIntent", slots{"Date": "2026-W10"}},
		{"last week's posts", "ListPostsIntent", slots{"Date": "2026-W10"}},
		{"what was posted in march", "ListPostsIntent", slots{"Date": "2026-03"}},
		{"what's new today", "ListPostsIntent", slots{"Date": "2026-03-14"}},
		{"find posts from last week", "ListPostsIntent", slots{"Date": "2026-W10"}},
		{"three", "SelectPostIntent", slots{"Number": "3"}},
		{"number twenty-one", "SelectPostIntent", slots{"Number": "21"}},
		{"the second one", "SelectPostIntent", slots{"Number": "2"}},
		{"read the 3rd post", "SelectPostIntent", slots{"Number": "3"}},
		{"99", "SelectPostIntent", slots{"Number": "99"}},
		{"search for salt and pepper", "SearchPostsIntent", slots{"Query": "salt and pepper"}},
		{"search for what's cooking", "SearchPostsIntent", slots{"Query": "what's cooking"}},
		{"search for who's", "SearchPostsIntent", slots{"Query": "who's"}},
		{"find salt & pepper!", "SearchPostsIntent", slots{"Query": "salt & pepper"}},
		{"the one about backups", "SearchPostsIntent", slots{"Query": "backups"}},
		{"posts about number two", "SearchPostsIntent", slots{"Query": "number two"}},
		{"search for Zürich 2026-03-14", "SearchPostsIntent", slots{"Query": "zürich 2026-03-14"}},
		{"recipe posts", "CategoryPostsIntent", slots{"Category": "Recipes"}},
		{"posts in how-to's", "CategoryPostsIntent", slots{"Category": "How-To's"}},
		{"posts in r and d", "CategoryPostsIntent", slots{"Category": "R&D"}},
		{"posts in gardening", "CategoryPostsIntent", slots{"Category": "gardening"}},
		{"what's new", "WhatsNewIntent", nil},
		{"did i miss anything", "WhatsNewIntent", nil},
		{"play it", "PlayEpisodeIntent", nil},
		{"play yesterday's episode", "PlayEpisodeIntent", slots{"Date": "2026-03-13"}},
		{"yes", "AMAZON.YesIntent", nil},
		{"Yes, please.", "AMAZON.YesIntent", nil},
		{"no thanks", "AMAZON.NoIntent", nil},
		{"something else", "AMAZON.NoIntent", nil}, // "Say a number, or ask for something else."
		{"next", "AMAZON.NextIntent", nil},
		{"another one", "AMAZON.NextIntent", nil},
		{"go back", "AMAZON.PreviousIntent", nil},
		{"repeat that", "AMAZON.RepeatIntent", nil},
		{"start over", "AMAZON.StartOverIntent", nil},
		{"help", "AMAZON.HelpIntent", nil},
		{"pause", "AMAZON.PauseIntent", nil},
		{"resume", "AMAZON.ResumeIntent", nil},
		{"continue", "AMAZON.ResumeIntent", nil},
		{"more please", "AMAZON.ResumeIntent", nil}, // "Would you like to hear more?"
		{"next one", "AMAZON.NextIntent", nil},
		{"what was the third one", "SelectPostIntent", slots{"Number": "3"}},
		{"post about backups", "SearchPostsIntent", slots{"Query": "backups"}},
		{"play the episode about bees", "SearchPostsIntent", slots{"Query": "bees"}},
		{"recipes", "CategoryPostsIntent", slots{"Category": "Recipes"}}, // after "there are, for example: Recipes"
		{"what categories are there", "CategoryPostsIntent", nil},
		{"go back to the list", "BackToListIntent", nil},
		{"the newest posts in recipes", "CategoryPostsIntent", slots{"Category": "Recipes"}},
		{"latest in recipes", "CategoryPostsIntent", slots{"Category": "Recipes"}},
		{"latest from recipes", "CategoryPostsIntent", slots{"Category": "Recipes"}},
		{"the latest about recipes", "CategoryPostsIntent", slots{"Category": "Recipes"}},
		{"the latest about bees", "SearchPostsIntent", slots{"Query": "bees"}},
		{"older", "AMAZON.NextIntent", nil},
		{"newer", "AMAZON.PreviousIntent", nil},
		{"the one before", "AMAZON.NextIntent", nil},
		{"read the last one", "ReadLastIntent", nil},
		{"the last one", "ReadLastIntent", nil},
		{"open the first result", "SelectPostIntent", slots{"Number": "1"}},
		{"yesterday's", "LastPostIntent", slots{"Date": "2026-03-13"}},
		{"play number two", "PlayNumberIntent", slots{"Number": "2"}},
		{"number two", "SelectPostIntent", slots{"Number": "2"}},
		{"who wrote it?", "AuthorIntent", nil},
		{"When was it posted?", "PostDateIntent", nil},
		{"how many posts are there", "CountPostsIntent", nil},
		{"how many posts were there last week", "CountPostsIntent", slots{"Date": "2026-W10"}},
		{"how many posts are there in recipes", "CountPostsIntent", slots{"Category": "Recipes"}},
		{"the oldest post", "OldestPostIntent", nil},
		{"surprise me", "RandomPostIntent", nil},
		{"what's it about", "SummaryIntent", nil},
		{"how long is it", "LengthIntent", nil},
		{"louder", "VolumeIntent", nil},
		{"slower", "SpeedIntent", nil},
		{"what time is it", "ClockIntent", nil},
		{"what's the weather", "ClockIntent", nil},
		{"play it everywhere", "MultiRoomIntent", nil},
		{"play it in the kitchen", "MultiRoomIntent", nil},
		{"thank you", "AMAZON.StopIntent", nil},
		{"please stop", "AMAZON.StopIntent", nil},
		{"never mind", "AMAZON.CancelIntent", nil},
		{"go home", "AMAZON.NavigateHomeIntent", nil},
	} {
		t.Run(row.text, func(t *testing.T) {
			got, ok := recognizerFor(t, "en-US").Recognize(row.text, contextFor("half elf"))
			require.True(t, ok)
			if row.slots == nil {
				row.slots = slots{}
			}
			require.Equal(t, Recognition{row.intent, row.slots}, got)
		})
	}
}

func TestSingularMatchesAPluralCategory(t *testing.T) {
	l := recognizerFor(t, "en-US")
	for text, want := range map[string]string{"recipe posts": "Recipe", "recipes posts": "Recipes", "tip posts": "Tips"} {
		got, ok := l.Recognize(text, MatchContext{Categories: []string{"Recipes", "Recipe", "Tips"}})
		require.True(t, ok, text)
		require.Equal(t, want, got.Slots["Category"], text)
	}
}

// TestEmptySampleMatchesNothing uses a language file that other tests would refuse.
func TestEmptySampleMatchesNothing(t *testing.T) {
	r := *recognizerFor(t, "en-US")
	r.samples = sampleIndex{}
	r.samples.add(r.vocabulary.compileSample("LastPostIntent", ""))
	r.samples.add(r.vocabulary.compileSample("LastPostIntent", "?!"))
	for _, text := range []string{"", "?!", "post"} {
		_, ok := r.Recognize(text, MatchContext{})
		require.False(t, ok)
	}
}

func contextFor(skill string) MatchContext {
	return MatchContext{Today: today, InvocationName: skill, Categories: []string{"Recipes", "How-To's", "R&D", "Computer"}}
}

func BenchmarkNew(b *testing.B) {
	l := catalog(b).Language("en-US")
	for b.Loop() {
		_, _ = New(l)
	}
}

func BenchmarkRecognize(b *testing.B) {
	l := recognizerFor(b, "en-US")
	b.ReportAllocs()
	for b.Loop() {
		_, _ = l.Recognize("Alexa, ask half elf to read me the post from the third of march twenty twenty five", contextFor("half elf"))
	}
}
