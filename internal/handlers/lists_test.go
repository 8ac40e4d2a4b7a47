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

// garden is so many posts with a text, the newest one first: "Post 1".
func garden(n int) (posts []feed.Entry) {
	for i := range n {
		p := filed(of(on(saturday.AddDate(0, 0, -i).Format("2006-01-02"), fmt.Sprintf("Post %d", i+1)), "<p>Of roses.</p>"), "Garden")
		posts = append(posts, p)
	}
	return posts
}

// names says titles with their numbers, from one to another.
func names(from, to int) string {
	var said strings.Builder
	for n := from; n <= to; n++ {
		fmt.Fprintf(&said, "%d: Post %[1]d. ", n)
	}
	return said.String()
}

// TestPages are turned to and fro. Lists of all sources are alike.
func TestPages(t *testing.T) {
	for name, row := range map[string]struct {
		request *alexa.Envelope
		intro   string
	}{
		"newest":   {intent("ListPostsIntent"), "The newest posts are: "},
		"period":   {intent("ListPostsIntent", "Date", "2026-03"), "There were 8 posts in March. The newest are: "},
		"ahead":    {intent("ListPostsIntent", "Date", "2027-03"), "There were 8 posts in March 2026. The newest are: "},
		"words":    {intent("SearchPostsIntent", "Query", "roses"), "I found 8 posts about roses. "},
		"category": {intent("CategoryPostsIntent", "Category", "garden"), "The newest posts in garden are: "},
		"news":     {intent("WhatsNewIntent"), "There are 8 new posts since your last visit. The newest are: "},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, saturday, garden(8)...)
			s.Visits.Visit("somebody", on("2026-02-01", "Before").Post, saturday)
			k := s.talk(t)
			k.user = "somebody"
			require.Equal(t, row.intro+names(1, 3)+asksWhich, k.say(row.request).SpokenText())
			k.hears("The list begins here. "+asksWhich, "AMAZON.PreviousIntent")
			k.hears(names(4, 6)+asksWhich, "AMAZON.YesIntent")
			k.hears(names(4, 6)+asksWhich, "AMAZON.RepeatIntent")
			k.hears(names(7, 8)+asksLast, "AMAZON.NextIntent")
			k.hears("That was the end of the list. "+asksLast, "AMAZON.NextIntent")
			k.hears("Say a number, such as number one, or ask for something else. "+asksLast, "AMAZON.YesIntent")
			k.hears(names(7, 8)+asksLast, "AMAZON.RepeatIntent")
			k.hears(names(4, 6)+asksWhich, "AMAZON.PreviousIntent")
			k.hears(names(1, 3)+asksWhich, "AMAZON.PreviousIntent")
			k.hears(names(4, 6)+asksWhich, "AMAZON.ResumeIntent")
			k.hears(names(1, 3)+asksWhich, "AMAZON.StartOverIntent")
		})
	}
}

func TestAListIsOnACard(t *testing.T) {
	a := newScene(t, saturday, garden(4)...).ask(t, intent("ListPostsIntent"))
	require.Equal(t, "half elf", a.Body.Card.Title)
	require.Equal(t, "1. Post 1\n2. Post 2\n3. Post 3", a.Body.Card.Content)
}

// TestNumbers are those that the listener heard, on whichever page.
func TestNumbers(t *testing.T) {
	read := func(n int) string { return fmt.Sprintf("Post %d. From ", n) }
	for _, row := range []struct {
		claim, number string
		pages         int // turned before
		want          string
	}{
		{"one of the page", "2", 0, read(2)},
		{"one of the second page", "5", 1, read(5)},
		{"one of a page before", "1", 1, read(1)},
		{"one of a page that was not named yet", "8", 0, read(8)},
		{"the last of the list", "8", 2, read(8)},
		{"one off the list", "9", 0, "There is no number 9 in this list. " + asksWhich},
		{"one off the list, at its end", "9", 2, "There is no number 9 in this list. " + asksLast},
		{"none", "0", 0, "There is no number 0 in this list. " + asksWhich},
		{"less than none", "-1", 1, "There is no number -1 in this list. " + asksWhich},
		{"a large one", "1000000", 0, "There is no number 1000000 in this list. "},
		{"a larger one", "9223372036854775807", 0, "There is no number 9223372036854775807 in this list. "},
		{"a smaller one", "-9223372036854775808", 1, "There is no number -9223372036854775808 in this list. "},
		{"one that is too large", "99999999999999999999999", 0, "I did not understand the number. " + asksWhich},
		{"a mumbled one", "?", 0, "I did not understand the number. " + asksWhich},
		{"no number", "", 2, "I did not understand the number. " + asksLast},
	} {
		t.Run(row.claim, func(t *testing.T) {
			for _, list := range []string{"ListPostsIntent:", "ListPostsIntent:2026-03", "SearchPostsIntent:roses", "CategoryPostsIntent:garden"} {
				k := newScene(t, saturday, garden(8)...).talk(t)
				spoken(k, list)
				for range row.pages {
					spoken(k, "AMAZON.NextIntent")
				}
				a := k.say(intent("SelectPostIntent", "Number", row.number))
				require.True(t, strings.HasPrefix(a.SpokenText(), row.want), a.SpokenText())
			}
		})
	}
}

// TestAListStaysInMind while its posts are read, until there is another.
func TestAListStaysInMind(t *testing.T) {
	k := newScene(t, saturday, garden(8)...).talk(t)
	spoken(k, "ListPostsIntent:", "AMAZON.YesIntent", "SelectPostIntent:5", "SelectPostIntent:4")
	require.True(t, strings.HasPrefix(k.last.SpokenText(), "Post 4. From last Wednesday."), k.last.SpokenText())
	k.hears("I did not understand the number. "+asksLast, "SelectPostIntent", "Number", "?")
	k.hears(names(7, 8)+asksLast, "AMAZON.NextIntent")
	spoken(k, "SelectPostIntent:7", "AMAZON.NextIntent")
	require.True(t, strings.HasPrefix(k.last.SpokenText(), "Post 8. From Saturday, March 7."), "next is about the post: %s", k.last.SpokenText())
}

// TestNumbersOutliveWhatIsPublished has new posts come before the page that the listener has in mind.
func TestNumbersOutliveWhatIsPublished(t *testing.T) {
	for _, list := range []string{"ListPostsIntent:", "ListPostsIntent:2026-03", "SearchPostsIntent:roses", "CategoryPostsIntent:garden"} {
		t.Run(list, func(t *testing.T) {
			k := newScene(t, saturday, garden(10)...).talk(t)
			spoken(k, list)
			for i := range 4 {
				k.publish(t, filed(of(post(fmt.Sprintf("News %d", i), fmt.Sprintf("2026-03-14T12:00:0%dZ", i+1)), "<p>Of roses.</p>"), "Garden"))
			}
			chosen, far := *k, *k
			require.Contains(t, chosen.say(intent("SelectPostIntent", "Number", "2")).SpokenText(), "Post 2. From")
			require.Contains(t, far.say(intent("SelectPostIntent", "Number", "5")).SpokenText(), "Post 5. From")
			none := *k
			require.Contains(t, none.say(intent("SelectPostIntent", "Number", "9223372036854775807")).SpokenText(), "There is no number 9223372036854775807 in this list.")
			k.hears(names(1, 3)+asksWhich, "AMAZON.RepeatIntent")
			k.hears(names(4, 6)+asksWhich, "AMAZON.NextIntent")
			k.hears(names(7, 9)+asksWhich, "AMAZON.NextIntent")
			require.Contains(t, k.say(intent("SelectPostIntent", "Number", "1")).SpokenText(), "Post 1. From")
			spoken(k, "SelectPostIntent:?", "AMAZON.StartOverIntent")
			require.Contains(t, k.last.SpokenText(), "1: News 3. 2: News 2.", "from its beginning the list is what it is now")
		})
	}
}

// TestPostsOfTheListAreForgotten costs the listener those, and no other.
func TestPostsOfTheListAreForgotten(t *testing.T) {
	for _, numbers := range [][]int{{1}, {2}, {3}, {1, 2}, {2, 3}, {1, 3}} {
		k := newScene(t, saturday, garden(8)...).talk(t)
		spoken(k, "ListPostsIntent:")
		for _, number := range numbers {
			_, _, err := k.archive.Forget(t.Context(), garden(8)[number-1].ID)
			require.NoError(t, err)
			k.hears("That post is not there any more. "+asksWhich, "SelectPostIntent", "Number", strconv.Itoa(number))
		}
		k.hears(names(4, 6)+asksWhich, "AMAZON.NextIntent")
	}
}

func TestAllPostsOfAListAreForgotten(t *testing.T) {
	for _, said := range []string{"AMAZON.RepeatIntent", "AMAZON.StartOverIntent"} {
		k := newScene(t, saturday, append(garden(2), on("2026-01-01", "Old"))...).talk(t)
		spoken(k, "CategoryPostsIntent:garden")
		for _, p := range garden(2) {
			_, _, err := k.archive.Forget(t.Context(), p.ID)
			require.NoError(t, err)
		}
		k.hears("That post is not there any more. The latest post, from Thursday, January 1, is: Old. "+asksElse, said)
	}
}

// TestTitlesChoose from the page that was named last, where they say which one is meant.
func TestTitlesChoose(t *testing.T) {
	posts := []feed.Entry{
		of(on("2026-03-14", "Roses & thorns"), "<p>A.</p>"), of(on("2026-03-13", "More roses"), "<p>B.</p>"),
		of(on("2026-03-12", "Café “Cre\u0300me” 10"), "<p>C.</p>"), of(on("2026-03-11", "Thorns of old"), "<p>D.</p>"),
	}
	for _, row := range []struct {
		claim, words, want string
		before             []string
	}{
		{"a word of one title", "thorns", "Roses & thorns. From today. A.", nil},
		{"in any case", "MORE", "More roses. From yesterday. B.", nil},
		{"words in any order", "cre\u0300me café", "Café “Cre\u0300me” 10. From last Thursday. C.", nil},
		{"a number", "10", "Café “Cre\u0300me” 10. From last Thursday. C.", nil},
		{"a letter with its accent is one", "me", "I found nothing about me.", nil},
		{"the whole title as it is heard", "roses thorns", "Roses & thorns. From today. A.", nil},
		{"a word of two titles is searched for", "roses", "I found 2 posts about roses. 1: Roses & thorns. 2: More roses.", nil},
		{"a part of a word is searched for", "rose", "I found nothing about rose.", nil},
		{"a title of another page is searched for", "old", "I found one post about old. From last Wednesday: Thorns of old.", nil},
		{"of the next page others are meant", "thorns", "Thorns of old. From last Wednesday. D.", []string{"AMAZON.NextIntent"}},
		{"when a post is talked about it is a search", "thorns", "I found 2 posts about thorns.", []string{"SelectPostIntent:2"}},
	} {
		t.Run(row.claim, func(t *testing.T) {
			k := newScene(t, saturday, posts...).talk(t)
			spoken(k, append([]string{"ListPostsIntent:"}, row.before...)...)
			a := k.say(intent("SearchPostsIntent", "Query", row.words))
			require.True(t, strings.HasPrefix(a.SpokenText(), row.want), a.SpokenText())
		})
	}
}

func TestAnEpisodeOfAListIsOffered(t *testing.T) {
	for _, row := range []struct {
		claim  string
		device []string
		want   string
	}{
		{"where it can be played", []string{"AudioPlayer"}, "The post, from last Wednesday, is: Episode nine. " + asksPlay},
		{"else it is read", nil, "Episode nine. From last Wednesday. Notes of the show. That was the end. The next post, from last Monday, is: Garden plans. " + asksRead},
	} {
		k := newScene(t, saturday, magazine()...).talk(t, row.device...)
		spoken(k, "ListPostsIntent:")
		k.hears(row.want, "SelectPostIntent", "Number", "3")
	}
}

// TestPeriodsWithoutAChoice are answered as the last post of a period is.
func TestPeriodsWithoutAChoice(t *testing.T) {
	s := newScene(t, saturday, magazine()...)
	for date, want := range map[string]string{
		"2026-01":    "There was one post in January, from Friday, January 2: Episode eight. " + asksOlder,
		"2026-01-01": "There was no post on Thursday, January 1. The last one before that, from December 25, 2025, is: The first post. " + asksRead,
		"2019":       "There was no post in 2019. I do not know of any earlier one. " + asksWhat,
		"?":          "I did not understand which day you mean. The newest posts are: 1: Fresh bread. 2: A picture. 3: Episode nine. " + asksWhich,
		"2026-12":    "There was one post in December 2025, from December 25, 2025: The first post. " + asksRead,
	} {
		require.Equal(t, want, s.ask(t, intent("ListPostsIntent", "Date", date)).SpokenText(), date)
	}
}

// TestTheArchiveFailsInAList is told to the operator; the list is still there when it works again.
func TestTheArchiveFailsInAList(t *testing.T) {
	const trouble = "I cannot look that up right now. " + asksElse
	for said, while := range map[string]string{
		"AMAZON.NextIntent": "making a list", "AMAZON.RepeatIntent": "making a list", "AMAZON.StartOverIntent": "making a list",
		"SelectPostIntent:7": "looking for a number", "SearchPostsIntent:x": "searching",
		"CategoryPostsIntent:x": "looking for a category", "CategoryPostsIntent:?": "looking for categories",
	} {
		t.Run(said, func(t *testing.T) {
			k := newScene(t, saturday, garden(8)...).talk(t)
			spoken(k, "CategoryPostsIntent:garden")
			works := k.Store
			k.Store = &watched{PostStore: works, fail: errors.New("disk")}
			spoken(k, said)
			require.Equal(t, trouble, k.last.SpokenText())
			require.Equal(t, []map[string]any{{"level": "WARN", "msg": "the archive cannot be read", "while": while, "error": "disk"}}, k.lines(t))
			k.Store = works
			k.hears(names(4, 6)+asksWhich, "AMAZON.NextIntent")
		})
	}
}
