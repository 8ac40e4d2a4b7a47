package briefing_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unicode"
	"unicode/utf16"

	"github.com/stretchr/testify/require"

	"lastpost/internal/archive"
	"lastpost/internal/feed"
	"lastpost/internal/handlers/briefing"
	"lastpost/internal/phrases"
)

// saturday is the time of the tests.
var saturday = time.Date(2026, time.March, 14, 12, 0, 0, 0, time.UTC)

// newPost returns a post with only a title. published is in RFC 3339 format.
func newPost(title, published string) feed.Entry {
	at, err := time.Parse(time.RFC3339, published)
	if err != nil {
		panic(err)
	}
	return feed.Entry{Post: feed.Post{ID: title + published, Title: title, Link: "https://blog.test/" + published[:10], Published: at.UTC()}}
}

// postOn returns a post that was published on a day at noon UTC.
func postOn(day, title string) feed.Entry { return newPost(title, day+"T12:00:00Z") }

// withText adds content to a post.
func withText(p feed.Entry, html string) feed.Entry {
	p.Content = html
	return p
}

// withEpisode adds an episode to a post.
func withEpisode(p feed.Entry, stream string) feed.Entry {
	p.Audio = feed.Audio{URL: stream, Type: "audio/mpeg"}
	return p
}

// A briefingFixture is a Briefing, the archive of its blog, its log, and a clock that a test can set.
type briefingFixture struct {
	*briefing.Briefing
	archive *archive.Archive
	elapsed time.Duration
	log     bytes.Buffer
}

func newBriefingFixture(t testing.TB, posts ...feed.Entry) *briefingFixture {
	t.Helper()
	book, err := phrases.Load()
	require.NoError(t, err)
	b := &briefingFixture{}
	b.archive, err = archive.InMemory(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, b.archive.Close()) })
	b.Briefing = &briefing.Briefing{
		Posts: b.archive, Store: b.archive, Language: book.Language("en-US"),
		Now: func() time.Time { return saturday.Add(b.elapsed) }, Log: slog.New(slog.NewJSONHandler(&b.log, nil)),
	}
	b.publish(t, posts...)
	return b
}

// publish adds posts to the blog. A post with the id of an existing post replaces it.
func (b *briefingFixture) publish(t testing.TB, posts ...feed.Entry) {
	t.Helper()
	posts = slices.SortedStableFunc(slices.Values(posts), func(a, b feed.Entry) int { return b.Published.Compare(a.Published) })
	_, err := b.archive.Keep(t.Context(), feed.Batch{Entries: posts, Now: b.Now()})
	require.NoError(t, err)
}

// get requests the briefing. headers alternates names and values.
func (b *briefingFixture) get(method string, headers ...string) *httptest.ResponseRecorder {
	r, w := httptest.NewRequest(method, "/briefing/halfelf.json", nil), httptest.NewRecorder()
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	b.ServeHTTP(w, r)
	return w
}

// items returns the decoded items of the feed.
func (b *briefingFixture) items(t testing.TB) (items []map[string]string) {
	t.Helper()
	w := b.get(http.MethodGet)
	require.Equal(t, http.StatusOK, w.Code)
	require.Equal(t, "application/json;charset=UTF-8", w.Header().Get("Content-Type"))
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &items))
	return items
}

func TestBriefing(t *testing.T) {
	b := newBriefingFixture(t,
		postOn("2026-03-01", "Sixth"), postOn("2026-03-02", "Fifth"),
		withEpisode(withText(postOn("2026-03-10", "In the clear"), "<p>Text.</p>"), "http://cdn.test/1.mp3"),
		withText(postOn("2026-03-11", "What & why?"), `<h2>Once</h2><p>There was "a" <b>bold</b> R&amp;D.</p><pre>code</pre><blockquote>Said.</blockquote>`),
		withEpisode(withText(postOn("2026-03-12", "Episode"), "<p>Notes.</p>"), "https://cdn.test/2.mp3"),
		newPost("🎉", "2026-03-13T23:59:58-08:00"))
	items := b.items(t)
	require.Len(t, items, 5)
	uuid := regexp.MustCompile(`^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	seen := map[string]bool{}
	for _, item := range items {
		require.Regexp(t, uuid, item["uid"])
		require.False(t, seen[item["uid"]])
		seen[item["uid"]] = true
		delete(item, "uid")
	}
	day := func(day string) string { return day + "T12:00:00.0Z" }
	require.Equal(t, []map[string]string{
		{"updateDate": "2026-03-14T07:59:58.0Z", "titleText": "Untitled", "mainText": "Untitled.", "redirectionUrl": "https://blog.test/2026-03-13"},
		{"updateDate": day("2026-03-12"), "titleText": "Episode", "mainText": "", "streamUrl": "https://cdn.test/2.mp3", "redirectionUrl": "https://blog.test/2026-03-12"},
		{"updateDate": day("2026-03-11"), "titleText": "What & why?", "mainText": `What & why? Once. There was "a" bold R&D. Said.`, "redirectionUrl": "https://blog.test/2026-03-11"},
		{"updateDate": day("2026-03-10"), "titleText": "In the clear", "mainText": "In the clear. Text.", "redirectionUrl": "https://blog.test/2026-03-10"},
		{"updateDate": day("2026-03-02"), "titleText": "Fifth", "mainText": "Fifth.", "redirectionUrl": "https://blog.test/2026-03-02"},
	}, items)
}

// TestBriefingStreamsOnlySecureMP3 requires that an item has a stream only if the post's audio is MP3 over HTTPS.
func TestBriefingStreamsOnlySecureMP3(t *testing.T) {
	for audio, streams := range map[feed.Audio]bool{
		{URL: "https://cdn.test/1.mp3", Type: "audio/mpeg"}:                                 true,
		{URL: "https://cdn.test/1.mp3", Type: "audio/mp3"}:                                  true,
		{URL: "https://cdn.test/1.m4a", Type: "audio/mp4"}:                                  false,
		{URL: "https://cdn.test/1.m3u8", Type: "application/vnd.apple.mpegurl"}:             false,
		{URL: "http://cdn.test/1.mp3", Type: "audio/mpeg"}:                                  false,
		{URL: "https://me:secret@cdn.test/1.mp3", Type: "audio/mpeg"}:                       false,
		{URL: "https://cdn.test/" + strings.Repeat("1", 8000) + ".mp3", Type: "audio/mpeg"}: false,
	} {
		e := postOn("2026-03-13", "Friday")
		e.Audio = audio
		item := newBriefingFixture(t, e).items(t)[0]
		require.Equal(t, streams, item["streamUrl"] == audio.URL, audio.URL)
		require.Equal(t, streams, item["mainText"] == "")
	}
}

// TestBriefingTitlesUntitledPostByItsText requires that the first words of an untitled post become the item's title,
// and that Amazon speaks these words only once.
func TestBriefingTitlesUntitledPostByItsText(t *testing.T) {
	item := newBriefingFixture(t, withText(postOn("2026-03-13", ""), "<p>Snow. It lies on the roofs.</p>")).items(t)[0]
	require.Equal(t, "Snow. It lies on the roofs.", item["titleText"])
	require.Equal(t, "Snow. It lies on the roofs.", item["mainText"])
}

// TestBriefingTextsStayWithinLimits requires that titles and texts of long posts are within Amazon's limits and
// printable.
func TestBriefingTextsStayWithinLimits(t *testing.T) {
	for _, text := range []string{"x", "𝐀", "語", "<", `"`, "\u200b\x01\u202e", "&"} {
		for _, content := range []string{strings.Repeat("Word "+html.EscapeString(text)+" word. ", 2000), strings.Repeat(html.EscapeString(text), 9000)} {
			item := newBriefingFixture(t, withText(postOn("2026-03-13", strings.Repeat(text, 400)), "<p>"+content+"</p>")).items(t)[0]
			for _, name := range []string{"titleText", "mainText"} {
				require.NotEmpty(t, item[name])
				require.LessOrEqual(t, len(utf16.Encode([]rune(item[name]))), 4500)
				require.False(t, strings.ContainsFunc(item[name], func(r rune) bool { return unicode.In(r, unicode.C) }), "%q", item[name])
			}
		}
	}
}

// TestBriefingValidators requires 304 for an unchanged feed, 200 after a post has changed, and the same ETag after a
// restart.
func TestBriefingValidators(t *testing.T) {
	monday := withText(postOn("2026-03-09", "Monday"), "<p>Text.</p>")
	b := newBriefingFixture(t, monday)
	require.Empty(t, b.get(http.MethodGet).Header().Get("Last-Modified"), "no date while it may change within the second")
	b.elapsed = time.Minute
	first := b.get(http.MethodGet)
	tag, date := first.Header().Get("ETag"), first.Header().Get("Last-Modified")
	require.Equal(t, "Sat, 14 Mar 2026 12:00:00 GMT", date)
	head := b.get(http.MethodHead)
	require.Equal(t, http.StatusOK, head.Code)
	require.Empty(t, head.Body.Bytes())
	require.Equal(t, first.Header().Get("ETag"), head.Header().Get("ETag"))
	require.Equal(t, fmt.Sprint(first.Body.Len()), head.Header().Get("Content-Length"))

	known := [][]string{{"If-None-Match", tag}, {"If-Modified-Since", date}, {"If-None-Match", tag, "If-Modified-Since", date}, {"If-None-Match", `"x", W/` + tag}}
	for _, headers := range known {
		w := b.get(http.MethodGet, headers...)
		require.Equal(t, http.StatusNotModified, w.Code, headers)
		require.Empty(t, w.Body.Bytes())
	}
	require.Equal(t, http.StatusOK, b.get(http.MethodGet, "If-None-Match", `"x"`, "If-Modified-Since", date).Code)

	again := &briefingFixture{Briefing: &briefing.Briefing{Posts: b.Posts, Store: b.Store, Language: b.Language, Now: b.Now, Log: b.Log}}
	require.Equal(t, tag, again.get(http.MethodGet).Header().Get("ETag"), "also after a restart")

	ids := map[string]bool{tag: true}
	for _, change := range []feed.Entry{withText(monday, "<p>Edited.</p>"), postOn("2026-03-10", "Tuesday"), postOn("2026-03-01", "Older")} {
		b.elapsed += time.Hour
		b.publish(t, change)
		w := b.get(http.MethodGet, known[2]...)
		require.Equal(t, http.StatusOK, w.Code)
		require.False(t, ids[w.Header().Get("ETag")])
		ids[w.Header().Get("ETag")] = true
	}
	require.Equal(t, uidOf(t, first.Body.Bytes()), b.items(t)[1]["uid"], "an edited post keeps its uid")

	for day := 11; day < 16; day++ {
		b.publish(t, postOn(fmt.Sprintf("2026-03-%d", day), "New"))
	}
	b.get(http.MethodGet)
	b.elapsed += time.Hour
	newest := b.get(http.MethodGet).Header()
	require.NotEqual(t, date, newest.Get("Last-Modified"))
	b.publish(t, withText(monday, "<p>Of no matter any more.</p>"))
	require.Equal(t, newest, b.get(http.MethodGet).Header())
}

func uidOf(t *testing.T, body []byte) string {
	t.Helper()
	var items []map[string]string
	require.NoError(t, json.Unmarshal(body, &items))
	return items[0]["uid"]
}

func TestBriefingWithoutPostsIsUnavailable(t *testing.T) {
	b := newBriefingFixture(t)
	w := b.get(http.MethodGet)
	require.Equal(t, http.StatusServiceUnavailable, w.Code)
	require.Equal(t, "60", w.Header().Get("Retry-After"))
	require.Empty(t, w.Header().Get("ETag"))
	b.publish(t, postOn("2026-03-13", "Friday"))
	require.Equal(t, http.StatusOK, b.get(http.MethodGet).Code)
}

// A slowStore is a store whose Entry method waits or fails.
type slowStore struct {
	briefing.EntryStore
	reads   atomic.Int64
	release chan struct{} // nil: no delay
	broken  atomic.Bool
}

func (d *slowStore) Entry(ctx context.Context, id string) (feed.Entry, bool, error) {
	d.reads.Add(1)
	if d.release != nil {
		<-d.release
	}
	if d.broken.Load() {
		return feed.Entry{}, false, errors.New("broken disk")
	}
	return d.EntryStore.Entry(ctx, id)
}

// TestBriefingIsBuiltOncePerChange requires that concurrent requests after a change cause only one build.
func TestBriefingIsBuiltOncePerChange(t *testing.T) {
	b := newBriefingFixture(t, postOn("2026-03-13", "Friday"), postOn("2026-03-12", "Thursday"))
	disk := &slowStore{EntryStore: b.archive}
	b.Store = disk
	for want := range int64(3) {
		var requests sync.WaitGroup
		for range 50 {
			requests.Go(func() { b.get(http.MethodGet) })
		}
		requests.Wait()
		require.Equal(t, 2*(want+1), disk.reads.Load())
		b.publish(t, withText(postOn("2026-03-13", "Friday"), fmt.Sprint("<p>", want, "</p>")))
	}
}

// TestBriefingServesCachedWhileStoreIsSlow requires the previous edition while the store is slow or broken. A client
// that disconnects during a build must not abort the build.
func TestBriefingServesCachedWhileStoreIsSlow(t *testing.T) {
	b := newBriefingFixture(t, postOn("2026-03-13", "Friday"))
	disk := &slowStore{EntryStore: b.archive}
	b.Store = disk
	before := b.get(http.MethodGet).Body.String()
	disk.release = make(chan struct{})
	b.publish(t, postOn("2026-03-14", "Saturday"))
	ctx, giveUp := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		b.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, http.MethodGet, "/", nil))
	}()
	require.Eventually(t, func() bool { return disk.reads.Load() == 2 }, 10*time.Second, time.Millisecond)
	require.Equal(t, before, b.get(http.MethodGet).Body.String())
	giveUp()
	close(disk.release)
	<-done
	require.Equal(t, int64(3), disk.reads.Load())
	require.Contains(t, b.get(http.MethodGet).Body.String(), "Saturday")
	require.Equal(t, int64(3), disk.reads.Load())

	disk.broken.Store(true)
	b.publish(t, postOn("2026-03-14", "Another"))
	for range 3 {
		require.Contains(t, b.get(http.MethodGet).Body.String(), "Saturday")
	}
	require.Equal(t, 1, bytes.Count(b.log.Bytes(), []byte("\n")), "logged once")
	disk.broken.Store(false)
	require.Contains(t, b.get(http.MethodGet).Body.String(), "Another")

	fresh := newBriefingFixture(t, postOn("2026-03-13", "Friday"))
	broken := &slowStore{EntryStore: fresh.archive}
	broken.broken.Store(true)
	fresh.Store = broken
	require.Equal(t, http.StatusServiceUnavailable, fresh.get(http.MethodGet).Code)
}

// TestBriefingWithoutDates builds the flash briefing of a blog without dates. Amazon requires times, newest first.
func TestBriefingWithoutDates(t *testing.T) {
	var posts []feed.Entry
	for _, title := range []string{"Fresh bread", "A picture", "Garden plans", "Roses", "Snow", "The first post"} {
		posts = append(posts, feed.Entry{Post: feed.Post{ID: title, Title: title}})
	}
	answer := newBriefingFixture(t, posts...).get(http.MethodGet)
	var items []struct{ UpdateDate, TitleText, MainText string }
	require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &items))
	require.Len(t, items, 5)
	require.Equal(t, "Fresh bread", items[0].TitleText)
	require.Equal(t, "2026-03-14T12:00:00.0Z", items[0].UpdateDate, "when the archive got the post")
	require.True(t, slices.IsSortedFunc(items, func(a, b struct{ UpdateDate, TitleText, MainText string }) int {
		return strings.Compare(b.UpdateDate, a.UpdateDate)
	}))
	require.NotEqual(t, items[0].UpdateDate, items[1].UpdateDate)
}
