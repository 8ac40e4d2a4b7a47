package handlers_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/alexa"
	"lastpost/internal/alexa/alexatest"
	"lastpost/internal/feed/crawl"
)

// A publisher answers polls with a feed of so many posts. Each title tells how many there are, so that an answer that
// mixes two feeds is seen.
type publisher struct {
	posts atomic.Int64
	apart time.Duration
}

func (p *publisher) RoundTrip(*http.Request) (*http.Response, error) {
	var body strings.Builder
	body.WriteString(`<?xml version="1.0"?><rss version="2.0"><channel><title>Half Elf</title>`)
	n := int(p.posts.Load())
	for i := range n {
		fmt.Fprintf(&body, `<item><title>Post %d of %d</title><link>https://blog.test/%[1]d</link><guid>%[1]d</guid><pubDate>%[3]s</pubDate></item>`,
			n-i, n, saturday.Add(-time.Duration(i)*p.apart).Format(time.RFC1123Z))
	}
	body.WriteString(`</channel></rss>`)
	header := http.Header{"Content-Type": {"application/rss+xml"}}
	return &http.Response{StatusCode: http.StatusOK, Header: header, Body: io.NopCloser(strings.NewReader(body.String()))}, nil
}

// subscribeTo has a scene's posts come from a publisher's feed, as in the service. Each poll takes the feed as it is.
func subscribeTo(t testing.TB, s *fixture, p *publisher) (poll func()) {
	t.Helper()
	r := &crawl.Refresher{URL: "https://blog.test/feed", Archive: s.archive, Transport: p, Now: s.Now}
	return func() { require.NoError(t, r.Poll(t.Context())) }
}

func TestAnswersComeFromTheFeed(t *testing.T) {
	s, p := newFixture(t, saturday), &publisher{apart: time.Hour}
	poll := subscribeTo(t, s, p)
	require.Contains(t, s.send(t, launch()).SpokenText(), "I do not have any posts")
	p.posts.Store(2)
	poll()
	require.Equal(t, "There were 2 posts today. The newest is: Post 2 of 2.", s.send(t, lastPost("2026-03-14")).statement())
	p.posts.Store(3)
	poll()
	require.Equal(t, "There were 3 posts today. The newest is: Post 3 of 3.", s.send(t, lastPost("2026-03-14")).statement())
}

// TestAnswersNeverMixTwoFeeds asks from many goroutines while the feed grows.
func TestAnswersNeverMixTwoFeeds(t *testing.T) {
	requireE2E(t)
	s, p := newFixture(t, saturday), &publisher{apart: time.Minute}
	poll := subscribeTo(t, s, p)
	p.posts.Store(2)
	poll()
	var asking sync.WaitGroup
	done := make(chan struct{})
	for _, e := range []*alexa.Envelope{
		launch(), lastPost(""), lastPost("2026-03-14"), inSession(lastPost("2026-W11")), lastPost("?"), canFulfillRequest("LastPostIntent", nil), request("SessionEndedRequest"),
	} {
		asking.Go(func() { sendUntilDone(t, s.Handle, e, done) })
	}
	for range 50 {
		p.posts.Add(1)
		poll()
	}
	close(done)
	asking.Wait()
}

// sendUntilDone asks until it is done, with Amazon's rules kept and numbers that fit each other.
func sendUntilDone(t *testing.T, handle handleFunc, e *alexa.Envelope, done <-chan struct{}) {
	for {
		raw, err := alexa.Encode(handle(t.Context(), e))
		a, broken := alexatest.Examine(alexatest.Request{Type: e.Request.Type}, raw)
		if err != nil || len(broken) > 0 || !countsAgree(a.SpokenText()) {
			t.Errorf("%v %v %s", err, broken, raw)
			return
		}
		select {
		case <-done:
			return
		default:
		}
	}
}

// countsAgree tells whether "There were N posts", "Post I of N" and I agree, as far as they are said.
func countsAgree(heard string) bool {
	var count, number, of int
	if _, title, ok := strings.Cut(heard, "Post "); ok {
		if _, err := fmt.Sscanf(title, "%d of %d.", &number, &of); err != nil {
			return false
		}
	}
	if _, err := fmt.Sscanf(heard, "There were %d posts", &count); err != nil {
		count = of
	}
	return count == of && number == of
}
