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
