package server_test

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/server/clients"
)

// pathLinkHandler claims requests to paths below /link/, and requests with the header X-Signing-In.
type pathLinkHandler struct{}

func (pathLinkHandler) Claims(r *http.Request) bool {
	return strings.HasPrefix(r.URL.Path, "/link/") || r.Header.Get("X-Signing-In") != ""
}

func (pathLinkHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, _ = w.Write([]byte("link: " + r.Method + " " + r.URL.Path))
}

// TestLinkHandlerGetsClaimedRequests checks that the LinkHandler gets a claimed request if the request has no other route,
// such as a skill's path.
func TestLinkHandlerGetsClaimedRequests(t *testing.T) {
	env := newTestEnv(t)
	env.server.Link = pathLinkHandler{}
	env.open()
	for name, row := range map[string]struct {
		method, path string
		signingIn    bool
		status       int
		body         string
	}{
		"its path":                  {"GET", "/link/authorize", false, 200, "link: GET /link/authorize"},
		"its path, POST":            {"POST", "/link/token", false, 200, "link: POST /link/token"},
		"its path, another method":  {"PROPFIND", "/link/token", false, 200, "link: PROPFIND /link/token"},
		"another path, claimed":     {"GET", "/static/a.css", true, 200, "link: GET /static/a.css"},
		"another path, not claimed": {"GET", "/static/a.css", false, 404, ""},
		"a skill's path, claimed":   {"POST", env.server.Skills[0].Path, true, 400, ""},
		"a skill's path, GET":       {"GET", env.server.Skills[0].Path, true, 405, ""},
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

// recordingLinkHandler stores the RemoteAddr of the last request.
type recordingLinkHandler struct {
	pathLinkHandler
	remoteAddr string
}

func (a *recordingLinkHandler) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	a.remoteAddr = r.RemoteAddr
}

// TestLinkHandlerGetsClientAddress checks RemoteAddr: the address from a trusted proxy, or the peer's address.
func TestLinkHandlerGetsClientAddress(t *testing.T) {
	for name, row := range map[string]struct{ trusted, want string }{
		"a trusted proxy":   {"127.0.0.0/8", "198.51.100.7"},
		"an untrusted peer": {"10.0.0.0/8", "127.0.0.1"},
	} {
		t.Run(name, func(t *testing.T) {
			env, link := newTestEnv(t), &recordingLinkHandler{}
			env.server.Link, env.server.Proxy = link, clients.TrustedProxy{Header: "X-Forwarded-For", Trusted: []netip.Prefix{netip.MustParsePrefix(row.trusted)}}
			env.open()
			r, err := http.NewRequest(http.MethodPost, env.url("/link/token"), nil)
			require.NoError(t, err)
			r.Header.Set("X-Forwarded-For", "203.0.113.9, 198.51.100.7")
			env.send(r)
			require.Equal(t, row.want, link.remoteAddr)
		})
	}
}
