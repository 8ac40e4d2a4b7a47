package main

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/archive"
	"lastpost/internal/assembly"
	"lastpost/internal/config"
	"lastpost/internal/feed/crawl"
	"lastpost/internal/feed/feedtest"
)

// A faultyFeed is a publisher with a fault, and the lines that skill check prints about it. The fault of FAIL lines ends
// the command with status 1.
type faultyFeed struct {
	claim     string
	publisher http.Handler
	want      []string // FEED is the address of the publisher
}

// TestCheckExplainsFeedFaults plants a fault in a publisher and runs skill check. The report names the fault and its
// remedy.
func TestCheckExplainsFeedFaults(t *testing.T) {
	t.Parallel()
	for _, row := range append(append(faultyResponses(), faultyDocuments()...), faultyPosts()...) {
		t.Run(row.claim, func(t *testing.T) {
			t.Parallel()
			publisher := httptest.NewServer(row.publisher)
			t.Cleanup(publisher.Close)
			status, report := runCheck(t, t.TempDir(), publisher.URL+"/feed/")
			report = strings.ReplaceAll(report, publisher.URL, "FEED")
			for _, line := range row.want {
				require.Contains(t, report, "\n"+line)
			}
			require.Equal(t, strings.HasPrefix(row.want[0], "FAIL"), status == 1)
			require.NotContains(t, report, "0001", "year 1 stands for an unknown date")
		})
	}
}

// faultyResponses returns publishers whose response is not a feed.
func faultyResponses() []faultyFeed {
	const feed, again = "FAIL  feed halfelf     FEED/feed/: ", "; the service tries again by itself; if this repeats, "
	const ownAddress = "; set feed to the feed's own address: in WordPress it is the blog's address with /feed/ at the end\n"
	return []faultyFeed{
		{"401", serveStatus(401, ""), []string{feed + "answered 401 Unauthorized. The site refuses this service; put the user and the password into feed"}},
		{"403", serveStatus(403, ""), []string{feed + "answered 403 Forbidden. The site refuses this service; let the feed's path, /feed/, pass"}},
		{"404", serveStatus(404, ""), []string{feed + "answered 404 Not Found; set feed to the feed's own address: open the blog in a browser"}},
		{"410", serveStatus(410, ""), []string{feed + "answered 410 Gone. The publisher removed it permanently; set feed to another feed of the blog"}},
		{"429", serveStatus(429, ""), []string{feed + "answered 429 Too Many Requests" + again + "find out which other programs poll the feed"}},
		{"500", serveStatus(500, ""), []string{feed + "answered 500 Internal Server Error" + again + "tell the publisher"}},
		{"a redirect loop", http.RedirectHandler("/feed/", http.StatusFound), []string{feed + "redirects more than 5 times; set feed to the address that"}},
		{"a private address", http.RedirectHandler("http://10.0.0.1/", http.StatusFound),
			[]string{"FAIL  feed halfelf     http://10.0.0.1/: is not a public address; only the host in feed may have a private address"}},
		{"a page without a feed", serveStatus(200, "<!doctype html><title>My blog</title>"),
			[]string{feed + `is a web page ("My blog") that does not name a feed` + ownAddress}},
		{"a bot challenge", &feedtest.Publisher{Posts: 5, Defect: feedtest.HTMLChallenge403},
			[]string{feed + "answered 403 Forbidden: a bot challenge of Cloudflare stands in front of the feed; let the feed's path, /feed/, pass in Cloudflare"}},
		{"a response that is empty", &feedtest.Publisher{Posts: 5, Defect: feedtest.EmptyBody},
			[]string{feed + "is empty; open the address in a browser: if it is empty there too, tell the publisher"}},
		{"a response that breaks off", &feedtest.Publisher{Posts: 5, Defect: feedtest.TruncatedBody}, []string{feed + "broke off after "}},
		{"random bytes", &feedtest.Publisher{Posts: 5, Defect: feedtest.GarbageBytes}, []string{feed + "is not a feed" + ownAddress}},
		{"an endless document", &feedtest.Publisher{Posts: 5, Defect: feedtest.HugeDocument},
			[]string{feed + "is larger than 10 MiB; let the blog show fewer posts in its feed: 10 to 50 are usual\n"}},
		{"another XML format", serveStatus(200, "<urlset></urlset>"), []string{feed + "is not a feed" + ownAddress}},
		{"another JSON format", serveStatus(200, `{"error":"x"}`), []string{feed + "is JSON, but not a JSON Feed" + ownAddress}},
	}
}

// faultyDocuments returns publishers whose feed is valid, but has a fault as a whole.
func faultyDocuments() []faultyFeed {
	return []faultyFeed{
		{"a feed without posts", &feedtest.Publisher{Defect: feedtest.EmptyFeed}, []string{
			"warn  feed halfelf     FEED/feed/: the feed has no posts; publish a post; if the blog has posts, set feed to the address of a feed that shows them\n"}},
		{"offsets that contradict the time zone", serveItem("Sat, 28 Nov 2026 22:30:00 -0500", ""), []string{
			"warn  timezone halfelf the feed's posts carry -0500; timezone is UTC by default: set it, for example to America/New_York\n"}},
		{"a blog that always writes GMT", serveItem("Sat, 28 Nov 2026 22:30:00 GMT", ""), []string{
			"ok    timezone halfelf UTC; the feed's posts state no other\n", "ok    dates halfelf    the post in the feed has a valid date\n"}},
	}
}

// faultyPosts returns publishers whose posts have faults.
func faultyPosts() []faultyFeed {
	const date, remedy = "Sat, 28 Nov 2026 22:30:00 GMT", "; publish audio as MP3, AAC or HLS, with https addresses and the right type in the feed\n"
	return []faultyFeed{
		{"posts without dates", &feedtest.Publisher{Posts: 5, Defect: feedtest.NoDates}, []string{
			"ok    feed halfelf     5 posts, the newest of an unknown date, from FEED/feed/\n", "warn  dates halfelf    5 of 5 posts (",
		}},
		{"audio that Alexa does not play", serveItem(date, `<enclosure url="https://a.example/x.ogg?token=S3CRET" type="audio/ogg"/>`), []string{
			`warn  media halfelf    enclosures that are not episodes: 1, for example "https://a.example/x.ogg?…" of type "audio/ogg": ` +
				"Alexa does not play audio/ogg" + remedy}},
		{"an enclosure without an address", serveItem(date, `<enclosure url=" " type="audio/mpeg"/>`), []string{
			`warn  media halfelf    enclosures that are not episodes: 1, for example "" of type "audio/mpeg": the address is empty` + remedy}},
		{"an episode that the end of the query names", serveItem(date, `<enclosure url="https://a.example/get.php?f=x.mp3" type="application/octet-stream"/>`),
			[]string{"ok    media halfelf    images: 0, episodes: 1, all over https\n"}},
		{"an image as an enclosure", serveItem(date, `<enclosure url="https://a.example/x.jpg" type="image/jpeg"/>`),
			[]string{"ok    media halfelf    images: 1, episodes: 0, all over https\n"}},
		{"a torrent as an enclosure", serveItem(date, `<enclosure url="https://a.example/x.mp3.torrent" type="application/x-bittorrent"/>`), []string{
			`warn  media halfelf    enclosures that are not episodes: 1, for example "https://a.example/x.mp3.torrent" of type "application/x-bittorrent": ` +
				"Alexa does not play application/x-bittorrent" + remedy}},
		{"an episode with a password in its address", serveItem(date, `<enclosure url="https://u:S3CRET@a.example/x.mp3" type="audio/mpeg"/>`), []string{
			`warn  media halfelf    1 of 1 posts ("Pickled dill") with a user or a password in the address of the image or the episode: ` +
				"Alexa refuses these addresses; use addresses without a user and a password in the feed\n"}},
		{"posts without media", serveItem(date, ""), []string{"ok    media halfelf    images: 0, episodes: 0\n"}},
	}
}

func serveStatus(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

// serveItem serves a feed with one post. more is added to the item.
func serveItem(date, more string) http.HandlerFunc {
	return serveStatus(200, `<?xml version="1.0"?><rss version="2.0"><channel><title>Cellar notes</title><link>https://jar.example/</link>`+
		`<item><title>Pickled dill</title><guid>1</guid><pubDate>`+date+`</pubDate>`+more+`</item></channel></rss>`)
}

// runCheck runs skill check for a feed.
func runCheck(t *testing.T, dataDir, feed string) (status int, report string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "skill.yaml")
	require.NoError(t, os.WriteFile(file, fmt.Appendf(nil, "data_dir: %s\ntls: {mode: off}\nadmin: {listen: \"\"}\nskills:\n"+
		"  - {name: halfelf, application_id: %s, invocation_name: half elf, feed: %q}\n", dataDir, testSkillID, feed), 0o600))
	var out bytes.Buffer
	env := testEnvironment(time.Millisecond)
	env.stdout = &out
	return run(t.Context(), []string{"check", "--config", file}, env), out.String()
}

// TestCheckComparesWithService checks a feed whose posts the service has stored. In the meantime the feed lost all its
// posts, and the pages with older posts fail.
func TestCheckComparesWithService(t *testing.T) {
	t.Parallel()
	publisher := &feedtest.Publisher{Kind: feedtest.Blogger, Posts: 60}
	server := httptest.NewServer(failOlderPages(publisher, http.StatusInternalServerError))
	t.Cleanup(server.Close)
	dir, feed := t.TempDir(), server.URL+publisher.FeedPath()
	storeLikeService(t, dir, feed)
	_, report := runCheck(t, dir, feed)
	const older = "older posts cannot be fetched: .*answered 500 Internal Server Error"
	require.Regexp(t, `(?m)^warn  history halfelf  `+older+`; the service tries again by itself; if this repeats, tell the publisher: the blog's server has a fault; posts can also be imported`, report)
	require.Regexp(t, `(?m)^warn  archive halfelf  25 posts, .*; `+older+`; next attempt: 20\d\d-.*; the service tries again by itself; if this repeats, tell the publisher: .*; posts can also`, report)

	publisher.SetDefect(feedtest.EmptyFeed)
	status, report := runCheck(t, dir, feed)
	require.Zero(t, status)
	require.Regexp(t, `(?m)^warn  feed halfelf     `+feed+`: the feed lost all its posts: it had 25, and none since 20.* UTC; `+
		`the stored posts are still served; open the feed in a browser: `, report)
}

// failOlderPages answers with an error status to requests for all pages but the feed.
func failOlderPages(publisher *feedtest.Publisher, status int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.RequestURI() != publisher.FeedPath() {
			w.WriteHeader(status)
			return
		}
		publisher.ServeHTTP(w, r)
	}
}

// storeLikeService polls the feed once, and requests older posts once.
func storeLikeService(t *testing.T, dir, feed string) {
	t.Helper()
	skill := config.Skill{Name: "halfelf", History: true}
	posts, err := archive.Open(t.Context(), assembly.ArchiveFile(dir, skill))
	require.NoError(t, err)
	r := &crawl.Refresher{URL: feed, Archive: posts, History: true}
	require.NoError(t, r.Poll(t.Context()))
	require.ErrorContains(t, r.Backfill(t.Context()), "answered 500")
	require.NoError(t, posts.Close())
}

// TestCheckExplainsConnectionFaults has addresses at which no feed answers.
func TestCheckExplainsConnectionFaults(t *testing.T) {
	t.Parallel()
	secure := httptest.NewTLSServer(serveItem("", ""))
	t.Cleanup(secure.Close)
	plain := httptest.NewServer(serveItem("", ""))
	t.Cleanup(plain.Close)
	for _, row := range []struct{ claim, feed, want string }{
		{"no program listens", "http://127.0.0.1:1/", "check the host and the port in feed: no program answers there"},
		{"a certificate of an unknown CA", secure.URL, "ask the publisher to send the whole certificate chain; for a private CA"},
		{"a port without TLS", strings.Replace(plain.URL, "http", "https", 1), "write http:// in feed, or correct the port"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			status, report := runCheck(t, t.TempDir(), row.feed)
			require.Equal(t, 1, status)
			require.Regexp(t, `(?m)^FAIL  feed halfelf     `+row.feed+`.*cannot be reached: .*; `+row.want, report)
		})
	}
}
