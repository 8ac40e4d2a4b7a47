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

// A publisher serves a feed with N posts, where N is the value of posts. Each title contains N, so that a test detects
// an answer that mixes two versions of the feed.
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

// subscribeTo connects a fixture to a publisher's feed, as the service does. Each poll fetches the current feed.
func subscribeTo(t testing.TB, s *fixture, p *publisher) (poll func()) {
	t.Helper()
	r := &crawl.Refresher{URL: "https://blog.test/feed", Archive: s.archive, Transport: p, Now: s.Now}
	return func() { require.NoError(t, r.Poll(t.Context())) }
}

func TestAnswersComeFromTheFeed(t *testing.T) {
	s, p := newFixture(t, saturday), &publisher{apart: time.Hour}
	poll := subscribeTo(t, s, p)
	require.Contains(t, s.send(t, launch()).SpokenText(), "I don't have any posts")
	p.posts.Store(2)
	poll()
	require.Equal(t, "There have been two posts today. The newest is: Post 2 of 2.", s.send(t, lastPost("2026-03-14")).statement())
	p.posts.Store(3)
	poll()
	require.Equal(t, "There have been three posts today. The newest is: Post 3 of 3.", s.send(t, lastPost("2026-03-14")).statement())
}

// TestConcurrentAnswersNeverMixTwoFeeds sends concurrent requests while the feed grows. Each answer must come from a single
// version of the feed.
func TestConcurrentAnswersNeverMixTwoFeeds(t *testing.T) {
	requireE2E(t)
	s, p := newFixture(t, saturday), &publisher{apart: time.Minute}
	poll := subscribeTo(t, s, p)
	p.posts.Store(2)
	poll()
	var requests sync.WaitGroup
	done := make(chan struct{})
	for _, e := range []*alexa.Envelope{
		launch(), lastPost(""), lastPost("2026-03-14"), inSession(lastPost("2026-W11")), lastPost("?"), canFulfillRequest("LastPostIntent", nil), request("SessionEndedRequest"),
	} {
		requests.Go(func() { sendUntilDone(t, s.Handle, e, done) })
	}
	for range 50 {
		p.posts.Add(1)
		poll()
	}
	close(done)
	requests.Wait()
}

// sendUntilDone sends a request until done is closed. It checks each answer against Amazon's rules and with
// countsAgree.
func sendUntilDone(t *testing.T, handle handleFunc, e *alexa.Envelope, done <-chan struct{}) {
	for {
		response, _ := handle(t.Context(), e)
		raw, err := alexa.Encode(response)
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

// countsAgree reports whether the numbers in "There have been N posts" and "Post I of N" agree.
func countsAgree(spoken string) bool {
	var number, of int
	if _, title, ok := strings.Cut(spoken, "Post "); ok {
		if _, err := fmt.Sscanf(title, "%d of %d.", &number, &of); err != nil {
			return false
		}
	}
	said := ""
	if _, err := fmt.Sscanf(spoken, "There have been %s posts", &said); err != nil {
		said = inWords(of)
	}
	return said == inWords(of) && number == of
}
