package feedtest

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// testResponse is the response to a GET.
type testResponse struct {
	*http.Response
	body string
}

// startPublisher starts a server with the publisher. It returns a function that sends a GET for a path or an absolute
// URL.
func startPublisher(t *testing.T, p *Publisher) func(path string, headers ...string) testResponse {
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return func(path string, headers ...string) testResponse {
		path = server.URL + strings.TrimPrefix(path, server.URL)
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
		require.NoError(t, err)
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		resp, err := client.Do(r)
		require.NoError(t, err)
		body, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		return testResponse{resp, string(body)}
	}
}

type rss struct {
	Generator string `xml:"channel>generator"`
	Items     []struct {
		Title      string   `xml:"title"`
		Link       string   `xml:"link"`
		GUID       string   `xml:"guid"`
		PubDate    string   `xml:"pubDate"`
		Content    string   `xml:"http://purl.org/rss/1.0/modules/content/ encoded"`
		Categories []string `xml:"category"`
		Enclosure  struct {
			URL string `xml:"url,attr"`
		} `xml:"enclosure"`
	} `xml:"channel>item"`
}

func readRSS(t *testing.T, body string) rss {
	doc := rss{}
	require.NoError(t, xml.Unmarshal([]byte(body), &doc))
	return doc
}

func TestWordPressFeedReachesEveryPost(t *testing.T) {
	p := &Publisher{Kind: WordPress, Posts: 2500}
	get, items := startPublisher(t, p), p.Items()
	for page := 1; page <= 250; page++ {
		path := p.FeedPath()
		if page > 1 {
			path += fmt.Sprintf("?paged=%d", page)
		}
		got := get(path)
		require.Equal(t, 200, got.StatusCode)
		doc := readRSS(t, got.body)
		require.Len(t, doc.Items, 10)
		require.Equal(t, "https://wordpress.org/?v=6.8.3", doc.Generator)
		for i, it := range doc.Items {
			want := items[(page-1)*10+i]
			at, err := time.Parse(time.RFC1123Z, it.PubDate)
			require.NoError(t, err)
			require.Equal(t, want.Published, at.UTC())
			require.Equal(t, []string{want.ID, want.Title}, []string{it.GUID, it.Title})
			require.True(t, strings.HasSuffix(it.Link, want.Link) && strings.HasPrefix(it.Link, "http://127.0.0.1:"), it.Link)
			require.Contains(t, it.Content, want.UniqueWord+".")
			require.Equal(t, want.Categories, it.Categories)
			require.True(t, strings.HasSuffix(it.Enclosure.URL, want.Audio))
		}
	}
	past := get("/feed/?paged=251")
	require.Equal(t, 404, past.StatusCode)
	require.Empty(t, readRSS(t, past.body).Items)
	require.Equal(t, "/feed/", strings.TrimPrefix(get("/feed").Header.Get("Location"), "http://"+past.Request.Host))
	require.Equal(t, 301, get("/feed/?paged=1").StatusCode)
	require.Len(t, p.Requests(), 253)
}

func TestItemsAreUnique(t *testing.T) {
	p := &Publisher{Posts: 2500}
	seen := map[string]bool{}
	before := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, item := range p.Items() {
		require.True(t, item.Published.Before(before))
		before = item.Published
		for _, own := range []string{item.ID, item.Title, item.Link, item.UniqueWord} {
			require.False(t, seen[own], own)
			seen[own] = true
		}
		words := strings.Fields(item.Text)
		require.Contains(t, words, "harbour,")
		require.True(t, len(words) >= 60 && len(words) <= 150, len(words))
	}
}

// TestWordPressPagesShareValidators checks a pitfall of WordPress. A request with the validators of page 1 gets 304 for
// every page, even for a page that does not exist. Without validators, the pages differ.
func TestWordPressPagesShareValidators(t *testing.T) {
	p := &Publisher{Kind: WordPress, Posts: 25, MaxAge: time.Hour}
	get := startPublisher(t, p)
	one, two := get("/feed/"), get("/feed/?paged=2")
	tag, date := one.Header.Get("ETag"), one.Header.Get("Last-Modified")
	require.Regexp(t, `^"[0-9a-f]{32}"$`, tag)
	require.Equal(t, []string{tag, date}, []string{two.Header.Get("ETag"), two.Header.Get("Last-Modified")})
	require.NotEqual(t, one.body, two.body)
	require.Equal(t, `<http://`+one.Request.Host+`/wp-json/>; rel="https://api.w.org/"`, one.Header.Get("Link"))
	for _, path := range []string{"/feed/", "/feed/?paged=2", "/feed/?paged=99"} {
		got := get(path, "If-None-Match", tag, "If-Modified-Since", date)
		require.Equal(t, 304, got.StatusCode, path)
		require.Equal(t, tag, got.Header.Get("ETag"))
		require.Equal(t, "max-age=3600", got.Header.Get("Cache-Control"))
		require.Empty(t, got.Header.Get("Link"), "WordPress adds it only to full responses")
		require.Empty(t, got.body)
	}
	require.Equal(t, 304, get("/feed/", "If-None-Match", tag).StatusCode)
	require.Equal(t, 304, get("/feed/", "If-Modified-Since", date).StatusCode)
	require.Equal(t, 200, get("/feed/", "If-None-Match", "W/"+tag).StatusCode, "WordPress compares bytes")
	require.Equal(t, 200, get("/feed/", "If-None-Match", `"x"`, "If-Modified-Since", date).StatusCode, "both must match")
	p.Publish("What's new - and \"why\"")
	changed := get("/feed/", "If-None-Match", tag, "If-Modified-Since", date)
	require.Equal(t, 200, changed.StatusCode)
	require.NotEqual(t, tag, changed.Header.Get("ETag"))
	require.NotEqual(t, date, changed.Header.Get("Last-Modified"))
	require.Equal(t, "What’s new – and “why”", readRSS(t, changed.body).Items[0].Title)
	require.Equal(t, "What’s new – and “why”", p.Items()[0].Title)
	p.EditPost(3, "Another title")
	edited := readRSS(t, get("/feed/", "If-None-Match", changed.Header.Get("ETag")).body).Items[3]
	was := readRSS(t, changed.body).Items[3]
	require.Equal(t, []string{"Another title", was.GUID}, []string{edited.Title, edited.GUID})
	require.NotEqual(t, was.Link, edited.Link)
}

type restPost struct {
	ID      int
	DateGMT string `json:"date_gmt"`
	Link    string
	GUID    struct{ Rendered string }
	Title   struct{ Rendered string }
	Content struct{ Rendered string }

	Embedded struct{ Author []struct{ Name string } } `json:"_embedded"`
}

func TestRESTReachesEveryPost(t *testing.T) {
	for _, c := range []struct {
		claim string
		rest  RESTMode
		root  string
	}{{"pretty permalinks", RESTAvailable, "/wp-json/wp/v2/posts?"}, {"plain permalinks", PlainPermalinks, "/?rest_route=/wp/v2/posts&"}} {
		t.Run(c.claim, func(t *testing.T) {
			p := &Publisher{Kind: WordPress, Posts: 2500, REST: c.rest}
			get, items := startPublisher(t, p), p.Items()
			for page := 1; page <= 25; page++ {
				got := get(fmt.Sprintf("%sper_page=100&page=%d&orderby=date&_embed=author&_fields=id,date,date_gmt,modified,modified_gmt,link,title,content,excerpt,guid,_links.author,_embedded.author", c.root, page))
				require.Equal(t, []string{"2500", "25", ""}, []string{got.Header.Get("X-WP-Total"), got.Header.Get("X-WP-TotalPages"), got.Header.Get("ETag")})
				require.Contains(t, got.body, `http:\/\/127.0.0.1:`)
				require.NotContains(t, got.body, `"comment_status"`)
				posts := []restPost{}
				require.NoError(t, json.Unmarshal([]byte(got.body), &posts))
				require.Len(t, posts, 100)
				for i, post := range posts {
					want := items[(page-1)*100+i]
					require.Equal(t, []string{want.ID, want.Title, want.Published.Format("2006-01-02T15:04:05")},
						[]string{post.GUID.Rendered, html.UnescapeString(post.Title.Rendered), post.DateGMT})
					require.True(t, strings.HasSuffix(post.Link, want.Link))
					require.Contains(t, post.Content.Rendered, want.UniqueWord)
					require.Equal(t, "Ada Quay", post.Embedded.Author[0].Name)
				}
			}
			past := get(c.root + "per_page=100&page=26")
			require.Equal(t, 400, past.StatusCode)
			require.JSONEq(t, `{"code":"rest_post_invalid_page_number","message":"The page number requested is larger than the number of pages available.","data":{"status":400}}`, past.body)
			many := get(c.root + "per_page=101")
			require.Equal(t, 400, many.StatusCode)
			require.Contains(t, many.body, "rest_invalid_param")
		})
	}
}

func TestRESTModes(t *testing.T) {
	for _, c := range []struct {
		claim          string
		rest           RESTMode
		feed, home     string // the announced API
		status         int
		total, feedURL string
	}{
		{"present", RESTAvailable, "/wp-json/", "/wp-json/", 200, "3", "/feed/"},
		{"removed", RESTRemoved, "", "", 404, "", "/feed/"},
		{"for members", RESTUnauthorized, "/wp-json/", "/wp-json/", 401, "", "/feed/"},
		{"plain permalinks", PlainPermalinks, "/?rest_route=/", "/?rest_route=/", 404, "", "/?feed=rss2"},
		{"announced by the home page only", RESTHomeOnly, "", "/wp-json/", 200, "3", "/feed/"},
		{"without totals", RESTWithoutTotals, "/wp-json/", "/wp-json/", 200, "", "/feed/"},
	} {
		t.Run(c.claim, func(t *testing.T) {
			p := &Publisher{Kind: WordPress, Posts: 3, REST: c.rest}
			get := startPublisher(t, p)
			feed, home, api := get(p.FeedPath()), get("/"), get("/wp-json/wp/v2/posts")
			announced := func(path string) string {
				if path == "" {
					return ""
				}
				return "<http://" + feed.Request.Host + path + `>; rel="https://api.w.org/"`
			}
			require.Equal(t, c.feedURL, p.FeedPath())
			require.Len(t, readRSS(t, feed.body).Items, 3)
			require.Equal(t, announced(c.feed), feed.Header.Get("Link"))
			require.Equal(t, announced(c.home), home.Header.Get("Link"))
			require.Equal(t, c.home != "", strings.Contains(home.body, `<link rel="https://api.w.org/" href="http://`+feed.Request.Host+c.home))
			require.Contains(t, home.body, `type="application/rss+xml"`)
			require.Equal(t, c.status, api.StatusCode)
			require.Equal(t, c.total, api.Header.Get("X-WP-Total"))
			require.True(t, json.Valid([]byte(api.body)) || c.status == 404)
		})
	}
}
