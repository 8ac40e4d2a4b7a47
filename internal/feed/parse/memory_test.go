//go:build linux && !race

package parse

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/feed"
)

// memoryTestURL is an environment variable with the URL of a feed. If it is set, the test parses this feed in a
// separate process and prints the memory of the process.
const memoryTestURL = "LASTPOST_FEED_MEMORY_URL"

const maxMemory = 72 << 20

// TestMemoryIsBounded checks that no feed within the limits, however hostile, makes the process use more than 72 MiB.
// The parser holds the entries with at most 10 MiB of contents, and one batch. For an ordinary feed of 10 MiB, the
// process uses four times as much: the process itself takes 10 MiB, and the garbage collector starts only when the heap
// has doubled. The most expensive feed has text that is escaped and then truncated. A single post as long as the feed
// takes almost no memory.
func TestMemoryIsBounded(t *testing.T) {
	requireE2E(t)
	if u := os.Getenv(memoryTestURL); u != "" {
		parseAndReport(t, u)
		return
	}
	text := strings.Repeat("Lorem ipsum. ", 9_900_000/13)
	for name, body := range map[string][]byte{
		"RSS of 10,000 posts":                   bigRSS(maxPosts, 9_900_000),
		"JSON of 10,000 posts":                  bigJSON(maxPosts, 9_900_000),
		"Atom of 10,000 posts":                  bigAtom(maxPosts, 9_900_000),
		"one post of 9.9 MiB":                   []byte(rssFeed(rssItem(1, t0, text))),
		"one escaped post of 9.9 MiB":           []byte(rssFeed("<item><title>a</title><description>" + strings.ReplaceAll(text, "dol", "&#8;") + "</description></item>")),
		"30,000 tiny posts":                     []byte(rssFeed(strings.Repeat("<item><title>a</title></item>", 30_000))),
		"9 MiB of open tags":                    []byte("<rss><channel>" + strings.Repeat("<a>", 3_000_000)),
		"9 MiB of long open tags":               []byte("<rss><channel>" + strings.Repeat("<"+strings.Repeat("a", 990)+">", 9_900)),
		"9 MiB of references":                   []byte(rssFeed("<item><guid>1</guid><description>" + strings.Repeat("&#146", 1_900_000) + "</description></item>")),
		"9 MiB of unmatched end tags":           []byte(rssFeed("<item><guid>1</guid><description>" + strings.Repeat("</b><c>", 1_300_000) + "</description></item>")),
		"9 MiB of Windows-1252":                 []byte(rssFeed("<item><guid>1</guid><description>" + strings.Repeat("\x80", 9_900_000) + "</description></item>")),
		"9 MiB of attributes":                   []byte("<rss><channel><item><x " + strings.Repeat("a='' ", 1_900_000) + "/></item></channel></rss>"),
		"an attribute of 9 MiB":                 []byte("<rss><channel><item><x a='" + text + "'/></item></channel></rss>"),
		"9 MiB of declarations":                 []byte("<?xml version='1.0'?><!DOCTYPE rss [" + strings.Repeat("<!ENTITY a 'b'>", 600_000) + "]><rss><channel/></rss>"),
		"9 MiB of authors":                      []byte(rssFeed("<item><guid>1</guid>" + strings.Repeat("<author/>", 1_000_000) + "</item>")),
		"9 MiB of an entry's authors":           []byte(`<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>1</id>` + strings.Repeat("<author><name>a</name></author>", 300_000) + `</entry></feed>`),
		"9 MiB of enclosures":                   []byte(rssFeed(strings.Repeat("<item>"+strings.Repeat("<enclosure url='/1.ogg'/>", 1_000)+"</item>", 370))),
		"60,000 posts without a title":          []byte(rssFeed(strings.Repeat("<item><description>a</description></item>", 60_000))),
		"9 MiB of short texts after a long one": []byte(rssFeed("<item><guid>1</guid><description>" + text[:feed.MaxContent] + "</description>" + strings.Repeat("<description>abc</description>", 300_000) + "</item>")),
		"9 MiB of JSON attachments":             []byte(`{"version":"https://jsonfeed.org/version/1.1","items":[{"id":"1","attachments":[` + strings.Repeat("{},", 3_000_000) + `{}]}]}`),
		"9 MiB of JSON tags":                    []byte(`{"version":"https://jsonfeed.org/version/1.1","items":[{"id":"1","tags":[` + strings.Repeat(`"",`, 3_000_000) + `""]}]}`),
		"one JSON post of 9.9 MiB":              []byte(`{"items":[{"id":"1","content_html":"` + text + `"}]}`),
		"9 MiB that escaping doubles":           bigEscape(maxPosts, 9_900_000),
		"a CDATA section of brackets":           []byte(rssFeed("<item><guid>1</guid><description><![CDATA[" + strings.Repeat("]", 9_900_000) + "]]></description></item>")),
		"a comment of 9.9 MiB":                  []byte(rssFeed("<item><guid>1</guid><description><!--" + text + "--></description></item>")),
		"9 MiB of categories":                   []byte(rssFeed("<item><guid>1</guid>" + strings.Repeat("<category/>", 900_000) + "</item>")),
		"9 MiB of subjects":                     []byte(rssFeed("<item><guid>1</guid>" + strings.Repeat("<dc:subject/>", 700_000) + "</item>")),
		"9 MiB of an entry's links":             []byte(`<feed xmlns="http://www.w3.org/2005/Atom"><entry>` + strings.Repeat("<link/>", 1_400_000) + `</entry></feed>`),
		"9 MiB of a head's links":               []byte(rssFeed(strings.Repeat("<link/><atom:link rel='hub'/>", 300_000))),
		"9 MiB of contents":                     []byte(rssFeed("<item><guid>1</guid>" + strings.Repeat("<description>a</description>", 350_000) + "</item>")),
		"9 MiB of markup":                       []byte(rssFeed("<item><guid>1</guid><description>" + strings.Repeat("<a>a</a>", 1_200_000) + "</description></item>")),
		"9 MiB of open markup":                  []byte(rssFeed("<item><guid>1</guid><description>" + strings.Repeat("<a>", 3_000_000))),
		"9 MiB of brackets in JSON":             []byte(`{"x":` + strings.Repeat("[", 9_900_000)),
		"a number of 9 MiB":                     []byte(`{"x":` + strings.Repeat("1", 9_900_000)),
		"9 MiB of unknown JSON objects":         []byte(`{"version":"https://jsonfeed.org/version/1.1","x":[` + strings.Repeat("{},", 3_000_000) + `{}],"items":[]}`),
	} {
		t.Run(name, func(t *testing.T) {
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				_, _ = w.Write(body)
			}))
			defer srv.Close()
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestMemoryIsBounded$", "-test.v")
			cmd.Env = append(os.Environ(), memoryTestURL+"="+srv.URL)
			out, err := cmd.CombinedOutput()
			require.NoError(t, err, "%s", out)
			_, peak, found := strings.Cut(string(out), "VmHWM:")
			require.True(t, found, "%s", out)
			kib, err := strconv.Atoi(strings.Fields(peak)[0])
			require.NoError(t, err)
			t.Logf("%.1f MiB of feed, %.1f MiB of memory", float64(len(body))/(1<<20), float64(kib)/1024)
			require.Less(t, kib<<10, maxMemory)
		})
	}
}

// TestParseBudget checks that a feed of 15,000 items and 8 MB takes at most 1.5 seconds of processor time and 64 MiB of
// heap, and that the newest 10,000 posts stay. The least of three runs counts, because other programs slow down a run.
func TestParseBudget(t *testing.T) {
	requireE2E(t)
	least, most := time.Hour, int64(0)
	for range 3 {
		used, peak := measureParse(t, budgetFeed(), func(parse func()) { parse() })
		least, most = min(least, used), max(most, peak)
	}
	t.Logf("%d ms, %.1f MiB", least.Milliseconds(), float64(most)/(1<<20))
	require.LessOrEqual(t, least, 1500*time.Millisecond)
	require.LessOrEqual(t, most, int64(64<<20))
}

// parseAndReport parses the feed twice and prints the memory of the process. The posts of the first parse are in memory
// during the second, as in the service.
func parseAndReport(t *testing.T, address string) {
	base, err := url.Parse(address)
	require.NoError(t, err)
	var posts []feed.Post
	for range 2 {
		resp, err := http.Get(address)
		require.NoError(t, err)
		doc, err := Feed(t.Context(), &feed.LimitedBody{Context: t.Context(), Source: resp.Body}, "", base, time.Now(), nil)
		require.NoError(t, resp.Body.Close())
		if err != nil {
			fmt.Println(err)
			continue
		}
		posts = posts[:0]
		for _, e := range doc.Entries {
			posts = append(posts, e.Post)
		}
	}
	status, err := os.ReadFile("/proc/self/status")
	require.NoError(t, err)
	_, peak, _ := bytes.Cut(status, []byte("VmHWM:"))
	line, _, _ := bytes.Cut(peak, []byte("\n"))
	fmt.Printf("posts %d VmHWM:%s\n", len(posts), line)
}

// bigEscape returns a JSON Feed of n posts and about size bytes. Its plain text gets longer when it is converted to
// HTML.
func bigEscape(n, size int) []byte {
	item := fmt.Sprintf(`{"url":"/%%d","content_text":"%s"},`, strings.Repeat("&", size/n-60))
	var b bytes.Buffer
	b.WriteString(`{"items":[`)
	for i := range n {
		fmt.Fprintf(&b, item, i)
	}
	b.WriteString(`{}]}`)
	return b.Bytes()
}
