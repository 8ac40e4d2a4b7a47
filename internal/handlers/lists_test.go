package handlers_test

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/alexa"
	"lastpost/internal/feed"
)

// gardenPosts returns n posts with a text, newest first. The newest is "Post 1".
func gardenPosts(n int) (posts []feed.Entry) {
	for i := range n {
		p := withCategories(withText(postOn(saturday.AddDate(0, 0, -i).Format("2006-01-02"), fmt.Sprintf("Post %d", i+1)), "<p>Of roses.</p>"), "Garden")
		posts = append(posts, p)
	}
	return posts
}

// numberedTitles returns the spoken titles of gardenPosts with the numbers from first to last.
func numberedTitles(first, last int) string {
	var sent strings.Builder
	for n := first; n <= last; n++ {
		fmt.Fprintf(&sent, "Number %s: Post %d. ", inWords(n), n)
	}
	return sent.String()
}

// TestListPages goes forward and back through lists of every source. Each page must name the right posts and ask the
// right prompt.
func TestListPages(t *testing.T) {
	for name, row := range map[string]struct {
		request *alexa.Envelope
		intro   string
	}{
		"newest":        {intent("ListPostsIntent"), "Here are the newest posts. "},
		"period":        {intent("ListPostsIntent", "Date", "2026-03"), "There have been eight posts this month. "},
		"future period": {intent("ListPostsIntent", "Date", "2027-03"), "There have been eight posts in March 2026. "},
		"words":         {intent("SearchPostsIntent", "Query", "roses"), "I found eight posts about roses. "},
		"category":      {intent("CategoryPostsIntent", "Category", "garden"), "Here are the newest posts in garden. "},
		"news":          {intent("WhatsNewIntent"), "There are eight new posts since your last visit. "},
	} {
		t.Run(name, func(t *testing.T) {
			s := newFixture(t, saturday, gardenPosts(8)...)
			s.Visits.Visit(feed.Listener{Account: "somebody"}, postOn("2026-02-01", "Before").Post, saturday)
			k := s.newSession(t)
			k.user = "somebody"
			require.Equal(t, row.intro+numberedTitles(1, 3)+asksWhich, k.send(row.request).SpokenText())
			k.expect("That's the top of the list. "+asksWhich, "AMAZON.PreviousIntent")
			k.expect(numberedTitles(4, 6)+asksWhich, "AMAZON.YesIntent")
			k.expect(numberedTitles(4, 6)+asksWhich, "AMAZON.RepeatIntent")
			k.expect(numberedTitles(7, 8)+asksLast, "AMAZON.NextIntent")
			k.expect("That's the end of the list. "+asksLast, "AMAZON.NextIntent")
			k.expect("Say a number, like “number one”, or ask for something else, like “what's new”. "+asksLast, "AMAZON.YesIntent")
			k.expect(numberedTitles(7, 8)+asksLast, "AMAZON.RepeatIntent")
			k.expect(numberedTitles(4, 6)+asksWhich, "AMAZON.PreviousIntent")
			k.expect(numberedTitles(1, 3)+asksWhich, "AMAZON.PreviousIntent")
			k.expect(numberedTitles(4, 6)+asksWhich, "AMAZON.ResumeIntent")
			k.expect(numberedTitles(1, 3)+asksWhich, "AMAZON.StartOverIntent")
		})
	}
}

func TestListCard(t *testing.T) {
	a := newFixture(t, saturday, gardenPosts(4)...).send(t, intent("ListPostsIntent"))
	require.Equal(t, "half elf", a.Body.Card.Title)
	require.Equal(t, "1. Post 1\n2. Post 2\n3. Post 3", a.Body.Card.Content)
}

// TestSelectByNumber requires that a number selects the post with this number, on the current page and on other pages.
func TestSelectByNumber(t *testing.T) {
	read := func(n int) string { return fmt.Sprintf("Post %d. From ", n) }
	for _, row := range []struct {
		claim, number string
		pages         int // number of "next" requests before the selection
		want          string
	}{
		{"a number of the first page", "2", 0, read(2)},
		{"a number of the second page, after it was named", "5", 1, read(5)},
		{"a number of an earlier page", "1", 1, read(1)},
		{"a number of a page that was not named yet", "8", 0, read(8)},
		{"the last number of the list", "8", 2, read(8)},
		{"a number beyond the list, on the first page", "9", 0, "There isn't a number nine on this list. " + asksWhich},
		{"a number beyond the list, on the last page", "9", 2, "There isn't a number nine on this list. " + asksLast},
		{"zero", "0", 0, "There isn't a number 0 on this list. " + asksWhich},
		{"a negative number", "-1", 1, "There isn't a number -1 on this list. " + asksWhich},
		{"a large number", "1000000", 0, "There isn't a number 1000000 on this list. "},
		{"the largest number of 64 bits", "9223372036854775807", 0, "There isn't a number 9223372036854775807 on this list. "},
		{"the smallest number of 64 bits", "-9223372036854775808", 1, "There isn't a number -9223372036854775808 on this list. "},
		{"a number that does not fit 64 bits", "99999999999999999999999", 0, "I didn't catch the number. " + asksWhich},
		{"a number that was not understood", "?", 0, "I didn't catch the number. " + asksWhich},
		{"an empty number", "", 2, "I didn't catch the number. " + asksLast},
	} {
		t.Run(row.claim, func(t *testing.T) {
			for _, list := range []string{"ListPostsIntent:", "ListPostsIntent:2026-03", "SearchPostsIntent:roses", "CategoryPostsIntent:garden"} {
				k := newFixture(t, saturday, gardenPosts(8)...).newSession(t)
				sendAll(k, list)
				for range row.pages {
					sendAll(k, "AMAZON.NextIntent")
				}
				a := k.send(intent("SelectPostIntent", "Number", row.number))
				require.True(t, strings.HasPrefix(a.SpokenText(), row.want), a.SpokenText())
			}
		})
	}
}

// TestListSurvivesReading requires that the numbers of a list stay valid after one of its posts was read.
func TestListSurvivesReading(t *testing.T) {
	k := newFixture(t, saturday, gardenPosts(8)...).newSession(t)
	sendAll(k, "ListPostsIntent:", "AMAZON.YesIntent", "SelectPostIntent:5", "SelectPostIntent:4")
	require.True(t, strings.HasPrefix(k.last.SpokenText(), "Post 4. From Wednesday."), k.last.SpokenText())
	k.expect("I didn't catch the number. "+asksLast, "SelectPostIntent", "Number", "?")
	k.expect(numberedTitles(7, 8)+asksLast, "AMAZON.NextIntent")
	sendAll(k, "SelectPostIntent:7", "AMAZON.NextIntent")
	require.True(t, strings.HasPrefix(k.last.SpokenText(), "Post 8. From last Saturday."), "next refers to the post: %s", k.last.SpokenText())
}

// TestNumbersKeepMeaningAfterNewPosts publishes posts that come before the named page of a list. Each number must still
// select the same post.
func TestNumbersKeepMeaningAfterNewPosts(t *testing.T) {
	for _, list := range []string{"ListPostsIntent:", "ListPostsIntent:2026-03", "SearchPostsIntent:roses", "CategoryPostsIntent:garden"} {
		t.Run(list, func(t *testing.T) {
			k := newFixture(t, saturday, gardenPosts(10)...).newSession(t)
			sendAll(k, list)
			for i := range 4 {
				k.publish(t, withCategories(withText(newPost(fmt.Sprintf("News %d", i), fmt.Sprintf("2026-03-14T12:00:0%dZ", i+1)), "<p>Of roses.</p>"), "Garden"))
			}
			chosen, far := *k, *k
			require.Contains(t, chosen.send(intent("SelectPostIntent", "Number", "2")).SpokenText(), "Post 2. From")
			require.Contains(t, far.send(intent("SelectPostIntent", "Number", "5")).SpokenText(), "Post 5. From")
			none := *k
			require.Contains(t, none.send(intent("SelectPostIntent", "Number", "9223372036854775807")).SpokenText(), "There isn't a number 9223372036854775807 on this list.")
			k.expect(numberedTitles(1, 3)+asksWhich, "AMAZON.RepeatIntent")
			k.expect(numberedTitles(4, 6)+asksWhich, "AMAZON.NextIntent")
			k.expect(numberedTitles(7, 9)+asksWhich, "AMAZON.NextIntent")
			require.Contains(t, k.send(intent("SelectPostIntent", "Number", "1")).SpokenText(), "Post 1. From")
			sendAll(k, "SelectPostIntent:?", "AMAZON.StartOverIntent")
			require.Contains(t, k.last.SpokenText(), "Number one: News 3. Number two: News 2.", "a restarted list is current")
		})
	}
}

// TestSomeListedPostsAreRemoved removes some posts of the named page. Their numbers must be answered with the removal,
// and the next page must stay the same.
func TestSomeListedPostsAreRemoved(t *testing.T) {
	for _, numbers := range [][]int{{1}, {2}, {3}, {1, 2}, {2, 3}, {1, 3}} {
		k := newFixture(t, saturday, gardenPosts(8)...).newSession(t)
		sendAll(k, "ListPostsIntent:")
		for _, number := range numbers {
			_, _, err := k.archive.Forget(t.Context(), gardenPosts(8)[number-1].ID)
			require.NoError(t, err)
			k.expect("That post isn't there anymore. "+asksWhich, "SelectPostIntent", "Number", strconv.Itoa(number))
		}
		k.expect(numberedTitles(4, 6)+asksWhich, "AMAZON.NextIntent")
	}
}

func TestAllListedPostsAreRemoved(t *testing.T) {
	for _, sent := range []string{"AMAZON.RepeatIntent", "AMAZON.StartOverIntent"} {
		k := newFixture(t, saturday, append(gardenPosts(2), postOn("2026-01-01", "Old"))...).newSession(t)
		sendAll(k, "CategoryPostsIntent:garden")
		for _, p := range gardenPosts(2) {
			_, _, err := k.archive.Forget(t.Context(), p.ID)
			require.NoError(t, err)
		}
		k.expect("That post isn't there anymore. The latest post is from Thursday, January 1: Old. "+asksElse, sent)
	}
}

// TestSelectByTitle requires that words select a post of the last page if exactly one title matches. Otherwise the
// skill must search for the words.
func TestSelectByTitle(t *testing.T) {
	posts := []feed.Entry{
		withText(postOn("2026-03-14", "Roses & thorns"), "<p>A.</p>"), withText(postOn("2026-03-13", "More roses"), "<p>B.</p>"),
		withText(postOn("2026-03-12", "Café “Cre\u0300me” 10"), "<p>C.</p>"), withText(postOn("2026-03-11", "Thorns of old"), "<p>D.</p>"),
	}
	for _, row := range []struct {
		claim, words, want string
		before             []string
	}{
		{"a word of one title", "thorns", "Roses & thorns. From today. A.", nil},
		{"a word in upper case", "MORE", "More roses. From yesterday. B.", nil},
		{"words in any order", "cre\u0300me café", "Café “Cre\u0300me” 10. From Thursday. C.", nil},
		{"a number", "10", "Café “Cre\u0300me” 10. From Thursday. C.", nil},
		{"a part of a word with an accent is searched for", "me", "I didn't find anything about me. Let's try something else.", nil},
		{"the whole title without punctuation", "roses thorns", "Roses & thorns. From today. A.", nil},
		{"a word of two titles is searched for", "roses", "I found two posts about roses. Number one: Roses & thorns. Number two: More roses.", nil},
		{"a part of a word is searched for", "rose", "I didn't find anything about rose. Let's try something else.", nil},
		{"a title of another page is searched for", "old", "I found one post about old. It's from Wednesday: Thorns of old.", nil},
		{"on the next page the titles of that page are matched", "thorns", "Thorns of old. From Wednesday. D.", []string{"AMAZON.NextIntent"}},
		{"after a post was read the words are searched for", "thorns", "I found two posts about thorns.", []string{"SelectPostIntent:2"}},
	} {
		t.Run(row.claim, func(t *testing.T) {
			k := newFixture(t, saturday, posts...).newSession(t)
			sendAll(k, append([]string{"ListPostsIntent:"}, row.before...)...)
			a := k.send(intent("SearchPostsIntent", "Query", row.words))
			require.True(t, strings.HasPrefix(a.SpokenText(), row.want), a.SpokenText())
		})
	}
}

func TestSelectOffersEpisode(t *testing.T) {
	for _, row := range []struct {
		claim  string
		device []string
		want   string
	}{
		{"a device that can play the episode", []string{"AudioPlayer"}, "This one is from Wednesday: Episode nine. " + asksPlay},
		{"a device that cannot play the episode", nil, "Episode nine. From Wednesday. Notes of the show. That's the end. The one before it is from Monday: Garden plans. " + asksNext},
	} {
		k := newFixture(t, saturday, magazinePosts()...).newSession(t, row.device...)
		sendAll(k, "ListPostsIntent:")
		k.expect(row.want, "SelectPostIntent", "Number", "3")
	}
}

// TestListPeriodWithFewPosts requires the same answers as LastPostIntent for periods with fewer than two posts.
func TestListPeriodWithFewPosts(t *testing.T) {
	s := newFixture(t, saturday, magazinePosts()...)
	for date, want := range map[string]string{
		"2026-01":    "In January there was one post, from Friday, January 2: Episode eight. " + asksOlder,
		"2026-01-01": "There weren't any posts on Thursday, January 1. The last one before that is from December 25, 2025: The first post. " + asksRead,
		"2019":       "There weren't any posts in 2019. I don't have anything from before that. " + asksWhat,
		"?":          "I didn't catch which day you meant. Here are the newest posts. Number one: Fresh bread. Number two: A picture. Number three: Episode nine. " + asksWhich,
		"2026-12":    "In December 2025 there was one post, from December 25, 2025: The first post. " + asksRead,
	} {
		require.Equal(t, want, s.send(t, intent("ListPostsIntent", "Date", date)).SpokenText(), date)
	}
}

// TestListWithBrokenStore requires that a failed read is logged, and that the list still works after the store has
// recovered.
func TestListWithBrokenStore(t *testing.T) {
	const failure = "I can't look that up right now. " + asksElse
	for sent, operation := range map[string]string{
		"AMAZON.NextIntent": "list posts", "AMAZON.RepeatIntent": "list posts", "AMAZON.StartOverIntent": "list posts",
		"SelectPostIntent:7": "select listed post", "SearchPostsIntent:x": "search posts",
		"CategoryPostsIntent:x": "list category posts", "CategoryPostsIntent:?": "list categories",
	} {
		t.Run(sent, func(t *testing.T) {
			k := newFixture(t, saturday, gardenPosts(8)...).newSession(t)
			sendAll(k, "CategoryPostsIntent:garden")
			store := k.Store
			k.Store = &readCounter{PostStore: store, err: errors.New("disk")}
			sendAll(k, sent)
			require.Equal(t, failure, k.last.SpokenText())
			require.Equal(t, []map[string]any{{"level": "WARN", "msg": "archive read failed", "operation": operation, "error": "disk"}}, k.logLines(t))
			k.Store = store
			k.expect(numberedTitles(4, 6)+asksWhich, "AMAZON.NextIntent")
		})
	}
}
