package server_test

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/server"
)

// pathLinkHandler claims what is below /link, and what has a header.
type pathLinkHandler struct{}

func (pathLinkHandler) Claims(r *http.Request) bool {
	return strings.HasPrefix(r.URL.Path, "/link/") || r.Header.Get("X-Signing-In") != ""
}

func (pathLinkHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, _ = w.Write([]byte("link: " + r.Method + " " + r.URL.Path))
}

// What stands in for an OAuth server gets what no other route takes and it claims; nothing of Alexa's.
func TestLink(t *testing.T) {
	env := newTestEnv(t)
	env.server.Link = pathLinkHandler{}
	env.open()
	for name, row := range map[string]struct {
		method, path string
		signingIn    bool
		status       int
		body         string
	}{
		"its path":                        {"GET", "/link/authorize", false, 200, "link: GET /link/authorize"},
		"its path, posted to":             {"POST", "/link/token", false, 200, "link: POST /link/token"},
		"its path, by any method":         {"PROPFIND", "/link/token", false, 200, "link: PROPFIND /link/token"},
		"elsewhere, by who signs in":      {"GET", "/static/a.css", true, 200, "link: GET /static/a.css"},
		"elsewhere, by anybody":           {"GET", "/static/a.css", false, 404, ""},
		"a skill's path, by who signs in": {"POST", env.server.Skills[0].Path, true, 400, ""},
		"a skill's path, not posted to":   {"GET", env.server.Skills[0].Path, true, 405, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := http.NewRequest(row.method, env.url(row.path), nil)
			require.NoError(t, err)
			if row.signingIn {
				r.Header.Set("X-Signing-In", "yes")
			}
			got := env.send(r)
			require.Equal(t, row.status, got.status)
			if row.body != "" {
				require.Equal(t, row.body, got.body)
			}
		})
	}
}

// recordingLinkHandler gives whose the last request was.
type recordingLinkHandler struct {
	pathLinkHandler
	remoteAddr string
}

func (a *recordingLinkHandler) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	a.remoteAddr = r.RemoteAddr
}

// It is told whose a request is: what a trusted proxy says, and otherwise who connected.
func TestLinkIsToldTheClient(t *testing.T) {
	for name, row := range map[string]struct{ trusted, want string }{
		"by a proxy that is trusted":     {"127.0.0.0/8", "198.51.100.7"},
		"and by nobody who only says so": {"10.0.0.0/8", "127.0.0.1"},
	} {
		t.Run(name, func(t *testing.T) {
			env, link := newTestEnv(t), &recordingLinkHandler{}
			env.server.Link, env.server.Proxy = link, server.TrustedProxy{Header: "X-Forwarded-For", Trusted: []netip.Prefix{netip.MustParsePrefix(row.trusted)}}
			env.open()
			r, err := http.NewRequest(http.MethodPost, env.url("/link/token"), nil)
			require.NoError(t, err)
			r.Header.Set("X-Forwarded-For", "203.0.113.9, 198.51.100.7")
			env.send(r)
			require.Equal(t, row.want, link.remoteAddr)
		})
	}
}
