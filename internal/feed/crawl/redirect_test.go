package crawl

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/feed"
	"lastpost/internal/feed/feedtest"
	"lastpost/internal/feed/fetch"
)

func TestPollRedirects(t *testing.T) {
	for _, c := range []struct {
		claim  string
		codes  []int // status codes of the redirects at /0, /1, …
		first  []string
		second []string
	}{
		{"301 is remembered", []int{301}, []string{"/0", "/1"}, []string{"/1"}},
		{"308 is remembered", []int{308}, []string{"/0", "/1"}, []string{"/1"}},
		{"302 is not remembered", []int{302}, []string{"/0", "/1"}, []string{"/0", "/1"}},
		{"303 is not remembered", []int{303}, []string{"/0", "/1"}, []string{"/0", "/1"}},
		{"307 is not remembered", []int{307}, []string{"/0", "/1"}, []string{"/0", "/1"}},
		{"a chain is remembered up to its first temporary redirect", []int{301, 302, 301}, []string{"/0", "/1", "/2", "/3"}, []string{"/1", "/2", "/3"}},
		{"a permanent redirect after a temporary one is not remembered", []int{302, 301}, []string{"/0", "/1", "/2"}, []string{"/0", "/1", "/2"}},
		{"five redirects are followed", []int{301, 301, 301, 301, 301}, []string{"/0", "/1", "/2", "/3", "/4", "/5"}, []string{"/5"}},
	} {
		t.Run(c.claim, func(t *testing.T) {
			s := newSite(t, func(w http.ResponseWriter, q *http.Request) {
				var n int
				_, _ = fmt.Sscanf(q.URL.Path, "/%d", &n)
				if n < len(c.codes) {
					serveRedirect(c.codes[n], fmt.Sprintf("/%d", n+1))(w, q)
					return
				}
				serveBody(blog, "ETag", `"e"`)(w, q)
			})
			r, _, _ := newRefresher(s.URL + "/0")
			for _, want := range [][]string{c.first, c.second} {
				require.NoError(t, r.Poll(t.Context()))
				paths := []string{}
				for i, q := range s.takeRequests() {
					paths = append(paths, q.URL.Path)
					if q.Header.Get("If-None-Match") != "" {
						require.Equal(t, len(want)-1, i, "only the URL that gave the validator gets it")
					}
				}
				require.Equal(t, want, paths)
				require.Equal(t, s.URL+c.second[0], r.Status().URL)
			}
		})
	}
}

func TestPollRefusesRedirects(t *testing.T) {
	secure := httptest.NewTLSServer(serveRedirect(302, "http://blog.example.com/feed"))
	defer secure.Close()
	inner := newSite(t, serveBody(blog))
	_, innerPort, err := net.SplitHostPort(inner.Listener.Addr().String())
	require.NoError(t, err)
	for _, c := range []struct {
		claim, to string
		want      error
	}{
		{"a loop", "/", feed.ErrRedirect},
		{"no target", "", feed.ErrRedirect},
		{"another scheme", "file:///etc/passwd", feed.ErrRedirect},
		{"loopback by another port", inner.URL, feed.ErrPrivate},
		{"loopback by name", "http://localhost:" + innerPort, feed.ErrPrivate},
		{"loopback in IPv6", "http://[::ffff:127.0.0.1]:" + innerPort, feed.ErrPrivate},
		{"the cloud's metadata", "http://169.254.169.254/latest/meta-data/", feed.ErrPrivate},
		{"loopback in other digits", "http://①②⑦.⓪.⓪.①:" + innerPort, feed.ErrPrivate},
		{"loopback in octal", "http://0177.1:" + innerPort, feed.ErrPrivate},
		{"a name that is not valid", "http://127.0.0.1＃.blog.example/", feed.ErrRedirect},
		{"loopback as a number", "http://2130706433:" + innerPort, feed.ErrPrivate},
	} {
		t.Run(c.claim, func(t *testing.T) {
			s := newSite(t, serveRedirect(301, c.to))
			r, _, _ := newRefresher(s.URL)
			err := r.Poll(t.Context())
			require.ErrorIs(t, err, c.want)
			require.Empty(t, inner.takeRequests())
			require.Equal(t, s.URL, r.Status().URL, "a failed redirect is not stored")
		})
	}
	r, _, _ := newRefresher(secure.URL)
	r.Transport = secure.Client().Transport
	require.ErrorContains(t, r.Poll(t.Context()), "from https to http://blog.example.com/feed")
}

// TestRefusesDNSRebinding checks that a name that looks public but resolves to a loopback address is refused, unless
// the operator has configured it.
func TestRefusesDNSRebinding(t *testing.T) {
	inner := newSite(t, serveBody(blog))
	_, innerPort, err := net.SplitHostPort(inner.Listener.Addr().String())
	require.NoError(t, err)
	target := "http://rebind.example.com:" + innerPort
	own := fetch.NewTransport(feedtest.LoopbackDNS())
	own.Proxy = nil
	for _, c := range []struct {
		claim string
		outer string
		want  error
	}{
		{"a redirect to the name is refused", newSite(t, serveRedirect(302, target)).URL, feed.ErrPrivate},
		{"a page's link to the name is refused", newSite(t, serveBody(`<html><link rel=alternate type=application/rss+xml href=`+target+`>`)).URL, feed.ErrPrivate},
		{"the configured URL may have the name", target, nil},
	} {
		t.Run(c.claim, func(t *testing.T) {
			r, _, _ := newRefresher(c.outer)
			r.Transport = own
			require.ErrorIs(t, r.Poll(t.Context()), c.want)
		})
	}
	require.Len(t, inner.takeRequests(), 1)
}
