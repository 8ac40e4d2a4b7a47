package handlers_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/alexa"
	"lastpost/internal/feed"
)

// TestSearch requires that the archive, SSML and the phrases treat all search words as plain text.
func TestSearch(t *testing.T) {
	s := newFixture(t, saturday,
		withText(postOn("2026-03-13", "Salt & Pepper"), "<p>NOT AND OR near sea</p>"), withText(postOn("2026-03-12", "AT&T"), "<p>Sea salt.</p>"), withText(postOn("2026-03-11", "C"), "<p>{{.Blog}} in 2026</p>"),
	)
	const mumbled = "Sorry, I didn't catch that."
	two := func(words string) string {
		return "I found two posts about " + words + ". Number one: Salt & Pepper. Number two: AT&T."
	}
	for _, row := range []struct{ claim, words, want string }{
		{"a word", "salt", two("salt")},
		{"a number", "2026", "I found one post about 2026. It's from Wednesday: C."},
		{"a word in upper case", "SALT", two("SALT")},
		{"two words find the posts that contain both", "salt sea", two("salt sea")},
		{"a search operator is treated as a word", "near OR", "I found one post about near OR. It's from yesterday: Salt & Pepper."},
		{"a minus sign does not exclude a word", "salt -sea", two("salt -sea")},
		{"quotes and brackets are ignored in the search", `"salt" (sea)*`, two(`"salt" (sea)*`)},
		{"a column prefix is searched for as a word", "title:salt", "I didn't find anything about title:salt. Let's try something else."},
		{"an ampersand is spoken", "AT&T", "I found one post about AT&T. It's from Thursday: AT&T."},
		{"markup is spoken as text", "</speak><audio src='x'/>", "I didn't find anything about </speak><audio src='x'/>. Let's try something else."},
		{"a placeholder of the phrases is spoken as text", "{{.Blog}}", "I found one post about {{.Blog}}. It's from Wednesday: C."},
		{"extra white space is removed", "  sea \n\t salt ", two("sea salt")},
		{"unprintable characters are removed", "salt\x00\u202e\u200b", two("salt")},
		{"a search without results says so", "submarines", "I didn't find anything about submarines. Let's try something else."},
		{"a final question mark is removed", "why?", "I didn't find anything about why. Let's try something else."},
		{"without words the answer asks for some", "", asksSearch},
		{"with white space alone the answer asks for words", " ", asksSearch},
		{"words that Alexa did not understand", "?", mumbled},
		{"punctuation alone is not understood", "!!! …", mumbled},
		{"emoji are not understood", "🎉", mumbled},
	} {
		t.Run(row.claim, func(t *testing.T) {
			require.Equal(t, row.want, s.send(t, intent("SearchPostsIntent", "Query", row.words)).statement())
		})
	}
}

// TestLongQuery requires that a long query is cut between words, or between characters if it is a single word.
func TestLongQuery(t *testing.T) {
	s := newFixture(t, saturday, withText(postOn("2026-03-13", "T"), "<p>Very.</p>"))
	for _, word := range []string{"very ", "véry ", "𝒱ery ", "very", "é", "𝒱"} {
		a := s.send(t, intent("SearchPostsIntent", "Query", strings.Repeat(word, 2000)))
		require.Less(t, len(a.SpokenText()), 400)
		require.NotContains(t, a.SpokenText(), "\uFFFD")
	}
	require.Contains(t, s.send(t, intent("SearchPostsIntent", "Query", strings.Repeat("very ", 2000))).SpokenText(), "I found one post about very very")
}

// TestSearchCounts requires that the answer states the number of results, and says so if there may be more.
func TestSearchCounts(t *testing.T) {
	for n, want := range map[int]string{
		1:  "I found one post about roses. It's from today: Post 1. " + asksRead,
		2:  "I found two posts about roses. " + numberedTitles(1, 2) + asksLast,
		59: "I found 59 posts about roses. " + numberedTitles(1, 3) + asksWhich,
		60: "I found at least 60 posts about roses. " + numberedTitles(1, 3) + asksWhich,
		70: "I found at least 60 posts about roses. " + numberedTitles(1, 3) + asksWhich,
	} {
		k := newFixture(t, saturday, gardenPosts(n)...).newSession(t)
		k.expect(want, "SearchPostsIntent", "Query", "roses")
	}
	k := newFixture(t, saturday, gardenPosts(70)...).newSession(t)
	sendAll(k, "SearchPostsIntent:roses")
	for range 19 {
		sendAll(k, "AMAZON.YesIntent")
	}
	require.Equal(t, numberedTitles(58, 60)+asksLast, k.last.SpokenText())
	k.expect("There isn't a number 61 on this list. "+asksLast, "SelectPostIntent", "Number", "61")
	k.expect("That's the end of the list. "+asksLast, "AMAZON.NextIntent")
}

// resolved returns a request for a category whose slot value Alexa resolved to the names of categories.
func resolved(value string, names ...string) *alexa.Envelope {
	e := intent("CategoryPostsIntent")
	e.Request.Intent.Slots["Category"] = alexa.Slot{Name: "Category", Value: value, Resolved: names}
	return e
}

func TestCategories(t *testing.T) {
	s := newFixture(t, saturday,
		withCategories(postOn("2026-03-13", "One"), "R&D", "Cats"), withCategories(postOn("2026-03-12", "Two"), "R&D"), withCategories(postOn("2026-03-11", "Three"), "R&D", "Émigrés"), withCategories(postOn("2026-03-10", "Four"), "R&D", "!"),
	)
	const all = " I have posts in R&D, !, Émigrés, and Cats."
	development := func(name string) string {
		return "Here are the newest posts in " + name + ". Number one: One. Number two: Two. Number three: Three."
	}
	for _, row := range []struct {
		claim   string
		request *alexa.Envelope
		want    string
	}{
		{"a category with several posts is listed", resolved("R&D"), development("R&D")},
		{"the category's name in lower case", resolved("r&d"), development("r&d")},
		{"a synonym that Alexa resolved to a category", resolved("research", "R&D"), development("R&D")},
		{"a synonym that Alexa resolved to several categories means the first", resolved("research", "R&D", "Cats"), development("R&D")},
		{"the single post of a category is announced", resolved("cats"), "There's one post in cats, from yesterday: One."},
		{"a category with upper and lower case of letters beyond ASCII", resolved("éMIGRÉS"), "There's one post in éMIGRÉS, from Wednesday: Three."},
		{"a category that consists of punctuation", resolved("!"), "There's one post in !, from Tuesday: Four."},
		{"an unknown category is reported", resolved("dogs"), "I don't have a category called dogs." + all},
		{"markup is spoken as text", resolved("<br/>"), "I don't have a category called <br/>." + all},
		{"words that Alexa did not understand", resolved("?"), "I didn't catch the category." + all},
		{"without a name the categories are named", resolved(""), all[1:]},
		{"white space counts as no name", resolved(" "), all[1:]},
	} {
		t.Run(row.claim, func(t *testing.T) {
			require.Equal(t, row.want, s.send(t, row.request).statement())
		})
	}
}

func TestNoCategories(t *testing.T) {
	s := newFixture(t, saturday, postOn("2026-03-13", "One"))
	for _, name := range []string{"", "?", "cats"} {
		require.Equal(t, "The posts on half elf don't have categories. "+asksWhat, s.send(t, resolved(name)).SpokenText())
	}
}

func TestNamesFewCategories(t *testing.T) {
	var posts []feed.Entry
	for i, name := range []string{"A", "B", "C", "D", "E", "F"} {
		for range 6 - i {
			posts = append(posts, withCategories(newPost("T", saturday.AddDate(0, 0, -len(posts)).Format("2006-01-02T15:04:05Z")), name))
		}
	}
	a := newFixture(t, saturday, posts...).send(t, resolved(""))
	require.Contains(t, a.SpokenText(), "I have posts in A, B, C, D, and E, for example. ")
}
