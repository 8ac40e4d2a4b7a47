package server_test

import (
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/server/clients"
)

// startBody sends a request from an address of this machine. The body does not end: its last byte is missing.
func (env *testEnv) startBody(from, path, header string, length int) {
	env.t.Helper()
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	conn, err := dialer.Dial("tcp", env.server.Addr().String())
	require.NoError(env.t, err)
	env.t.Cleanup(func() { _ = conn.Close() })
	text := "POST " + path + " HTTP/1.1\r\nHost: x\r\n" + header + "Content-Length: " + strconv.Itoa(length) + "\r\n\r\n" + strings.Repeat(" ", length-1)
	go func() { _, _ = io.WriteString(conn, text) }() // the server may never read it
}

// A readingLink reads the whole body, as account linking does.
type readingLink struct{ pathLinkHandler }

func (readingLink) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if _, err := io.ReadAll(r.Body); err != nil {
		w.WriteHeader(http.StatusBadRequest)
	}
}

// awaitFault waits until a fault of this kind was reported.
func (env *testEnv) awaitFault(kind string) {
	env.t.Helper()
	require.Eventually(env.t, func() bool {
		for _, seen := range env.server.Faults.Seen() {
			if seen.Kind == kind {
				return true
			}
		}
		return false
	}, testTimeout, 10*time.Millisecond, "fault %s", kind)
}

// TestBoundsLargeBodies sends many large bodies that do not end, from one client. This client is refused, because its share is
// used. Meanwhile the usual small requests of the same address are answered, and so are large requests of other clients.
func TestBoundsLargeBodies(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		claim  string
		proxy  clients.TrustedProxy
		header string // names the client of the flood
		from   string
	}{
		{"clients connect", clients.TrustedProxy{}, "", "127.0.0.2"},
		{"a proxy connects", clients.TrustedProxy{Header: "X-Forwarded-For", Trusted: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}},
			"X-Forwarded-For: 203.0.113.9\r\n", "127.0.0.1"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			t.Parallel()
			env := newTestEnv(t)
			env.server.Certificate, env.server.Link, env.server.Proxy = nil, readingLink{}, row.proxy
			env.open()
			for range 64 {
				env.startBody(row.from, "/alexa", row.header, 64<<10)
				env.startBody(row.from, "/link/token", row.header, 256<<10)
			}
			for range 10 {
				require.Equal(t, http.StatusOK, env.sendSigned(requestSpec{}.body()).status)
				require.Equal(t, http.StatusOK, env.sendSigned(paddedRequest(60<<10)).status)
			}
			env.awaitFault("body-budget")
		})
	}
}

// TestLargeBodiesAreAnswered sends large bodies one after the other, and at the same time as many as fit. All are answered, and
// no fault is reported.
func TestLargeBodiesAreAnswered(t *testing.T) {
	t.Parallel()
	env := newTestEnv(t)
	env.server.Certificate, env.server.Link = nil, readingLink{}
	env.open()
	for range 50 {
		require.Equal(t, http.StatusOK, env.sendSigned(paddedRequest(60<<10)).status)
		response, err := env.client.Post(env.url("/link/token"), "text/plain", io.MultiReader(strings.NewReader(strings.Repeat("a", 256<<10))))
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, readResult(t, response).status)
	}
	require.Empty(t, env.server.Faults.Seen())
}
