package linkproxy_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/linkproxy"
)

// An httpResponse is a parsed response.
type httpResponse struct {
	status int
	header http.Header
	body   string
}

// get sends a GET request for path to the proxy, with key as the flow cookie. It does not follow redirects.
func get(t testing.TB, s *harness, path, key string) httpResponse {
	t.Helper()
	text := sendRaw(t, hostOf(t, s.proxyServer.URL), "GET "+path+" HTTP/1.1\nHost: HOST\nCookie: __Host-lastpost-link="+key+"\nConnection: close\n\n")
	head, body, _ := strings.Cut(text, "\r\n\r\n")
	a := httpResponse{header: http.Header{}, body: body}
	for i, line := range strings.Split(head, "\r\n") {
		if i == 0 {
			_, err := fmt.Sscanf(line, "HTTP/1.1 %d", &a.status)
			require.NoError(t, err)
			continue
		}
		name, value, _ := strings.Cut(line, ": ")
		a.header.Add(name, value)
	}
	return a
}

// startSignIn starts an authorization through the proxy and returns the value of the flow cookie.
func startSignIn(t testing.TB, s *harness, server *recordingServer) string {
	t.Helper()
	server.handler = func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("a page")) }
	cookie, err := http.ParseSetCookie(get(t, s, "/link/authorize?redirect_uri="+url.QueryEscape(pitangui), "").header.Get("Set-Cookie"))
	require.NoError(t, err)
	require.Equal(t, "__Host-lastpost-link", cookie.Name)
	require.True(t, cookie.Secure && cookie.HttpOnly && cookie.Path == "/" && cookie.Domain == "")
	return cookie.Value
}

// A redirect to the authorization server leads to the same page through the proxy. Other redirects stay unchanged.
func TestMapsRedirectTargets(t *testing.T) {
	s, e := newRecordingHarness(t, linkproxy.Proxied)
	key := startSignIn(t, s, e)
	own := s.server.URL
	for name, row := range map[string]struct{ asked, location, want string }{
		"from the root":               {"/link/authorize", "/login?a=%7e", "/login?a=%7e"},
		"beside":                      {"/link/authorize", "login", "login"},
		"beside, absolute":            {"/link/authorize", own + "/oauth/login?a=b#c", "/oauth/login?a=b#c"},
		"the endpoint itself":         {"/oauth/login", own + "/oauth/authorize?a=b", "/oauth/authorize?a=b"},
		"above":                       {"/link/authorize", "../x", "../x"},
		"above, from below":           {"/oauth/a/b", "../x", "../x"},
		"a scheme in capital letters": {"/link/authorize", strings.Replace(own, "https", "HTTPS", 1) + "/x", "/x"},
		"its root":                    {"/link/authorize", own, "/"},
		"a path like a host's":        {"/link/authorize", own + "//evil.example/x", "/.//evil.example/x"},
		"another host":                {"/link/authorize", "https://idp.example/x", "https://idp.example/x"},
		"another port":                {"/link/authorize", "https://127.0.0.1:1/x", "https://127.0.0.1:1/x"},
		"another scheme":              {"/link/authorize", "myapp://done", "myapp://done"},
		"an invalid URL":              {"/link/authorize", "https://[", "https://["},
		"the token endpoint's path":   {"/oauth/x", own + "/link/token", own + "/link/token"},
		"escapes stay":                {"/link/authorize", own + "/a%2Fb/%C3%BC", "/a%2Fb/%C3%BC"},
		"back to the client":          {"/oauth/x", pitangui + "?code=a", pitangui + "?code=a"},
		"back, without parameters":    {"/oauth/x", pitangui, pitangui},
	} {
		t.Run(name, func(t *testing.T) {
			e.handler = func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", row.location)
				w.WriteHeader(http.StatusFound)
			}
			require.Equal(t, row.want, get(t, s, row.asked, key).header.Get("Location"))
		})
	}
}

// The proxy forwards a request only to the configured host, and only if its browser began an authorization. A row
// without a target is not forwarded.
func TestIsNotAnOpenProxy(t *testing.T) {
	s, e := newRecordingHarness(t, linkproxy.Proxied)
	key := startSignIn(t, s, e)
	e.handler = func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte("target: " + r.URL.RequestURI())) }
	for name, row := range map[string]struct {
		path, key, target string
		status            int
	}{
		"a page, with a cookie":                 {"/account", key, "/account", 200},
		"beside the endpoint":                   {"/link/login", key, "/oauth/login", 200},
		"a page, without a cookie":              {"/account", "", "", 418},
		"a page, with an unknown cookie":        {"/account", "AAAAAAAAAAAAAAAAAAAAAAAAAA", "", 418},
		"beside the endpoint, without a cookie": {"/link/login", "", "", 404},
		"the path itself, without a cookie":     {"/link", "", "", 404},
		"an absolute URL":                       {"https://evil.example/account", key, "/account", 200},
		"a path like a host's":                  {"//evil.example/account", key, "//evil.example/account", 200},
		"a user before the host":                {"/@evil.example/account", key, "/@evil.example/account", 200},
		"a host in the query":                   {"/account?url=https://evil.example/", key, "/account?url=https://evil.example/", 200},
		"a path with the same prefix":           {"/linked", "", "", 418},
		"a parent directory":                    {"/link/../account", "", "", 404},
		"the token endpoint's own path":         {"/oauth/token", "", "", 418},
		"the authorization endpoint":            {"/link/authorize", "", "/oauth/authorize", 200},
	} {
		t.Run(name, func(t *testing.T) {
			e.requests = nil
			got := get(t, s, row.path, row.key)
			require.Equal(t, row.status, got.status, got.body)
			if row.target == "" {
				require.Empty(t, e.requests)
				return
			}
			require.Len(t, e.requests, 1)
			require.Contains(t, e.requests[0], "Host: "+hostOf(t, s.server.URL)+"\r\n")
			require.Contains(t, got.body, "target: "+row.target)
		})
	}
}

func TestAdaptsCookiesAndOriginHeaders(t *testing.T) {
	s, e := newRecordingHarness(t, linkproxy.Proxied)
	key := startSignIn(t, s, e)
	e.handler = func(w http.ResponseWriter, _ *http.Request) {
		for _, line := range []string{"a=b; Path=/oauth; Domain=.auth.example.com; HttpOnly", "__Host-c=d; Path=/; Secure", "e=f; domain=x"} {
			w.Header().Add("Set-Cookie", line)
		}
		for _, name := range []string{"Strict-Transport-Security", "Alt-Svc", "Clear-Site-Data"} {
			w.Header().Set(name, "x")
		}
		w.Header().Set("Content-Security-Policy", "default-src 'self'")
	}
	got := get(t, s, "/account", key).header
	require.Subset(t, got.Values("Set-Cookie"), []string{"a=b; Path=/oauth; HttpOnly", "a=b; HttpOnly; Path=/link", "__Host-c=d; Path=/; Secure", "e=f"})
	require.Len(t, got.Values("Set-Cookie"), 5)
	require.Empty(t, got.Get("Strict-Transport-Security")+got.Get("Alt-Svc")+got.Get("Clear-Site-Data"))
	require.Equal(t, "default-src 'self'", got.Get("Content-Security-Policy"))
}
