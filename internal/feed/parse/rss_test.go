package parse

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// t0 is the current time in the tests.
var t0 = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// rssFeed wraps items in a channel with every namespace that WordPress declares.
func rssFeed(items string) string {
	return `<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"
 xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:wfw="http://wellformedweb.org/CommentAPI/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom"
 xmlns:sy="http://purl.org/rss/1.0/modules/syndication/" xmlns:slash="http://purl.org/rss/1.0/modules/slash/"
><channel><title>A blog</title><atom:link href="https://blog.test/feed/" rel="self"/><link>https://blog.test</link>` +
		items + `</channel></rss>`
}

func rssItem(n int, at time.Time, text string) string {
	return fmt.Sprintf(`<item><title>Post &#8220;%d&#8221; &amp; more</title><link>https://blog.test/%d</link>
<dc:creator><![CDATA[Mika]]></dc:creator><pubDate>%s</pubDate><category><![CDATA[Tech]]></category>
<guid isPermaLink="false">https://blog.test/?p=%d</guid><description><![CDATA[%.100s]]></description>
<content:encoded><![CDATA[%s]]></content:encoded><slash:comments>3</slash:comments></item>
`, n, n, at.Format(time.RFC1123Z), n, text, text)
}

// bigRSS returns a feed of n posts and about size bytes, newest first, one hour apart.
func bigRSS(n, size int) []byte {
	overhead := len(rssItem(n, t0, "")) + 100 // the description has the first 100 bytes of the text
	text := strings.Repeat("<p>Lorem ipsum dolor &amp; so on.</p>\n", size/n)[:max(size/n-overhead, 0)]
	var b bytes.Buffer
	for i := range n {
		b.WriteString(rssItem(n-i, t0.Add(-time.Duration(i)*time.Hour), text))
	}
	return []byte(rssFeed(b.String()))
}

func parseBytes(t testing.TB, body []byte, contentType string) (FeedDocument, error) {
	t.Helper()
	base, err := url.Parse("https://blog.test/feed/")
	require.NoError(t, err)
	return Feed(context.Background(), bytes.NewReader(body), contentType, base, t0, nil)
}

func mustParse(t testing.TB, body string) FeedDocument {
	t.Helper()
	doc, err := parseBytes(t, []byte(body), "")
	require.NoError(t, err)
	return doc
}

func bigJSON(n, size int) []byte {
	var b bytes.Buffer
	b.WriteString(`{"version":"https://jsonfeed.org/version/1.1","title":"A blog","items":[`)
	text := strings.Repeat("Lorem ipsum. ", size/n/13)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"id":"%d","url":"https://blog.test/%d","title":"Post %d","content_html":%q,"date_published":%q}`,
			i, i, i, text[:max(len(text)-160, 0)], t0.Add(-time.Duration(i)*time.Hour).Format(time.RFC3339))
	}
	b.WriteString(`]}`)
	return b.Bytes()
}

func bigAtom(n, size int) []byte {
	var b bytes.Buffer
	b.WriteString(`<feed xmlns="http://www.w3.org/2005/Atom"><title>A blog</title>`)
	text := strings.Repeat("Lorem ipsum. ", size/n/13)
	for i := range n {
		fmt.Fprintf(&b, `<entry><id>tag:%d</id><link href="https://blog.test/%d"/><title type="html">Post &lt;em&gt;%d&lt;/em&gt;</title>`+
			`<updated>%s</updated><content type="html">%s</content></entry>`,
			i, i, i, t0.Add(-time.Duration(i)*time.Hour).Format(time.RFC3339), text[:max(len(text)-200, 0)])
	}
	b.WriteString(`</feed>`)
	return b.Bytes()
}
