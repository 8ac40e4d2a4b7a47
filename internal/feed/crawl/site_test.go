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

// t0 is the tests' now.
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

// site is a real HTTP server whose answers a test changes, and which remembers what it was asked.
type site struct {
	*httptest.Server
	mu     sync.Mutex
	answer http.HandlerFunc
	asked  []*http.Request
}

func newSite(t *testing.T, answer http.HandlerFunc) *site {
	s := &site{answer: answer}
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

func (s *site) becomes(answer http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = answer
}

// requests are those since the last call.
func (s *site) requests() []*http.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	asked := s.asked
	s.asked = nil
	return asked
}

func gives(body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		_, _ = io.WriteString(w, body)
	}
}

func status(code int, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(code)
	}
}

func redirect(code int, to string) http.HandlerFunc { return status(code, "Location", to) }

// hangs answers with what it has and then nothing, until the client is gone.
func hangs(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, body)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}
}

// endless writes begin once and more until the client is gone.
func endless(begin, more string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		_, err := io.WriteString(w, begin)
		for err == nil {
			_, err = io.WriteString(w, more)
		}
	}
}

func bomb(w http.ResponseWriter, _ *http.Request) {
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

func cutOff(w http.ResponseWriter, _ *http.Request) {
	body := rssOf(rssItem(1, t0) + rssItem(2, t0))
	w.Header().Set("Content-Length", fmt.Sprint(len(body)))
	_, _ = io.WriteString(w, body[:len(body)/2])
}

// log is what a Refresher said, a line each.
type lines struct{ bytes.Buffer }

func (l *lines) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(&l.Buffer, &slog.HandlerOptions{Level: slog.LevelInfo}))
}

func (l *lines) take() []string {
	s := strings.TrimSpace(l.String())
	l.Reset()
	if s == "" {
		return nil
	}
	return strings.Split(s, "\n")
}

// clock is a Now that a test moves.
type clock struct{ now time.Time }

func (c *clock) get() time.Time { return c.now }

func refresher(u string) (*Refresher, *clock, *lines) {
	c, l := &clock{t0}, new(lines)
	return &Refresher{
		URL: u, Archive: new(shelf), Now: c.get, Jitter: func() float64 { return 0 }, Log: l.logger(),
		UserAgent: "lastpost/1.0 (+https://lastpost.test)",
	}, c, l
}
