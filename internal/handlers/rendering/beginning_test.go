package rendering

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"lastpost/internal/speech"
)

func TestBeginning(t *testing.T) {
	announcements := speech.Announcements{Table: func(int, int) string { return "A table is left out." }}
	long := "It began on a cold day in the north of the country, when the last of the ships had left the harbour; " + strings.Repeat("and then it rained ", 9) + "at last."
	for _, row := range []struct{ claim, html, title, want string }{
		{"the first sentence", "<p>Today I baked a large loaf of bread. It was good.</p>", "Bread", "Today I baked a large loaf of bread."},
		{"a very short sentence takes the next one along", "<p>Hi! Today I baked a large loaf of bread. It was good.</p>", "Bread", "Hi! Today I baked a large loaf of bread."},
		{"no text", "", "Bread", ""},
		{"a heading is not a sentence", "<h2>Ingredients</h2><p>You need flour, water and patience.</p>", "Bread", "You need flour, water and patience."},
		{"announcements are left out", "<table><tr><td>1<td>2<td>3<td>4</table><p>You need flour, water and patience.</p>", "Bread", "You need flour, water and patience."},
		{"the title is not repeated", "<p>The best bread. You need flour, water and patience.</p>", "The best bread!", "You need flour, water and patience."},
		{"a sentence of the title is not repeated", "<p>We went out. It was cold there, and dark. We came back soon after that.</p>", "We went out. It was cold there, and…", ""},
		{"a title that is the start of the sentence", "<p>Today I went to the market and bought a pound of apples. Then home.</p>", "Today I went to the market and…", ""},
		{"a title of one word may begin the sentence", "<p>Bread is made of flour, water and patience.</p>", "Bread", "Bread is made of flour, water and patience."},
		{"a long sentence is cut after a clause", "<p>" + long + "</p>", "North", "It began on a cold day in the north of the country, when the last of the ships had left the harbour…"},
		{"a long sentence without a clause is cut after a word", "<p>" + strings.Repeat("word ", 99) + "</p>", "North", strings.Repeat("word ", 30) + "word…"},
		{"a text without words", "<p>* * *</p><p>…</p>", "Stars", ""},
	} {
		t.Run(row.claim, func(t *testing.T) {
			require.Equal(t, row.want, beginning(speech.Parse(row.html, announcements), row.title))
		})
	}
}

// FuzzBeginning requires that the sentence is short and printable, whatever the post and its title are.
func FuzzBeginning(f *testing.F) {
	f.Add("<p>Today I baked a large loaf of bread. It was good.</p>", "Bread")
	f.Add(strings.Repeat("ä, ", 200), strings.Repeat("ä ", 100))
	f.Fuzz(func(t *testing.T, html, title string) {
		said := beginning(speech.Parse(html, speech.Announcements{}), title)
		require.LessOrEqual(t, utf8.RuneCountInString(said), maxBeginning)
		require.True(t, utf8.ValidString(said))
	})
}
