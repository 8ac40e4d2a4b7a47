package feedtest

import (
	"encoding/json"
	"encoding/xml"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// jsonFeedDocument is a feed of https://www.jsonfeed.org/version/1.1/.
type jsonFeedDocument struct {
	Version     string         `json:"version"`
	Title       string         `json:"title"`
	HomePageURL string         `json:"home_page_url"`
	FeedURL     string         `json:"feed_url"`
	NextURL     string         `json:"next_url,omitempty"`
	Language    string         `json:"language"`
	Hubs        []jsonFeedHub  `json:"hubs,omitempty"`
	Items       []jsonFeedItem `json:"items"`
}

type jsonFeedHub struct {
	Type string `json:"type"`
	URL  string `json:"url"`
}

type jsonFeedItem struct {
	ID            string               `json:"id,omitempty"`
	URL           string               `json:"url"`
	Title         string               `json:"title"`
	ContentHTML   string               `json:"content_html"`
	DatePublished string               `json:"date_published,omitempty"`
	Tags          []string             `json:"tags"`
	Attachments   []jsonFeedAttachment `json:"attachments,omitempty"`
}

type jsonFeedAttachment struct {
	URL         string `json:"url"`
	MimeType    string `json:"mime_type"`
	SizeInBytes int    `json:"size_in_bytes"`
}

type atomFeed struct {
	XMLName xml.Name  `xml:"http://www.w3.org/2005/Atom feed"`
	Archive *struct{} `xml:"http://purl.org/syndication/history/1.0 archive"`
	Total   int       `xml:"totalResults"`
	Links   []struct {
		Rel  string `xml:"rel,attr"`
		Href string `xml:"href,attr"`
	} `xml:"link"`
	Entries []struct {
		ID        string    `xml:"id"`
		Title     string    `xml:"title"`
		Published time.Time `xml:"published"`
		Content   string    `xml:"content"`
	} `xml:"entry"`
}

func (f atomFeed) link(rel string) string {
	for _, l := range f.Links {
		if l.Rel == rel {
			return l.Href
		}
	}
	return ""
}

func readAtom(t *testing.T, body string) atomFeed {
	doc := atomFeed{}
	require.NoError(t, xml.Unmarshal([]byte(body), &doc))
	return doc
}

// page is the content of a document of any kind: its posts and the link to the next page.
type page struct {
	ids, titles []string
	next        string
}

func readPage(t *testing.T, kind Kind, body string) page {
	p := page{}
	switch kind {
	case JSONFeed:
		doc := jsonFeedDocument{}
		require.NoError(t, json.Unmarshal([]byte(body), &doc))
		for _, it := range doc.Items {
			p.ids, p.titles = append(p.ids, it.ID), append(p.titles, it.Title)
		}
		p.next = doc.NextURL
	case WordPress, Plain:
		for _, it := range readRSS(t, body).Items {
			p.ids, p.titles = append(p.ids, it.GUID), append(p.titles, it.Title)
		}
	default:
		doc := readAtom(t, body)
		for _, e := range doc.Entries {
			p.ids, p.titles = append(p.ids, e.ID), append(p.titles, e.Title)
		}
		p.next = doc.link("next") + doc.link("prev-archive")
	}
	return p
}

func TestLinksReachEveryPost(t *testing.T) {
	for _, c := range []struct {
		claim              string
		kind               Kind
		posts, pages, sent int
	}{
		{"Blogger with full pages only", Blogger, 500, 20, 500},
		{"Blogger with a partial page", Blogger, 26, 2, 26},
		{"Blogger with one page", Blogger, 25, 1, 25},
		{"archives", Archives, 500, 10, 500},
		{"archives that repeat posts of the feed", Archives, 101, 3, 150},
		{"a feed without archives", Archives, 50, 1, 50},
		{"pages", Pages, 500, 10, 500},
		{"pages with a partial page", Pages, 51, 2, 51},
		{"JSON", JSONFeed, 500, 25, 500},
		{"JSON with one page", JSONFeed, 20, 1, 20},
		{"plain", Plain, 2500, 1, 10},
		{"a blog without posts", Pages, 0, 1, 0},
	} {
		t.Run(c.claim, func(t *testing.T) {
			p := &Publisher{Kind: c.kind, Posts: c.posts}
			get, items := startPublisher(t, p), p.Items()
			known, pages, sent := map[string]string{}, 0, 0
			for path := p.FeedPath(); path != ""; pages++ {
				got := readPage(t, c.kind, get(path).body)
				for i, id := range got.ids {
					known[id] = got.titles[i]
				}
				sent += len(got.ids)
				path = got.next
			}
			require.Equal(t, []int{c.pages, c.sent}, []int{pages, sent})
			require.Len(t, known, min(c.posts, c.sent))
			for _, item := range items[:len(known)] {
				require.Equal(t, item.Title, known[item.ID])
			}
		})
	}
}

func TestArchivesDoNotChange(t *testing.T) {
	p := &Publisher{Kind: Archives, Posts: 150}
	get := startPublisher(t, p)
	feed, first := readAtom(t, get("/feed.atom").body), get("/archive/01.atom")
	require.Nil(t, feed.Archive)
	require.True(t, strings.HasSuffix(feed.link("prev-archive"), "/archive/02.atom"))
	oldest := readAtom(t, first.body)
	require.NotNil(t, oldest.Archive)
	require.Empty(t, oldest.link("prev-archive"))
	require.True(t, strings.HasSuffix(oldest.link("next-archive"), "/archive/02.atom"))
	require.True(t, strings.HasSuffix(oldest.link("current"), "/feed.atom"))
	p.Publish("new")
	require.True(t, strings.HasSuffix(readAtom(t, get("/feed.atom").body).link("prev-archive"), "/archive/03.atom"))
	require.Equal(t, first.body, get("/archive/01.atom").body)
	require.Equal(t, 304, get("/archive/01.atom", "If-None-Match", first.Header.Get("ETag")).StatusCode)
	for _, path := range []string{"/archive/00.atom", "/archive/04.atom", "/archive/1.atom", "/x"} {
		require.Equal(t, 404, get(path).StatusCode, path)
	}
}

func TestBloggerFeedFollowsTheAPI(t *testing.T) {
	p := &Publisher{Kind: Blogger, Posts: 60, OlderPagesURL: "https://www.blogger.com"}
	get := startPublisher(t, p)
	doc := readAtom(t, get("/feeds/posts/default").body)
	require.Equal(t, "https://www.blogger.com/feeds/4182000000000000017/posts/default?start-index=26&max-results=25", doc.link("next"))
	require.Equal(t, 60, doc.Total)
	require.Regexp(t, `^tag:blogger\.com,1999:blog-\d{19}\.post-\d{19}$`, doc.Entries[0].ID)
	require.Equal(t, p.Items()[0].Published, doc.Entries[0].Published.UTC())
	require.Contains(t, doc.Entries[0].Content, "<p>Notes from the harbour")
	elsewhere := readAtom(t, get("/feeds/4182000000000000017/posts/default?start-index=58&max-results=7").body)
	require.Len(t, elsewhere.Entries, 3)
	require.Empty(t, elsewhere.link("next"))
	require.Regexp(t, `^W/"`, get("/feeds/posts/default").Header.Get("ETag"))
}

func TestJSONFeedHasDatesWithOffsetAndAudio(t *testing.T) {
	p := &Publisher{Kind: JSONFeed, Posts: 20, Hub: "https://hub.example/"}
	got := startPublisher(t, p)("/feed.json")
	doc := jsonFeedDocument{}
	require.NoError(t, json.Unmarshal([]byte(got.body), &doc))
	require.Equal(t, "https://jsonfeed.org/version/1.1", doc.Version)
	require.Equal(t, []jsonFeedHub{{"WebSub", "https://hub.example/"}}, doc.Hubs)
	require.Equal(t, `<https://hub.example/>; rel="hub"`, got.Header.Get("Link"))
	first, at := doc.Items[0], p.Items()[0].Published
	require.True(t, strings.HasSuffix(first.DatePublished, "+02:00"))
	read, err := time.Parse(time.RFC3339, first.DatePublished)
	require.NoError(t, err)
	require.Equal(t, at, read.UTC())
	require.Equal(t, "audio/mpeg", first.Attachments[0].MimeType)
	require.True(t, strings.HasSuffix(first.Attachments[0].URL, p.Items()[0].Audio))
}

func publisherKinds() map[string]Kind {
	return map[string]Kind{"WordPress": WordPress, "Blogger": Blogger, "Archives": Archives, "Pages": Pages, "JSONFeed": JSONFeed, "Plain": Plain}
}

func TestConditionalRequests(t *testing.T) {
	for name, kind := range publisherKinds() {
		t.Run(name, func(t *testing.T) {
			p := &Publisher{Kind: kind, Posts: 12, MaxAge: time.Minute}
			get := startPublisher(t, p)
			got := get(p.FeedPath())
			tag, date := got.Header.Get("ETag"), got.Header.Get("Last-Modified")
			for _, condition := range [][]string{{"If-None-Match", tag}, {"If-Modified-Since", date}, {"If-None-Match", tag, "If-Modified-Since", date}} {
				again := get(p.FeedPath(), condition...)
				require.Equal(t, 304, again.StatusCode)
				require.Equal(t, tag, again.Header.Get("ETag"))
				require.Equal(t, "max-age=60", again.Header.Get("Cache-Control"))
			}
			p.Publish("new")
			changed := get(p.FeedPath(), "If-None-Match", tag, "If-Modified-Since", date)
			require.Equal(t, 200, changed.StatusCode)
			require.NotEqual(t, tag, changed.Header.Get("ETag"))
			require.NotEqual(t, date, changed.Header.Get("Last-Modified"))
			item := p.Items()[0]
			page := readPage(t, kind, changed.body)
			require.Equal(t, []string{item.ID, "new"}, []string{page.ids[0], page.titles[0]})
			p.EditPost(0, "other")
			page = readPage(t, kind, get(p.FeedPath()).body)
			require.Equal(t, []string{item.ID, "other"}, []string{page.ids[0], page.titles[0]})
			require.NotEqual(t, item.Link, p.Items()[0].Link)
			require.Equal(t, 404, get("/nothing-here").StatusCode)
			home := get("/")
			require.Equal(t, http.StatusOK, home.StatusCode)
			require.Contains(t, home.body, p.FeedPath())
		})
	}
}
