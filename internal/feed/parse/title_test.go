package parse

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"lastpost/internal/feed"
)

func TestCleanTitle(t *testing.T) {
	for _, c := range []struct{ claim, in, want string }{
		{"plain text stays", "Hello, world", "Hello, world"},
		{"empty stays empty", "", ""},
		{"an ampersand stays", "Fish & Chips", "Fish & Chips"},
		{"a company's ampersand stays", "AT&T and R&D", "AT&T and R&D"},
		{"an entity that was escaped twice is decoded", "AT&amp;T", "AT&T"},
		{"a numeric entity is decoded", "It&#8217;s &#x201C;here&#x201d;", "It’s “here”"},
		{"a no-break space is a space", "a&nbsp;b c", "a b c"},
		{"an entity without semicolon is text", "if &not and &copy=2", "if &not and &copy=2"},
		{"an unknown entity is text", "&notit; &foo;", "&notit; &foo;"},
		{"an entity for a semicolon is decoded", "a&semi; b&#59;", "a; b;"},
		{"an entity for NUL is removed", "a&#0;b", "ab"},
		{"a comparison stays", "a < b", "a < b"},
		{"a comparison without spaces stays", "a<b and c>d", "a<b and c>d"},
		{"a name with < stays", "AC<DC", "AC<DC"},
		{"a generic type stays", "List<String> and Map<K, V>", "List<String> and Map<K, V>"},
		{"a heart stays", "I <3 you </3", "I <3 you </3"},
		{"an email address stays", "Joe <joe@example.com>", "Joe <joe@example.com>"},
		{"a custom element stays", "<b-side> <my-tag>", "<b-side> <my-tag>"},
		{"a PHP tag stays", "The <?php tag", "The <?php tag"},
		{"emphasis is removed", "A <em>great</em> day", "A great day"},
		{"attributes are removed", `<a href="x>y" class='z' id=q>link</a>!`, "link!"},
		{"markup in upper case is removed", "<B>loud</B>", "loud"},
		{"markup within a word adds no space", "H<sub>2</sub>O and un<b>believ</b>able", "H2O and unbelievable"},
		{"a line break separates words", "one<br>two<br/>three<p>four</p>", "one two three four"},
		{"an unclosed tag is text", "a <b", "a <b"},
		{"an unclosed attribute is text", `a <a href="x`, `a <a href="x`},
		{"markup after text like markup is removed", "x<y <b>z</b>", "x<y z"},
		{"escaped markup stays as text", "Use &lt;br&gt; here", "Use <br> here"},
		{"a comment is removed", "a<!-- b > c -->d", "ad"},
		{"an open comment is text", "a <!-- b", "a <!-- b"},
		{"a script is removed with its content", "a<script>alert(1)</script >b", "a b"},
		{"a style is removed with its content", "a<STYLE>p{}</STYLE>b", "a b"},
		{"an unclosed script keeps the text", "The <script> tag", "The tag"},
		{"quotes stay", `"a" 'b' «c»`, `"a" 'b' «c»`},
		{"white space is collapsed", " a\r\n\t b  c ", "a b c"},
		{"a line separator is white space", "a\u2028b\u0085c", "a b c"},
		{"an emoji stays", "Hi 🎉!", "Hi 🎉!"},
		{"a joined emoji stays", "👩‍💻 👨‍👩‍👧 ❤️‍🔥", "👩‍💻 👨‍👩‍👧 ❤️‍🔥"},
		{"a joined emoji with skin tone stays", "👩🏽‍🚀", "👩🏽‍🚀"},
		{"a joiner between letters is removed", "a\u200db", "ab"},
		{"right-to-left marks are removed", "\u202eabc\u202c \u200fd\u2066e\u2069", "abc de"},
		{"right-to-left letters stay", "שלום \u200fعالم", "שלום عالم"},
		{"zero-width characters are removed", "a\u200bb\ufeffc\u2060d\u00ade", "abcde"},
		{"control characters are removed", "a\x00b\x1bc\x7fd", "abcd"},
		{"characters forbidden in XML are removed", "a\ufffeb\uffffc\ufffdd", "abcd"},
		{"invalid UTF-8 is removed", "a\xffb", "ab"},
		{"a joiner before a removed character is removed", "👩\u200d\ufffd7", "👩7"},
		{"a joiner after a space is removed", "👩 \u200d👩", "👩 👩"},
		{"an Arabic number sign stays", "\u0600\u0661", "\u0600\u0661"},
		{"a surrogate pair", "T &#xD83D;&#xDE00;", "T 😀"},
		{"combining marks stay", "e\u0301", "e\u0301"},
	} {
		t.Run(c.claim, func(t *testing.T) { require.Equal(t, c.want, cleanTitle(c.in)) })
	}
}

func TestCleanTitleCutsAtARune(t *testing.T) {
	got := cleanTitle(strings.Repeat("é", feed.MaxTitle))
	require.Len(t, got, feed.MaxTitle)
	require.Equal(t, "a"+strings.Repeat("é", feed.MaxTitle/2-1), cleanTitle("a"+strings.Repeat("é", feed.MaxTitle)))
}

func requireOneLine(t *testing.T, s string) {
	t.Helper()
	require.True(t, utf8.ValidString(s), "%q", s)
	require.Equal(t, feed.OneLine(s), s)
}

func FuzzTitle(f *testing.F) {
	for _, s := range []string{"a <b>c</b> &amp;amp; 👩‍💻", "<script>x</script>", "<!-- x", "<a b='", "\u202e\x00\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := cleanTitle(s)
		requireOneLine(t, got)
		require.LessOrEqual(t, len(got), 2*feed.MaxTitle)
	})
}

func TestBase64Titles(t *testing.T) {
	for title, want := range map[string]string{
		`<title mode="base64">RsOkaHJl</title>`: "Fähre", `<title mode="base64" type="text/html">QSAmYW1wOyA8Yj5CPC9iPg==</title>`: "A & B",
		`<title mode="base64">Plain text</title>`: "Plain text", `<title mode="base64">/w==</title>`: "/w==", `<title mode="escaped">RsOkaHJl</title>`: "RsOkaHJl",
	} {
		require.Equal(t, want, parseSingle(t, `<feed xmlns="http://purl.org/atom/ns#"><entry>`+title+`</entry></feed>`).Title)
	}
}
