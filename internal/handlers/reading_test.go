package handlers_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/feed"
	"lastpost/internal/phrases"
	"lastpost/internal/speech"
)

// longNovel returns a post of more than 20,000 words with markup and content that cannot be read aloud.
func longNovel() string {
	var html strings.Builder
	for chapter := range 50 {
		fmt.Fprintf(&html, "<h2>Chapter %d</h2>", chapter+1)
		for paragraph := range 8 {
			fmt.Fprintf(&html, "<p>This is &lt;%d.%d&gt;, &amp; it says “so”. %s Doesn't it?</p>", chapter+1, paragraph+1,
				strings.Repeat(fmt.Sprintf("Sentence after sentence goes by in chapter %d. ", chapter+1), 5))
		}
		html.WriteString("<blockquote><p>Somebody else said this.</p></blockquote><ul><li>one</li><li>two</li></ul><pre>a\nb</pre>")
	}
	return html.String()
}

// wantText returns the whole spoken text of a post.
func wantText(t testing.TB, s *fixture, html string) string {
	t.Helper()
	language := s.Catalog.Language("en-US")
	say := func(m phrases.Message) string { return language.Say(m, phrases.Params{}) }
	return speech.Parse(html, speech.Announcements{
		Quote: say(phrases.Quote), Video: say(phrases.Video), Audio: say(phrases.Sound), Embed: say(phrases.Embed),
		Code:  func(lines int) string { return language.Say(phrases.Code, phrases.Params{Count: lines}) },
		Table: func(r, c int) string { return language.Say(phrases.Table, phrases.Params{Count: r, Number: c}) },
	}).String()
}

func TestReadsNovelToEnd(t *testing.T) {
	s := newFixture(t, saturday, withText(postOn("2026-03-13", "A novel"), longNovel()), withText(postOn("2026-03-12", "A poem"), "<p>It rhymes.</p>"))
	want := wantText(t, s, longNovel())
	require.Greater(t, len(strings.Fields(want)), 20_000)

	k := s.newSession(t)
	a := k.send(intent("ReadPostIntent"))
	spoken := strings.TrimPrefix(a.statement(), "A novel. From yesterday. ")
	require.Equal(t, "A novel. From yesterday. "+spoken, a.statement())
	parts := 1
	for ; strings.HasSuffix(a.SpokenText(), asksOn); parts++ {
		require.Regexp(t, `[.!?:][”"]?$`, a.statement(), "a turn ends with a sentence")
		require.Less(t, len(a.Body.OutputSpeech.SSML), 2000)
		a = k.send(intent("AMAZON.YesIntent"))
		spoken += " " + a.statement()
	}
	const end = " That's the end. The one before it is from Thursday: A poem. Should I keep going?"
	require.True(t, strings.HasSuffix(a.SpokenText(), end), a.SpokenText())
	require.Equal(t, want, strings.TrimSuffix(spoken, strings.TrimSuffix(end, " "+asksNext)))
	require.Greater(t, parts, 80)
	k.expect("A poem. From Thursday. It rhymes. That's the end, and it's the oldest post I have. "+asksElse, "AMAZON.YesIntent")
}

// TestRepeatOfRemovedPost requires that the answer to "repeat" says that the post was removed, before it names another
// post.
func TestRepeatOfRemovedPost(t *testing.T) {
	k := newFixture(t, saturday, gardenPosts(3)...).newSession(t)
	sendAll(k, "LastPostIntent:2026-03-13")
	k.expect("This one is from yesterday: Post 2. "+asksRead, "AMAZON.RepeatIntent")
	_, _, err := k.archive.Forget(t.Context(), gardenPosts(3)[1].ID)
	require.NoError(t, err)
	k.expect("That post isn't there anymore. The latest post is from today: Post 1. "+asksRead, "AMAZON.RepeatIntent")
}

// midPostSession returns a session in which the second of a post's three parts was read. The blog also has a newer and
// an older post.
func midPostSession(t *testing.T) *session {
	k := newFixture(t, saturday,
		withText(postOn("2026-03-13", "Newer"), "<p>New.</p>"), withText(postOn("2026-03-12", "Long"), longText(6)), withText(postOn("2026-03-11", "Older"), "<p>Old.</p>"),
	).newSession(t)
	sendAll(k, "ReadPostIntent:2026-03-12", "AMAZON.YesIntent")
	require.True(t, strings.HasPrefix(k.last.SpokenText(), "Paragraph 3 begins here."), k.last.SpokenText())
	return k
}

// TestMidPostRequests requires the expected answer to requests in the middle of a post.
func TestMidPostRequests(t *testing.T) {
	const again = "Long. From Thursday. Paragraph 1 begins here."
	for _, row := range []struct {
		claim    string
		requests []string
		want     string // beginning of the last answer
		asks     string
	}{
		{"yes goes on", []string{"AMAZON.YesIntent"}, "Paragraph 5 begins here.", asksNext},
		{"continue goes on", []string{"AMAZON.ResumeIntent"}, "Paragraph 5 begins here.", asksNext},
		{"repeat says the part again", []string{"AMAZON.RepeatIntent"}, "Paragraph 3 begins here.", asksOn},
		{"a second repeat says the part again", []string{"AMAZON.RepeatIntent", "AMAZON.RepeatIntent"}, "Paragraph 3 begins here.", asksOn},
		{"yes goes on after the repeated part", []string{"AMAZON.RepeatIntent", "AMAZON.YesIntent"}, "Paragraph 5 begins here.", asksNext},
		{"start over begins again", []string{"AMAZON.StartOverIntent"}, again, asksOn},
		{"after start over yes goes on with the second part", []string{"AMAZON.StartOverIntent", "AMAZON.YesIntent"}, "Paragraph 3 begins here.", asksOn},
		{"read it begins again", []string{"ReadPostIntent:"}, again, asksOn},
		{"next announces the older post", []string{"AMAZON.NextIntent"}, "The one before that is from Wednesday: Older.", asksRead},
		{"previous announces the newer post", []string{"AMAZON.PreviousIntent"}, "The one after that is from yesterday: Newer.", asksRead},
		{"after help yes goes on", []string{"AMAZON.HelpIntent", "AMAZON.YesIntent"}, "Paragraph 5 begins here.", asksNext},
		{"after words that were not understood yes goes on", []string{"AMAZON.FallbackIntent", "AMAZON.YesIntent"}, "Paragraph 5 begins here.", asksNext},
		{"after a no continue goes on", []string{"AMAZON.NoIntent", "AMAZON.ResumeIntent"}, "Paragraph 5 begins here.", asksNext},
		{"after a search without results continue goes on", []string{"SearchPostsIntent:submarines", "AMAZON.ResumeIntent"}, "Paragraph 5 begins here.", asksNext},
		{"at the end yes reads the next post", []string{"AMAZON.YesIntent", "AMAZON.YesIntent"}, "Older. From Wednesday. Old.", asksElse},
		{"at the end next reads the next post", []string{"AMAZON.YesIntent", "AMAZON.NextIntent"}, "Older. From Wednesday. Old.", asksElse},
		{"at the end continue reads the next post", []string{"AMAZON.YesIntent", "AMAZON.ResumeIntent"}, "Older. From Wednesday. Old.", asksElse},
		{"at the end read it reads the next post", []string{"AMAZON.YesIntent", "ReadPostIntent:"}, "Older. From Wednesday. Old.", asksElse},
		{"at the end repeat says the last part again", []string{"AMAZON.YesIntent", "AMAZON.RepeatIntent"}, "Paragraph 5 begins here.", asksNext},
		{"at the end start over begins again", []string{"AMAZON.YesIntent", "AMAZON.StartOverIntent"}, again, asksOn},
		{"after a no at the end continue offers the next post again", []string{"AMAZON.YesIntent", "AMAZON.NoIntent", "AMAZON.ResumeIntent"}, "That's the end. The one before it is from", asksNext},
		{"after a launch yes reads the latest post", []string{"launch", "AMAZON.YesIntent"}, "Newer. From yesterday. New.", asksNext},
	} {
		t.Run(row.claim, func(t *testing.T) {
			k := midPostSession(t)
			sendAll(k, row.requests...)
			require.True(t, strings.HasPrefix(k.last.SpokenText(), row.want), k.last.SpokenText())
			require.True(t, strings.HasSuffix(k.last.SpokenText(), row.asks), k.last.SpokenText())
		})
	}
}

// TestPostChangesWhileRead requires the expected answer after posts were edited or removed during the reading.
func TestPostChangesWhileRead(t *testing.T) {
	forget := func(p feed.Entry) func(*session) {
		return func(k *session) {
			_, forgotten, err := k.archive.Forget(k.t.Context(), p.ID)
			require.NoError(k.t, err)
			require.True(k.t, forgotten)
		}
	}
	publish := func(p feed.Entry) func(*session) { return func(k *session) { k.publish(k.t, p) } }
	middle := postOn("2026-03-12", "Long")
	for _, row := range []struct {
		claim    string
		happen   func(*session)
		requests []string
		want     string // beginning of the last answer
	}{
		{"an edited post begins again with a note", publish(withText(middle, longText(8))), []string{"AMAZON.YesIntent"},
			"The post has changed since we started, so I'll start over. Long. From Thursday. Paragraph 1 begins here."},
		{"after the note the edited post goes on", publish(withText(middle, longText(8))), []string{"AMAZON.YesIntent", "AMAZON.YesIntent"}, "Paragraph 3 begins here."},
		{"a part of an edited post cannot be repeated", publish(withText(middle, longText(8))), []string{"AMAZON.RepeatIntent"}, "The post has changed since we started"},
		{"a post that lost its text cannot be read", publish(middle), []string{"AMAZON.YesIntent"},
			"This post doesn't have any text for me to read. It's from Thursday: Long. Would you like the one before that?"},
		{"a new title changes nothing", func(k *session) {
			renamed := withText(middle, longText(6))
			renamed.Title = "Longer"
			k.publish(k.t, renamed)
		}, []string{"AMAZON.YesIntent"}, "Paragraph 5 begins here."},
		{"a new post changes nothing", publish(withText(postOn("2026-03-14", "Newest"), longText(2))), []string{"AMAZON.YesIntent"}, "Paragraph 5 begins here."},
		{"a new post does not change the next post", publish(withText(postOn("2026-03-14", "Newest"), longText(2))), []string{"AMAZON.YesIntent", "AMAZON.YesIntent"}, "Older. From Wednesday."},
		{"a removed post cannot go on", forget(middle), []string{"AMAZON.YesIntent"},
			"That post isn't there anymore. The latest post is from yesterday: Newer. Would you like me to read it?"},
		{"a removed post cannot start over", forget(middle), []string{"AMAZON.StartOverIntent"}, "That post isn't there anymore."},
		{"a removed post cannot be read", forget(middle), []string{"ReadPostIntent:"}, "That post isn't there anymore."},
		{"a removed post cannot be repeated", forget(middle), []string{"AMAZON.RepeatIntent"}, "That post isn't there anymore."},
		{"the post before a removed post is announced", forget(middle), []string{"AMAZON.NextIntent"}, "The one before that is from Wednesday: Older."},
		{"the post after a removed post is announced", forget(middle), []string{"AMAZON.PreviousIntent"}, "The one after that is from yesterday: Newer."},
	} {
		t.Run(row.claim, func(t *testing.T) {
			k := midPostSession(t)
			row.happen(k)
			sendAll(k, row.requests...)
			require.True(t, strings.HasPrefix(k.last.SpokenText(), row.want), k.last.SpokenText())
		})
	}
}

func TestReadsNextPostAfterRemoval(t *testing.T) {
	k := midPostSession(t)
	sendAll(k, "AMAZON.YesIntent")
	_, _, err := k.archive.Forget(t.Context(), postOn("2026-03-12", "Long").ID)
	require.NoError(t, err)
	k.expect("Older. From Wednesday. Old. That's the end, and it's the oldest post I have. "+asksElse, "AMAZON.YesIntent")
}

func TestOfferedPostIsRemoved(t *testing.T) {
	k := midPostSession(t)
	sendAll(k, "AMAZON.YesIntent")
	_, _, err := k.archive.Forget(t.Context(), postOn("2026-03-11", "Older").ID)
	require.NoError(t, err)
	k.expect("That's the oldest post I have. "+asksElse, "AMAZON.YesIntent")
}

// TestBrokenStoreWhileReading requires that the reading goes on at the same part after the store has recovered.
func TestBrokenStoreWhileReading(t *testing.T) {
	k := midPostSession(t)
	store := k.Store
	k.Store = &readCounter{PostStore: store, err: errors.New("disk")}
	k.publish(t, postOn("2026-03-14", "Newest")) // empties the cache
	k.expect("I can't look that up right now. "+asksElse, "AMAZON.YesIntent")
	require.Equal(t, "disk", k.logLines(t)[0]["error"])
	k.expect("I can't look that up right now. "+asksElse, "AMAZON.RepeatIntent")
	continued, begun := *k, *k
	begun.expect("I can't look that up right now. "+asksElse, "AMAZON.StartOverIntent")
	k.Store = store
	require.True(t, strings.HasPrefix(continued.send(intent("AMAZON.ResumeIntent")).SpokenText(), "Paragraph 5 begins here."))
	require.True(t, strings.HasPrefix(begun.send(intent("ReadPostIntent")).SpokenText(), "Long. From Thursday."))
}

func TestChoosesPostToRead(t *testing.T) {
	for _, row := range []struct {
		claim    string
		requests []string
		want     string // what the last answer begins with
	}{
		{"by default the latest is read", []string{"ReadPostIntent:"}, "Fresh bread. From yesterday. Paragraph 1"},
		{"an announced post is read", []string{"LastPostIntent:2026-03-09", "ReadPostIntent:"}, "Garden plans. From Monday. Plans for"},
		{"the newest of a period is read", []string{"ReadPostIntent:2026-02"}, "Roses. From Saturday, February 14. They"},
		{"the newest of a period is read after another post was announced", []string{"launch", "ReadPostIntent:2026-02"}, "Roses. From Saturday, February 14. They"},
		{"a period without a post offers the post before it", []string{"ReadPostIntent:2026-02-20"}, "There weren't any posts on Friday, February 20. The last one before that is from Saturday, February 14: Roses. Would you like me to read it?"},
		{"a date that was not understood is reported", []string{"ReadPostIntent:?"}, "I didn't catch which day you meant. Fresh bread. From yesterday. Paragraph 1"},
		{"a list needs a number", []string{"ListPostsIntent:", "ReadPostIntent:"}, "Which number would you like, or should I keep going?"},
		{"a single title needs no number", []string{"SearchPostsIntent:garden", "AMAZON.NextIntent", "ReadPostIntent:"}, "Roses. From Saturday, February 14. They"},
		{"an episode with a text is read", []string{"LastPostIntent:2026-03-11", "ReadPostIntent:"}, "Episode nine. From Wednesday. Notes of the show."},
		{"an episode without a text is offered", []string{"ReadPostIntent:2026-01-02"}, "This post doesn't have any text for me to read. It's from Friday, January 2: Episode eight. Would you like me to play the episode?"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			k := newFixture(t, saturday, magazinePosts()...).newSession(t, "AudioPlayer")
			sendAll(k, row.requests...)
			require.True(t, strings.HasPrefix(k.last.SpokenText(), row.want), k.last.SpokenText())
		})
	}
}

// TestReadsPostInItsLanguage requires that a voice of the post's language reads the post, and that the listener's voice
// reads all other text.
func TestReadsPostInItsLanguage(t *testing.T) {
	german := withText(postOn("2026-03-13", "Über alles"), "<p>Es war einmal.</p><pre>x</pre><p>Ende.</p>")
	german.Language = "de"
	k := newFixture(t, saturday, german, withText(postOn("2026-03-12", "Old"), "<p>Text.</p>")).newSession(t)
	sendAll(k, "ReadPostIntent:")
	require.Equal(t, `<speak><lang xml:lang="de-DE">Über alles.</lang> From yesterday. <lang xml:lang="de-DE">Es war einmal.</lang>`+
		` <break time="500ms"/> I&apos;ll skip one line of code here. <break time="500ms"/> <lang xml:lang="de-DE">Ende.</lang>`+
		` That&apos;s the end. The one before it is from Thursday: Old. Should I keep going?</speak>`, k.last.Body.OutputSpeech.SSML)
}

// TestReadsTitles requires that a title that looks like a prompt or like markup is read as text. A post without a speakable title is read without one.
func TestReadsTitles(t *testing.T) {
	for title, want := range map[string]string{
		"Who goes there?": "Who goes there? From yesterday.", "Salt & <Pepper>": "Salt & <Pepper>. From yesterday.",
		"": "From yesterday.", "🎉": "From yesterday.", "“Why?”": "“Why?” From yesterday.",
		"The {{.Blog}} ${x}": "The {{.Blog}} ${x}. From yesterday.",
	} {
		a := newFixture(t, saturday, withText(postOn("2026-03-13", title), "<p>Because.</p>")).send(t, intent("ReadPostIntent"))
		require.Equal(t, want+" Because. That's the end, and it's the oldest post I have. "+asksElse, a.SpokenText())
	}
}

// TestShowsCardOnce requires that the reading of a post does not add a card if its announcement contained the card.
func TestShowsCardOnce(t *testing.T) {
	s := newFixture(t, saturday, withText(postOn("2026-03-13", "Bread"), longText(8)), withText(postOn("2026-03-12", "Salt"), longText(1)))
	k := s.newSession(t)
	require.Equal(t, "Bread", cardTitle(k.send(launch())))
	require.Empty(t, cardTitle(k.send(intent("AMAZON.YesIntent"))))
	require.Empty(t, cardTitle(k.send(intent("AMAZON.YesIntent"))))
	require.Equal(t, "Salt", cardTitle(k.send(intent("ReadPostIntent", "Date", "2026-03-12"))))
	require.Equal(t, "Bread", cardTitle(s.send(t, intent("ReadPostIntent"))))
}

// TestVoiceDependsOnListener requires that the reading does not change the voice for a listener in the post's locale, and
// that it uses a voice of the post's locale for another listener.
func TestVoiceDependsOnListener(t *testing.T) {
	german := withText(postOn("2026-03-13", "Brot"), "<p>Man nehme Mehl.</p>")
	german.Language = "de"
	s := newFixture(t, saturday, german)
	for range 2 {
		require.NotContains(t, s.send(t, inLocale("de-DE", intent("ReadPostIntent"))).Body.OutputSpeech.SSML, "<lang")
		require.Contains(t, s.send(t, intent("ReadPostIntent")).Body.OutputSpeech.SSML, `<lang xml:lang="de-DE">`)
	}
}
