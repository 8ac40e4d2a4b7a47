package crawl

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// t0 is the current time in the tests.
var t0 = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// rssOf wraps items in a channel with every namespace that WordPress declares.
func rssOf(items string) string {
	return `<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"
 xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:wfw="http://wellformedweb.org/CommentAPI/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom"
 xmlns:sy="http://purl.org/rss/1.0/modules/syndication/" xmlns:slash="http://purl.org/rss/1.0/modules/slash/"
><channel><title>A blog</title><atom:link href="https://blog.test/feed/" rel="self"/><link>https://blog.test</link>` +
		items + `</channel></rss>`
}

func rssItem(n int, at time.Time) string {
	return fmt.Sprintf(`<item><title>Post &#8220;%d&#8221; &amp; more</title><link>https://blog.test/%d</link>
<dc:creator><![CDATA[Mika]]></dc:creator><pubDate>%s</pubDate><category><![CDATA[Tech]]></category>
<guid isPermaLink="false">https://blog.test/?p=%d</guid><description><![CDATA[x]]></description>
<content:encoded><![CDATA[x]]></content:encoded><slash:comments>3</slash:comments></item>
`, n, n, at.Format(time.RFC1123Z), n)
}

func header(pairs ...string) http.Header {
	h := http.Header{}
	for i := 0; i < len(pairs); i += 2 {
		h.Add(pairs[i], pairs[i+1])
	}
	return h
}

func at(d time.Duration) string { return t0.Add(d).Format(http.TimeFormat) }

// testSite is a real HTTP server. Tests set its responses and read its requests.
type testSite struct {
	*httptest.Server
	mu     sync.Mutex
	answer http.HandlerFunc
	asked  []*http.Request
}

func newSite(t *testing.T, answer http.HandlerFunc) *testSite {
	s := &testSite{answer: answer}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.asked = append(s.asked, r)
		answer := s.answer
		s.mu.Unlock()
		answer(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *testSite) setAnswer(answer http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = answer
}

// takeRequests returns the requests since the last call.
func (s *testSite) takeRequests() []*http.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	asked := s.asked
	s.asked = nil
	return asked
}

func serveBody(body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		_, _ = io.WriteString(w, body)
	}
}

func serveStatus(code int, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(code)
	}
}

func serveRedirect(code int, to string) http.HandlerFunc { return serveStatus(code, "Location", to) }

// serveThenHang sends a body, and then nothing more until the client disconnects.
func serveThenHang(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, body)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}
}

// serveEndless writes begin once, then more until the client disconnects.
func serveEndless(begin, more string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		_, err := io.WriteString(w, begin)
		for err == nil {
			_, err = io.WriteString(w, more)
		}
	}
}

func serveGzipBomb(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Encoding", "gzip")
	z := gzip.NewWriter(w)
	_, _ = io.WriteString(z, "<rss><channel><item><title>")
	zeros := bytes.Repeat([]byte("a"), 1<<20)
	for range 100 {
		if _, err := z.Write(zeros); err != nil {
			return
		}
	}
	_ = z.Close()
}

func serveTruncated(w http.ResponseWriter, _ *http.Request) {
	body := rssOf(rssItem(1, t0) + rssItem(2, t0))
	w.Header().Set("Content-Length", fmt.Sprint(len(body)))
	_, _ = io.WriteString(w, body[:len(body)/2])
}

// logBuffer collects the log of a Refresher, with one line for each message.
type logBuffer struct{ bytes.Buffer }

func (l *logBuffer) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(&l.Buffer, &slog.HandlerOptions{Level: slog.LevelInfo}))
}

func (l *logBuffer) drain() []string {
	s := strings.TrimSpace(l.String())
	l.Reset()
	if s == "" {
		return nil
	}
	return strings.Split(s, "\n")
}

// testClock is a clock that a test sets.
type testClock struct{ now time.Time }

func (c *testClock) get() time.Time { return c.now }

func newRefresher(u string) (*Refresher, *testClock, *logBuffer) {
	c, l := &testClock{t0}, new(logBuffer)
	return &Refresher{
		URL: u, Archive: new(memoryStore), Now: c.get, Jitter: func() float64 { return 0 }, Log: l.logger(),
		UserAgent: "lastpost/1.0 (+https://lastpost.test)",
	}, c, l
}
