package handlers_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/alexa"
	"lastpost/internal/feed"
	"lastpost/internal/feed/crawl"
)

// A document is a feed that a test changes.
type document struct{ text string }

func (d *document) RoundTrip(*http.Request) (*http.Response, error) {
	header := http.Header{"Content-Type": {"application/rss+xml"}}
	return &http.Response{StatusCode: http.StatusOK, Header: header, Body: io.NopCloser(strings.NewReader(d.text))}, nil
}

// showItems sets the feed to items, each with a title and a date, in the form "Title|Thu, 03 Sep 2026 19:42:40 -0300".
func (d *document) showItems(items ...string) {
	d.text = `<?xml version="1.0"?><rss version="2.0"><channel><title>Cellar notes</title><link>https://jar.example/</link>`
	for _, item := range items {
		title, date, _ := strings.Cut(item, "|")
		d.text += `<item><title>` + title + `</title><link>https://jar.example/` + strings.ReplaceAll(title, " ", "-") + `</link>`
		if date != "" {
			d.text += `<pubDate>` + date + `</pubDate>`
		}
		d.text += `</item>`
	}
	d.text += `</channel></rss>`
}

// jars returns a fixture that polls a document, and a session with it.
func jars(t *testing.T, now *time.Time) (d *document, k *session, poll func()) {
	t.Helper()
	s := newFixture(t, *now)
	s.Now = func() time.Time { return *now }
	d = &document{}
	r := &crawl.Refresher{URL: "https://jar.example/feed", Archive: s.archive, Transport: d, Now: s.Now}
	return d, s.newSession(t), func() { t.Helper(); require.NoError(t, r.Poll(t.Context())) }
}

// TestUnreadableDateBetweenDates answers from a feed with an unreadable date between two dates.
func TestUnreadableDateBetweenDates(t *testing.T) {
	now := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	d, k, poll := jars(t, &now)
	d.showItems("Newest jar|Mon, 14 Sep 2026 19:42:40 -0300", "Middle jar|Thu, 03 Xxx 2026 19:42:40 -0300", "Oldest jar|Fri, 07 Aug 2026 19:42:40 -0300")
	poll()
	poll()
	require.Equal(t, "Welcome to half elf. The latest post is from Monday, September 14: Newest jar.", k.send(launch()).statement())
	for date, want := range map[string]string{
		"2026-08": "In August there were two posts. The newest is: Middle jar.", // the estimate is 26 August
		"2026-09": "In September there was one post, from Monday, September 14: Newest jar.",
		"2026":    "There have been three posts this year. The newest is from Monday, September 14: Newest jar.",
	} {
		require.Equal(t, want, k.send(lastPost(date)).statement(), date)
	}
	for day := time.Date(2026, 8, 7, 0, 0, 0, 0, time.UTC); day.Before(now); day = day.AddDate(0, 0, 1) {
		year, week := day.ISOWeek()
		for _, date := range []string{day.Format(time.DateOnly), fmt.Sprintf("%d-W%02d", year, week), fmt.Sprintf("%d-W%02d-WE", year, week)} {
			for _, name := range []string{"LastPostIntent", "ReadPostIntent", "ListPostsIntent", "PlayEpisodeIntent"} {
				require.NotContains(t, k.send(intent(name, "Date", date)).SpokenText(), "Middle jar", "%s %s", name, date)
			}
		}
	}
	k.send(launch())
	require.Equal(t, "The one before that is: Middle jar.", k.send(intent("AMAZON.NextIntent")).statement())
	require.Equal(t, "This one is: Middle jar.", k.send(intent("AMAZON.RepeatIntent")).statement())
	require.Equal(t, "The one before that is from Friday, August 7: Oldest jar.", k.send(intent("AMAZON.NextIntent")).statement())
	require.Equal(t, "The one after that is: Middle jar.", k.send(intent("AMAZON.PreviousIntent")).statement())
	d.showItems("Newest jar|Mon, 14 Sep 2026 19:42:40 -0300", "Middle jar|Thu, 03 Sep 2026 19:42:40 -0300", "Oldest jar|Fri, 07 Aug 2026 19:42:40 -0300")
	poll()
	require.Equal(t, "In September there were two posts. The newest is from Monday, September 14: Newest jar.", k.send(lastPost("2026-09")).statement())
	require.Equal(t, "There was one post on Thursday, September 3: Middle jar.", k.send(lastPost("2026-09-03")).statement())
}

// TestPinnedPostWithoutDate answers from a feed whose first item does not have a date.
func TestPinnedPostWithoutDate(t *testing.T) {
	now := time.Date(2026, 9, 15, 12, 0, 0, 0, time.UTC)
	d, k, poll := jars(t, &now)
	d.showItems("Pinned jar", "Newest jar|Mon, 14 Sep 2026 19:42:40 +0000", "Oldest jar|Fri, 07 Aug 2026 19:42:40 +0000")
	poll()
	require.Equal(t, "Welcome to half elf. The latest post is from yesterday: Newest jar.", k.send(launch()).statement())
	require.Equal(t, "The one before that is: Pinned jar.", k.send(intent("AMAZON.NextIntent")).statement())
	now = now.AddDate(0, 0, 1)
	d.showItems("Pinned jar", "New jar|Wed, 16 Sep 2026 09:00:00 +0000", "Newest jar|Mon, 14 Sep 2026 19:42:40 +0000")
	poll()
	require.Equal(t, "Welcome to half elf. The latest post is from today: New jar.", k.send(launch()).statement())
}

// TestFeedWithoutDates answers from a feed without dates, and from a later poll with a new post.
func TestFeedWithoutDates(t *testing.T) {
	now := time.Date(2026, 9, 15, 12, 0, 0, 0, time.UTC)
	d, k, poll := jars(t, &now)
	d.showItems("First jar", "Second jar", "Third jar")
	poll()
	poll()
	require.Equal(t, "Welcome to half elf. The latest post is: First jar.", k.send(launch()).statement())
	require.Equal(t, "The one before that is: Second jar.", k.send(intent("AMAZON.NextIntent")).statement())
	require.Equal(t, "I found one post about third: Third jar.", k.send(intent("SearchPostsIntent", "Query", "third")).statement())
	require.Equal(t, "Here are the newest posts. Number one: First jar. Number two: Second jar. Number three: Third jar.", k.send(intent("ListPostsIntent")).statement())
	for _, date := range []string{"2026-09-15", "2026-09", "2026", "20XX", "2026-W38", "0001-12-31", "0001"} {
		spoken := k.send(lastPost(date)).statement()
		require.NotContains(t, spoken, "jar", date)
	}
	require.Equal(t, "There haven't been any posts today. I don't have anything from before that.", k.send(lastPost("2026-09-15")).statement())

	now = now.AddDate(0, 0, 1)
	d.showItems("New jar", "First jar", "Second jar")
	poll()
	now = now.AddDate(0, 0, 1)
	require.Equal(t, "Welcome to half elf. The latest post is from yesterday: New jar.", k.send(launch()).statement())
	require.Equal(t, "There was one post yesterday: New jar.", k.send(lastPost("2026-09-16")).statement())
	require.Equal(t, "There haven't been any posts today. The latest post is from yesterday: New jar.", k.send(lastPost("2026-09-17")).statement())
	require.Equal(t, "There weren't any posts on Tuesday. I don't have anything from before that.", k.send(lastPost("2026-09-15")).statement())
	require.Equal(t, "Here are the newest posts. Number one: New jar. Number two: First jar. Number three: Second jar.", k.send(intent("ListPostsIntent")).statement())
}

// TestNewsOfFeedWithoutDates visits a blog without dates again, when it has a new post and when it has dates.
func TestNewsOfFeedWithoutDates(t *testing.T) {
	now := time.Date(2026, 9, 15, 12, 0, 0, 0, time.UTC)
	d, k, poll := jars(t, &now)
	d.showItems("First jar", "Second jar")
	poll()
	news := func() string { return k.fixture.send(t, fromUser("a listener", intent("WhatsNewIntent"))).statement() }
	require.Contains(t, news(), "This looks like your first visit, so it's all new")
	d.showItems("New jar", "First jar", "Second jar")
	poll()
	require.Equal(t, "There's one new post since your last visit, from today: New jar.", news())
	d.showItems("First jar", "Second jar")
	poll()
	require.Equal(t, "There's nothing new since your last visit. The latest post is from today: New jar.", news())

	d, k, poll = jars(t, &now)
	d.showItems("First jar", "Second jar")
	poll()
	require.Contains(t, news(), "This looks like your first visit, so it's all new")
	d.showItems("First jar|Mon, 14 Sep 2026 19:42:40 +0000", "Second jar|Fri, 07 Aug 2026 19:42:40 +0000")
	poll()
	require.Contains(t, news(), "There's nothing new since your last visit.")
}

// withoutDates removes the dates of posts.
func withoutDates(posts []feed.Entry) (undated []feed.Entry) {
	for _, p := range posts {
		p.Published = time.Time{}
		undated = append(undated, p)
	}
	return undated
}

// TestNoAnswerTellsAnUnknownDate sends each request in each state to a blog without dates.
func TestNoAnswerTellsAnUnknownDate(t *testing.T) {
	requireE2E(t)
	tellsDate := regexp.MustCompile(`(?i)\bfrom *[.,:]|\btoday\b|yesterday|\b(Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b|0001|` +
		`\b(January|February|March|April|May|June|July|August|September|October|November|December)\b|"date":"[^"]`)
	period := regexp.MustCompile(`(?i)There (weren't|haven't been) any (posts|episodes) (this month|on Wednesday|on Thursday, January 1|in 2019|last Thursday)`)
	for _, state := range allStates() {
		k := newFixture(t, saturday, withoutDates(state.posts)...).newSession(t, "AudioPlayer", "Alexa.Presentation.APL")
		state.reach(k)
		for _, words := range allRequests(t) {
			current := *k
			a := current.send(parseRequest(words))
			raw, err := json.Marshal(a.Response)
			require.NoError(t, err)
			rest := period.ReplaceAllString(a.SpokenText(), "")
			rest = regexp.MustCompile("“[^”]*”").ReplaceAllString(rest, "") // an example of a request
			require.False(t, tellsDate.MatchString(rest), "%s | %s: %s", state.name, words, a.SpokenText())
			require.NotRegexp(t, `"(date|Date)": ?"[^"]`, string(raw), "%s | %s", state.name, words)
			if strings.HasSuffix(words, ":2026-03-11") {
				for _, p := range state.posts {
					require.NotContains(t, a.SpokenText(), p.Title, "%s | %s", state.name, words)
				}
			}
		}
	}
}

// TestCardsAndScreensWithoutDate shows a post without a date.
func TestCardsAndScreensWithoutDate(t *testing.T) {
	s := newFixture(t, saturday, withoutDates(magazinePosts())...)
	a := s.send(t, onDevice(launch(), "Alexa.Presentation.APL"))
	response, err := s.Handle(t.Context(), onDevice(launch(), "Alexa.Presentation.APL"))
	require.NoError(t, err)
	raw, err := alexa.Encode(response)
	require.NoError(t, err)
	require.Contains(t, string(raw), `"date":""`)
	require.NotContains(t, string(raw), "0001")
	require.Contains(t, a.SpokenText(), "The latest post is: Fresh bread.")
	turns := s.Preview(t.Context(), withText(feed.Entry{Post: feed.Post{ID: "a", Title: "A title", DateKind: feed.DateUnknown}}, "<p>Text.</p>"), "en-US")
	require.True(t, strings.HasPrefix(turns[0], "A title. Text."), turns[0])
}
