package handlers_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/alexa"
	"lastpost/internal/alexa/alexatest"
	"lastpost/internal/feed"
)

const apl = "Alexa.Presentation.APL"

// shownItem is a post in the data of a screen.
type shownItem struct{ Ref, Title, Date, By, Text, Image string }

func shownPost(t testing.TB, a answer) (post shownItem) {
	t.Helper()
	require.NotNil(t, a.Screen())
	require.Equal(t, "post", a.Screen().Token)
	require.NoError(t, json.Unmarshal(a.Screen().Datasources["post"], &post))
	return post
}

func shownList(t testing.TB, a answer) (posts []shownItem) {
	t.Helper()
	require.NotNil(t, a.Screen())
	require.Equal(t, "list", a.Screen().Token)
	var list struct{ Posts []shownItem }
	require.NoError(t, json.Unmarshal(a.Screen().Datasources["list"], &list))
	return list.Posts
}

// touchEvent returns the request for a touch on the screen.
func touchEvent(arguments ...string) *alexa.Envelope {
	e := request(apl + ".UserEvent")
	e.Request.Arguments = arguments
	return e
}

// withImage adds an image to a post.
func withImage(p feed.Entry, image string) feed.Entry {
	p.Image = image
	return p
}

// TestScreens requires that each answer about posts has a screen if the device supports screens, and only then.
func TestScreens(t *testing.T) {
	s := newFixture(t, saturday, withImage(withText(postOn("2026-03-13", "Friday"), longText(8)), "https://cdn.test/i.png"), withText(postOn("2026-03-12", "Thursday"), "<p>Short.</p>"))
	k := s.newSession(t, apl)
	post := shownPost(t, k.send(launch()))
	require.Equal(t, "Friday", post.Title)
	require.Equal(t, "March 13, 2026", post.Date)
	require.Equal(t, "https://cdn.test/i.png", post.Image)
	require.True(t, strings.HasPrefix(post.Text, "Paragraph 1 begins here."))

	began := shownPost(t, k.send(intent("AMAZON.YesIntent")))
	require.Contains(t, k.last.SpokenText(), began.Text, "the screen shows the spoken part")
	goesOn := shownPost(t, k.send(intent("AMAZON.YesIntent")))
	require.Contains(t, k.last.SpokenText(), goesOn.Text)
	require.NotEqual(t, began.Text, goesOn.Text)
	require.Equal(t, began.Ref, goesOn.Ref)

	list := shownList(t, k.send(intent("ListPostsIntent")))
	require.Equal(t, []shownItem{{Ref: began.Ref, Title: "1. Friday", Date: "yesterday"}, {Ref: list[1].Ref, Title: "2. Thursday", Date: "Thursday"}}, list)
	require.Nil(t, k.send(intent("AMAZON.HelpIntent")).Screen(), "the screen does not change")

	for _, e := range []*alexa.Envelope{launch(), intent("ReadPostIntent"), intent("ListPostsIntent")} {
		require.Nil(t, s.send(t, onDevice(e, "AudioPlayer", "Display")).Screen(), "a device without APL refuses documents")
	}
}

// TestTouches requires that a touch on a list selects the post, and that a touch on a post starts the reading.
func TestTouches(t *testing.T) {
	s := podcastFixture(t)
	k := s.newSession(t, apl, "AudioPlayer")
	list := shownList(t, k.send(intent("ListPostsIntent")))
	require.Len(t, list, 3)
	require.Equal(t, "This one is from yesterday: Third. "+asksPlay, k.send(touchEvent("choose", list[1].Ref)).SpokenText())
	require.Equal(t, "Third. From yesterday. All of the third. That's the end. The one before it is from Thursday: Plain. "+asksNext, k.send(touchEvent("read", list[1].Ref)).SpokenText())
	require.Equal(t, "Notes. From today. No sound at all. That's the end. The one before it is from yesterday: Third. "+asksNext,
		s.send(t, onDevice(touchEvent("choose", list[0].Ref), apl)).SpokenText(), "also after the session has ended")

	const gone = "That post isn't there anymore. The latest post is from today: Notes. " + asksRead
	for _, arguments := range [][]string{
		nil, {"choose"}, {list[0].Ref}, {"choose", ""}, {"choose", "."}, {"choose", "0.0"}, {"choose", list[0].Ref + "0"}, {"buy", list[0].Ref},
		{"choose", list[0].Ref, "more"}, {"choose", "${data.ref}"}, {"choose", strings.Repeat("z", 10_000) + ".1"}, {"choose", "-1.-1"}, {"\x00", "\xff"},
	} {
		require.Equal(t, gone, s.send(t, onDevice(touchEvent(arguments...), apl)).SpokenText(), arguments)
	}
	_, forgotten, err := s.archive.Forget(t.Context(), third)
	require.NoError(t, err)
	require.True(t, forgotten)
	require.Equal(t, gone, k.send(touchEvent("choose", list[1].Ref)).SpokenText())
}

// TestBylines requires the authors of a post on the card and on the screen.
func TestBylines(t *testing.T) {
	for _, row := range []struct {
		claim        string
		authors      []string
		screen, card string
	}{
		{"one author", []string{"Ada Lovelace"}, "By Ada Lovelace", "March 13, 2026\nBy Ada Lovelace\nText.\nhttps://blog.test/2026-03-13"},
		{"several authors", []string{"Ada Lovelace", "Mary Somerville"}, "By Ada Lovelace, Mary Somerville", "March 13, 2026\nBy Ada Lovelace, Mary Somerville\nText.\nhttps://blog.test/2026-03-13"},
		{"no author", nil, "", "March 13, 2026\nText.\nhttps://blog.test/2026-03-13"},
		{"the blog is the author", []string{"Half Elf"}, "", "March 13, 2026\nText.\nhttps://blog.test/2026-03-13"},
		{"the blog and a guest", []string{"Half Elf", "Ada"}, "By Half Elf, Ada", "March 13, 2026\nBy Half Elf, Ada\nText.\nhttps://blog.test/2026-03-13"},
		{"markup in a name", []string{"<b>${R}&D"}, "By &lt;b&gt;&#36;{R}&amp;D", "March 13, 2026\nBy <b>${R}&D\nText.\nhttps://blog.test/2026-03-13"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			post := withText(postOn("2026-03-13", "Friday"), "<p>Text.</p>")
			post.Authors = row.authors
			a := newFixture(t, saturday, post).send(t, onDevice(launch(), apl))
			require.Equal(t, row.screen, shownPost(t, a).By)
			require.Equal(t, row.card, a.Body.Card.Content)
		})
	}
}

// TestScreensShowTextAsItIs requires that all texts of a post are escaped, so that APL neither evaluates nor styles
// them.
func TestScreensShowTextAsItIs(t *testing.T) {
	const title, markup = `${payload.post.image} <b>R&D</b> &lt; $${1+1}`, `&#36;{payload.post.image} &lt;b&gt;R&amp;D&lt;/b&gt; &amp;lt; $&#36;{1+1}`
	s := newFixture(t, saturday, withText(postOn("2026-03-13", title), `<p>${viewport.width} &lt;br/&gt; &amp;amp; <b>bold</b></p>`), postOn("2026-03-12", "Another"))
	post := shownPost(t, s.send(t, onDevice(launch(), apl)))
	require.Equal(t, markup, post.Title)
	require.Equal(t, `&#36;{viewport.width} &lt;br/&gt; &amp;amp; bold.`, post.Text)
	require.Equal(t, "1. "+markup, shownList(t, s.send(t, onDevice(intent("ListPostsIntent"), apl)))[0].Title)
}

// TestImages requires that screens and cards show only images that Alexa can load.
func TestImages(t *testing.T) {
	for address, shown := range map[string]bool{
		"https://cdn.test/i.png":                           true,
		"https://cdn.test/" + strings.Repeat("i", 2000-17): true,
		"https://cdn.test/" + strings.Repeat("i", 2000-16): false,
		"http://cdn.test/i.png":                            false,
		"https://me:secret@cdn.test/i.png":                 false,
		"https://cdn.test/${payload}":                      false,
		"https://cdn.test/a b.png":                         false,
		"":                                                 false,
	} {
		a := newFixture(t, saturday, withImage(withText(postOn("2026-03-13", "Friday"), "<p>Text.</p>"), address)).send(t, onDevice(launch(), apl))
		card, post := a.Body.Card, shownPost(t, a)
		if !shown {
			require.Empty(t, post.Image)
			require.Equal(t, "Simple", card.Type, address)
			continue
		}
		require.Equal(t, address, post.Image)
		require.Equal(t, &alexatest.Image{SmallImageURL: address, LargeImageURL: address}, card.Image)
		require.Equal(t, "March 13, 2026\nText.\nhttps://blog.test/2026-03-13", card.Text)
	}
}

// TestLargestAnswer requires complete answers within Amazon's limit for the longest posts, in characters that take the
// most space. Only the screen may be dropped.
func TestLargestAnswer(t *testing.T) {
	for claim, character := range map[string]string{"escapes": `"`, "markup": "<", "ampersands": "&", "three bytes": "語", "four bytes": "𝐀", "letters": "x"} {
		t.Run(claim, func(t *testing.T) {
			sentence := "A" + strings.Repeat(character, 60) + " b. "
			big := func(day string) feed.Entry {
				p := withImage(withText(postOn(day, strings.Repeat("A"+character, 200)), "<p>"+htmlOf(strings.Repeat(sentence, 200))+"</p>"), "https://cdn.test/"+strings.Repeat("i", 1983))
				p.Link = "https://blog.test/" + strings.Repeat("l", 2000)
				for i := range feed.MaxAuthors {
					p.Authors = append(p.Authors, fmt.Sprint(i, strings.Repeat(character, 127/len(character))))
				}
				return p
			}
			s := newFixture(t, saturday, big("2026-03-13"), big("2026-03-12"), big("2026-03-11"), big("2026-03-10"))
			k, noScreen := s.newSession(t, apl, "AudioPlayer"), s.newSession(t, "AudioPlayer")
			for _, ask := range []func() *alexa.Envelope{
				launch, func() *alexa.Envelope { return intent("ReadPostIntent") }, func() *alexa.Envelope { return intent("AMAZON.YesIntent") },
				func() *alexa.Envelope { return intent("ListPostsIntent") }, func() *alexa.Envelope { return touchEvent("choose", "") },
			} {
				a, without := k.send(ask()), noScreen.send(ask())
				require.Equal(t, without.SpokenText(), a.SpokenText())
				require.Equal(t, without.Body.Card, a.Body.Card)
				require.True(t, a.Screen() != nil || claim == "three bytes" || claim == "four bytes")
				require.True(t, a.IsOpen())
				require.NotEmpty(t, a.RepromptText())
				if a.Body.Card != nil && a.Body.Card.Type == "Standard" {
					require.True(t, strings.HasSuffix(a.Body.Card.Text, "\nhttps://blog.test/"+strings.Repeat("l", 2000)), "the link is complete")
				}
			}
		})
	}
}

func htmlOf(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;").Replace(text)
}

// TestDocuments requires that the APL documents use only components and properties of APL 1.1.
func TestDocuments(t *testing.T) {
	s := newFixture(t, saturday, withText(postOn("2026-03-13", "Friday"), "<p>Text.</p>"))
	for _, e := range []*alexa.Envelope{launch(), intent("ListPostsIntent")} {
		var document map[string]any
		require.NoError(t, json.Unmarshal(s.send(t, onDevice(e, apl)).Screen().Document, &document))
		require.Equal(t, "1.1", document["version"])
		examineComponent(t, document["mainTemplate"].(map[string]any)["items"].([]any)[0].(map[string]any))
	}
}

// examineComponent checks a component and its children.
func examineComponent(t *testing.T, component map[string]any) {
	t.Helper()
	kind := component["type"].(string)
	common := []string{"type", "when", "width", "height", "paddingLeft", "paddingRight", "paddingTop", "paddingBottom"}
	own := map[string][]string{
		"Frame": {"backgroundColor", "item"}, "ScrollView": {"item"}, "TouchWrapper": {"item", "onPress"}, "Container": {"items"},
		"Sequence": {"data", "items", "scrollDirection"}, "Text": {"text", "color", "fontSize", "fontWeight", "maxLines"}, "Image": {"source", "scale", "align"},
	}
	require.Contains(t, own, kind)
	for name := range component {
		require.Contains(t, append(common, own[kind]...), name, kind)
	}
	children, _ := component["items"].([]any)
	if one, ok := component["item"]; ok {
		children = append(children, one)
	}
	for _, child := range children {
		examineComponent(t, child.(map[string]any))
	}
	for _, press := range asList(component["onPress"]) {
		require.Equal(t, "SendEvent", press.(map[string]any)["type"])
		require.Len(t, press.(map[string]any)["arguments"], 2)
	}
}

func asList(value any) []any {
	list, _ := value.([]any)
	return list
}
