package handlers_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"lastpost/internal/alexa/alexatest"
)

// TestTitles requires that titles are spoken as text and end a sentence, and that the card shows them unchanged.
func TestTitles(t *testing.T) {
	const untitled = "Untitled"
	for _, row := range []struct{ claim, title, spoken, card string }{
		{"a full stop is added", "Salt", "Salt.", "Salt"},
		{"a full stop stays one", "Salt.", "Salt.", "Salt."},
		{"an exclamation mark ends", "Salt!", "Salt!", "Salt!"},
		{"an ellipsis ends", "Salt…", "Salt…", "Salt…"},
		{"three dots end", "Salt...", "Salt...", "Salt..."},
		{"an end within quotes is one", "“Salt!”", "“Salt!”", "“Salt!”"},
		{"an end within plain quotes is one", `"Salt."`, `"Salt."`, `"Salt."`},
		{"an end within single quotes is one", "'Salt.'", "'Salt.'", "'Salt.'"},
		{"an end within brackets is one", "Pepper (and salt.)", "Pepper (and salt.)", "Pepper (and salt.)"},
		{"an end within German quotes is one", "„Salz!“", "„Salz!“", "„Salz!“"},
		{"closing quotes do not end a sentence", "“Salt”", "“Salt”.", "“Salt”"},
		{"an end of another script is one", "塩。", "塩。", "塩。"},
		{"ampersand and brackets are words", "R&D: 1 < 2 > 0", "R&D: 1 < 2 > 0.", "R&D: 1 < 2 > 0"},
		{"an entity is text", "AT&amp;T &lt;b&gt;", "AT&amp;T &lt;b&gt;.", "AT&amp;T &lt;b&gt;"},
		{"SSML is text", "</speak><audio src='https://x.test/a.mp3'/>", "</speak><audio src='https://x.test/a.mp3'/>.", "</speak><audio src='https://x.test/a.mp3'/>"},
		{"a tag is text", `<break time="10s"/>`, `<break time="10s"/>.`, `<break time="10s"/>`},
		{"CDATA is text", "]]><!-- x -->", "]]><!-- x -->.", "]]><!-- x -->"},
		{"the wording's placeholders are text", "{{.Blog}} and %s", "{{.Blog}} and %s.", "{{.Blog}} and %s"},
		{"an emoji is shown and not said", "Party 🎉 time", "Party time.", "Party 🎉 time"},
		{"an emoji does not hide the end", "Party! 🎉", "Party!", "Party! 🎉"},
		{"emoji alone have no sound", "🎉👩‍💻", untitled + ".", "🎉👩‍💻"},
		{"no title", "", untitled + ".", untitled},
		{"controls have no sound", "\u202eevil\u202c \u0007bell\u200b", "evil bell.", "\u202eevil\u202c bell\u200b"},
		{"a hidden mark does not hide the end", "Salt.\u200f", "Salt.", "Salt.\u200f"},
		{"right-to-left letters stay", "שלום", "שלום.", "שלום"},
		{"invalid UTF-8 is left out", "a\xffb", "ab.", "ab"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			p := postOn("2026-03-14", row.title)
			a := newFixture(t, saturday, p).send(t, lastPost(""))
			require.Equal(t, "The latest post, from today, is: "+row.spoken, a.statement())
			require.Equal(t, &alexatest.Card{Type: "Simple", Title: row.card, Content: "March 14, 2026\nhttps://blog.test/2026-03-14"}, a.Body.Card)
		})
	}
}

// TestUntitledPost requires that a post without a title is named by its first words, and that reading does not repeat
// them.
func TestUntitledPost(t *testing.T) {
	long := "A sentence that goes on for longer than anybody would have in mind who has to choose from three"
	k := newFixture(t, saturday,
		withText(postOn("2026-03-13", ""), "<p>Snow. It lies on the roofs.</p>"), withText(postOn("2026-03-12", "🎉"), "<p>"+long+".</p>"), postOn("2026-03-11", ""),
	).newSession(t)
	k.expect("The latest post, from yesterday, is: Snow. It lies on the roofs. "+asksRead, "LastPostIntent", "Date", "")
	k.expect("Untitled. From yesterday. Snow. It lies on the roofs. That was the end. The next post, from last Thursday, is: "+
		"A sentence that goes on for longer than anybody would have in mind who has to… Shall I read it?", "AMAZON.YesIntent")
	k.expect("The newest posts are: 1: Snow. It lies on the roofs. 2: A sentence that goes on for longer than anybody would have "+
		"in mind who has to… 3: Untitled. "+asksLast, "ListPostsIntent", "Date", "")
}

// TestLongTitles requires shortened titles, so that the prompt is not cut off.
func TestLongTitles(t *testing.T) {
	word := strings.Repeat("x", 299)
	for _, row := range []struct{ claim, title, spoken, card string }{
		{"300 characters are whole", word + "y", word + "y.", word + "y"},
		{"more are cut", word + "yz", word + "y…", word + "y…"},
		{"between words", "two " + strings.Repeat("words ", 2000), "two " + strings.TrimSpace(strings.Repeat("words ", 49)) + "…", "two " + strings.TrimSpace(strings.Repeat("words ", 49)) + "…"},
		{"a word of 10,000 characters is cut within", strings.Repeat("x", 10_000), word + "x…", word + "x…"},
		{"characters are not bytes", strings.Repeat("塩", 300), strings.Repeat("塩", 300) + ".", strings.Repeat("塩", 300)},
		{"a leading space is not a cut position", " " + strings.Repeat("x", 400), word + "x…", word + "…"},
		{"what needs escapes", strings.Repeat(`"`, 10_000), strings.Repeat(`"`, 300) + "…", strings.Repeat(`"`, 300) + "…"},
		{"what is four bytes each", strings.Repeat("𝕏", 10_000), strings.Repeat("𝕏", 300) + "…", strings.Repeat("𝕏", 300) + "…"},
		{"emoji are not counted in speech", strings.Repeat("🎉", 400) + " Party", "Party.", strings.Repeat("🎉", 300) + "…"},
		{"emoji alone stay without sound", strings.Repeat("🎉", 10_000), "Untitled.", strings.Repeat("🎉", 300) + "…"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			a := newFixture(t, saturday, postOn("2026-03-14", row.title)).send(t, inSession(lastPost("")))
			require.Equal(t, "The latest post, from today, is: "+row.spoken, a.statement())
			require.Equal(t, &alexatest.Card{Type: "Simple", Title: row.card, Content: "March 14, 2026\nhttps://blog.test/2026-03-14"}, a.Body.Card)
		})
	}
}

// TestCardLinkIsNeverCut requires a complete link or none.
func TestCardLinkIsNeverCut(t *testing.T) {
	const day = "March 14, 2026"
	long := "https://blog.test/" + strings.Repeat("x", 2030)
	for _, row := range []struct{ claim, link, want string }{
		{"a link", "https://blog.test/?p=1&q=<2>", day + "\nhttps://blog.test/?p=1&q=<2>"},
		{"no link, no second line", "", day},
		{"the longest link that a feed can have", long, day + "\n" + long},
		{"a link that no card can hold", long + strings.Repeat("y", 20_000), day},
	} {
		t.Run(row.claim, func(t *testing.T) {
			p := postOn("2026-03-14", "T")
			p.Link = row.link
			a := newFixture(t, saturday, p).send(t, launch())
			require.Equal(t, &alexatest.Card{Type: "Simple", Title: "T", Content: row.want}, a.Body.Card)
		})
	}
}

// TestWorstCasePost uses the longest fields, in characters that take the most space.
func TestWorstCasePost(t *testing.T) {
	p := postOn("2026-03-14", strings.Repeat(`"𝕏`, 10_000))
	p.Link = "https://blog.test/" + strings.Repeat("\u2028", 10_000)
	a := newFixture(t, saturday, p).send(t, launch())
	require.True(t, strings.HasPrefix(a.statement(), `Welcome to half elf. The latest post, from today, is: "𝕏"𝕏`))
	require.True(t, strings.HasSuffix(a.statement(), "…"))
	require.True(t, utf8.ValidString(a.Body.Card.Content))
}
