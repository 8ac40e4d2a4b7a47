package linkproxy_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/faultlog"
	"lastpost/internal/linkproxy"
)

// sendAs passes a GET request of a client to a proxy.
func sendAs(p *linkproxy.Proxy, client, path, cookie string) *responseSink {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.RemoteAddr = client
	if cookie != "" {
		r.AddCookie(&http.Cookie{Name: "__Host-lastpost-link", Value: cookie})
	}
	w := newResponseSink()
	p.ServeHTTP(w, r)
	return w
}

// flowCookieOf returns the flow cookie of a response.
func flowCookieOf(t testing.TB, w *responseSink) string {
	t.Helper()
	for _, line := range w.Header()["Set-Cookie"] {
		if value, ok := strings.CutPrefix(line, "__Host-lastpost-link="); ok {
			value, _, _ = strings.Cut(value, ";")
			return value
		}
	}
	require.Fail(t, "no flow cookie")
	return ""
}

// A page that works only at its own origin redirects other clients only after two clients reached it by the redirects of
// the authorization endpoint.
func TestOneClientsPageDoesNotRedirectOthers(t *testing.T) {
	s, e := newRecordingHarness(t, linkproxy.Auto)
	e.handler = func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/oauth/authorize":
			if r.FormValue("prompt") == "create" {
				http.Redirect(w, r, "/hop?x=1", http.StatusFound)
				return
			}
			fixedResponse(200, "text/html", "<form>")(w, r)
		case "/hop":
			http.Redirect(w, r, s.server.URL+"/signup", http.StatusSeeOther)
		case "/signup":
			fixedResponse(200, "text/html", `<script src="https://js.hcaptcha.com/1/api.js"></script>`)(w, r)
		}
	}
	proxied := func(client string) bool {
		return sendAs(s.proxy, client, "/link/authorize?client_id=x", "").status == http.StatusOK
	}
	// A visit by a link redirects this browser only.
	cookie := flowCookieOf(t, sendAs(s.proxy, "198.51.100.7", "/link/authorize", ""))
	visited := sendAs(s.proxy, "198.51.100.7", "/signup", cookie)
	require.Equal(t, 302, visited.status)
	require.Equal(t, s.server.URL+"/oauth/authorize", visited.Header().Get("Location"))
	require.True(t, proxied("198.51.100.7"))
	require.True(t, proxied("203.0.113.1"))
	// A visit by redirects counts for this client.
	follow := func(client string) {
		w := sendAs(s.proxy, client, "/link/authorize?prompt=create", "")
		w = sendAs(s.proxy, client, "/hop?x=1", flowCookieOf(t, w))
		require.Equal(t, "/signup", w.Header().Get("Location"))
		require.Equal(t, 302, sendAs(s.proxy, client, "/signup", flowCookieOf(t, w)).status)
	}
	follow("[2001:db8:0:7::9]:443")
	require.False(t, proxied("[2001:db8:0:7::1]:443"), "the same network is one client")
	require.True(t, proxied("203.0.113.1"))
	require.Equal(t, 1, s.log.count("require their own origin; a browser is redirected"))
	follow("203.0.113.2")
	require.False(t, proxied("203.0.113.1"))
	require.Equal(t, 1, s.log.count("browsers are redirected to it for an hour"))
}

// A cookie for the folder of the authorization endpoint reaches each page that it reaches without the proxy.
func TestCookiesReachTheSamePages(t *testing.T) {
	requireE2E(t)
	pages := []string{"/oauth/authorize", "/oauth/login", "/oauth/a/b", "/account", "/oauthx", "/"}
	for _, line := range []string{
		"s=1; Path=/oauth/; Secure; HttpOnly", "s=1; Path=/oauth", "s=1; path=/oauth/authorize", "s=1; Path=/oauth/a", "s=1", "s=1; Secure",
		"s=1; Path=/", "s=1; Path=/account", "s=1; Path=", "s=1; Path=x", "__Secure-s=1; Path=/oauth/; Secure", "__Host-s=1; Path=/; Secure",
		"s=1; Domain=127.0.0.1; Path=/oauth/; Secure", "s=1; Path=/; Path=/oauth/", "s=1; Max-Age=600; Path=/oauth/login; SameSite=Lax",
	} {
		for _, from := range []string{"/oauth/authorize", "/oauth/a/b", "/account"} {
			t.Run(line+" from "+from, func(t *testing.T) {
				s := newHarness(t)
				s.server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.URL.Query().Has("set") {
						w.Header().Add("Set-Cookie", line)
					}
					_, _ = fmt.Fprint(w, r.Header.Values("Cookie"))
				})
				s.startProxy()
				want := s.readPages(s.server.URL, from, pages)
				for _, at := range []string{from, strings.Replace(from, "/oauth/", "/link/", 1)} {
					require.Equal(t, want, s.readPages(s.proxyServer.URL, at, pages), "set at %s", at)
				}
			})
		}
	}
}

// readPages opens at in a new browser, which sets a cookie, and then pages. It returns the cookies of each page. At the
// proxy, it opens a page of the authorization endpoint's folder below /link too. The cookies must be the same.
func (s *harness) readPages(base, at string, pages []string) map[string]string {
	s.t.Helper()
	s.alexa.OpenBrowser()
	open := func(path string) string {
		response, err := s.alexa.Browser.Get(base + path)
		require.NoError(s.t, err)
		body, err := io.ReadAll(response.Body)
		require.NoError(s.t, err)
		require.NoError(s.t, response.Body.Close())
		return string(body)
	}
	if base == s.proxyServer.URL {
		open("/link/authorize")
	}
	open(at + "?set")
	cookies := map[string]string{}
	for _, page := range pages {
		cookies[page] = open(page)
		if below, ok := strings.CutPrefix(page, "/oauth/"); ok && base == s.proxyServer.URL {
			require.Equal(s.t, cookies[page], open("/link/"+below), "%s set at %s", page, at)
		}
	}
	return cookies
}

// A browser gets only paths below the allowed prefixes, however it writes a path. A refused path is a fault with a remedy.
func TestAllowsPathPrefixes(t *testing.T) {
	s, e := newRecordingHarness(t, linkproxy.Proxied)
	s.proxy.AllowedPaths = []string{"/login", "/oauth/static/", "/m%C3%BCnchen"}
	s.proxy.Faults = &faultlog.Log{}
	e.handler = func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("page")) }
	cookie := flowCookieOf(t, sendAs(s.proxy, "203.0.113.1", "/link/authorize", ""))
	for path, allowed := range map[string]bool{
		"/login": true, "/login/": true, "/login/form?next=/admin": true, "/link/static/a.css": true, "/oauth/static/a.css": true,
		"/oauth/authorize?x=1": true, "/m%C3%BCnchen/x": true, "/login/a%20b": true,
		"/": false, "/admin": false, "/loginx": false, "/LOGIN": false, "/link/admin": false, "/link": false, "/link/": false,
		"/login/../admin": false, "/login/%2e%2e/admin": false, "/login/.%2E/admin": false, "/login/..%2fadmin": false, "/login%2f..%2fadmin": false,
		"/login/%252e%252e/admin": false, "/login//admin": false, "//login": false, "/login/..;/admin": false, "/login;/admin": false,
		"/login/;x=1/../admin": false, "/login/..\\admin": false, "/login/..%5cadmin": false, "/login%5c..%5cadmin": false, "/login/.": false,
		"/login/%00": false, "/login/..%09/admin": false, "/login/.. /admin": false, "/login%2fx": false, "/link/..%2f..%2fadmin": false,
		"/link/../admin": false, "/login%25": false, "/%6cogin/../admin": false, "/login/%3b/admin": false, "/login/..%0d/": false,
		"/login/%c0%ae%c0%ae/admin": false, "/login/..%ff/admin": false, "/login/%ef%bc%8e%ef%bc%8e/admin": false, "/login%ef%bc%8fx": false,
		"/login/..%23/admin": false, "/login/..%3f/admin": false,
	} {
		e.requests = nil
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		u, err := url.ParseRequestURI(path)
		require.NoError(t, err)
		r.URL, r.RemoteAddr = u, "203.0.113.1"
		r.AddCookie(&http.Cookie{Name: "__Host-lastpost-link", Value: cookie})
		w := newResponseSink()
		s.proxy.ServeHTTP(w, r)
		require.Equal(t, allowed, w.status == http.StatusOK, "%s: %d", path, w.status)
		require.Equal(t, allowed, len(e.requests) == 1, path)
	}
	seen := s.proxy.Faults.Seen()
	require.Len(t, seen, 1)
	require.Equal(t, "link-path", seen[0].Kind)
	require.Contains(t, seen[0].Remedy, "allow_paths")
}

// Two processes with the same secret continue each other's sign-ins. With another secret, the sign-in is refused, and the
// fault has a remedy. Nothing that a stranger sends as a cookie opens a page.
func TestProcessesWithOneSecretShareSignIns(t *testing.T) {
	s, e := newRecordingHarness(t, linkproxy.Auto)
	newProxy := func(secret string) *linkproxy.Proxy {
		return &linkproxy.Proxy{Path: "/link", AuthorizationURL: s.proxy.AuthorizationURL, TokenURL: s.proxy.TokenURL, Roots: s.proxy.Roots,
			Secret: []byte(secret), Faults: &faultlog.Log{}}
	}
	one, two, other := newProxy("a secret of both replicas, long"), newProxy("a secret of both replicas, long"), newProxy("")
	e.handler = func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/captcha" {
			fixedResponse(200, "text/html", `<script src="https://js.hcaptcha.com/1/api.js"></script>`)(w, r)
		}
	}
	state := strings.Repeat("s", 1140)
	cookie := flowCookieOf(t, sendAs(one, "203.0.113.1", "/link/authorize?state="+state+"&redirect_uri="+url.QueryEscape(pitangui), ""))
	require.NotContains(t, cookie, "ssss", "the cookie is encrypted")
	claims := func(p *linkproxy.Proxy, cookie string) bool {
		r := httptest.NewRequest(http.MethodGet, "/login", nil)
		r.AddCookie(&http.Cookie{Name: "__Host-lastpost-link", Value: cookie})
		return p.Claims(r)
	}
	for range 2 {
		for _, p := range []*linkproxy.Proxy{two, one} {
			require.True(t, claims(p, cookie))
			w := sendAs(p, "203.0.113.1", "/login", cookie)
			require.Equal(t, 200, w.status)
			cookie = flowCookieOf(t, w)
		}
	}
	require.Contains(t, sendAs(two, "203.0.113.1", "/captcha", cookie).Header().Get("Location"), "state="+state, "the whole authorization request")
	require.Empty(t, one.Faults.Seen())
	require.Empty(t, two.Faults.Seen())

	require.True(t, claims(other, cookie))
	require.Equal(t, 404, sendAs(other, "203.0.113.1", "/login", cookie).status)
	require.Len(t, other.Faults.Seen(), 1)
	require.Equal(t, "link-cookie", other.Faults.Seen()[0].Kind)
	require.Contains(t, other.Faults.Seen()[0].Remedy, "account_linking.key_file")

	e.requests = nil
	for i := range cookie {
		changed := []byte(cookie)
		changed[i] ^= 1
		require.Equal(t, 404, sendAs(one, "198.51.100.7", "/login", string(changed)).status, "%d", i)
	}
	for _, junk := range []string{cookie[:len(cookie)-1], cookie + "A", strings.Repeat("A", 200), strings.Repeat("A", 60<<10)} {
		require.Equal(t, 404, sendAs(one, "198.51.100.7", "/login", junk).status)
	}
	require.Empty(t, e.requests)
}

// A cookie is never larger than browsers accept, however large the authorization request is.
func TestFlowCookieIsBounded(t *testing.T) {
	s, _ := newRecordingHarness(t, linkproxy.Proxied)
	for _, query := range []string{"state=" + strings.Repeat("s", 20<<10), "redirect_uri=https://x.example/" + strings.Repeat("r", 20<<10), ""} {
		w := sendAs(s.proxy, "203.0.113.1", "/link/authorize?"+query, "")
		for _, line := range w.Header()["Set-Cookie"] {
			require.Less(t, len(line), 4000)
		}
		require.Equal(t, 200, sendAs(s.proxy, "203.0.113.1", "/login", flowCookieOf(t, w)).status)
	}
}
