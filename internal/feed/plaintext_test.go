package feed

import (
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func TestTruncateHTML(t *testing.T) {
	for _, c := range []struct {
		in   string
		most int
		want string
	}{
		{"abc", 3, "abc"}, {"abcd", 3, "abc"}, {"aéb", 2, "a"}, {"aéb", 3, "aé"}, {"a\U0001F600", 4, "a"},
		{"ab<p>c", 4, "ab"}, {"ab<p>c", 5, "ab<p>"}, {"ab</p>", 5, "ab"}, {"ab<", 3, "ab<"}, {"ab<x", 3, "ab"},
		{"1 < 2 and", 7, "1 < 2 a"}, {"a &amp; b", 5, "a "}, {"a &amp; b", 7, "a &amp;"}, {"a & b & c", 6, "a & b "},
		{"abc", 0, ""}, {"<a " + strings.Repeat("x", 9000), 8000, "<a " + strings.Repeat("x", 7997)},
	} {
		require.Equal(t, c.want, TruncateHTML(c.in, c.most), "%.20q %d", c.in, c.most)
	}
}

func TestPlainText(t *testing.T) {
	for _, c := range []struct{ claim, content, want string }{
		{"text", "<p>Hello,\n <b>wor</b>ld</p><p>again</p>", "Hello, world again"},
		{"entities", "caf&eacute; &amp;amp; &lt;b&gt; AT&T", "café &amp; <b> AT&T"},
		{"blocks separate words", "<li>a</li><li>b<br>c<td>d<hr/>e<h2>f</h2>g", "a b c d e f g"},
		{"alternative texts of images are included", `a<img src="x" alt="a &quot;cat&quot;">b<img alt=''><img>`, `a a "cat" b`},
		{"file names of images are omitted", `a<img src="/angies-list-300x200.png" alt="angies-list">b<img alt="Add to Facebook">c`, "a b c"},
		{"scripts and styles are omitted", "a<script>if (a<b) x</script>b<style>p{}</style>c<script/>d", "a b c"},
		{"templates, frames, SVG and noscript are omitted", "a<template>x<template>x</template>x</template>b<iframe>x</iframe>c<svg><title>x</title></svg>d<noscript><img alt=x>x</noscript>e", "a b c d e"},
		{"text after a self-closing svg is included", "a<svg/>b", "a b"},
		{"comments", "a<!-- x > y -->b<![CDATA[c]]>d", "abd"},
		{"invisible characters are removed", "a\u00adb\u200bc\u202ed\x00e", "abcde"},
		{"an unterminated tag is omitted", "a <b", "a"},
		{"empty content results in an empty text", "", ""},
		{"plain text stays unchanged", "1 < 2 > 1", "1 < 2 > 1"},
	} {
		t.Run(c.claim, func(t *testing.T) {
			require.Equal(t, c.want, Entry{Content: c.content}.PlainText())
		})
	}
}

// TestPlainTextOfHostileContent checks that content that makes some parsers slow takes linear time, which is a few
// milliseconds.
func TestPlainTextOfHostileContent(t *testing.T) {
	for _, s := range []string{"<", "<a ", "<a b='", "<!--", "</", "<svg>", "<div>", "<script>", "<script><!--<script>", "<title>", "&", "&#", "<plaintext>", "<![CDATA[", "\u200d"} {
		start := time.Now()
		content := strings.Repeat(s, MaxContent/len(s))
		require.LessOrEqual(t, len(Entry{Content: content}.PlainText()), 2*MaxContent)
		require.Less(t, time.Since(start), 5*time.Second, s)
	}
}

func FuzzPlainText(f *testing.F) {
	for _, s := range []string{"<p>a</p>b", "<svg><svg>x</svg>", "a<img alt='&lt;b'>", "<script>a", "<noscript/>a"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, content string) {
		requireOneLine(t, Entry{Content: content}.PlainText())
		for most := range 10 {
			cut := TruncateHTML(content, most)
			require.LessOrEqual(t, len(cut), max(most, 0))
			require.True(t, strings.HasPrefix(content, cut))
		}
	})
}

func requireOneLine(t *testing.T, s string) {
	t.Helper()
	require.True(t, utf8.ValidString(s), "%q", s)
	require.Equal(t, strings.TrimSpace(s), s)
	require.NotContains(t, s, "  ")
	for i, r := range s {
		require.True(t, r == ' ' || !unicode.IsSpace(r), "%q", s)
		require.False(t, r != zeroWidthJoiner && isInvisible(r), "%q at %d", s, i)
	}
}
