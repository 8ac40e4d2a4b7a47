package parse

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func TestFeedTitle(t *testing.T) {
	const atom = `<feed xmlns="http://www.w3.org/2005/Atom">`
	for _, row := range []struct{ claim, body, want string }{
		{"RSS", "<rss><channel><title>Salt &amp;amp; Pepper</title>" + rssItem(1, t0, "") + "</channel></rss>", "Salt & Pepper"},
		{"RSS with CDATA and markup", "<rss><channel><title><![CDATA[The <b>Half</b> Elf]]></title></channel></rss>", "The Half Elf"},
		{"RSS with a title after the items", "<rss><channel>" + rssItem(1, t0, "") + "<title>Late</title></channel></rss>", "Late"},
		{"the titles of an image and a text input are not the feed's", "<rss><channel><image><title>Logo</title></image>" +
			"<textInput><title>Find</title></textInput><title>Blog</title></channel></rss>", "Blog"},
		{"the title of an image alone", "<rss><channel><image><title>Logo</title></image></channel></rss>", ""},
		{"a title of another namespace", `<rss xmlns:media="http://search.yahoo.com/mrss/"><channel><media:title>No</media:title></channel></rss>`, ""},
		{"the first of two titles", "<rss><channel><title>One</title><title>Two</title></channel></rss>", "One"},
		{"RSS 1.0", `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"><channel><title>Old</title></channel>` +
			`<image><title>Logo</title></image></rdf:RDF>`, "Old"},
		{"Atom", atom + "<title>An\n Atom  feed</title><entry><title>No</title></entry></feed>", "An Atom feed"},
		{"Atom with HTML", atom + `<title type="html">Half &lt;i&gt;Elf&lt;/i&gt;</title></feed>`, "Half Elf"},
		{"Atom with XHTML", atom + `<title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">Half <i>Elf</i></div></title></feed>`, "Half Elf"},
		{"Atom with the title of an entry alone", atom + "<entry><id>1</id><title>No</title></entry></feed>", ""},
		{"JSON Feed", `{"version":"https://jsonfeed.org/version/1.1","title":"A <em>JSON</em> feed","items":[{"id":"1","title":"No"}]}`, "A JSON feed"},
		{"JSON Feed with a title of another type", `{"version":"https://jsonfeed.org/version/1.1","title":["x"],"items":[]}`, ""},
		{"emoji stay", "<rss><channel><title>\U0001f9c1 Cakes\u202e</title></channel></rss>", "\U0001f9c1 Cakes"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			require.Equal(t, row.want, mustParse(t, row.body).Title)
		})
	}
}

func TestFeedTitleIsLimited(t *testing.T) {
	title := mustParse(t, "<rss><channel><title>"+strings.Repeat("ä ", 100_000)+"</title></channel></rss>").Title
	require.LessOrEqual(t, len(title), maxFeedTitle)
	require.True(t, utf8.ValidString(title))
	require.True(t, strings.HasPrefix(title, "ä ä"))
}
