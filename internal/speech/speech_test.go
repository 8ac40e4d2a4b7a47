package speech

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

func englishAnnouncements() Announcements {
	return Announcements{
		Quote: "Quote:",
		Code:  func(lines int) string { return fmt.Sprintf("(Code of %d lines.)", lines) },
		Table: func(rows, columns int) string {
			return fmt.Sprintf("(Table of %d rows and %d columns.)", rows, columns)
		},
		Video: "(Video.)",
		Audio: "(Audio.)",
		Embed: "(Embed.)",

		Formula: "a formula",
	}
}

func TestEmptyHTMLGivesEmptyText(t *testing.T) {
	for _, html := range []string{"", " \n", "<p></p>", "<p>&nbsp;</p>", "<p>🎉 \u200b</p>", "<p>* * *</p>", `<img src="a.png">`,
		"<script>alert(1)</script>", "<!-- only a comment -->", "<blockquote></blockquote>", "<ol><li></ol>", "<pre> \n</pre>"} {
		text := Parse(html, englishAnnouncements())
		require.True(t, len(text.sentences) == 0, "%q", html)
		require.Empty(t, text.String())
		require.Empty(t, text.Turns())
		require.Empty(t, text.Excerpt(100))
	}
	require.Equal(t, Text{}.Fingerprint(), Parse("<p> </p>", Announcements{}).Fingerprint())
}

func TestWithoutTitle(t *testing.T) {
	for _, c := range []struct{ claim, title, html, want string }{
		{"the description of an image", "Why the harbour is empty", `<img src="/a.jpg" alt="Why the harbour is empty"><p>Nine boats left.</p>`, "Nine boats left."},
		{"a heading", "It works! Again.", "<h1>It works! Again</h1><p>We tried.</p>", "We tried."},
		{"other letters' case", "a LAMP", "<h2>A lamp</h2><p>It burns.</p>", "It burns."},
		{"a text that is only the title stays", "Fog", "<p>Fog.</p>", "Fog."},
		{"a sentence of the first paragraph stays", "Fog", "<p>Fog. It came at noon.</p><p>It went.</p>", "Fog. It came at noon. It went."},
		{"a later paragraph stays", "Fog", "<p>It came at noon.</p><p>Fog.</p>", "It came at noon. Fog."},
		{"a post without a title", "", "<p>It came at noon.</p><p>Fog.</p>", "It came at noon. Fog."},
		{"a post without a text", "Fog", "", ""},
	} {
		t.Run(c.claim, func(t *testing.T) {
			require.Equal(t, c.want, Parse(c.html, englishAnnouncements()).WithoutTitle(c.title).String())
		})
	}
}
