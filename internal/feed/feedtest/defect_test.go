package feedtest

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// TestConditionalRequestsNoticeDefects checks that a conditional request is not answered with 304 after a defect starts
// or ends.
func TestConditionalRequestsNoticeDefects(t *testing.T) {
	for name, kind := range publisherKinds() {
		for _, defect := range Defects() {
			if defect == HugeDocument || defect == HangingBody || defect == TruncatedBody {
				continue // these defects have separate tests
			}
			t.Run(name+" "+defect.String(), func(t *testing.T) {
				p := &Publisher{Kind: kind, Posts: 3}
				get := startPublisher(t, p)
				truth := get(p.FeedPath())
				condition := []string{"If-None-Match", truth.Header.Get("ETag"), "If-Modified-Since", truth.Header.Get("Last-Modified")}
				p.SetDefect(defect)
				got := get(p.FeedPath(), condition...)
				want := map[Defect]int{AlwaysNotModified: 304, UnconditionalNotModified: 304, HTMLChallenge403: 403, HTMLChallenge503: 503}[defect]
				require.Equal(t, max(want, 200), got.StatusCode)
				if defect != SamePage && defect != PageCycle { // these defects change only later pages
					require.NotEqual(t, truth.body, got.body)
				}
				p.SetDefect(NoDefect)
				require.Equal(t, readPage(t, kind, truth.body), readPage(t, kind, get(p.FeedPath()).body))
			})
		}
	}
}

func TestPagesShowDefect(t *testing.T) {
	for name, kind := range publisherKinds() {
		if kind == WordPress || kind == Plain {
			continue // these kinds do not have links between pages
		}
		for _, defect := range []Defect{SamePage, PageCycle, EndlessPages} {
			t.Run(name+" "+defect.String(), func(t *testing.T) {
				p := &Publisher{Kind: kind, Posts: 20, PageSize: 5, Defect: defect}
				get := startPublisher(t, p)
				known, addresses := map[string]bool{}, map[string]bool{}
				path := p.FeedPath()
				for range 12 {
					page := readPage(t, kind, get(path).body)
					require.Len(t, page.ids, 5)
					for _, id := range page.ids {
						known[id] = true
					}
					path = page.next
					addresses[path] = true
					require.NotEmpty(t, path)
				}
				wanted := map[Defect]int{SamePage: 5, PageCycle: 15, EndlessPages: 60}
				require.Len(t, known, wanted[defect])
				require.Equal(t, defect == PageCycle, len(addresses) == 2)
			})
		}
	}
}

func TestWordPressPagesShowDefect(t *testing.T) {
	p := &Publisher{Posts: 30}
	get := startPublisher(t, p)
	titles := func(path string) []string { return readPage(t, WordPress, get(path).body).titles }
	one, two, three := titles("/feed/"), titles("/feed/?paged=2"), titles("/feed/?paged=3")
	p.SetDefect(SamePage)
	require.Equal(t, one, titles("/feed/?paged=7"))
	p.SetDefect(PageCycle)
	require.Equal(t, [][]string{two, three, two, three}, [][]string{titles("/feed/?paged=2"), titles("/feed/?paged=3"), titles("/feed/?paged=4"), titles("/feed/?paged=5")})
	p.SetDefect(EndlessPages)
	require.Equal(t, three, titles("/feed/?paged=3"))
	require.Len(t, titles("/feed/?paged=900"), 10)
	require.NotEqual(t, titles("/feed/?paged=900"), titles("/feed/?paged=901"))
	require.Equal(t, 200, get("/wp-json/wp/v2/posts?page=900").StatusCode)
}

func TestPostDefects(t *testing.T) {
	p := &Publisher{Posts: 3}
	get := startPublisher(t, p)
	read := func(defect Defect) rss {
		p.SetDefect(defect)
		return readRSS(t, get("/feed/").body)
	}
	epoch := read(EpochDates)
	require.Equal(t, "Thu, 01 Jan 1970 00:00:00 +0000", epoch.Items[0].PubDate)
	require.Equal(t, epoch.Items[0].PubDate, epoch.Items[2].PubDate)
	require.Contains(t, read(FutureDates).Items[0].PubDate, "2099")
	require.Empty(t, read(NoDates).Items[0].PubDate)
	one := read(SharedGUID).Items
	require.Equal(t, one[0].GUID, one[2].GUID)
	require.NotEqual(t, one[0].Link, one[2].Link)
	home := read(NoGUIDOneLink).Items
	require.Equal(t, []string{"", home[2].Link}, []string{home[0].GUID, home[0].Link})
	changing, again := read(ChangingGUIDs).Items, readRSS(t, get("/feed/").body).Items
	require.NotEqual(t, changing[0].GUID, again[0].GUID)
	require.Equal(t, []string{changing[0].Link, changing[0].Title}, []string{again[0].Link, again[0].Title})
	require.Empty(t, read(EmptyFeed).Items)
}

func TestByteDefects(t *testing.T) {
	for name, kind := range publisherKinds() {
		t.Run(name, func(t *testing.T) {
			p := &Publisher{Kind: kind, Posts: 3, Defect: InvalidUTF8}
			get := startPublisher(t, p)
			body := get(p.FeedPath()).body
			require.False(t, utf8.ValidString(body))
			require.GreaterOrEqual(t, strings.Count(body, "\xff\xfe\xc3("), 3)
			p.SetDefect(Windows1252)
			got := get(p.FeedPath())
			require.Contains(t, got.body, "\x93Caf\xe9\x94 ")
			require.NotContains(t, got.Header.Get("Content-Type"), "charset")
			require.NotContains(t, strings.ToLower(got.body), "utf-8")
			for _, r := range strings.ToValidUTF8(got.body, "") {
				require.Less(t, r, rune(128))
			}
			p.SetDefect(BillionLaughs)
			require.Error(t, xml.Unmarshal([]byte(get(p.FeedPath()).body), new(rss)), "encoding/xml does not expand these entities")
			p.SetDefect(EmptyBody)
			require.Empty(t, get(p.FeedPath()).body)
			p.SetDefect(HTMLChallenge)
			require.Contains(t, get("/nowhere").body, "Just a moment...")
		})
	}
}

func TestHugeDocumentIsValid(t *testing.T) {
	p := &Publisher{Posts: 3, Defect: HugeDocument}
	server := httptest.NewServer(p)
	defer server.Close()
	resp, err := http.Get(server.URL + "/feed/")
	require.NoError(t, err)
	b, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Greater(t, len(b), 50<<20)
	body := string(b)
	items := strings.Count(body, "<item>")
	require.Equal(t, items, strings.Count(body, "</item>"))
	first, _, _ := strings.Cut(body, "</item>")
	require.Equal(t, "Huge 1", readRSS(t, first+"</item>"+body[len(body)-len("</channel></rss>\n"):]).Items[0].Title)
}

func TestTruncatedAndHangingBody(t *testing.T) {
	p := &Publisher{Kind: JSONFeed, Posts: 3, Defect: TruncatedBody}
	server := httptest.NewServer(p)
	defer server.Close()
	resp, err := http.Get(server.URL + "/feed.json")
	require.NoError(t, err)
	half, err := io.ReadAll(resp.Body)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.NoError(t, resp.Body.Close())
	require.False(t, json.Valid(half))
	p.SetDefect(HangingBody)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+"/feed.json", nil)
	require.NoError(t, err)
	resp, err = http.DefaultClient.Do(r)
	require.NoError(t, err, "the headers arrive")
	hung, err := io.ReadAll(resp.Body)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.Equal(t, half, hung)
	_ = resp.Body.Close()
}
