package handlers_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/alexa"
	"lastpost/internal/feed"
)

// withAuthors adds authors to a post.
func withAuthors(p feed.Entry, names ...string) feed.Entry {
	p.Authors = names
	return p
}

// questions are the intents that ask about a post.
func questions() []string {
	return []string{"AuthorIntent", "PostDateIntent", "SummaryIntent", "LengthIntent"}
}

func TestWhoWroteIt(t *testing.T) {
	for _, row := range []struct {
		claim, want string
		authors     []string
	}{
		{"one author", "It's by Ada.", []string{"Ada"}},
		{"two authors", "It's by Ada and Bob.", []string{"Ada", "Bob"}},
		{"three authors", "It's by Ada, Bob, and Cleo.", []string{"Ada", "Bob", "Cleo"}},
		{"no author", "The blog doesn't say who wrote it.", nil},
		{"the blog as the only author", "The blog doesn't say who wrote it.", []string{"Half Elf"}},
	} {
		t.Run(row.claim, func(t *testing.T) {
			k := newFixture(t, saturday, withAuthors(withText(postOn("2026-03-13", "Bread"), "<p>Rye.</p>"), row.authors...)).newSession(t)
			sendAll(k, "launch", "AuthorIntent")
			require.Equal(t, row.want+" "+asksRead, k.last.SpokenText())
		})
	}
}

func TestWhenWasItPosted(t *testing.T) {
	undated := postOn("2026-03-13", "Bread")
	undated.Published = feed.Post{}.Published
	k := newFixture(t, saturday, withText(postOn("2026-03-13", "Bread"), "<p>Rye.</p>")).newSession(t)
	sendAll(k, "launch", "PostDateIntent")
	require.Equal(t, "It's from yesterday. "+asksRead, k.last.SpokenText())

	old := withText(postOn("2026-03-01", "Old bread"), "<p>Rye.</p>")
	k = newFixture(t, saturday, old, withText(undated, "<p>Wheat.</p>")).newSession(t)
	sendAll(k, "SearchPostsIntent:wheat", "PostDateIntent")
	require.Equal(t, "The blog doesn't give a date for it. "+asksRead, k.last.SpokenText())
}

// TestQuestionsAboutTheLatestPost requires that a question without a conversation is about the latest post, and that the
// answer names it.
func TestQuestionsAboutTheLatestPost(t *testing.T) {
	for intent, want := range map[string]string{
		"AuthorIntent": "It's by Ada.", "SummaryIntent": "It starts like this: Rye.",
		"LengthIntent": "It takes less than a minute to read.",
	} {
		s := newFixture(t, saturday, withAuthors(withText(postOn("2026-03-13", "Bread"), "<p>Rye.</p>"), "Ada"))
		k := s.newSession(t)
		latest := s.send(t, lastPost("")).statement()
		sendAll(k, intent)
		require.Equal(t, latest+" "+want+" "+asksRead, k.last.SpokenText(), intent)
		sendAll(k, "AMAZON.YesIntent")
		require.Contains(t, k.last.SpokenText(), "Bread. From yesterday. Rye.")
	}
	s := newFixture(t, saturday, postOn("2026-03-13", "Bread"))
	latest := s.send(t, lastPost("")).SpokenText()
	require.Equal(t, latest, s.send(t, intent("PostDateIntent")).SpokenText(), "the announcement says the date")
	for _, intent := range questions() {
		require.Contains(t, newFixture(t, saturday).newSession(t).send(parseRequest(intent)).SpokenText(), "any posts", intent)
	}
}

// TestQuestionsKeepThePlace asks in the middle of a post, of a list and of an offer. The next yes must be the answer to
// the question before.
func TestQuestionsKeepThePlace(t *testing.T) {
	for _, intent := range append(questions(), "VolumeIntent", "SpeedIntent", "ClockIntent", "MultiRoomIntent", "CountPostsIntent:",
		"CountPostsIntent:2026-03", "CountPostsIntent:Category=Garden") {
		for _, before := range [][]string{
			{"ReadPostIntent:2026-03-13"}, {"ReadPostIntent:2026-03-13", "AMAZON.YesIntent"}, {"ReadPostIntent:2026-03-09"},
		} {
			asked := newFixture(t, saturday, magazinePosts()...).newSession(t)
			plain := newFixture(t, saturday, magazinePosts()...).newSession(t)
			sendAll(asked, append(before, intent, "AMAZON.YesIntent")...)
			sendAll(plain, append(before, "AMAZON.YesIntent")...)
			require.Equal(t, plain.last.SpokenText(), asked.last.SpokenText(), "%s after %s", intent, before)
		}
		posts := []feed.Entry{withText(postOn("2026-03-13", "Long"), longText(60)), withText(postOn("2026-03-12", "Longer"), longText(60))}
		asked, plain := newFixture(t, saturday, posts...).newSession(t), newFixture(t, saturday, posts...).newSession(t)
		sendAll(asked, "ListPostsIntent:", "ReadAllIntent", intent, "AMAZON.YesIntent")
		sendAll(plain, "ListPostsIntent:", "ReadAllIntent", "AMAZON.YesIntent")
		require.Equal(t, plain.last.SpokenText(), asked.last.SpokenText(), "%s while posts are read one after the other", intent)
	}
	for _, intent := range append(questions(), "VolumeIntent", "SpeedIntent", "ClockIntent", "MultiRoomIntent", "CountPostsIntent:") {
		k := newFixture(t, saturday, gardenPosts(8)...).newSession(t)
		sendAll(k, "ListPostsIntent:", intent, "SelectPostIntent:2")
		require.Contains(t, k.last.SpokenText(), "Post 2. From", intent)
	}
}

// TestQuestionsInAList requires that a question about a list of several posts asks for a choice, and that a list of one
// post is about this post.
func TestQuestionsInAList(t *testing.T) {
	for _, intent := range questions() {
		k := newFixture(t, saturday, gardenPosts(4)...).newSession(t)
		sendAll(k, "ListPostsIntent:", intent)
		require.Equal(t, "I can tell you that once you've picked one. "+asksWhich, k.last.SpokenText(), intent)
		sendAll(k, "AMAZON.NextIntent", intent)
		require.NotContains(t, k.last.SpokenText(), "picked one", intent)
	}
}

// TestQuestionsAboutTheOfferedPost requires that after a post was read, its author and date are asked, but the length and
// the contents of the next post, which the skill offers.
func TestQuestionsAboutTheOfferedPost(t *testing.T) {
	posts := []feed.Entry{
		withAuthors(withText(postOn("2026-03-13", "Bread"), "<p>Rye.</p>"), "Ada"),
		withAuthors(withText(postOn("2026-03-12", "Cake"), "<p>Sugar.</p>"), "Bob"),
	}
	for intent, want := range map[string]string{
		"AuthorIntent": "Bread. It's by Ada.", "PostDateIntent": "Bread. It's from yesterday.", "SummaryIntent": "Cake. It starts like this: Sugar.",
		"LengthIntent": "Cake. It takes less than a minute to read.",
	} {
		k := newFixture(t, saturday, posts...).newSession(t)
		sendAll(k, "ReadPostIntent:2026-03-13", intent)
		require.True(t, len(k.last.SpokenText()) > len(want) && k.last.SpokenText()[:len(want)] == want, k.last.SpokenText())
		sendAll(k, "AMAZON.YesIntent")
		require.Contains(t, k.last.SpokenText(), "Cake. From")
	}
}

func TestSummary(t *testing.T) {
	for _, row := range []struct {
		claim string
		post  feed.Entry
		want  string
	}{
		{"the first sentences", withText(postOn("2026-03-13", "Bread"), "<p>Rye is good. Wheat is better.</p>"), "It starts like this: Rye is good. Wheat is better."},
		{"the title is not a summary", withText(postOn("2026-03-13", "Bread"), "<h1>Bread</h1><p>Rye.</p>"), "It starts like this: Rye."},
		{"a post with only a title", postOn("2026-03-13", "A picture"), "All I have is the title."},
	} {
		t.Run(row.claim, func(t *testing.T) {
			k := newFixture(t, saturday, row.post).newSession(t)
			sendAll(k, "launch", "SummaryIntent")
			require.Equal(t, row.want, k.last.statement())
		})
	}
	k := newFixture(t, saturday, withText(postOn("2026-03-13", "Bread"), "<p>Rye.</p>")).newSession(t)
	sendAll(k, "launch", "AMAZON.NoIntent", "SummaryIntent")
	require.Equal(t, "It starts like this: Rye. "+asksRead, k.last.SpokenText(), "offers to read also after a no")
}

func TestHowLongIsIt(t *testing.T) {
	minutes := func(n int) feed.Entry { return withText(postOn("2026-03-13", "Bread"), longText(3*n)) } // 3 paragraphs are about a minute
	for _, row := range []struct {
		claim string
		post  feed.Entry
		want  string
	}{
		{"a short text", withText(postOn("2026-03-13", "Bread"), "<p>Rye.</p>"), "It takes less than a minute to read."},
		{"a minute", minutes(1), "It takes about one minute to read."},
		{"several minutes", minutes(5), "It takes about five minutes to read."},
		{"no text", postOn("2026-03-13", "A picture"), "All I have is the title."},
		{"an episode alone", withEpisode(postOn("2026-03-13", "Show"), "https://blog.test/9.mp3"), "I don't know how long the episode is."},
		{"an episode with a text", withEpisode(minutes(2), "https://blog.test/9.mp3"), "I don't know how long the episode is. The text takes about two minutes to read."},
	} {
		t.Run(row.claim, func(t *testing.T) {
			k := newFixture(t, saturday, row.post).newSession(t, "AudioPlayer")
			sendAll(k, "launch", "LengthIntent")
			require.Equal(t, row.want, k.last.statement())
		})
	}
	k := newFixture(t, saturday, minutes(5)).newSession(t)
	sendAll(k, "ReadPostIntent:", "AMAZON.YesIntent", "LengthIntent")
	require.Equal(t, "It takes about five minutes to read. There are about four minutes left. "+asksOn, k.last.SpokenText())
	for range 4 {
		sendAll(k, "AMAZON.YesIntent", "LengthIntent")
	}
	require.Contains(t, k.last.SpokenText(), "about one minute left. ")
}

// TestQuestionsAboutAnEpisode requires that a question while an episode plays is about the episode, and that the session
// ends, so that the episode goes on.
func TestQuestionsAboutAnEpisode(t *testing.T) {
	posts := magazinePosts()
	posts[2].Authors = []string{"Ada"}
	for intent, want := range map[string]string{
		"AuthorIntent": "It's by Ada.", "PostDateIntent": "", "SummaryIntent": "It starts like this: Notes of the show.",
		"LengthIntent": "I don't know how long the episode is.",
		"SpeedIntent":  "Sorry, I can't change the speed of an episode.",
	} {
		k := newFixture(t, saturday, posts...).newSession(t, "AudioPlayer")
		k.player = alexa.Playback{Token: posts[2].ID, Activity: "PLAYING"}
		sendAll(k, intent)
		require.True(t, k.last.HasEnded(), intent)
		if want != "" {
			require.Equal(t, want, k.last.SpokenText(), intent)
		}
	}
}
