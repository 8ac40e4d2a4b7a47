package speech

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// textLines returns a text in the format of the golden files: one line for each paragraph, and "|" between sentences.
func textLines(text Text) string {
	out := ""
	for i, s := range text.sentences {
		switch {
		case i > 0 && s.opensParagraph:
			out += "\n"
		case i > 0:
			out += " | "
		}
		out += s.words
	}
	return out
}

func TestReadsHTML(t *testing.T) {
	for claim, tt := range map[string]struct{ html, want string }{
		"text without markup":                         {"One. Two.", "One. | Two."},
		"paragraphs":                                  {"<p>One.</p><p>Two.</p>", "One.\nTwo."},
		"white space is collapsed":                    {"<p>One\n\t <b>two</b>\v three</p>", "One two three."},
		"inline elements do not split words":          {"<p>un<b>believ</b>able</p>", "unbelievable."},
		"entities are decoded":                        {"<p>R&amp;D &lt;p&gt; &eacute;&#8230;</p>", "R&D <p> é…"},
		"emoji and zero-width characters are removed": {"<p>Hi 🎉🎉 th\u200bere\u0007!</p>", "Hi there!"},
		"a paragraph without a stop gets one":         {"<p>One</p>", "One."},
		"a stop within quotes is enough":              {"<p>“One.”</p>", "“One.”"},
		"quotes without a stop get one after":         {"<p>“One”</p>", "“One”."},
		"a comma at the end becomes a stop":           {"<li>flour,</li>", "flour."},
		"a colon at the end stays":                    {"<p>You need:</p>", "You need:"},
		"Japanese gets its own stop":                  {"<p>日本語</p>", "日本語。"},
		"headings are paragraphs":                     {"One<h2>Two</h2>three", "One.\nTwo.\nthree."},
		"blocks are paragraphs":                       {"<div>One<section>two</section>three</div>", "One.\ntwo.\nthree."},
		"a rule splits paragraphs":                    {"One<hr>two", "One.\ntwo."},
		"a break before a capital ends a sentence":    {"<p>Main Street 1<br>Springfield</p>", "Main Street 1. | Springfield."},
		"a break before a lower-case letter does not": {"<p>and so<br>it goes</p>", "and so it goes."},
		"two breaks split paragraphs":                 {"one<br>\n<br/>two", "one.\ntwo."},
		"bullets typed by the author are removed":     {"<p>- Milk<br>• Bread<br>* * *<br>-5 degrees</p>", "Milk. | Bread. | -5 degrees."},
		"a list with breaks and bullets":              {"<p>You need:<br>- flour,<br>- salt<br />\n- water</p>", "You need: | flour. | salt. | water."},
		"a list with dashes":                          {"<p>– flour<br>– salt</p>", "flour. | salt."},
		"a dash that is not a list":                   {"<p>It was late<br>– too late.</p>", "It was late – too late."},
		"a Japanese list":                             {"<p>・卵<br>・牛乳</p>", "卵。 | 牛乳。"},
		"Japanese commas at the end":                  {"<p>瓶、<br>蓋、</p>", "瓶、 | 蓋、"},
		"a Japanese comma before a stop":              {"<p>瓶、.</p><p>蓋、。</p>", "瓶。\n蓋。"},
		"a plain list":                                {"To buy:\n- salt\n- lids", "To buy: | salt. | lids."},
		"a plain list after a blank line":             {"To buy:\n\n* salt\n* lids\n\nEnjoy.", "To buy:\nsalt. | lids.\nEnjoy."},
		"a plain dash at the start of a line":         {"It was late\n- too late.", "It was late - too late."},
		"a list with dashes without spaces":           {"<p>To buy:<br>-salt<br>-lids</p>", "To buy: | salt. | lids."},
		"Japanese marks at the end":                   {"<p>瓶〜</p><p>５</p>", "瓶〜\n５。"},
		"an Arabic comma at the end becomes a stop":   {"<p>جرة،</p>", "جرة."},
		"runs of marks are shortened":                 {"<p>Yes" + strings.Repeat("!", 500) + "</p>", "Yes" + strings.Repeat("!", 100)},
		"a wbr is not a break":                        {"<p>super<wbr>cali</p>", "supercali."},
		"a quotation is marked":                       {"<p><q>To be</q>, he said.</p>", "“To be”, he said."},
		"a quotation is announced once":               {"<blockquote><p>One.</p><p>Two.</p><blockquote>Three.</blockquote></blockquote>Four.", "Quote: | One.\nTwo.\nThree.\nFour."},
		"an empty quotation is not announced":         {"<blockquote><img src=x></blockquote><p>One.</p>", "One."},
		"struck out words are read":                   {"<p>a <s>b</s> <ins>c</ins></p>", "a b c."},
		"deleted words are removed":                   {"<p>a <del>b</del> c</p>", "a c."},
		"details are read":                            {"<details><summary>More</summary>Yes.</details>", "More.\nYes."},
		"ruby annotations are removed":                {"<p><ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby>字。</p>", "漢字。"},
		"powers":                                      {"<p>10<sup>6</sup> m<sup>2</sup>, the 4<sup>th</sup>, H<sub>2</sub>O</p>", "10⁶ m², the 4th, H2O."},
		"abbreviations are read in full":              {`<p><abbr title="as soon as possible">ASAP</abbr>, <acronym title="Hypertext">HT</acronym>.</p>`, "as soon as possible, Hypertext."},
		"a machine-readable date is not used":         {`<abbr title="2026-01-02T10:00">yesterday</abbr>`, "yesterday."},
		"an abbreviation without a title":             {`<p><abbr>ASAP</abbr> <abbr title="">FYI</abbr></p>`, "ASAP FYI."},
	} {
		t.Run(claim, func(t *testing.T) {
			require.Equal(t, tt.want, textLines(Parse(tt.html, englishAnnouncements())))
		})
	}
}

func TestReadsLists(t *testing.T) {
	for claim, tt := range map[string]struct{ html, want string }{
		"items are sentences of a paragraph":     {"One:<ul><li>a<li>b</ul>two", "One:\na. | b.\ntwo."},
		"items of an ordered list have numbers":  {"<ol><li>Mix the flour.</li><li>Bake. Wait.</li></ol>", "1: Mix the flour. | 2: Bake. | Wait."},
		"a list with a start number":             {"<ol start=5><li>a<li value=9>b<li>c</ol>", "5: a. | 9: b. | 10: c."},
		"a reversed list":                        {"<ol reversed><li>a<li>b<li>c</ol>", "3: a. | 2: b. | 1: c."},
		"a reversed list with a start number":    {"<ol reversed start=10><li>a<li>b</ol>", "10: a. | 9: b."},
		"an invalid number":                      {"<ol start=x><li value=y>a</ol>", "1: a."},
		"lists in lists":                         {"<ol><li>a<ul><li>b<li>c</ul></li><li>d<ol><li>e</ol></ol>", "1: a. | b. | c. | 2: d. | 1: e."},
		"a number is spoken once":                {"<ol><li><p>a</p><p>b</p></ol>", "1: a. | b."},
		"the number of an empty item is skipped": {"<ol><li>a<li><img src=x><li>c</ol>", "1: a. | 3: c."},
		"an empty item still counts":             {"<ol><li> </ol><p>One.</p>", "One."},
		"terms and definitions":                  {"<dl><dt>a<dd>b<dt>c<dd>d</dl>", "a. | b. | c. | d."},
		"items without a list":                   {"<li>a<li>b", "a.\nb."},
		"paragraphs after a list are paragraphs": {"<ul><li>a</ul><p>b<p>c", "a.\nb.\nc."},
	} {
		t.Run(claim, func(t *testing.T) {
			require.Equal(t, tt.want, textLines(Parse(tt.html, englishAnnouncements())))
		})
	}
}

func TestReadsTables(t *testing.T) {
	const row = "<tr><td>a<td>b"
	for claim, tt := range map[string]struct{ html, want string }{
		"a table is read row by row":            {"<table><thead><tr><th>What<th>How much<tbody><tr><td>Flour.<td>100 g</table>", "What, How much. | Flour, 100 g."},
		"the caption is read before the rows":   {"<table><caption>One</caption>" + row + "</table>", "One.\na, b."},
		"five rows are read":                    {"<table>" + row + row + row + row + row + "</table>", "a, b. | a, b. | a, b. | a, b. | a, b."},
		"six rows are announced":                {"<table>" + row + row + row + row + row + row + "</table>", "(Table of 6 rows and 2 columns.)"},
		"four columns are announced":            {"<table><tr><td>a<td>b<td>c<td>d</table>", "(Table of 1 rows and 4 columns.)"},
		"three columns are read":                {"<table><tr><td>a<td>b<td>c</table>", "a, b, c."},
		"empty cells and rows":                  {"<table><tr><td>a<td> <td>c<tr><td><td></table>", "a, c."},
		"paragraphs in cells":                   {"<table><tr><td><p>a</p><p>b<br>c</p><td><div>d</div></table>", "a b c, d."},
		"one column is read as blocks":          {"<table><tr><td>a<tr><td>b</table>", "a.\nb."},
		"a layout table":                        {"<table><tr><td><h2>a</h2><td><ul><li>b</ul></table>", "a.\nb."},
		"a table in a table":                    {"<table><tr><td>x<table>" + row + "</table><td>y</table>", "x.\na, b.\ny."},
		"a table with a presentation role":      {`<table role="presentation">` + row + "</table>", "a.\nb."},
		"breaks in a row do not end a sentence": {"<table><tr><td>A<br>B<td>C</table>", "A B, C."},
		"embedded content in a cell is dropped": {`<table><tr><td>a<td>b<embed type="video/mp4"></table>`, "a, b."},
		"line numbers next to code are dropped": {`<table><tr><td class="gutter"><pre>1` + "\n2</pre><td><pre>a\nb</pre></table>", "(Code of 2 lines.)"},
	} {
		t.Run(claim, func(t *testing.T) {
			require.Equal(t, tt.want, textLines(Parse(tt.html, englishAnnouncements())))
		})
	}
}

func TestReadsLinks(t *testing.T) {
	for claim, tt := range map[string]struct{ html, want string }{
		"a link is read as its text":                  {`<p>See <a href="https://x.example/">this page</a>.</p>`, "See this page."},
		"a URL as text is read as its host":           {`<a href="https://www.x.example/a?b=c">https://www.x.example/a?b=c</a>`, "x.example."},
		"a shortened URL as text is read as its host": {`<p>At <a href="https://x.example/a/b/c/d">x.example/a/b…</a></p>`, "At x.example."},
		"words with a slash are not a URL":            {`<a href="https://x.example/and/or">and/or</a>`, "and/or."},
		"a URL without a link":                        {"<p>Go to (https://me@www.x.example:80/a_b), or http://y.example.</p>", "Go to (x.example), or y.example."},
		"a name without a scheme":                     {"<p>Go to www.x.example/a.</p>", "Go to x.example."},
		"a URL after a word without a space":          {"<p>A jarhttps://t.example/a. And caféhttp://b.example/c, good.</p>", "A jar. | And café, good."},
		"a URL after a stop without a space":          {"<p>On the shelf.https://j.example/a</p><p>Good!https://j.example/b Yes.</p>", "On the shelf.\nGood! | Yes."},
		"a URL after a colon without a space":         {"<p>See:https://j.example/a</p>", "See: j.example."},
		"a name without a scheme after a word":        {"<p>A Wordwww.jar.example/a is here. The awww.x stays.</p>", "A Word is here. | The awww.x stays."},
		"a link after a word without a space":         {`<p>A jar<a href="https://x.example/a">https://x.example/a</a> is here.</p>`, "A jar is here."},
		"a URL after a Japanese word":                 {"<p>詳細はhttps://x.example/aを見る。</p>", "詳細はx.exampleを見る。"},
		"a picture of a tweet":                        {`<p>A jar pic.twitter.com/XyZ12 and a lidpic.x.com/AbC</p>`, "A jar and a lid."},
		"a link of a tweet":                           {`<blockquote class="twitter-tweet"><p>A jar. <a href="https://t.co/AbC">https://t.co/AbC</a> <a href="https://t.co/XyZ">pic.twitter.com/XyZ</a></p></blockquote>`, "Quote: | A jar."},
		"a short link of a tweet":                     {`<p>A jar https://t.co/AbC1… and t.co/AbCdEf12.</p>`, "A jar and."},
		"the name of the service":                     {`<p>The domain t.co is short.</p>`, "The domain t.co is short."},
		"similar text is not a URL":                   {"<p>The awww.x and a://b</p>", "The awww.x and a://b."},
		"a link in a link":                            {`<a href=a>One <a href=b>two</a></a> three`, "One two three."},
	} {
		t.Run(claim, func(t *testing.T) {
			require.Equal(t, tt.want, textLines(Parse(tt.html, englishAnnouncements())))
		})
	}
}
