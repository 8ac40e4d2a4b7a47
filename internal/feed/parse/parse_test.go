package parse

import (
	"fmt"
	"io"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html/charset"

	"lastpost/internal/feed"
)

func TestParseFormats(t *testing.T) {
	when := time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC)
	want := feed.Post{ID: "g1", Title: "A & B", Link: "https://blog.test/1", Published: when}
	for _, c := range []struct{ claim, body string }{
		{"RSS 2.0", rssFeed(`<item><title>A &amp; B</title><link>https://blog.test/1</link><guid>g1</guid><pubDate>Tue, 03 Feb 2026 04:05:06 GMT</pubDate></item>`)},
		{"RSS without declaration and namespaces", `<rss><channel><item><title>A & B</title><link>https://blog.test/1</link><guid>g1</guid><pubDate>Tue, 03 Feb 2026 05:05:06 +0100</pubDate></item></channel></rss>`},
		{"blank lines at the start are ignored", "\n\n " + rssFeed(`<item><title>A &amp; B</title><link>/1</link><guid>g1</guid><pubDate>Tue, 03 Feb 2026 04:05:06 GMT</pubDate></item>`)},
		{"RSS 1.0", `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="x"><title>t</title><items><rdf:Seq><rdf:li resource="y"/></rdf:Seq></items></channel><item rdf:about="y"><title>A &amp; B</title><link>https://blog.test/1</link><guid>g1</guid><dc:date>2026-02-03T04:05:06Z</dc:date></item></rdf:RDF>`},
		{"RSS 0.9 with items in the root", `<rss><channel><title>t</title></channel><item><title>A &amp; B</title><link>https://blog.test/1</link><guid>g1</guid><pubDate>2026-02-03T04:05:06Z</pubDate></item></rss>`},
		{"Atom 1.0", `<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>g1</id><title type="html">A &lt;b&gt;&amp;amp;&lt;/b&gt; B</title><link rel="edit" href="/no"/><link href="/1"/><published>2026-02-03T04:05:06Z</published><updated>2026-02-04T00:00:00Z</updated></entry></feed>`},
		{"Atom with a prefix and xhtml", `<a:feed xmlns:a="http://www.w3.org/2005/Atom"><a:entry><a:id>g1</a:id><a:title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">A <em>&amp;</em> B</div></a:title><a:link rel="alternate" href="https://blog.test/1"/><a:updated>2026-02-03T04:05:06Z</a:updated></a:entry></a:feed>`},
		{"Atom with xml:base", `<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>g1</id><title>A &amp; B</title><link xml:base="https://blog.test/" href="1"/><updated>2026-02-03T04:05:06Z</updated><source><id>no</id><title>no</title><updated>2020-01-01T00:00:00Z</updated></source></entry></feed>`},
		{"JSON Feed", `{"version":"https://jsonfeed.org/version/1.1","extra":{"items":[1]},"items":[{"id":"g1","url":"/1","title":"A & B","content_html":"<p>","date_published":"2026-02-03T04:05:06Z"}],"more":null}`},
		{"CDATA", rssFeed(`<item><title><![CDATA[A &amp; <em>B</em>]]></title><link>https://blog.test/1</link><guid>g1</guid><pubDate>Tue, 03 Feb 2026 04:05:06 GMT</pubDate></item>`)},
		{"the updated date if pubDate is not a date", rssFeed(`<item><title>A &amp; B</title><link>https://blog.test/1</link><guid>g1</guid><pubDate>Di, 03 Xyz. 2026 04:05</pubDate><atom:updated>2026-02-03T04:05:06Z</atom:updated></item>`)},
		{"fields of nested elements are ignored", rssFeed(`<item><title>A &amp; B</title><description><title>no</title></description><media:group xmlns:media="http://search.yahoo.com/mrss/"><media:title>no</media:title><link>no</link></media:group><link>https://blog.test/1</link><guid>g1</guid><pubDate>Tue, 03 Feb 2026 04:05:06 GMT</pubDate></item>`)},
		{"an unclosed element in a description", rssFeed(`<item><title>A &amp; B</title><description>a <br> b</description><link>https://blog.test/1</link><guid>g1</guid><pubDate>Tue, 03 Feb 2026 04:05:06 GMT</pubDate></item>`)},
		{"comments and instructions are ignored", rssFeed(`<!-- <item> --><?x <item> ?><item><title>A <!-- no -->&amp; B</title><link>https://blog.test/1</link><guid>g1</guid><pubDate>Tue, 03 Feb 2026 04:05:06 GMT</pubDate></item>`)},
		{"a byte order mark", "\ufeff" + rssFeed(`<item><title>A &amp; B</title><link>https://blog.test/1</link><guid>g1</guid><pubDate>Tue, 03 Feb 2026 04:05:06 GMT</pubDate></item>`)},
		{"garbage after the end is ignored", rssFeed(`<item><title>A &amp; B</title><link>https://blog.test/1</link><guid>g1</guid><pubDate>Tue, 03 Feb 2026 04:05:06 GMT</pubDate></item>`) + "</div><b <"},
		{"a large title of another namespace is ignored", rssFeed(`<item><title>A &amp; B</title><dc:title>` + strings.Repeat("x", 100_000) + `</dc:title><link>https://blog.test/1</link><guid>g1</guid><pubDate>Tue, 03 Feb 2026 04:05:06 GMT</pubDate></item>`)},
		{"a date nested too deeply is ignored", rssFeed(`<item><title>A &amp; B</title><dc:date>` + strings.Repeat("<a>", 99) + strings.Repeat("</a>", 99) + `</dc:date><link>https://blog.test/1</link><guid>g1</guid><pubDate>Tue, 03 Feb 2026 04:05:06 GMT</pubDate></item>`)},
	} {
		t.Run(c.claim, func(t *testing.T) {
			doc := mustParse(t, c.body)
			require.Len(t, doc.Entries, 1)
			got := doc.Entries[0].Post
			require.Equal(t, want, got)
			require.Equal(t, 1, doc.ItemCount)
		})
	}
}

func TestParseEncodings(t *testing.T) {
	item := func(title string) string {
		return "<rss><channel><item><guid>g</guid><title>" + title + "</title></item></channel></rss>"
	}
	encoded := func(name, s string) string {
		enc, _ := charset.Lookup(name)
		out, err := enc.NewEncoder().String(s)
		require.NoError(t, err)
		return out
	}
	for _, c := range []struct{ claim, contentType, body, want string }{
		{"UTF-8", "", item("Café “x”"), "Café “x”"},
		{"undeclared Windows-1252", "text/xml", item("Caf\xe9 \x93x\x94 \x80"), "Café “x” €"},
		{"Windows-1252 declared as UTF-8", "text/xml; charset=utf-8", `<?xml version="1.0" encoding="UTF-8"?>` + item("Caf\xe9"), "Café"},
		{"declared Latin 1", "text/xml", `<?xml version="1.0" encoding='ISO-8859-1'?>` + item("Caf\xe9"), "Café"},
		{"declared Latin 2", "", `<?xml version="1.0" encoding="iso-8859-2"?>` + item(encoded("iso-8859-2", "Łódź")), "Łódź"},
		{"Cyrillic in the Content-Type", "application/rss+xml; charset=windows-1251", item(encoded("windows-1251", "Привет")), "Привет"},
		{"the Content-Type takes precedence over the declaration", "text/xml; charset=utf-8", `<?xml version="1.0" encoding="ISO-8859-1"?>` + item("Café"), "Café"},
		{"Shift JIS", "", `<?xml version="1.0" encoding="Shift_JIS"?>` + item(encoded("shift_jis", "日本")), "日本"},
		{"UTF-16 with a byte order mark", "", "\xff\xfe" + encoded("utf-16le", `<?xml version="1.0" encoding="UTF-16"?>`+item("日本")), "日本"},
		{"UTF-16 without a byte order mark", "", encoded("utf-16be", item("日本")), "日本"},
		{"a wrong declaration of UTF-16 is ignored", "", `<?xml version="1.0" encoding="UTF-16"?>` + item("Café"), "Café"},
		{"an unknown encoding is read as UTF-8", "text/xml; charset=klingon", item("Café"), "Café"},
		{"control characters are removed", "", item("a\x01\x0bb"), "ab"},
	} {
		t.Run(c.claim, func(t *testing.T) {
			doc, err := parseBytes(t, []byte(c.body), c.contentType)
			require.NoError(t, err)
			require.Len(t, doc.Entries, 1)
			require.Equal(t, c.want, doc.Entries[0].Title)
		})
	}
}

func TestParseRefuses(t *testing.T) {
	lol := `<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>`
	body := rssFeed(rssItem(1, t0, "text") + rssItem(2, t0, "text"))
	for _, c := range []struct {
		claim, body string
		want        error
	}{
		{"a feed truncated in an item", body[:len(body)-200], feed.ErrCutOff},
		{"a feed truncated before its end tag", strings.TrimSuffix(body, "</rss>"), feed.ErrCutOff},
		{"a feed truncated in CDATA", "<rss><channel><item><title><![CDATA[x", feed.ErrCutOff},
		{"only a declaration", `<?xml version="1.0"?>`, feed.ErrCutOff},
		{"truncated JSON", `{"items":[{"id":"1","title":"a"}`, feed.ErrCutOff},
		{"JSON truncated in an item", `{"items":[{"id":"1","tit`, feed.ErrCutOff},
		{"JSON of another kind", `{"code":"rest_no_route","data":{"status":404}}`, feed.ErrNotFeed},
		{"JSON with items that are not a list", `{"items":5}`, feed.ErrMalformed},
		{"JSON with an item that is not an object", `{"items":["a"]}`, feed.ErrMalformed},
		{"broken JSON", `{"items":[}`, feed.ErrMalformed},
		{"a very long start tag", `<rss ` + strings.Repeat(`a="b" `, 3000) + `></rss>`, feed.ErrMalformed},
		{"too many open tags", `<rss><channel>` + strings.Repeat("<a>", 20_000), feed.ErrMalformed},
		{"another root after a long doctype", `<!DOCTYPE x [` + strings.Repeat(" ", 50_000) + `]><opml/>`, feed.ErrNotFeed},
		{"exponentially growing entities", lol + `<rss><channel><item><title>&c;</title>`, feed.ErrCutOff},
	} {
		t.Run(c.claim, func(t *testing.T) {
			doc, err := parseBytes(t, []byte(c.body), "")
			require.ErrorIs(t, err, c.want)
			require.Zero(t, doc)
		})
	}
	doc := mustParse(t, lol+`<rss><channel><item><title>a &c; b</title></item></channel></rss>`)
	require.Equal(t, "a &c; b", doc.Entries[0].Title, "entities declared in the document are not expanded")
}

func TestParseEmptyFeeds(t *testing.T) {
	for _, body := range []string{
		rssFeed(""), "<rss/>", "<rss><channel/></rss>", `<feed xmlns="http://www.w3.org/2005/Atom"></feed>`, `{"items":[]}`,
		"<rss><channel><item/><item></item></channel></rss>",
	} {
		require.Empty(t, mustParse(t, body).Entries, body)
	}
}

func TestParseIdentity(t *testing.T) {
	long := strings.Repeat("x", 600)
	for _, c := range []struct{ claim, item, id, link string }{
		{"the ID is the guid", "<guid> tag:1 </guid><link>https://b.test/1</link>", "tag:1", "https://b.test/1"},
		{"the ID is the link if the guid is missing", "<link>https://b.test/1</link>", "https://b.test/1", "https://b.test/1"},
		{"a guid that is a URL is the link", "<guid>https://b.test/1</guid>", "https://b.test/1", "https://b.test/1"},
		{"a link of another scheme is ignored", "<guid>1</guid><link>javascript:alert(1)</link>", "1", ""},
		{"a mail address is ignored", "<guid>1</guid><link>mailto:a@b.test</link>", "1", ""},
		{"a relative link is resolved", "<guid>1</guid><link>../2?x=1</link>", "1", "https://blog.test/2?x=1"},
		{"a link that is too long is ignored", "<guid>1</guid><link>https://b.test/" + strings.Repeat("x", feed.MaxLink) + "</link>", "1", ""},
		{"a guid that is too long is hashed", "<guid>" + long + "</guid>", feed.Digest(long), ""},
		{"the ID is a hash of title and date if guid and link are missing", "<title>T</title><pubDate>Tue, 03 Feb 2026 04:05:06 GMT</pubDate>", feed.Digest("\x00T\x002026-02-03T04:05:06Z"), ""},
		{"the ID is a hash of date and text if the title is missing too", "<pubDate>Tue, 03 Feb 2026 04:05:06 GMT</pubDate><description>&lt;p&gt;T</description>", feed.Digest("\x00\x002026-02-03T04:05:06Z" + feed.Digest("T")), ""},
		{"the ID is a hash of the text alone", "<content:encoded>T</content:encoded>", feed.Digest("\x00\x000001-01-01T00:00:00Z" + feed.Digest("T")), ""},
		{"the ID is a hash of the sound alone", "<enclosure url='/1.mp3'/>", feed.Digest("\x00\x000001-01-01T00:00:00Z" + feed.Digest("https://blog.test/1.mp3")), ""},
		{"the ID is a hash of the title alone", "<title>T</title>", feed.Digest("\x00T\x000001-01-01T00:00:00Z"), ""},
	} {
		t.Run(c.claim, func(t *testing.T) {
			doc := mustParse(t, rssFeed("<item>"+c.item+"</item>"))
			require.Len(t, doc.Entries, 1)
			require.Equal(t, c.id, doc.Entries[0].ID)
			require.Equal(t, c.link, doc.Entries[0].Link)
		})
	}
	require.Empty(t, mustParse(t, rssFeed("<item><pubDate>Tue, 03 Feb 2026 04:05:06 GMT</pubDate></item>")).Entries)
	require.Equal(t, "7", mustParse(t, `{"items":[{"id":7,"title":"T"}]}`).Entries[0].ID)
}

func TestParseDates(t *testing.T) {
	for in, want := range map[string]time.Time{
		"Thu, 01 Jan 1970 00:00:00 GMT":   {},
		"Thu, 01 Jan 1970 00:00:00 +1400": {},
		"Thu, 01 Jan 1970 23:59:59 GMT":   {},
		"Wed, 31 Dec 1969 19:00:00 -0500": {},
		"Fri, 02 Jan 1970 00:00:00 GMT":   time.Unix(86_400, 0).UTC(),
		"Wed, 31 Dec 1969 09:59:59 GMT":   time.Unix(-50_401, 0).UTC(),
		"2026-02-03T04:05:06.789Z":        time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC),
		"0001-01-01T00:00:00Z":            {},
		"Mon, 2 Jan 15:04:05 GMT":         {},
		"":                                {},
		"gestern":                         {},
		"Tue, 03 Feb 2026 04:05:06 EST":   time.Date(2026, 2, 3, 9, 5, 6, 0, time.UTC),
	} {
		doc := mustParse(t, rssFeed("<item><guid>1</guid><pubDate>"+in+"</pubDate></item>"))
		require.Equal(t, want, doc.Entries[0].Published, in)
	}
}

func TestParseHints(t *testing.T) {
	require.Equal(t, time.Hour, mustParse(t, rssFeed("<ttl>60</ttl>")).UpdateHint)
	require.Equal(t, 12*time.Hour, mustParse(t, rssFeed("<sy:updatePeriod> daily </sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>"+rssItem(1, t0, ""))).UpdateHint)
	require.Equal(t, 7*day, mustParse(t, `<feed xmlns="http://www.w3.org/2005/Atom" xmlns:s="http://purl.org/rss/1.0/modules/syndication/"><s:updatePeriod>weekly</s:updatePeriod></feed>`).UpdateHint)
	require.Zero(t, mustParse(t, rssFeed("<item><title>x</title><ttl>60</ttl></item>")).UpdateHint)
}

func TestParseKeepsTheNewest(t *testing.T) {
	var b strings.Builder
	const n = 2*maxPosts + 5
	for i := range n { // the feed begins with the oldest post
		fmt.Fprintf(&b, "<item><guid>%d</guid><pubDate>%s</pubDate></item>", i, t0.Add(time.Duration(i-n)*time.Minute).Format(time.RFC1123Z))
	}
	doc := mustParse(t, rssFeed(b.String()))
	require.Equal(t, n, doc.ItemCount)
	require.Len(t, doc.Entries, maxPosts)
	require.Equal(t, fmt.Sprint(n-1), doc.Entries[0].ID)
	require.Equal(t, fmt.Sprint(n-maxPosts), doc.Entries[maxPosts-1].ID)
}

// TestParseKeepsTheOrderOfUndatedPosts checks that a post without a date is as new as the post before it.
func TestParseKeepsTheOrderOfUndatedPosts(t *testing.T) {
	var b strings.Builder
	const n = 2*maxPosts + 5
	for i := range n {
		date := t0.Add(-time.Duration(i) * time.Minute).Format(time.RFC1123Z)
		if i%7 == 3 {
			date = "soon"
		}
		fmt.Fprintf(&b, "<item><guid>%d</guid><pubDate>%s</pubDate></item>", i, date)
	}
	doc := mustParse(t, rssFeed(b.String()))
	require.Len(t, doc.Entries, maxPosts)
	for i, e := range doc.Entries {
		require.Equal(t, fmt.Sprint(i), e.ID)
	}
}

func TestSniffFormat(t *testing.T) {
	for body, want := range map[string]bodyFormat{
		"": formatEmpty, " \n": formatEmpty, "{": formatJSON, "[1]": formatOther, "hello": formatOther,
		"<!DOCTYPE html><p>": formatPage, "<!doctype  HTML PUBLIC>": formatPage, "<html>": formatPage, "<br />PHP warning": formatPage,
		`<?xml version="1.0"?><html xmlns="x">`: formatPage, "<!-- x > --><body>": formatPage,
		"<rss>": formatXML, "<RSS version='2'>": formatXML, "<rdf:RDF>": formatXML, "<feed\n>": formatXML, "<a:feed>": formatXML,
		`<?xml version="1.0"?><!-- <html> --><rss>`: formatXML, "<!DOCTYPE rss PUBLIC 'x'><rss>": formatXML, "<!DOCTYPE html><!-- x --><rss>": formatXML, "<!DOCTYPE html>": formatPage,
		"<opml>": formatOther, "<sitemapindex>": formatOther, "<rs": formatXML, "<?xml": formatXML,
	} {
		require.Equal(t, want, sniffFormat([]byte(body)), "%q", body)
	}
}

type panickingReader struct{}

func (panickingReader) Read([]byte) (int, error) { panic("out of cheese") }

func TestParseRecoversFromAPanic(t *testing.T) {
	body := rssFeed(strings.Repeat(rssItem(1, t0, "text"), 1000))
	base, err := url.Parse("https://blog.test/")
	require.NoError(t, err)
	src := io.MultiReader(strings.NewReader(body[:len(body)/2]), panickingReader{})
	doc, err := Feed(t.Context(), src, "", base, t0, nil)
	require.ErrorIs(t, err, feed.ErrMalformed)
	require.ErrorContains(t, err, "the parser panicked")
	require.Zero(t, doc)
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		rssFeed(rssItem(1, t0, "text")), `<feed xmlns="http://www.w3.org/2005/Atom"><entry><title type="xhtml"><div>x</div></title></entry></feed>`,
		`{"items":[{"id":1,"title":"a"}]}`, "<rss><channel><item><title>a<b></item></channel></rss>", "\xff\xfe<\x00r\x00s\x00s\x00>\x00",
		"<rdf:RDF><item><title/><link></item></rdf:RDF>", "<rss><item><title><a/></title></item></rss>",
		rssFeed(`<item><title>a</title><category>b</category><enclosure url="/1.mp3" type="audio/mpeg"/><media:content url="/1.png"/><description>&lt;img src="/2"></description></item><atom:link rel="next" href="/2"/>`),
		`{"items":[{"id":"1","content_text":"a\n\nb","tags":["c"],"attachments":[{"url":"/1.mp3"}],"language":"en"}],"hubs":[{"type":"WebSub","url":"/h"}]}`,
	} {
		f.Add([]byte(s), "text/xml")
	}
	addWildSeeds(f, func(body []byte) { f.Add(body, "") })
	f.Fuzz(func(t *testing.T, body []byte, contentType string) {
		doc, err := parseBytes(t, body, contentType)
		if err != nil {
			require.NotEqual(t, "other", feed.FaultLabel(err), "%v", err)
			return
		}
		for _, e := range doc.Entries {
			requireEntry(t, e)
		}
		for _, address := range linkTexts(doc.Links) {
			requireWeb(t, address)
		}
		require.LessOrEqual(t, len(doc.Entries), doc.ItemCount)
		require.LessOrEqual(t, len(doc.SkippedAudio), maxSkippedAudio)
		for _, skipped := range doc.SkippedAudio {
			require.NotEmpty(t, skipped.Reason)
			requireOneLine(t, skipped.URL)
			requireOneLine(t, skipped.Type)
			requireOneLine(t, skipped.Reason)
		}
	})
}

// requireEntry checks the documented properties of an Entry.
func requireEntry(t *testing.T, e feed.Entry) {
	t.Helper()
	require.NotEmpty(t, e.ID)
	require.LessOrEqual(t, len(e.ID), 512)
	require.False(t, strings.ContainsFunc(e.ID, unicode.IsControl), "%q", e.ID)
	requireOneLine(t, e.Title)
	require.LessOrEqual(t, len(e.Content), feed.MaxContent)
	require.True(t, utf8.ValidString(e.Content))
	require.LessOrEqual(t, len(e.Categories), feed.MaxCategories)
	for _, category := range e.Categories {
		require.NotEmpty(t, category)
		require.LessOrEqual(t, len(category), 128)
		requireOneLine(t, category)
	}
	require.LessOrEqual(t, len(e.Authors), feed.MaxAuthors)
	for _, author := range e.Authors {
		require.NotEmpty(t, author)
		require.LessOrEqual(t, len(author), 128)
		requireOneLine(t, author)
	}
	for _, address := range []string{e.Link, e.Image, e.Audio.URL} {
		if address != "" {
			requireWeb(t, address)
		}
	}
	require.Equal(t, e.Audio.URL == "", e.Audio.Type == "")
	require.Equal(t, e.Language, feed.ParseLanguageTag(e.Language))
	require.Zero(t, e.Published.Nanosecond())
	requireOneLine(t, e.PlainText())
}
