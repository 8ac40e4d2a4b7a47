package handlers_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"lastpost/internal/alexa/alexatest"
)

// TestTitles requires that a title is spoken as text with a final punctuation mark, and that the card shows the title
// unchanged.
func TestTitles(t *testing.T) {
	const untitled = "Untitled"
	for _, row := range []struct{ claim, title, spoken, card string }{
		{"a full stop is added", "Salt", "Salt.", "Salt"},
		{"a full stop is not doubled", "Salt.", "Salt.", "Salt."},
		{"an exclamation mark ends a sentence", "Salt!", "Salt!", "Salt!"},
		{"an ellipsis ends a sentence", "Salt…", "Salt…", "Salt…"},
		{"three dots end a sentence", "Salt...", "Salt...", "Salt..."},
		{"a mark within quotes ends a sentence", "“Salt!”", "“Salt!”", "“Salt!”"},
		{"a mark within plain quotes ends a sentence", `"Salt."`, `"Salt."`, `"Salt."`},
		{"a mark within single quotes ends a sentence", "'Salt.'", "'Salt.'", "'Salt.'"},
		{"a mark within brackets ends a sentence", "Pepper (and salt.)", "Pepper (and salt.)", "Pepper (and salt.)"},
		{"a mark within German quotes ends a sentence", "„Salz!“", "„Salz!“", "„Salz!“"},
		{"closing quotes do not end a sentence", "“Salt”", "“Salt”.", "“Salt”"},
		{"a full stop of another script ends a sentence", "塩。", "塩。", "塩。"},
		{"ampersands and angle brackets are text", "R&D: 1 < 2 > 0", "R&D: 1 < 2 > 0.", "R&D: 1 < 2 > 0"},
		{"an entity is text", "AT&amp;T &lt;b&gt;", "AT&amp;T &lt;b&gt;.", "AT&amp;T &lt;b&gt;"},
		{"SSML is text", "</speak><audio src='https://x.test/a.mp3'/>", "</speak><audio src='https://x.test/a.mp3'/>.", "</speak><audio src='https://x.test/a.mp3'/>"},
		{"a tag is text", `<break time="10s"/>`, `<break time="10s"/>.`, `<break time="10s"/>`},
		{"CDATA is text", "]]><!-- x -->", "]]><!-- x -->.", "]]><!-- x -->"},
		{"the wording's placeholders are text", "{{.Blog}} and %s", "{{.Blog}} and %s.", "{{.Blog}} and %s"},
		{"an emoji is shown and not spoken", "Party 🎉 time", "Party time.", "Party 🎉 time"},
		{"an emoji after the final mark is ignored", "Party! 🎉", "Party!", "Party! 🎉"},
		{"a title of emoji is spoken as untitled", "🎉👩‍💻", untitled + ".", "🎉👩‍💻"},
		{"an empty title is spoken as untitled", "", untitled + ".", untitled},
		{"control characters are not spoken", "\u202eevil\u202c \u0007bell\u200b", "evil bell.", "\u202eevil\u202c bell\u200b"},
		{"an invisible character after the final mark is ignored", "Salt.\u200f", "Salt.", "Salt.\u200f"},
		{"right-to-left letters stay", "שלום", "שלום.", "שלום"},
		{"invalid UTF-8 is left out", "a\xffb", "ab.", "ab"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			p := postOn("2026-03-14", row.title)
			a := newFixture(t, saturday, p).send(t, lastPost(""))
			require.Equal(t, "The latest post is from today: "+row.spoken, a.statement())
			require.Equal(t, &alexatest.Card{Type: "Simple", Title: row.card, Content: "March 14, 2026\nhttps://blog.test/2026-03-14"}, a.Body.Card)
		})
	}
}

// TestUntitledPost requires that the first words name a post without a title, and that the reading does not repeat
// these words.
func TestUntitledPost(t *testing.T) {
	long := "A sentence that goes on for longer than anybody would have in mind who has to choose from three"
	k := newFixture(t, saturday,
		withText(postOn("2026-03-13", ""), "<p>Snow. It lies on the roofs.</p>"), withText(postOn("2026-03-12", "🎉"), "<p>"+long+".</p>"), postOn("2026-03-11", ""),
	).newSession(t)
	k.expect("The latest post is from yesterday: Snow. It lies on the roofs. "+asksRead, "LastPostIntent", "Date", "")
	k.expect("From yesterday. Snow. It lies on the roofs. That's the end. The one before it is from Thursday: "+
		"A sentence that goes on for longer than anybody would have in mind who has to… Should I keep going?", "AMAZON.YesIntent")
	k.expect("Here are the newest posts. Number one: Snow. It lies on the roofs. Number two: A sentence that goes on for longer than anybody would have… "+
		"Number three: Untitled. "+asksLast, "ListPostsIntent", "Date", "")
}

// TestLongTitles requires that long titles are shortened, because a long title would push the prompt out of the
// response.
func TestLongTitles(t *testing.T) {
	word := strings.Repeat("x", 299)
	for _, row := range []struct{ claim, title, spoken, card string }{
		{"300 characters are not cut", word + "y", word + "y.", word + "y"},
		{"more than 300 characters are cut", word + "yz", word + "y…", word + "y…"},
		{"a title is cut between words", "two " + strings.Repeat("words ", 2000), "two " + strings.TrimSpace(strings.Repeat("words ", 49)) + "…", "two " + strings.TrimSpace(strings.Repeat("words ", 49)) + "…"},
		{"a word of 10,000 characters is cut within", strings.Repeat("x", 10_000), word + "x…", word + "x…"},
		{"the limit counts characters, not bytes", strings.Repeat("塩", 300), strings.Repeat("塩", 300) + ".", strings.Repeat("塩", 300)},
		{"a leading space is not a cut position", " " + strings.Repeat("x", 400), word + "x…", word + "…"},
		{"characters that need escapes are cut too", strings.Repeat(`"`, 10_000), strings.Repeat(`"`, 300) + "…", strings.Repeat(`"`, 300) + "…"},
		{"characters of four bytes are cut too", strings.Repeat("𝕏", 10_000), strings.Repeat("𝕏", 300) + "…", strings.Repeat("𝕏", 300) + "…"},
		{"the limit of the spoken title does not count emoji", strings.Repeat("🎉", 400) + " Party", "Party.", strings.Repeat("🎉", 300) + "…"},
		{"a long title of emoji is spoken as untitled", strings.Repeat("🎉", 10_000), "Untitled.", strings.Repeat("🎉", 300) + "…"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			a := newFixture(t, saturday, postOn("2026-03-14", row.title)).send(t, inSession(lastPost("")))
			require.Equal(t, "The latest post is from today: "+row.spoken, a.statement())
			require.Equal(t, &alexatest.Card{Type: "Simple", Title: row.card, Content: "March 14, 2026\nhttps://blog.test/2026-03-14"}, a.Body.Card)
		})
	}
}

// TestCardLinkIsNeverCut requires that a card shows the complete link or no link.
func TestCardLinkIsNeverCut(t *testing.T) {
	const day = "March 14, 2026"
	long := "https://blog.test/" + strings.Repeat("x", 2030)
	for _, row := range []struct{ claim, link, want string }{
		{"a short link is shown", "https://blog.test/?p=1&q=<2>", day + "\nhttps://blog.test/?p=1&q=<2>"},
		{"without a link the card has only the date", "", day},
		{"the longest link that a feed can have is shown", long, day + "\n" + long},
		{"a link that is too long for a card is left out", long + strings.Repeat("y", 20_000), day},
	} {
		t.Run(row.claim, func(t *testing.T) {
			p := postOn("2026-03-14", "T")
			p.Link = row.link
			a := newFixture(t, saturday, p).send(t, launch())
			require.Equal(t, &alexatest.Card{Type: "Simple", Title: "T", Content: row.want}, a.Body.Card)
		})
	}
}

// TestCardHasTextOnly requires a card without the file names of images and without page furniture.
func TestCardHasTextOnly(t *testing.T) {
	p := postOn("2026-03-14", "T")
	p.Content = `<p><img src="/2011/12/angies-list-300x200.png" alt="angies-list"> Salt, $\frac{1}{2}$ cup. [gallery ids="1"]</p>` +
		`<div class="wp-block-buttons"><a>Buy</a></div><p>The post <a>T</a> appeared first on <a>B</a>.</p>`
	a := newFixture(t, saturday, p).send(t, launch())
	require.Contains(t, a.Body.Card.Content, "\nSalt, a formula cup.\n")
}

// TestWorstCasePost requires a response within Amazon's limits for a post with the longest fields, in characters that
// take the most space.
func TestWorstCasePost(t *testing.T) {
	p := postOn("2026-03-14", strings.Repeat(`"𝕏`, 10_000))
	p.Link = "https://blog.test/" + strings.Repeat("\u2028", 10_000)
	a := newFixture(t, saturday, p).send(t, launch())
	require.True(t, strings.HasPrefix(a.statement(), `Welcome to half elf. The latest post is from today: "𝕏"𝕏`))
	require.True(t, strings.HasSuffix(a.statement(), "…"))
	require.True(t, utf8.ValidString(a.Body.Card.Content))
}
