package handlers

import (
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/stretchr/testify/require"

	"lastpost/internal/alexa"
	"lastpost/internal/feed"
)

// PostIDOf returns the id of the post in a token.
func PostIDOf(token string) string { return parsePlayToken(token).id }

// TestPlayTokens requires that a token is what it was before Alexa returned it, for each id that a post can have.
func TestPlayTokens(t *testing.T) {
	first, at := ref("th4k00.1z"), ref("th4k01.zzzzzz")
	for _, id := range []string{
		"a", "https://blog.test/?p=1&q=ü", " ", ":", ":::", "::::x", `"`, tokenPrefix, tokenPrefix + ":::id", tokenPrefix + "x", strings.Repeat("x", 512), strings.Repeat("𝐀", 128),
	} {
		for _, k := range []playToken{
			{id: id}, {id: id, position: at, first: first}, {id: id, position: at, listener: "Ab-_9"}, {id: id, position: at, first: first, listener: strings.Repeat("k", maxListenerKey)},
		} {
			text := k.String()
			require.LessOrEqual(t, len(utf16.Encode([]rune(text))), 1024)
			if got := parsePlayToken(text); k.position == "" {
				require.Equal(t, id, got.id)
			} else {
				require.Equal(t, k, got)
			}
		}
		require.Equal(t, strings.HasPrefix(id, tokenPrefix), playToken{id: id}.String() != id, "the token of a single episode is its id, as in older versions")
	}
}

// TestForeignTokens requires that a text that this service did not write is the id of a post, which does not exist.
func TestForeignTokens(t *testing.T) {
	for _, text := range []string{
		"", "id", tokenPrefix, tokenPrefix + "a", tokenPrefix + "::a", tokenPrefix + "k y:::id", tokenPrefix + ":first:th4k00.1:id", tokenPrefix + ":th4k00.1:-:id",
		tokenPrefix + strings.Repeat("k", 65) + ":::id", tokenPrefix + ":::" + strings.Repeat("x", 1100), tokenPrefix + ":::\xff", "LASTPOST.PLAY::::id",
	} {
		require.Equal(t, playToken{id: text}, parsePlayToken(text))
	}
}

// FuzzPlayToken requires that a parsed token survives its text, and that the token of the next post is valid.
func FuzzPlayToken(f *testing.F) {
	for _, text := range []string{"id", tokenPrefix + "key:th4k00.1:th4k01.2:id", tokenPrefix + ":::" + tokenPrefix, tokenPrefix + ":+1.+1:0.0:", "\xff", ":::"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		k := parsePlayToken(text)
		if k != (playToken{id: text}) {
			require.LessOrEqual(t, len(text), maxPlayToken)
			require.Equal(t, k.id, parsePlayToken(k.String()).id)
			require.Equal(t, k.first, parsePlayToken(k.String()).first)
		}
		p := feed.Post{ID: strings.Repeat("x", 512), Published: time.Unix(1<<40, 0)}
		next := (&turn{envelope: &alexa.Envelope{}}).tokenOf(p, k).String()
		require.LessOrEqual(t, len(next), maxPlayToken)
		require.Equal(t, strings.Repeat("x", 512), parsePlayToken(next).id)
	})
}
