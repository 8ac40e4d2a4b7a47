package speech

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBeginning(t *testing.T) {
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
		{"a long sentence without a clause is cut after a word", "<p>" + strings.Repeat("word ", 99) + "</p>", "North", strings.Repeat("word ", 31) + "word…"},
		{"a text without words", "<p>* * *</p><p>…</p>", "Stars", ""},
	} {
		t.Run(row.claim, func(t *testing.T) {
			require.Equal(t, row.want, Parse(row.html, englishAnnouncements()).Beginning(row.title, 160))
		})
	}
}
