package playback

import (
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/require"
)

// TestPlayTokens requires that a token is what it was before Alexa returned it, for each id that a post can have.
func TestPlayTokens(t *testing.T) {
	first, at := "th4k00.1z", "th4k01.zzzzzz"
	for _, id := range []string{
		"a", "https://blog.test/?p=1&q=ü", " ", ":", ":::", "::::x", `"`, tokenPrefix, tokenPrefix + ":::id", tokenPrefix + "x", strings.Repeat("x", 512), strings.Repeat("𝐀", 128),
	} {
		for _, k := range []PlayToken{
			{PostID: id}, {PostID: id, Position: at, First: first}, {PostID: id, Position: at, Listener: "Ab-_9"}, {PostID: id, Position: at, First: first, Listener: strings.Repeat("k", maxListenerKey)},
		} {
			text := k.String()
			require.LessOrEqual(t, len(utf16.Encode([]rune(text))), 1024)
			if got := ParseToken(text); k.Position == "" {
				require.Equal(t, id, got.PostID)
			} else {
				require.Equal(t, k, got)
			}
		}
		require.Equal(t, strings.HasPrefix(id, tokenPrefix), PlayToken{PostID: id}.String() != id, "the token of a single episode is its id, as in older versions")
	}
}

// TestForeignTokens requires that a text that this service did not write is the id of a post, which does not exist.
func TestForeignTokens(t *testing.T) {
	for _, text := range []string{
		"", "id", tokenPrefix, tokenPrefix + "a", tokenPrefix + "::a", tokenPrefix + "k y:::id", tokenPrefix + ":fi/st:th4k00.1:id", tokenPrefix + ":th4k00.1:ü:id",
		tokenPrefix + ":" + strings.Repeat("z", 33) + "::id",
		tokenPrefix + strings.Repeat("k", 65) + ":::id", tokenPrefix + ":::" + strings.Repeat("x", 1100), tokenPrefix + ":::\xff", "LASTPOST.PLAY::::id",
	} {
		require.Equal(t, PlayToken{PostID: text}, ParseToken(text))
	}
}

// FuzzPlayToken requires that a parsed token survives its text, and that the token of the next post is valid.
func FuzzPlayToken(f *testing.F) {
	for _, text := range []string{"id", tokenPrefix + "key:th4k00.1:th4k01.2:id", tokenPrefix + ":::" + tokenPrefix, tokenPrefix + ":+1.+1:0.0:", "\xff", ":::"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		k := ParseToken(text)
		if k != (PlayToken{PostID: text}) {
			require.LessOrEqual(t, len(text), maxToken)
			require.Equal(t, k.PostID, ParseToken(k.String()).PostID)
			require.Equal(t, k.First, ParseToken(k.String()).First)
		}
		k.PostID, k.Position = strings.Repeat("x", 512), strings.Repeat("z", maxRef)
		next := k.String()
		require.LessOrEqual(t, len(next), maxToken)
		require.Equal(t, strings.Repeat("x", 512), ParseToken(next).PostID)
	})
}
