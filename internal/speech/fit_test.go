package speech

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSplitsLongSentencesAtTheBestPlace(t *testing.T) {
	const limit = maxTurn - frameLength - langTagLength
	words := func(n int) string { return strings.TrimSpace(strings.Repeat("word ", n)) }
	for claim, tt := range map[string]struct {
		text string
		ends []string // ends of all pieces except the last
	}{
		"at a stop":                  {words(200) + ". x " + words(80) + ", " + words(100) + ".", []string{"word."}},
		"at a comma":                 {words(200) + ", " + words(80) + " " + words(100) + ".", []string{"word,"}},
		"at a dash":                  {words(200) + " – " + words(180) + ".", []string{"word –"}},
		"not at a comma in a number": {words(200) + " 1,000 " + words(180) + ".", []string{"word"}},
		"not at a distant comma":     {"word, " + words(400) + ".", []string{"word"}},
		"at a space":                 {words(400) + ".", []string{"word"}},
		"at a space right after":     {"a " + strings.Repeat("x", limit-2) + " b.", []string{"xx"}},
		"in a word":                  {strings.Repeat("x", 2000) + ".", []string{"x"}},
		"not before an accent":       {strings.Repeat("e\u0301", 1000) + ".", []string{"e\u0301"}},
		"with escaped lengths":       {strings.Repeat("a\"", 100) + words(80) + ", " + words(200), []string{"word,"}},
		"counted in UTF-16 units":    {strings.Repeat("𝔞", 1000) + ".", []string{"𝔞"}},
		"at Japanese commas":         {strings.Repeat("一つ", 500) + "、" + strings.Repeat("二つ", 500), []string{"、"}},
	} {
		t.Run(claim, func(t *testing.T) {
			pieces := splitToFit(tt.text, escapedLength)
			require.Len(t, pieces, len(tt.ends)+1)
			for i, end := range tt.ends {
				require.True(t, strings.HasSuffix(pieces[i], end), "%q ends with %q", pieces[i], end)
			}
			for _, piece := range pieces {
				require.LessOrEqual(t, escapedLength(piece), limit)
			}
			require.Equal(t, strings.ReplaceAll(tt.text, " ", ""), strings.ReplaceAll(strings.Join(pieces, ""), " ", ""))
		})
	}
}

func TestDropsPiecesWithoutWords(t *testing.T) {
	require.Equal(t, []string{"x" + strings.Repeat("!", maxTurn-frameLength-langTagLength-1)}, splitToFit("x"+strings.Repeat("!", 5000), escapedLength))
	require.Len(t, splitToFit("x"+strings.Repeat("\u0301", 5000), escapedLength), 1)
}
