package parse

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"lastpost/internal/feed"
	"lastpost/internal/feed/decode"
)

// atomFeed returns a feed with one Atom entry.
func atomFeed(attributes, entry string) string {
	return `<feed xmlns="http://www.w3.org/2005/Atom" xmlns:content="http://purl.org/rss/1.0/modules/content/" ` + attributes +
		`><entry><id>1</id>` + entry + `</entry></feed>`
}

func jsonFeedOf(item string) string { return `{"items":[{"id":"1",` + item + `}]}` }

// parseSingle parses a feed, checks that it has exactly one entry, and returns the entry.
func parseSingle(t testing.TB, body string) feed.Entry {
	t.Helper()
	doc := mustParse(t, body)
	require.Len(t, doc.Entries, 1)
	return doc.Entries[0]
}

func TestReadsContent(t *testing.T) {
	rss := func(item string) string { return rssFeed("<item><guid>1</guid>" + item + "</item>") }
	for _, c := range []struct{ claim, body, want string }{
		{"content:encoded", rss("<description>short</description><content:encoded><![CDATA[<p>A &amp; B</p>]]></content:encoded>"), "<p>A &amp; B</p>"},
		{"the longer of two texts is used", rss("<description>a longer one</description><content:encoded>short</content:encoded>"), "a longer one"},
		{"an escaped description is decoded once", rss("<description>&lt;p&gt;A &amp;amp; B&lt;/p&gt;</description>"), "<p>A &amp; B</p>"},
		{"several CDATA sections are joined", rss("<description>&lt;p&gt;<![CDATA[a]]> b <![CDATA[<i>c</i>]]></description>"), "<p>a b <i>c</i>"},
		{"HTML entities are decoded", rss("<description>caf&eacute;&nbsp;x &unknown;</description>"), "café\u00a0x &unknown;"},
		{"unescaped elements become HTML", rss(`<description>a <b class="x">b</b><br/>c</description>`), `a <b class="x">b</b><br>c`},
		{"an unclosed element is closed", rss("<description>a <i>b</description>"), "a <i>b</i>"},
		{"the summary of iTunes is used", rss(`<itunes:summary xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd">x</itunes:summary>`), "x"},
		{"the media module's description is used if there is no other text", rss(`<media:group xmlns:media="http://search.yahoo.com/mrss/"><media:content url="/a">x</media:content><media:description>y &lt; z</media:description></media:group>`), "<p>y &lt; z</p>"},
		{"the media module's HTML", rss(`<media:description type="html">&lt;b&gt;y</media:description>`), "<b>y"},
		{"the media module's description is ignored if there is another text", rss(`<media:description>longer</media:description><description>x</description>`), "x"},
		{"a text of an unknown namespace is ignored", rss(`<x:description xmlns:x="urn:x">longer</x:description><description>y</description>`), "y"},
		{"the summary of iTunes with an https namespace", rss(`<i:summary xmlns:i="https://www.itunes.com/DTDs/Podcast-1.0.dtd/">x</i:summary>`), "x"},
		{"the length of the text decides, not of the markup", rss(`<description>&lt;a href="https://blog.test/long"&gt;x&lt;/a&gt;</description><content:encoded>x, y</content:encoded>`), "x, y"},
		{"markup wins if the texts are equal", rss(`<description>x y</description><content:encoded>&lt;p&gt;x y&lt;/p&gt;</content:encoded><atom:summary>x y</atom:summary>`), "<p>x y</p>"},
		{"the channel's description is ignored", rssFeed("<description>no</description><item><guid>1</guid></item>"), ""},
		{"comments are dropped", rss("<description>a<!-- no -->b</description>"), "ab"},
		{"Atom's text is escaped", atomFeed("", "<summary>1 &lt; 2 &amp;amp; 3\n\n &#10; x</summary>"), "<p>1 &lt; 2 &amp;amp; 3</p><p>x</p>"},
		{"Atom's HTML", atomFeed("", `<content type="html">&lt;p&gt;x&lt;/p&gt;</content>`), "<p>x</p>"},
		{"Atom's HTML in CDATA", atomFeed("", `<content type="HTML"><![CDATA[<p>x</p>]]></content>`), "<p>x</p>"},
		{"Atom's markup", atomFeed("", `<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>1 &lt; 2<br/></p><div>x</div></div></content>`), "<p>1 &lt; 2<br></p><div>x</div>"},
		{"Atom's markup with a prefix", atomFeed("", `<content type="xhtml"><h:div xmlns:h="http://www.w3.org/1999/xhtml"><h:a href="/?a&amp;b">x</h:a></h:div></content>`), `<a href="/?a&amp;b">x</a>`},
		{"CDATA in Atom's markup is HTML", atomFeed("", `<content type="xhtml"><![CDATA[<p>x</p>]]></content>`), "<p>x</p>"},
		{"Atom's external content is ignored", atomFeed("", `<content type="image/png" src="/a.png"/><summary type="html">x</summary>`), "x"},
		{"Atom's binary content is ignored", atomFeed("", `<content type="application/pdf">aGVsbG8=</content>`), ""},
		{"the longest of Atom's texts is used", atomFeed("", `<summary type="html">12</summary><content type="html">123</content><content:encoded>1</content:encoded>`), "123"},
		{"Atom 0.3", `<feed xmlns="http://purl.org/atom/ns#"><entry><id>1</id><content type="text/html" mode="escaped">&lt;p&gt;x&lt;/p&gt;</content></entry></feed>`, "<p>x</p>"},
		{"Atom 0.3 inline", `<feed xmlns="http://purl.org/atom/ns#"><entry><id>1</id><content type="text/html"><p>1 &lt; 2</p></content></entry></feed>`, "<p>1 &lt; 2</p>"},
		{"Atom 0.3 in base 64", `<feed xmlns="http://purl.org/atom/ns#"><entry><id>1</id><content type="text/html" mode="base64">aGVs&#10; bG8=</content></entry></feed>`, "hello"},
		{"Atom without a type that looks like HTML", atomFeed("", `<content><![CDATA[<p>x</p>]]></content>`), "<p>x</p>"},
		{"Atom without a type with unescaped elements", atomFeed("", `<content><p>x</p>y</content>`), "<p>x</p>y"},
		{"Atom's stated text that looks like HTML", atomFeed("", `<content type="text">&lt;p>x&lt;/p></content>`), "<p>&lt;p&gt;x&lt;/p&gt;</p>"},
		{"Atom's other types of text", atomFeed("", `<content type="text/markdown; charset=utf-8">*x* &amp; y</content>`), "<p>*x* &amp; y</p>"},
		{"Atom's HTML with a charset", atomFeed("", `<content type="text/HTML; charset=utf-8">&lt;p>x</content>`), "<p>x"},
		{"Atom in RSS", rss(`<atom:summary type="text">a &lt; b</atom:summary>`), "<p>a &lt; b</p>"},
		{"JSON's HTML", jsonFeedOf(`"content_html":"<p>a &amp; b</p>","content_text":"a & b"`), "<p>a &amp; b</p>"},
		{"JSON's text", jsonFeedOf(`"content_text":"a <b> & c\n\nd\ne"`), "<p>a &lt;b&gt; &amp; c</p><p>d\ne</p>"},
		{"JSON's summary", jsonFeedOf(`"summary":"a <b>"`), "<p>a &lt;b&gt;</p>"},
		{"values that are not strings are ignored", jsonFeedOf(`"content_html":["a"],"summary":{"a":"b"}`), ""},
	} {
		t.Run(c.claim, func(t *testing.T) {
			require.Equal(t, c.want, parseSingle(t, c.body).Content)
		})
	}
}

func TestContentStaysInItsItem(t *testing.T) {
	// gofeed skips an item of another namespace. Its content must not move to the next item.
	doc := mustParse(t, rssFeed(`<x:item xmlns:x="urn:x"><title>no</title><description>no</description></x:item>`+
		`<item><title>a</title><description>A</description></item><item><dc:language>none</dc:language></item>`+
		`<item><description>B</description><title>b</title></item>`))
	require.Len(t, doc.Entries, 2)
	for _, e := range doc.Entries {
		require.Equal(t, strings.ToUpper(e.Title), e.Content)
	}
	var many strings.Builder
	for i := range 3*batchItems + 7 {
		fmt.Fprintf(&many, "<item><guid>%d</guid><description>%d</description></item>", i, i)
	}
	for _, e := range mustParse(t, rssFeed(many.String())).Entries {
		require.Equal(t, e.ID, e.Content)
	}
}

func TestTruncatesLongContent(t *testing.T) {
	long := strings.Repeat("<p>Lorem ipsum é.</p>", feed.MaxContent/10)
	for claim, body := range map[string]string{
		"CDATA":             rssFeed(rssItem(1, t0, long)),
		"CDATA in pieces":   rssFeed("<item><guid>1</guid><description>" + strings.Repeat("<![CDATA[<p>é</p>]]>", feed.MaxContent/8) + "</description></item>"),
		"escaped":           rssFeed("<item><guid>1</guid><description>" + strings.NewReplacer("<", "&lt;", ">", "&gt;").Replace(long) + "</description></item>"),
		"CDATA of brackets": rssFeed("<item><guid>1</guid><description><![CDATA[" + strings.Repeat("]", 4*feed.MaxContent) + "]]></description></item>"),
		"CDATA of tags":     rssFeed("<item><guid>1</guid><description><![CDATA[<p>" + strings.Repeat("<b>]-", feed.MaxContent) + "]]></description></item>"),
		"numbers":           rssFeed("<item><guid>1</guid><description>" + strings.Repeat("&#1234;", decode.MaxText/4) + "</description></item>"),
		"elements":          atomFeed("", `<content type="xhtml">`+long+`</content>`),
		"Atom's text":       atomFeed("", `<content>`+strings.Repeat("&amp;", feed.MaxContent)+`</content>`),
		"JSON's HTML":       jsonFeedOf(`"content_html":"` + long + `"`),
		"JSON's text":       jsonFeedOf(`"content_text":"` + strings.Repeat(`\u00e9\n\n`, feed.MaxContent/3) + `"`),
	} {
		t.Run(claim, func(t *testing.T) {
			got := parseSingle(t, body).Content
			require.LessOrEqual(t, len(got), feed.MaxContent)
			require.Greater(t, len(got), feed.MaxContent/2)
			require.True(t, utf8.ValidString(got))
			require.Equal(t, strings.Count(got, "<p"), strings.Count(got, "<p>"), "tags are complete")
			require.Equal(t, strings.Count(got, "&"), strings.Count(got, ";"), "entities are complete")
		})
	}
}

func TestTruncatedContentKeepsTheNextItem(t *testing.T) {
	long := strings.Repeat("&#1234;", decode.MaxText/4)
	e := parseSingle(t, rssFeed("<item><description>"+long+"</description><title>after</title><content:encoded><![CDATA["+
		strings.Repeat("x]", decode.MaxText)+"]]]></content:encoded><link>https://b.test/1</link></item>"))
	require.Equal(t, "after", e.Title)
	require.Equal(t, "https://b.test/1", e.Link)
	require.Equal(t, "x]", e.Content[:2])
}

// TestTextEndsAtItsEndTag checks that texts of about the maximum length end at their end tag, in elements that the
// splitter copies and in other elements.
func TestTextEndsAtItsEndTag(t *testing.T) {
	for name, room := range map[string]int{"x": decode.MaxToken, "description": decode.MaxText} {
		for shift := range 14 {
			long := strings.Repeat("x", room-shift)
			for _, text := range []string{"<![CDATA[" + long + "]]>", "<![CDATA[" + long + "]]]>", "<!--" + long + "-->", long + "&amp;"} {
				e := parseSingle(t, rssFeed("<item><"+name+">"+text+"</"+name+"><title>after</title></item>"))
				require.Equal(t, "after", e.Title)
				require.NotContains(t, e.Content, ">")
			}
		}
	}
}

func TestDropsOversizedTitles(t *testing.T) {
	long := strings.Repeat("x", 2*decode.MaxToken)
	for _, title := range []string{long, "<![CDATA[" + long + "]]>", "a" + strings.Repeat("<b>x</b>", decode.MaxToken)} {
		require.Equal(t, feed.Post{ID: "1"}, parseSingle(t, rssFeed("<item><guid>1</guid><title>"+title+"</title></item>")).Post)
	}
}

func TestTruncatesJSONBetweenCharacters(t *testing.T) {
	for shift := range 4 {
		text := strings.Repeat(`\u0061`, decode.MaxText/6-2) + strings.Repeat("x", shift) + strings.Repeat("é", 100)
		require.NotContains(t, parseSingle(t, jsonFeedOf(`"content_html":"`+text+`"`)).Content, "\ufffd")
	}
}

func TestLimitsTotalContent(t *testing.T) {
	var b strings.Builder
	for i := range 4000 { // 8 MiB in total; as HTML, they would have 40 MiB
		fmt.Fprintf(&b, `{"id":"%d","content_text":"%s"},`, i, strings.Repeat("&", 2000))
	}
	doc := mustParse(t, `{"items":[`+b.String()+`{"id":"x"}]}`)
	size := 0
	for _, e := range doc.Entries {
		size += len(e.Content)
	}
	require.Len(t, doc.Entries, 4001)
	require.LessOrEqual(t, size, feed.MaxBody)
	require.Greater(t, size, feed.MaxBody-feed.MaxContent)
}

func TestCategories(t *testing.T) {
	many := strings.Repeat("x", 127) + "é"
	for _, c := range []struct {
		claim, body string
		want        []string
	}{
		{"RSS categories and Dublin Core subjects", rssFeed("<item><guid>1</guid><category>A &amp;amp; B</category><dc:subject> C\n</dc:subject><category domain='x'><![CDATA[<b>D</b>]]></category></item>"), []string{"A & B", "D", "C"}},
		{"duplicates in another letter case are removed", rssFeed("<item><guid>1</guid><category>Go</category><category>GO</category><category> </category><category>go </category></item>"), []string{"Go"}},
		{"labels of Atom, or else terms", atomFeed("", `<category term="a" label="A &amp;lt; B"/><category term="b"/><category/>`), []string{"A < B", "b"}},
		{"backslashes before quotes are removed", rssFeed(`<item><guid>1</guid><category>angie\'s list</category><category>a \\\"b\\\"</category><category>TCP\IP</category></item>`), []string{"angie's list", `a "b"`, `TCP\IP`}},
		{"tags of JSON Feed", jsonFeedOf(`"tags":["a",7,null,{"b":"c"},["d"],"A","e"]`), []string{"a", "7", "e"}},
		{"tags that are not a list are ignored", jsonFeedOf(`"tags":"a"`), nil},
		{"a long category is truncated", rssFeed("<item><guid>1</guid><category>" + many + "</category></item>"), []string{many[:127]}},
		{"the channel's category is ignored", rssFeed("<category>no</category><item><guid>1</guid></item>"), nil},
	} {
		t.Run(c.claim, func(t *testing.T) {
			require.Equal(t, c.want, parseSingle(t, c.body).Categories)
		})
	}
	var b strings.Builder
	for i := range 10_000 {
		fmt.Fprintf(&b, "<category>%d</category>", i)
	}
	e := parseSingle(t, rssFeed("<item><guid>1</guid>"+b.String()+"</item>"))
	require.Len(t, e.Categories, feed.MaxCategories)
	require.Equal(t, "31", e.Categories[31])
}

func TestLanguage(t *testing.T) {
	for _, c := range []struct{ claim, body, want string }{
		{"the channel's language", rssFeed("<language>en-GB</language><item><guid>1</guid></item>"), "en-GB"},
		{"the channel's language after the items", rssFeed("<item><guid>1</guid></item><language> de </language>"), "de"},
		{"Dublin Core's language", rssFeed("<dc:language>fr</dc:language><item><guid>1</guid></item>"), "fr"},
		{"the first stated language counts", rssFeed("<language>fr</language><language>de</language><item><guid>1</guid></item>"), "fr"},
		{"the item's own language takes precedence", rssFeed("<language>en</language><item><guid>1</guid><dc:language>fr</dc:language></item>"), "fr"},
		{"xml:lang of the item takes precedence", rssFeed("<language>en</language><item xml:lang='fr'><guid>1</guid></item>"), "fr"},
		{"xml:lang of Atom's root", atomFeed("xml:lang='pt-BR'", ""), "pt-BR"},
		{"xml:lang of an entry takes precedence", `<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><entry xml:lang="es"><id>1</id></entry></feed>`, "es"},
		{"xml:lang of the channel", `<rss xml:lang="en"><channel xml:lang="it"><item><guid>1</guid></item></channel></rss>`, "it"},
		{"JSON's", `{"items":[{"id":"1"}],"language":"en-US"}`, "en-US"},
		{"the language of a JSON Feed item takes precedence", `{"language":"en","items":[{"id":"1","language":"da"}]}`, "da"},
		{"xml:lang of the content takes precedence", atomFeed("xml:lang='en'", "<summary xml:lang='fr'>x</summary><content xml:lang='de'>xy</content>"), "de"},
		{"xml:lang of an unused text is ignored", atomFeed("xml:lang='en'", "<content xml:lang='de'>x</content><summary>xy</summary>"), "en"},
		{"xml:lang of Atom's markup", atomFeed("xml:lang='en'", "<content type='xhtml'><div xml:lang='es'>x</div></content>"), "es"},
		{"a locale", rssFeed("<language>en_US</language><item><guid>1</guid></item>"), "en-US"},
		{"none", rssFeed("<item><guid>1</guid></item>"), ""},
		{"an invalid tag is ignored", rssFeed("<language>English (US)</language><item><guid>1</guid></item>"), ""},
		{"a long tag is ignored", rssFeed("<language>" + strings.Repeat("a", 36) + "</language><item><guid>1</guid></item>"), ""},
		{"the feed's language is used if the item's is invalid", rssFeed("<language>en</language><item xml:lang='?'><guid>1</guid></item>"), "en"},
	} {
		t.Run(c.claim, func(t *testing.T) {
			require.Equal(t, c.want, parseSingle(t, c.body).Language)
		})
	}
}

func TestLooksLikeHTML(t *testing.T) {
	for text, want := range map[string]bool{
		"": false, "a < b and c > d": false, "a <b and c> d": false, "1<p>2": true, "List<String> <3": false, "the <b> tag": false,
		"<b>x</b>": true, "<B>x</b >": false, "x<br/>y": true, "<img> and <em>": false, `<IMG SRC="/1">`: true, "<foo>x</foo>": false,
		"</p>": true, "a &lt;p&gt; b": false, strings.Repeat("<i>", 30) + "</b>": false,
	} {
		require.Equal(t, want, looksLikeHTML(text), text)
	}
}

func TestVisibleLength(t *testing.T) {
	for html, want := range map[string]int{
		"": 0, " a b\n": 2, "<p class='x'>ab</p>": 2, "a < b > c": 5, "a<b": 1, "<!-- c -->é": 2, "<3": 2,
	} {
		require.Equal(t, want, visibleLength(html), html)
	}
}

// TestImageOfTheOtherText checks that a post keeps its image if its text comes from another element.
func TestImageOfTheOtherText(t *testing.T) {
	for _, item := range []string{
		"<description>A caption</description><content:encoded><![CDATA[<img src='/1.png'>]]></content:encoded>",
		"<content:encoded><![CDATA[<img src='/1.png'>]]></content:encoded><description>A caption</description>",
	} {
		e := parseSingle(t, rssFeed("<item><guid>1</guid>"+item+"</item>"))
		require.Equal(t, "A caption", e.Content)
		require.Equal(t, "https://blog.test/1.png", e.Image)
	}
}
