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

// A state is a named state of the conversation and the requests that lead to it.
type state struct {
	name  string
	posts []feed.Entry
	reach func(k *session)
}

// sendAll sends intents one after the other. A colon separates an intent from its slot's value.
func sendAll(k *session, intents ...string) {
	for _, words := range intents {
		k.send(parseRequest(words))
	}
}

// parseRequest returns the request that words describe, such as "LastPostIntent:2026-03", "launch" or "touch:read". A value
// is for the intent's first slot, or for the slot that it names: "CountPostsIntent:Category=garden".
func parseRequest(words string) *alexa.Envelope {
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
		if known.Name != name || len(known.Slots) == 0 {
			continue
		}
		slot := known.Slots[0].Name
		if named, rest, ok := strings.Cut(value, "="); ok {
			slot, value = named, rest
		}
		return intent(name, slot, value)
	}
	return intent(name)
}

// magazinePosts returns posts of every kind: episodes with and without text, texts with one and with several parts, and
// a post with only a title.
func magazinePosts() []feed.Entry {
	return []feed.Entry{
		withCategories(withText(postOn("2026-03-13", "Fresh bread"), longText(6)), "Food"),
		postOn("2026-03-12", "A picture"),
		withEpisode(withText(postOn("2026-03-11", "Episode nine"), "<p>Notes of the show.</p>"), "https://blog.test/9.mp3"),
		withCategories(withText(postOn("2026-03-09", "Garden plans"), "<p>Plans for the garden.</p>"), "Garden"),
		withCategories(withText(postOn("2026-03-03", "Garden tools"), "<p>A spade.</p>"), "Garden"),
		withCategories(withText(postOn("2026-02-14", "Roses"), "<p>They are red.</p>"), "Garden"),
		withCategories(withText(postOn("2026-02-01", "Snow in the garden"), "<p>It is white.</p>"), "Garden"),
		withEpisode(postOn("2026-01-02", "Episode eight"), "https://blog.test/8.mp3"),
		withText(postOn("2025-12-25", "The first post"), longText(4)),
	}
}

// allStates returns every kind of state that a conversation can be in.
func allStates() []state {
	return slices.Concat(postStates(), listStates(), otherStates())
}

// sendIntents returns a function that sends intents, for a state that intents alone reach.
func sendIntents(words ...string) func(*session) { return func(k *session) { sendAll(k, words...) } }

func postStates() []state {
	return []state{
		{"nothing said yet", magazinePosts(), sendIntents()},
		{"launched, a post with a text", magazinePosts(), sendIntents("launch")},
		{"named a post with nothing but a title", magazinePosts(), sendIntents("LastPostIntent:2026-03-12")},
		{"named a post with episode and text", magazinePosts(), sendIntents("LastPostIntent:2026-03-11")},
		{"named a post with an episode alone", magazinePosts(), sendIntents("LastPostIntent:2026-01-02")},
		{"named the oldest post", magazinePosts(), sendIntents("LastPostIntent:2025-12-25")},
		{"no post in the period, one before", magazinePosts(), sendIntents("LastPostIntent:2026-03-05")},
		{"no post in the period, none before", magazinePosts(), sendIntents("LastPostIntent:2019")},
		{"reading part 1", magazinePosts(), sendIntents("ReadPostIntent:")},
		{"reading in the middle", magazinePosts(), sendIntents("ReadPostIntent:", "AMAZON.YesIntent")},
		{"read to the end, next offered", magazinePosts(), sendIntents("ReadPostIntent:2026-03-09")},
		{"read to the end, the next one has no text", magazinePosts(), sendIntents("ReadPostIntent:2026-03-13", "AMAZON.YesIntent", "AMAZON.YesIntent")},
		{"read to the end of the oldest", magazinePosts(), sendIntents("ReadPostIntent:2025-12-25", "AMAZON.YesIntent")},
		{"no to reading on", magazinePosts(), sendIntents("ReadPostIntent:", "AMAZON.NoIntent")},
		{"no to a post", magazinePosts(), sendIntents("launch", "AMAZON.NoIntent")},
	}
}

func listStates() []state {
	return []state{
		{"list of the newest, first page", magazinePosts(), sendIntents("ListPostsIntent:")},
		{"list of the newest, middle page", magazinePosts(), sendIntents("ListPostsIntent:", "AMAZON.YesIntent")},
		{"list of the newest, last page", magazinePosts(), sendIntents("ListPostsIntent:", "AMAZON.YesIntent", "AMAZON.YesIntent")},
		{"list of the newest, behind its end", magazinePosts(), sendIntents("ListPostsIntent:", "AMAZON.NextIntent", "AMAZON.NextIntent", "AMAZON.NextIntent")},
		{"list of a period, first page", magazinePosts(), sendIntents("ListPostsIntent:2026-03")},
		{"list of a period, last page", magazinePosts(), sendIntents("ListPostsIntent:2026-03", "AMAZON.YesIntent")},
		{"list of what was found, first page", magazinePosts(), sendIntents("SearchPostsIntent:garden")},
		{"list of what was found, last page of one post", magazinePosts(), sendIntents("SearchPostsIntent:garden", "AMAZON.YesIntent")},
		{"list of a category, first page", magazinePosts(), sendIntents("CategoryPostsIntent:garden")},
		{"no to a list", magazinePosts(), sendIntents("ListPostsIntent:", "AMAZON.NoIntent")},
		{"chose from a list, read to the end", magazinePosts(), sendIntents("ListPostsIntent:2026-02", "SelectPostIntent:2")},
	}
}

func otherStates() []state {
	return []state{
		{"help while nothing was said", magazinePosts(), sendIntents("AMAZON.HelpIntent")},
		{"help while reading", magazinePosts(), sendIntents("ReadPostIntent:", "AMAZON.HelpIntent")},
		{"nothing found", magazinePosts(), sendIntents("SearchPostsIntent:submarines")},
		{"nothing found while reading", magazinePosts(), sendIntents("ReadPostIntent:", "SearchPostsIntent:submarines")},
		{"one found", magazinePosts(), sendIntents("SearchPostsIntent:spade")},
		{"no such category", magazinePosts(), sendIntents("CategoryPostsIntent:cars")},
		{"asked what", magazinePosts(), sendIntents("launch", "AMAZON.NoIntent", "AMAZON.YesIntent")},
		{"new since the last visit, first page", magazinePosts(), func(k *session) {
			k.Visits.Visit(feed.Listener{Account: "somebody"}, postOn("2026-02-14", "Roses").Post, saturday)
			k.user = "somebody"
			k.send(intent("WhatsNewIntent"))
		}},
		{"the archive failed", magazinePosts(), func(k *session) {
			store := k.Store
			k.Store = &readCounter{PostStore: store, err: errors.New("disk")}
			k.send(intent("SearchPostsIntent", "Query", "garden"))
			k.Store = store
		}},
		{"an episode is played", magazinePosts(), func(k *session) {
			k.player = alexa.Playback{Token: magazinePosts()[2].ID, Activity: "PLAYING", Offset: 5 * time.Second}
		}},
		{"an episode was paused", magazinePosts(), func(k *session) {
			k.player = alexa.Playback{Token: magazinePosts()[2].ID, Activity: "PAUSED", Offset: 5 * time.Second}
		}},
		{"asked where to begin an episode", magazinePosts(), func(k *session) {
			k.user = "somebody"
			k.Visits.Visit(feed.Listener{Account: "somebody"}, postOn("2026-02-14", "Roses").Post, saturday)
			k.Visits.KeepEpisode(feed.Listener{Account: "somebody"}, "725000 "+magazinePosts()[2].ID)
			k.send(intent("PlayEpisodeIntent"))
		}},
		{"a queue of episodes is played", magazinePosts(), func(k *session) {
			k.user = "somebody"
			k.Visits.Visit(feed.Listener{Account: "somebody"}, postOn("2026-01-01", "Old").Post, saturday)
			if play := k.send(intent("PlayNewIntent")).Play(); play != nil { // posts without a date are not new
				k.player = alexa.Playback{Token: play.Token, Activity: "PLAYING", Offset: 5 * time.Second}
			}
		}},
		{"no posts at all", nil, sendIntents()},
		{"no posts at all, after help", nil, sendIntents("AMAZON.HelpIntent")},
		{"a single post, named", magazinePosts()[8:], sendIntents("launch")},
		{"a single post with nothing but a title, named", magazinePosts()[1:2], sendIntents("launch")},
		{"a single post, listed", magazinePosts()[8:], sendIntents("ListPostsIntent:")},
	}
}

// allRequests returns the requests to send in each state.
func allRequests(t *testing.T) []string {
	t.Helper()
	all := []string{"launch", "touch:", "touch:choose x.y", "touch:read 0.0"}
	values := map[string][]string{
		"Date": {"", "?", "2026-03", "2026-03-11", "2026-01-01"}, "Number": {"", "?", "0", "2", "4", "99"},
		"Query": {"", "?", "garden", "snow", "nowhere"}, "Category": {"", "?", "garden", "Food", "cars"},
		"Duration": {"", "?", "PT2M"},
	}
	for _, intent := range handlers.Intents() {
		if len(intent.Slots) == 0 {
			all = append(all, intent.Name)
			continue
		}
		for i, slot := range intent.Slots {
			require.NotEmpty(t, values[slot.Name], "add test values of the slot %s to allRequests in internal/handlers/pairs_test.go", slot.Name)
			for _, value := range values[slot.Name] {
				if i > 0 {
					value = slot.Name + "=" + value
				}
				all = append(all, intent.Name+":"+value)
			}
		}
	}
	return append(all, "AnIntentOfAnotherVersion")
}

// TestEveryIntentInEveryState records the answers in a golden file. Read a changed golden file critically: does each
// answer make sense to a listener? The method send checks Amazon's rules. The file leaves out answers that equal the
// first state's answer to the same request.
func TestEveryIntentInEveryState(t *testing.T) {
	var pairs strings.Builder
	usual := map[string]string{}
	for _, state := range allStates() {
		k := newFixture(t, saturday, state.posts...).newSession(t, "AudioPlayer", "Alexa.Presentation.APL")
		state.reach(k)
		fmt.Fprintf(&pairs, "# %s: %s\n", state.name, summary(k.last))
		for _, words := range allRequests(t) {
			current := *k
			a := current.send(parseRequest(words))
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
	checkGolden(t, "pairs.txt", pairs.String())
}

// summary returns the beginning and the end of the spoken text, and the directives.
func summary(a answer) string {
	const start, end = 80, 120
	text := a.SpokenText()
	if spoken := []rune(text); len(spoken) > start+end {
		text = string(spoken[:start]) + " … " + string(spoken[len(spoken)-end:])
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

// TestEveryStateCanBeLeft requires, from each state, that the session ends if the listener repeats "no". If the listener
// repeats "yes", the last answer must not offer anything new.
func TestEveryStateCanBeLeft(t *testing.T) {
	for _, state := range allStates() {
		t.Run(state.name, func(t *testing.T) {
			k := newFixture(t, saturday, state.posts...).newSession(t, "AudioPlayer")
			state.reach(k)
			for _, stop := range []string{"AMAZON.StopIntent", "AMAZON.CancelIntent", "AMAZON.NavigateHomeIntent"} {
				left := *k
				require.True(t, left.send(intent(stop)).HasEnded())
			}
			refusing := *k
			if a := refusing.send(intent("AMAZON.NoIntent")); a.IsOpen() {
				require.Equal(t, "All right. "+asksElse, a.SpokenText())
				require.True(t, refusing.send(intent("AMAZON.NoIntent")).HasEnded(), "a second no ends")
			}
			agreeing, spoken := *k, map[string]bool{}
			for last := ""; ; last = agreeing.last.SpokenText() {
				a := agreeing.send(intent("AMAZON.YesIntent"))
				if a.HasEnded() || a.SpokenText() == last {
					break // the skill makes no further offer
				}
				require.False(t, spoken[a.SpokenText()], "in circles: %s", a.SpokenText())
				spoken[a.SpokenText()] = true
			}
		})
	}
}
