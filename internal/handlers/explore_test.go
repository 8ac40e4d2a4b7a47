package handlers_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/alexa"
)

func TestCountPosts(t *testing.T) {
	k := newFixture(t, saturday, gardenPosts(8)...).newSession(t)
	k.expect("There are eight posts in all. "+asksList, "CountPostsIntent")
	k = newFixture(t, saturday, gardenPosts(1)...).newSession(t)
	k.expect("There's just one post. "+asksWhat, "CountPostsIntent")
	require.Contains(t, newFixture(t, saturday).newSession(t).send(intent("CountPostsIntent")).SpokenText(), "any posts")
}

// TestCountOffersTheList requires that a count of a period or category offers to list the posts, and that yes, "list
// them", "repeat" and a number refer to these posts.
func TestCountOffersTheList(t *testing.T) {
	posts := append(gardenPosts(8), postOn("2026-03-14", "Bread"))
	for request, want := range map[string]string{
		"CountPostsIntent:": "There are nine posts in all.", "CountPostsIntent:2026-W10": "Last week there were two posts.", "CountPostsIntent:Category=Garden": "There are eight posts in Garden.",
	} {
		k := newFixture(t, saturday, posts...).newSession(t)
		sendAll(k, "launch", request)
		require.True(t, strings.HasPrefix(k.last.SpokenText(), want), k.last.SpokenText())
		require.True(t, strings.HasSuffix(k.last.SpokenText(), " "+asksList), k.last.SpokenText())
		first := map[string]string{"CountPostsIntent:2026-W10": "Post 7", "CountPostsIntent:Category=Garden": "Post 1", "CountPostsIntent:": "Post 1"}[request]
		for _, next := range []string{"AMAZON.YesIntent", "ListPostsIntent:", "BackToListIntent", "AMAZON.NextIntent", "AMAZON.ResumeIntent"} {
			listed := *k
			require.Contains(t, listed.send(parseRequest(next)).SpokenText(), first, "%s: %s", request, next)
		}
		repeated := *k
		require.Equal(t, k.last.SpokenText(), repeated.send(intent("AMAZON.RepeatIntent")).SpokenText())
		refused := *k
		require.Equal(t, "All right. "+asksElse, refused.send(intent("AMAZON.NoIntent")).SpokenText())
	}
}

// TestCountOfFewPosts requires that a single post is announced, and that an empty period or category is explained.
func TestCountOfFewPosts(t *testing.T) {
	s := newFixture(t, saturday, magazinePosts()...)
	for date, same := range map[string]string{"2026-01": "2026-01", "2019": "2019", "?": "?"} {
		want := s.send(t, intent("LastPostIntent", "Date", same)).SpokenText()
		if date == "?" {
			require.Contains(t, s.send(t, intent("CountPostsIntent", "Date", date)).SpokenText(), "There are nine posts")
			continue
		}
		require.Equal(t, want, s.send(t, intent("CountPostsIntent", "Date", date)).SpokenText(), date)
	}
	one := s.send(t, intent("CategoryPostsIntent", "Category", "Food")).SpokenText()
	require.Equal(t, one, s.send(t, intent("CountPostsIntent", "Category", "Food")).SpokenText())
	none := s.send(t, intent("CategoryPostsIntent", "Category", "cars")).SpokenText()
	require.Equal(t, none, s.send(t, intent("CountPostsIntent", "Category", "cars")).SpokenText())
	unclear := s.send(t, intent("CategoryPostsIntent", "Category", "?")).SpokenText()
	require.Equal(t, unclear, s.send(t, intent("CountPostsIntent", "Category", "?")).SpokenText())
}

func TestCountWithBrokenStore(t *testing.T) {
	k := newFixture(t, saturday, gardenPosts(8)...).newSession(t)
	k.Store = &readCounter{PostStore: k.Store, err: errors.New("disk")}
	sendAll(k, "CountPostsIntent:Category=garden")
	require.Equal(t, "count category posts", k.logLines(t)[0]["operation"])
}

func TestOldestPost(t *testing.T) {
	k := newFixture(t, saturday, magazinePosts()...).newSession(t)
	k.expect("The oldest post I have is from December 25, 2025: The first post. "+asksRead, "OldestPostIntent")
	require.Contains(t, newFixture(t, saturday).newSession(t).send(intent("OldestPostIntent")).SpokenText(), "any posts")
}

// TestRandomPost requires that each post is chosen sometimes, and never the current one.
func TestRandomPost(t *testing.T) {
	s := newFixture(t, saturday, gardenPosts(3)...)
	chosen := map[string]int{}
	for i := range 60 {
		k := s.newSession(t)
		sendAll(k, "launch")
		e := intent("RandomPostIntent")
		e.Request.RequestID = fmt.Sprint("request", i)
		k.send(e)
		title := k.last.Body.Card.Title
		require.NotEqual(t, "Post 1", title, "the launch has just named it")
		chosen[title]++
	}
	require.Len(t, chosen, 2)
	single := newFixture(t, saturday, gardenPosts(1)...).newSession(t)
	sendAll(single, "launch", "RandomPostIntent")
	require.Contains(t, single.last.SpokenText(), "Post 1")
	require.Contains(t, newFixture(t, saturday).newSession(t).send(intent("RandomPostIntent")).SpokenText(), "any posts")
}

func TestLastOne(t *testing.T) {
	k := newFixture(t, saturday, gardenPosts(8)...).newSession(t)
	sendAll(k, "ListPostsIntent:", "AMAZON.NextIntent", "ReadLastIntent")
	require.Contains(t, k.last.SpokenText(), "Post 6. From", "in a list it is the last one of the page")
	sendAll(k, "ReadLastIntent")
	require.Contains(t, k.last.SpokenText(), "Post 1. From", "while a post is read it is the latest post")
	require.Contains(t, newFixture(t, saturday).newSession(t).send(intent("ReadLastIntent")).SpokenText(), "any posts")
}

// TestBackToList requires that "go back to the list" names the page that was named last, also after a post of it was
// read or a question was asked.
func TestBackToList(t *testing.T) {
	for _, list := range []string{"ListPostsIntent:", "ListPostsIntent:2026-03", "SearchPostsIntent:roses", "CategoryPostsIntent:garden"} {
		k := newFixture(t, saturday, gardenPosts(8)...).newSession(t)
		sendAll(k, list, "AMAZON.NextIntent", "SelectPostIntent:5", "AuthorIntent", "AMAZON.NextIntent")
		k.expect(numberedTitles(4, 6)+asksWhich, "BackToListIntent")
	}
	k := newFixture(t, saturday, gardenPosts(8)...).newSession(t)
	sendAll(k, "ListPostsIntent:", "ReadAllIntent", "BackToListIntent")
	require.Contains(t, k.last.SpokenText(), numberedTitles(7, 8), "after its posts were read one after the other")
	k = newFixture(t, saturday, gardenPosts(8)...).newSession(t)
	sendAll(k, "BackToListIntent")
	require.Contains(t, k.last.SpokenText(), numberedTitles(1, 3), "without a list it lists the newest")
}

// TestPlayNumber requires that "play number two" plays an episode at once, where "number two" only offers it.
func TestPlayNumber(t *testing.T) {
	k := newFixture(t, saturday, magazinePosts()...).newSession(t, "AudioPlayer")
	sendAll(k, "ListPostsIntent:")
	offered, text, unknown := *k, *k, *k
	require.Nil(t, offered.send(intent("SelectPostIntent", "Number", "3")).Play())
	require.Equal(t, "https://blog.test/9.mp3", k.send(intent("PlayNumberIntent", "Number", "3")).Play().URL)
	sendAll(&text, "PlayNumberIntent:1")
	require.Contains(t, text.last.SpokenText(), "Fresh bread. This post doesn't", "a post without an episode says so")
	require.True(t, strings.HasSuffix(text.last.SpokenText(), asksRead))
	sendAll(&unknown, "PlayNumberIntent:99")
	require.Contains(t, unknown.last.SpokenText(), "number 99")
	beyond := newFixture(t, saturday, magazinePosts()...).newSession(t, "AudioPlayer")
	sendAll(beyond, "ListPostsIntent:", "PlayNumberIntent:8")
	require.Equal(t, "https://blog.test/8.mp3", beyond.last.Play().URL)
	first := newFixture(t, saturday, magazinePosts()...).newSession(t, "AudioPlayer")
	sendAll(first, "PlayNumberIntent:3")
	require.Contains(t, first.last.SpokenText(), "Number one: Fresh bread.")
}

// TestAsides requires that the requests that only Alexa can fulfill name the words for Alexa, and end the session of an
// episode that plays.
func TestAsides(t *testing.T) {
	for intent, want := range map[string]string{
		"VolumeIntent":    "Just say “Alexa, louder”, or “Alexa, quieter”.",
		"SpeedIntent":     "Just say “Alexa, speak slower”, or “Alexa, speak faster”.",
		"ClockIntent":     "I only know about half elf. When we're done, just ask Alexa.",
		"MultiRoomIntent": "Sorry, I can only play on the device you're talking to. To hear it in another room, ask the device there.",
	} {
		k := newFixture(t, saturday, magazinePosts()...).newSession(t, "AudioPlayer")
		sendAll(k, "launch", intent)
		require.Equal(t, want+" "+asksRead, k.last.SpokenText())
		playing := newFixture(t, saturday, magazinePosts()...).newSession(t, "AudioPlayer")
		playing.player = alexa.Playback{Token: magazinePosts()[2].ID, Activity: "STOPPED"}
		sendAll(playing, intent)
		require.True(t, playing.last.HasEnded(), intent)
	}
}

// TestSearchForStopWords requires that a search for words that each post has asks what to look for.
func TestSearchForStopWords(t *testing.T) {
	for _, words := range []string{"the", "of the", "The", "a", "something", "it", "a post"} {
		k := newFixture(t, saturday, gardenPosts(8)...).newSession(t)
		sendAll(k, "ListPostsIntent:", "SearchPostsIntent:"+words)
		require.Equal(t, asksSearch, k.last.SpokenText(), words)
	}
	k := newFixture(t, saturday, withText(postOn("2026-03-13", "The Who"), "<p>Rock.</p>")).newSession(t)
	sendAll(k, "SearchPostsIntent:the who")
	require.Contains(t, k.last.SpokenText(), "The Who.")
}

// TestUnknownCategory requires that an unknown category names some that exist, and offers the posts that mention it.
func TestUnknownCategory(t *testing.T) {
	k := newFixture(t, saturday, magazinePosts()...).newSession(t)
	k.expect("I don't have a category called cars. I have posts in Garden and Food. "+asksWhat, "CategoryPostsIntent", "Category", "cars")
	k.expect("I don't have a category called spade. I have posts in Garden and Food. I found one post about spade. It's from last Tuesday: Garden tools. "+
		asksRead, "CategoryPostsIntent", "Category", "spade")
	k.expect("I don't have a category called it. I have posts in Garden and Food. "+asksWhat, "CategoryPostsIntent", "Category", "it")
	k = newFixture(t, saturday, append(gardenPosts(8), withCategories(postOn("2026-03-01", "Bread"), "Food"))...).newSession(t)
	k.expect("I don't have a category called roses. I have posts in Garden and Food. But I found posts about roses. "+asksList,
		"CategoryPostsIntent", "Category", "roses")
	require.Contains(t, k.send(intent("AMAZON.YesIntent")).SpokenText(), numberedTitles(1, 3))
}
