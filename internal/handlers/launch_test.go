package handlers_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/feed"
	"lastpost/internal/handlers/conversation"
)

// breadPosts returns posts with texts, the newest of them an episode.
func breadPosts() []feed.Entry {
	return []feed.Entry{
		withText(postOn("2026-03-07", "Rye bread"), "<p>Rye needs a sour dough and a day of patience. Then bake it.</p>"),
		withText(postOn("2026-03-03", "White bread"), "<p>White bread. This is the bread that everyone bakes first. It is easy.</p>"),
	}
}

const (
	ofRye      = "Rye bread. Rye needs a sour dough and a day of patience. "
	latestRye  = "The latest post is from last Saturday: " + ofRye
	welcome    = "Welcome to half elf. "
	welcomed   = "Welcome back. "
	nothingYet = "There's nothing new since your last visit. "
)

// TestLaunchOffersNewestPost requires that each launch of a listener says what is new since the visit before.
func TestLaunchOffersNewestPost(t *testing.T) {
	s := newFixture(t, saturday, breadPosts()...)
	open := func(user string) string {
		k := s.newSession(t, "AudioPlayer")
		k.user = user
		return k.send(launch()).SpokenText()
	}
	require.Equal(t, welcome+latestRye+asksRead, open("ann"), "a first visit")
	require.Equal(t, welcomed+nothingYet+latestRye+asksRead, open("ann"), "nothing new")
	s.publish(t, withText(postOn("2026-03-12", "Rolls"), "<p>Rolls! They take less than an hour to bake. Mix it all.</p>"))
	require.Equal(t, welcomed+"There's one new post since your last visit, from Thursday: Rolls. They take less than an hour to bake. "+asksRead, open("ann"))
	s.publish(t, postOn("2026-03-13", "A picture"), withEpisode(withText(postOn("2026-03-14", "Episode one"), "<p>We talk about flour.</p>"), "https://blog.test/1.mp3"))
	require.Equal(t, welcomed+"There are two new posts since your last visit. The newest is from today: Episode one. We talk about flour. "+asksPlay, open("ann"))
	require.Equal(t, welcome+"The latest post is from today: Episode one. We talk about flour. "+asksPlay, open("ben"), "another listener")
	require.Equal(t, welcome+"The latest post is from today: Episode one. We talk about flour. "+asksRead, s.send(t, launch()).SpokenText(), "a device without a player, an unknown listener")
}

func TestLaunchSettings(t *testing.T) {
	episode := withEpisode(withText(postOn("2026-03-11", "Episode nine"), "<p>Notes of the show.</p>"), "https://blog.test/9.mp3")
	insecure := withEpisode(withText(postOn("2026-03-12", "Episode ten"), "<p>We talk about salt for an hour.</p>"), "http://blog.test/10.mp3")
	const ofTen = "The latest post is from Thursday: Episode ten. We talk about salt for an hour. "
	for _, row := range []struct {
		claim, launch string
		device        []string
		posts         []feed.Entry
		want          string
		plays         string
	}{
		{"offer is the default", "", nil, breadPosts(), latestRye + asksRead, ""},
		{"offer", "offer", nil, breadPosts(), latestRye + asksRead, ""},
		{"read reads at once", "read", nil, breadPosts(), "Rye bread. From last Saturday. Rye needs a sour dough and a day of patience. Then bake it.", ""},
		{"read offers a post without a text", "read", nil, magazinePosts()[1:3], "The latest post is from Thursday: A picture. " + asksOlder, ""},
		{"play plays at once", "play", []string{"AudioPlayer"}, append(breadPosts(), episode), "Here's Episode nine, from Wednesday.", "https://blog.test/9.mp3"},
		{"play takes the newest episode that Alexa accepts", "play", []string{"AudioPlayer"}, append(breadPosts(), episode, insecure), "Here's Episode nine, from Wednesday.", "https://blog.test/9.mp3"},
		{"play offers, if Alexa accepts no episode", "play", []string{"AudioPlayer"}, append(breadPosts(), insecure), ofTen + asksRead, ""},
		{"play offers on a device without a player", "play", nil, append(breadPosts(), insecure, episode), ofTen + asksRead, ""},
		{"play offers without episodes", "play", []string{"AudioPlayer"}, breadPosts(), latestRye + asksRead, ""},
		{"list names the newest three", "list", nil, magazinePosts(), "Here are the newest posts. Number one: Fresh bread. Number two: A picture. Number three: Episode nine. " + asksWhich, ""},
		{"list offers a single post", "list", nil, breadPosts()[:1], latestRye + asksRead, ""},
		{"an unknown value offers", "dance", nil, breadPosts(), latestRye + asksRead, ""},
	} {
		t.Run(row.claim, func(t *testing.T) {
			s := newFixture(t, saturday, row.posts...)
			s.Settings = conversation.Preferences{Launch: row.launch}
			a := s.newSession(t, row.device...).send(launch())
			require.True(t, strings.HasPrefix(a.SpokenText(), welcome+row.want), a.SpokenText())
			played := ""
			if play := a.Play(); play != nil {
				played = play.URL
			}
			require.Equal(t, row.plays, played)
		})
	}
}

// TestLaunchWithoutPosts requires the same answer with each setting.
func TestLaunchWithoutPosts(t *testing.T) {
	for _, setting := range []string{"", "offer", "read", "play", "list"} {
		s := newFixture(t, saturday)
		s.Settings = conversation.Preferences{Launch: setting}
		a := s.newSession(t, "AudioPlayer").send(launch())
		require.Equal(t, welcome+"I don't have any posts from half elf yet. Try again in a few minutes.", a.SpokenText())
		require.True(t, a.HasEnded())
	}
}

// TestNumberAfterLaunchWithList requires that a number selects a post of the list that the launch named.
func TestNumberAfterLaunchWithList(t *testing.T) {
	s := newFixture(t, saturday, breadPosts()...)
	s.Settings = conversation.Preferences{Launch: "list"}
	k := s.newSession(t)
	sendAll(k, "launch", "SelectPostIntent:2")
	require.Contains(t, k.last.SpokenText(), "White bread. From last Tuesday.")
}

// TestOperatorsOwnWords requires the operator's greeting and goodbye wherever the skill greets or says goodbye.
func TestOperatorsOwnWords(t *testing.T) {
	s := newFixture(t, saturday, breadPosts()...)
	s.Settings = conversation.Preferences{Greeting: " Fresh from the oven & <hot> ", Goodbye: "Keep baking!"}
	k := s.newSession(t)
	k.user = "ann"
	require.Equal(t, "Fresh from the oven & <hot>. "+latestRye+asksRead, k.send(launch()).SpokenText())
	require.Equal(t, "Keep baking!", k.send(intent("AMAZON.StopIntent")).SpokenText())
	require.Equal(t, "Fresh from the oven & <hot>. "+nothingYet+latestRye+asksRead, k.send(launch()).SpokenText(), "also for a returning listener")
	require.Equal(t, "Keep baking!", k.send(intent("AMAZON.CancelIntent")).SpokenText())
	sendAll(k, "launch", "AMAZON.NoIntent")
	require.Equal(t, "Keep baking!", k.send(intent("AMAZON.NoIntent")).SpokenText())
	require.Equal(t, "Keep baking!", s.send(t, withoutSession(intent("AMAZON.NavigateHomeIntent"))).SpokenText())
}

// TestBlogNameIsFeedTitle requires that the blog is called by the current title of its feed.
func TestBlogNameIsFeedTitle(t *testing.T) {
	s := newFixture(t, saturday, breadPosts()...)
	title := ""
	s.Title = func() string { return title }
	require.True(t, strings.HasPrefix(s.send(t, launch()).SpokenText(), "Welcome to half elf. "), "the title is not known yet")
	for feedTitle, want := range map[string]string{
		"Bread & Butter": "Bread & Butter", "🍞": "half elf", strings.Repeat("bread ", 500): strings.TrimSpace(strings.Repeat("bread ", 8)),
		"</speak><audio src='x'/>": "</speak><audio src='x'/>", "Bread – what my family bakes on the weekends of winter": "Bread",
	} {
		title = feedTitle
		a := s.send(t, launch())
		require.True(t, strings.HasPrefix(a.SpokenText(), "Welcome to "+want+". "), a.SpokenText())
		require.Equal(t, want, s.send(t, intent("ListPostsIntent")).Body.Card.Title)
	}
}

// TestHostileBeginning requires that a hostile text does not push the question out of the answer.
func TestHostileBeginning(t *testing.T) {
	s := newFixture(t, saturday, withText(postOn("2026-03-07", strings.Repeat("title ", 2000)), "<p>"+strings.Repeat("&amp;&lt;", 20_000)+"</p><p>"+strings.Repeat("🥖 ab ", 9000)))
	a := s.send(t, launch())
	require.True(t, strings.HasSuffix(a.SpokenText(), asksRead))
	require.Less(t, len(a.SpokenText()), 1500)
}
