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

// An answer is what came back.
type httpResponse struct {
	status int
	header http.Header
	body   string
}

// get asks the proxy as a browser that has a cookie or not, and follows nothing.
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

// signIn begins an authorization, and gives the key of its cookie.
func startSignIn(t testing.TB, s *harness, e *recordingServer) string {
	t.Helper()
	e.handler = func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("a page")) }
	cookie, err := http.ParseSetCookie(get(t, s, "/link/authorize?redirect_uri="+url.QueryEscape(pitangui), "").header.Get("Set-Cookie"))
	require.NoError(t, err)
	require.Equal(t, "__Host-lastpost-link", cookie.Name)
	require.True(t, cookie.Secure && cookie.HttpOnly && cookie.Path == "/" && cookie.Domain == "")
	return cookie.Value
}

// Where the authorization server leads is found here; where it leads elsewhere stays as it is.
func TestMapsRedirectTargets(t *testing.T) {
	s, e := newRecordingHarness(t, linkproxy.Proxied)
	key := startSignIn(t, s, e)
	own := s.server.URL
	for name, row := range map[string]struct{ asked, location, want string }{
		"from the root":             {"/link/authorize", "/login?a=%7e", "/login?a=%7e"},
		"beside":                    {"/link/authorize", "login", "login"},
		"beside, in full":           {"/link/authorize", own + "/oauth/login?a=b#c", "/oauth/login?a=b#c"},
		"the endpoint itself":       {"/oauth/login", own + "/oauth/authorize?a=b", "/oauth/authorize?a=b"},
		"above":                     {"/link/authorize", "../x", "../x"},
		"above, from below":         {"/oauth/a/b", "../x", "../x"},
		"a host in small letters":   {"/link/authorize", strings.Replace(own, "https", "HTTPS", 1) + "/x", "/x"},
		"its root":                  {"/link/authorize", own, "/"},
		"a path like a host's":      {"/link/authorize", own + "//evil.example/x", "/.//evil.example/x"},
		"another host":              {"/link/authorize", "https://idp.example/x", "https://idp.example/x"},
		"another port":              {"/link/authorize", "https://127.0.0.1:1/x", "https://127.0.0.1:1/x"},
		"another scheme":            {"/link/authorize", "myapp://done", "myapp://done"},
		"an address of no use":      {"/link/authorize", "https://[", "https://["},
		"where something else is":   {"/oauth/x", own + "/link/token", own + "/link/token"},
		"escapes stay":              {"/link/authorize", own + "/a%2Fb/%C3%BC", "/a%2Fb/%C3%BC"},
		"back to who asked":         {"/oauth/x", pitangui + "?code=a", pitangui + "?code=a"},
		"back, to the same address": {"/oauth/x", pitangui, pitangui},
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

// Whatever a request says, it goes to the configuration's host, and only from where an authorization began.
func TestIsNotAnOpenProxy(t *testing.T) {
	s, e := newRecordingHarness(t, linkproxy.Proxied)
	key := startSignIn(t, s, e)
	e.handler = func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte("there: " + r.URL.RequestURI())) }
	for name, row := range map[string]struct {
		asked, key, there string
		status            int
	}{
		"a page, by who signs in":             {"/account", key, "/account", 200},
		"beside the endpoint":                 {"/link/login", key, "/oauth/login", 200},
		"a page, by anybody":                  {"/account", "", "", 418},
		"a page, by somebody with a key":      {"/account", "AAAAAAAAAAAAAAAAAAAAAAAAAA", "", 418},
		"beside the endpoint, by anybody":     {"/link/login", "", "", 404},
		"the path itself, by anybody":         {"/link", "", "", 404},
		"a whole address":                     {"https://evil.example/account", key, "/account", 200},
		"a path like a host's":                {"//evil.example/account", key, "//evil.example/account", 200},
		"a user before the host":              {"/@evil.example/account", key, "/@evil.example/account", 200},
		"a host in the query":                 {"/account?url=https://evil.example/", key, "/account?url=https://evil.example/", 200},
		"a path that begins like ours":        {"/linked", "", "", 418},
		"a folder above":                      {"/link/../account", "", "", 404},
		"the token endpoint's, by its path":   {"/oauth/token", "", "", 418},
		"the authorization endpoint, anybody": {"/link/authorize", "", "/oauth/authorize", 200},
	} {
		t.Run(name, func(t *testing.T) {
			e.requests = nil
			got := get(t, s, row.asked, row.key)
			require.Equal(t, row.status, got.status, got.body)
			if row.there == "" {
				require.Empty(t, e.requests)
				return
			}
			require.Len(t, e.requests, 1)
			require.Contains(t, e.requests[0], "Host: "+hostOf(t, s.server.URL)+"\r\n")
			require.Contains(t, got.body, "there: "+row.there)
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
	require.Subset(t, got.Values("Set-Cookie"), []string{"a=b; Path=/oauth; HttpOnly", "__Host-c=d; Path=/; Secure", "e=f"})
	require.Len(t, got.Values("Set-Cookie"), 4)
	require.Empty(t, got.Get("Strict-Transport-Security")+got.Get("Alt-Svc")+got.Get("Clear-Site-Data"))
	require.Equal(t, "default-src 'self'", got.Get("Content-Security-Policy"))
}
