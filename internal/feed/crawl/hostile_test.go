package crawl

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/feed/feedtest"
	"lastpost/internal/feed/fetch"
	"lastpost/internal/feed/websub"
)

// hostileProxy is an HTTP proxy with a hostile blog behind it, http://blog.example. It records all other targets.
type hostileProxy struct {
	mu      sync.Mutex
	answer  http.HandlerFunc
	targets []string
}

func (p *hostileProxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if r.Method != http.MethodConnect && r.URL.Host == "blog.example" {
		p.answer(w, r)
		return
	}
	p.targets = append(p.targets, r.RequestURI)
	w.WriteHeader(http.StatusBadGateway)
}

// hostileAnswers returns answers of a blog that names a host, in each way that leads to a request.
func hostileAnswers(host string) map[string]http.HandlerFunc {
	target := "http://" + host + "/latest/meta-data/"
	item := `<item><guid>1</guid><title>One</title><pubDate>Mon, 09 Jun 2025 10:00:00 GMT</pubDate>`
	rss := func(head, enclosure string) string {
		return `<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>B</title>` + head + item + enclosure + `</item></channel></rss>`
	}
	link := func(rel string) string { return `<atom:link rel="` + rel + `" href="` + target + `"/>` }
	body := func(text string, header ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			for i := 0; i < len(header); i += 2 {
				w.Header()[header[i]] = []string{header[i+1]}
			}
			_, _ = fmt.Fprint(w, text)
		}
	}
	return map[string]http.HandlerFunc{
		"a redirect": func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Location"] = []string{target}
			w.WriteHeader(http.StatusMovedPermanently)
		},
		"a redirect to https": func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Location"] = []string{"https" + strings.TrimPrefix(target, "http")}
			w.WriteHeader(http.StatusTemporaryRedirect)
		},
		"a redirect without a scheme": func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Location"] = []string{"//" + host + "/"}
			w.WriteHeader(http.StatusFound)
		},
		"the feed of a page":         body(`<!doctype html><link rel="alternate" type="application/rss+xml" href="` + target + `">`),
		"the next page":              body(rss(link("next"), "")),
		"the archive":                body(rss(link("prev-archive"), "")),
		"the hub":                    body(rss(link("hub")+link("self"), "")),
		"the hub in a header":        body(rss("", ""), "Link", "<"+target+`>; rel="hub"`),
		"the home page of WordPress": body(rss("<generator>https://wordpress.org/?v=6</generator><link>"+target+"</link>", "")),
		"an episode":                 body(rss("", `<enclosure url="`+target+`x.mp3" type="audio/mpeg" length="1"/>`)),
		"the next page of JSON Feed": body(`{"version":"https://jsonfeed.org/version/1.1","title":"B","next_url":"` + target + `","items":[{"id":"1"}]}`),
	}
}

// TestHostileBlogReachesNoPrivateHost lets a blog name each hostile host in each way, for a service behind a proxy. The
// proxy would connect to any host.
func TestHostileBlogReachesNoPrivateHost(t *testing.T) {
	proxy := new(hostileProxy)
	server := httptest.NewServer(proxy)
	defer server.Close()
	address, err := url.Parse(server.URL)
	require.NoError(t, err)
	transport := fetch.NewTransport(nil)
	transport.Proxy = http.ProxyURL(address)
	crawlOnce := func(t *testing.T, answer http.HandlerFunc) []string {
		proxy.answer, proxy.targets = answer, nil
		r := &Refresher{URL: "http://blog.example/feed/", Archive: new(memoryStore), History: true, Transport: transport, Spacing: time.Microsecond}
		subscription := &websub.Subscription{CallbackURL: "https://skill.example/websub/x", FeedURL: r.URL, Transport: transport}
		r.Hub = subscription
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		_ = r.Poll(ctx)
		_ = r.Backfill(ctx)
		_ = subscription.SubscribeIfDue(ctx)
		_ = r.Poll(ctx)
		return proxy.targets
	}
	for way, answer := range hostileAnswers("public.example.com") {
		require.NotEmpty(t, crawlOnce(t, answer), "%s leads to a request", way)
	}
	every := 8 // make e2e tries each host
	if os.Getenv("LASTPOST_E2E") != "" {
		every = 1
	}
	for i := 0; i < len(feedtest.HostileHosts()); i += every {
		host := feedtest.HostileHosts()[i]
		for way, answer := range hostileAnswers(host) {
			require.Empty(t, crawlOnce(t, answer), "%s names %+q", way, host)
		}
	}
}
