package handlers_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/alexa"
	"lastpost/internal/feed"
	"lastpost/internal/handlers"
)

// A state is where a conversation can stand, and how it got there.
type state struct {
	name  string
	posts []feed.Entry
	reach func(k *talk)
}

// spoken says intents, one after the other. What stands behind a colon is the value of the intent's slot.
func spoken(k *talk, intents ...string) {
	for _, words := range intents {
		k.say(utterance(words))
	}
}

// utterance makes a request of "LastPostIntent:2026-03", "launch" or "touch:read".
func utterance(words string) *alexa.Envelope {
	name, value, _ := strings.Cut(words, ":")
	switch name {
	case "launch":
		return launch()
	case "touch":
		e := request("Alexa.Presentation.APL.UserEvent")
		e.Request.Arguments = strings.Fields(value)
		return e
	}
	for _, known := range handlers.Intents() {
		if known.Name == name && len(known.Slots) > 0 {
			return intent(name, known.Slots[0].Name, value)
		}
	}
	return intent(name)
}

// magazine is a blog with posts of every kind: episodes with text and without, texts of several parts and of one, and one
// that has nothing but its title.
func magazine() []feed.Entry {
	return []feed.Entry{
		filed(of(on("2026-03-13", "Fresh bread"), long(6)), "Food"),
		on("2026-03-12", "A picture"),
		with(of(on("2026-03-11", "Episode nine"), "<p>Notes of the show.</p>"), "https://blog.test/9.mp3"),
		filed(of(on("2026-03-09", "Garden plans"), "<p>Plans for the garden.</p>"), "Garden"),
		filed(of(on("2026-03-03", "Garden tools"), "<p>A spade.</p>"), "Garden"),
		filed(of(on("2026-02-14", "Roses"), "<p>They are red.</p>"), "Garden"),
		filed(of(on("2026-02-01", "Snow in the garden"), "<p>It is white.</p>"), "Garden"),
		with(on("2026-01-02", "Episode eight"), "https://blog.test/8.mp3"),
		of(on("2025-12-25", "The first post"), long(4)),
	}
}

// states are all that a conversation can be left in.
func states() []state {
	return slices.Concat(postStates(), listStates(), otherStates())
}

// intents lead to a state by nothing but what is said.
func intents(words ...string) func(*talk) { return func(k *talk) { spoken(k, words...) } }

func postStates() []state {
	return []state{
		{"nothing said yet", magazine(), intents()},
		{"launched, a post with a text", magazine(), intents("launch")},
		{"named a post with nothing but a title", magazine(), intents("LastPostIntent:2026-03-12")},
		{"named a post with episode and text", magazine(), intents("LastPostIntent:2026-03-11")},
		{"named a post with an episode alone", magazine(), intents("LastPostIntent:2026-01-02")},
		{"named the oldest post", magazine(), intents("LastPostIntent:2025-12-25")},
		{"no post in the period, one before", magazine(), intents("LastPostIntent:2026-03-05")},
		{"no post in the period, none before", magazine(), intents("LastPostIntent:2019")},
		{"reading part 1", magazine(), intents("ReadPostIntent:")},
		{"reading in the middle", magazine(), intents("ReadPostIntent:", "AMAZON.YesIntent")},
		{"read to the end, next offered", magazine(), intents("ReadPostIntent:2026-03-09")},
		{"read to the end, the next one has no text", magazine(), intents("ReadPostIntent:2026-03-13", "AMAZON.YesIntent", "AMAZON.YesIntent")},
		{"read to the end of the oldest", magazine(), intents("ReadPostIntent:2025-12-25", "AMAZON.YesIntent")},
		{"no to reading on", magazine(), intents("ReadPostIntent:", "AMAZON.NoIntent")},
		{"no to a post", magazine(), intents("launch", "AMAZON.NoIntent")},
	}
}

func listStates() []state {
	return []state{
		{"list of the newest, first page", magazine(), intents("ListPostsIntent:")},
		{"list of the newest, middle page", magazine(), intents("ListPostsIntent:", "AMAZON.YesIntent")},
		{"list of the newest, last page", magazine(), intents("ListPostsIntent:", "AMAZON.YesIntent", "AMAZON.YesIntent")},
		{"list of the newest, behind its end", magazine(), intents("ListPostsIntent:", "AMAZON.NextIntent", "AMAZON.NextIntent", "AMAZON.NextIntent")},
		{"list of a period, first page", magazine(), intents("ListPostsIntent:2026-03")},
		{"list of a period, last page", magazine(), intents("ListPostsIntent:2026-03", "AMAZON.YesIntent")},
		{"list of what was found, first page", magazine(), intents("SearchPostsIntent:garden")},
		{"list of what was found, last page of one post", magazine(), intents("SearchPostsIntent:garden", "AMAZON.YesIntent")},
		{"list of a category, first page", magazine(), intents("CategoryPostsIntent:garden")},
		{"no to a list", magazine(), intents("ListPostsIntent:", "AMAZON.NoIntent")},
		{"chose from a list, read to the end", magazine(), intents("ListPostsIntent:2026-02", "SelectPostIntent:2")},
	}
}

func otherStates() []state {
	return []state{
		{"help while nothing was said", magazine(), intents("AMAZON.HelpIntent")},
		{"help while reading", magazine(), intents("ReadPostIntent:", "AMAZON.HelpIntent")},
		{"nothing found", magazine(), intents("SearchPostsIntent:submarines")},
		{"nothing found while reading", magazine(), intents("ReadPostIntent:", "SearchPostsIntent:submarines")},
		{"one found", magazine(), intents("SearchPostsIntent:spade")},
		{"no such category", magazine(), intents("CategoryPostsIntent:cars")},
		{"asked what", magazine(), intents("launch", "AMAZON.NoIntent", "AMAZON.YesIntent")},
		{"new since the last visit, first page", magazine(), func(k *talk) {
			k.Visits.Visit("somebody", on("2026-02-14", "Roses").Post, saturday)
			k.user = "somebody"
			k.say(intent("WhatsNewIntent"))
		}},
		{"the archive failed", magazine(), func(k *talk) {
			texts := k.Store
			k.Store = &watched{PostStore: texts, fail: errors.New("disk")}
			k.say(intent("SearchPostsIntent", "Query", "garden"))
			k.Store = texts
		}},
		{"an episode is played", magazine(), func(k *talk) {
			k.player = alexa.Playback{Token: magazine()[2].ID, Activity: "PLAYING", Offset: 5 * time.Second}
		}},
		{"an episode was paused", magazine(), func(k *talk) {
			k.player = alexa.Playback{Token: magazine()[2].ID, Activity: "PAUSED", Offset: 5 * time.Second}
		}},
		{"no posts at all", nil, intents()},
		{"no posts at all, after help", nil, intents("AMAZON.HelpIntent")},
		{"a single post, named", magazine()[8:], intents("launch")},
		{"a single post with nothing but a title, named", magazine()[1:2], intents("launch")},
		{"a single post, listed", magazine()[8:], intents("ListPostsIntent:")},
	}
}

// everything is what can be said in any state.
func everything() []string {
	all := []string{"launch", "touch:", "touch:choose x.y", "touch:read 0.0"}
	values := map[string][]string{
		"Date": {"", "?", "2026-03", "2026-03-11", "2026-01-01"}, "Number": {"", "?", "0", "2", "4", "99"},
		"Query": {"", "?", "garden", "snow", "nowhere"}, "Category": {"", "?", "garden", "Food", "cars"},
	}
	for _, intent := range handlers.Intents() {
		if len(intent.Slots) == 0 {
			all = append(all, intent.Name)
			continue
		}
		for _, value := range values[intent.Slots[0].Name] {
			all = append(all, intent.Name+":"+value)
		}
	}
	return append(all, "AnIntentOfAnotherVersion")
}

// TestEveryIntentInEveryState has its answers in a golden to be read critically: does each make sense to who hears it?
// That they keep Amazon's rules is looked at by ask. Of a state the golden has what is not answered as in the first one.
func TestEveryIntentInEveryState(t *testing.T) {
	var pairs strings.Builder
	usual := map[string]string{}
	for _, state := range states() {
		k := newScene(t, saturday, state.posts...).talk(t, "AudioPlayer", "Alexa.Presentation.APL")
		state.reach(k)
		fmt.Fprintf(&pairs, "# %s: %s\n", state.name, summary(k.last))
		for _, words := range everything() {
			said := *k
			a := said.say(utterance(words))
			require.True(t, a.IsOpen() || a.HasEnded(), "%s | %s", state.name, words)
			answer := summary(a)
			if usual[words] != answer {
				fmt.Fprintf(&pairs, "%-28s | %s\n", words, answer)
			}
			if usual[words] == "" {
				usual[words] = answer
			}
		}
		pairs.WriteByte('\n')
	}
	golden(t, "pairs.txt", pairs.String())
}

// summary is the beginning and the end of what is heard, and what happens besides.
func summary(a answer) string {
	const start, end = 80, 120
	text := a.SpokenText()
	if heard := []rune(text); len(heard) > start+end {
		text = string(heard[:start]) + " … " + string(heard[len(heard)-end:])
	}
	if play := a.Play(); play != nil {
		text += fmt.Sprintf(" [plays %s from %s]", play.URL, play.Offset)
	}
	if a.StopsPlayer() {
		text += " [stops]"
	}
	if a.HasEnded() {
		text += " [ends]"
	}
	return strings.TrimSpace(text)
}

// TestEveryStateCanBeLeft says no until nothing is asked any more, and yes until nothing else is offered.
func TestEveryStateCanBeLeft(t *testing.T) {
	for _, state := range states() {
		t.Run(state.name, func(t *testing.T) {
			k := newScene(t, saturday, state.posts...).talk(t, "AudioPlayer")
			state.reach(k)
			for _, stop := range []string{"AMAZON.StopIntent", "AMAZON.CancelIntent", "AMAZON.NavigateHomeIntent"} {
				left := *k
				require.True(t, left.say(intent(stop)).HasEnded())
			}
			refusing := *k
			if a := refusing.say(intent("AMAZON.NoIntent")); a.IsOpen() {
				require.Equal(t, "All right. "+asksElse, a.SpokenText())
				require.True(t, refusing.say(intent("AMAZON.NoIntent")).HasEnded(), "a second no ends")
			}
			agreeing, heard := *k, map[string]bool{}
			for last := ""; ; last = agreeing.last.SpokenText() {
				a := agreeing.say(intent("AMAZON.YesIntent"))
				if a.HasEnded() || a.SpokenText() == last {
					break // there is nothing else to offer
				}
				require.False(t, heard[a.SpokenText()], "in circles: %s", a.SpokenText())
				heard[a.SpokenText()] = true
			}
		})
	}
}
