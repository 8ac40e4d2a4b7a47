package speech

import (
	"encoding/xml"
	"errors"
	"html"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
)

// fragilePattern matches HTML whose text depends on the parser: entities, spoken attributes, and a "<" that does not
// start a tag.
var fragilePattern = regexp.MustCompile(`(?i)&|alt|title|<([^a-z/!?]|/?$)`)

func FuzzParse(f *testing.F) {
	goldens, err := filepath.Glob("testdata/posts/*.html")
	require.NoError(f, err)
	for _, golden := range goldens {
		source, err := os.ReadFile(golden)
		require.NoError(f, err)
		f.Add(string(source), "de-DE")
	}
	for _, source := range []string{
		"<ol><li>One, <b>two</p></b><table><tr><td>x<td>y</table><blockquote>&lt;p&gt;",
		"<p>" + strings.Repeat("x", 3000) + "<br>Y<br><br>z https://www.x.example/a", strings.Repeat("<b><div>", 300) + "x",
		"<pre>a\nb</pre><iframe></iframe><video><sup>12</sup><q>a<img alt='<p>'>", strings.Repeat("&quot;a; ", 500),
		`<p>[js]a<br>b[/js] [gallery ids="1"] $x_1$ \[a<br>b\] [b]x[/b] <div class="ruby"><span class="kw1">x</span></div>`,
		`<a href="#fnref1">x</a><img class="latex" alt="x^2"><a href="/subscribe">x</a> The post a appeared first on b. #c pic.twitter.com/d`,
		`Sra. A EE. UU. B, p. ej. C <br>- d<br>- ehttps://f.example/g 、`,
		"<svg/><math><mi>x</mi></math><select><plaintext>x", "!!!!" + strings.Repeat("\"", 3000) + "a",
	} {
		f.Add(source, "xx")
	}
	f.Fuzz(func(t *testing.T, source, locale string) {
		text := Parse(source, englishAnnouncements())
		checkTurns(t, text, locale)
		plain := text.String()
		require.Equal(t, text, Parse(source, englishAnnouncements()), "parsing must be deterministic")
		require.Equal(t, plain == "", len(text.sentences) == 0)
		require.False(t, strings.ContainsFunc(plain, func(r rune) bool { return !unicode.IsPrint(r) }), "%q", plain)
		require.NotContains(t, plain, "  ")
		words, _ := cleanText(plain)
		require.Equal(t, words, plain, "not clean")
		require.LessOrEqual(t, countUnits(text.Excerpt(300)), 300)
		if !fragilePattern.MatchString(source) {
			require.NotRegexp(t, "<[a-z/]", plain, "markup")
		}
		// The second parse finds shortcodes, formulas, tags and read more texts that were literal in the first.
		if len(source) < (maxTurn-frameLength-langTagLength)/len("&quot;") && !strings.ContainsAny(plain, `[$\#(»›>→…:-/`) { // too short to split
			again := Parse(html.EscapeString(plain), Announcements{}).String()
			require.Equal(t, plain, again, "the second parse differs")
		}
	})
}

// checkTurns requires the properties that the turns of every text have.
func checkTurns(t *testing.T, text Text, locale string) {
	t.Helper()
	var plain []string
	turns := text.Turns()
	for i, turn := range turns {
		require.True(t, isSpeakable(turn.String()), "a turn without a word: %q", turn)
		for _, locale := range []string{"", locale, "de-DE"} {
			ssml := turn.Speech(locale).SSML()
			require.Equal(t, turn.String(), plainFromSSML(t, ssml))
			require.Equal(t, turn.String(), turn.Speech(locale).Plain())
			require.LessOrEqual(t, countUnits(ssml), 1500)
		}
		if length := countUnits(turn.Speech("").SSML()); i+1 < len(turns) && length < 600 {
			longer := Turn{append(turn.sentences[:len(turn.sentences):len(turn.sentences)], turns[i+1].sentences[0])}
			require.Greater(t, countUnits(longer.Speech("de-DE").SSML()), 1500, "ends too early: %q", turn)
		}
		plain = append(plain, turn.String())
	}
	require.Equal(t, text.String(), strings.Join(plain, " "))
}

// plainFromSSML parses SSML with another parser and returns its words.
func plainFromSSML(t *testing.T, ssml string) string {
	t.Helper()
	decoder, depth, roots := xml.NewDecoder(strings.NewReader(ssml)), 0, 0
	var words strings.Builder
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			require.Equal(t, 1, roots)
			return strings.Join(strings.Fields(words.String()), " ")
		}
		require.NoError(t, err, ssml)
		switch token := token.(type) {
		case xml.StartElement:
			name := token.Name.Local
			require.Equal(t, depth == 0, name == "speak")
			require.Contains(t, []string{"speak", "break", "lang"}, name)
			if depth++; name == "speak" {
				roots++
			}
		case xml.EndElement:
			depth--
		case xml.CharData:
			require.Positive(t, depth)
			words.Write(token)
		}
	}
}
