package server_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/server"
)

// headerLines returns n header lines with distinct names, as short as possible.
func headerLines(n int) string {
	var lines strings.Builder
	for i := range n {
		fmt.Fprintf(&lines, "%x:\r\n", i+0x100)
	}
	return lines.String()
}

const headerPartsAnswer = `{"message":"the header has too many parts","data":{"status":400}}`

// A linkHandler claims every request below /link, and counts the requests.
type linkHandler struct{ requests atomic.Int64 }

func (l *linkHandler) Claims(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/link") }

func (l *linkHandler) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	l.requests.Add(1)
	w.WriteHeader(http.StatusNoContent)
}

// TestLimitsPartsOfHeaders sends headers within the size limit and with too many parts, to every path of both listeners. The
// answer is a refusal, and no handler, log line of a request or record gets the header.
func TestLimitsPartsOfHeaders(t *testing.T) {
	t.Parallel()
	env := newTestEnv(t)
	env.server.Certificate = nil
	link := &linkHandler{}
	env.server.Link = link
	var observed atomic.Int64
	env.server.Observe = func(server.ObservedRequest) { observed.Add(1) }
	env.open()
	for claim, parts := range map[string]struct{ query, header string }{
		"3,200 names":      {"", headerLines(3200)},
		"129 names":        {"", headerLines(129)},
		"129 values":       {"", strings.Repeat("X: y\r\n", 129)},
		"257 cookies":      {"", "Cookie: a=b" + strings.Repeat(";a=b", 256) + "\r\n"},
		"two cookie lines": {"", strings.Repeat("Cookie: a=b"+strings.Repeat(";a=b", 128)+"\r\n", 2)},
		"257 parameters":   {"?a" + strings.Repeat("&a", 256), ""},
	} {
		for _, path := range []string{"/alexa", "/nowhere", "/link/token", "/link/authorize", "/websub/x/y"} {
			got := env.sendRaw(env.server.Addr(), "POST "+path+parts.query+" HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"+parts.header+"\r\n")
			require.Equal(t, http.StatusBadRequest, got.status, "%s: %s", path, claim)
			require.Equal(t, headerPartsAnswer, got.body)
			require.True(t, got.closesConn)
		}
		for _, path := range []string{"/healthz", "/readyz", "/metrics", "/"} {
			got := env.sendRaw(env.server.PrivateAddr(), "GET "+path+parts.query+" HTTP/1.1\r\nHost: localhost\r\n"+parts.header+"\r\n")
			require.Equal(t, http.StatusBadRequest, got.status, "%s: %s", path, claim)
		}
	}
	require.Zero(t, link.requests.Load())
	require.Zero(t, observed.Load())
	seen := env.server.Faults.Seen()
	require.Len(t, seen, 1)
	require.Equal(t, "header-parts", seen[0].Kind)
	require.Equal(t, uint64(6*9), seen[0].Count)
	require.Empty(t, env.stopAndRequestLines())
	require.LessOrEqual(t, env.log.lineCount(), 20, "the log stays bounded")
}

// TestAcceptsManyPartsOfHeaders sends as many parts as the limits allow.
func TestAcceptsManyPartsOfHeaders(t *testing.T) {
	env := newTestEnv(t)
	env.server.Certificate = nil
	link := &linkHandler{}
	env.server.Link = link
	env.open()
	for _, request := range []string{
		"GET /link/page?a" + strings.Repeat("&a", 255) + " HTTP/1.1\r\nHost: x\r\n",
		"GET /link/page HTTP/1.1\r\nHost: x\r\n" + headerLines(128),
		"GET /link/page HTTP/1.1\r\nHost: x\r\nCookie: a=b" + strings.Repeat(";a=b", 255) + "\r\n",
	} {
		require.Equal(t, http.StatusNoContent, env.sendRaw(env.server.Addr(), request+"\r\n").status)
	}
	require.Empty(t, env.server.Faults.Seen())
	require.Equal(t, int64(3), link.requests.Load())
}

// sendRaw sends bytes over a new plain connection and returns the answer.
func (env *testEnv) sendRaw(address net.Addr, text string) httpResult {
	env.t.Helper()
	conn, err := net.Dial("tcp", address.String())
	require.NoError(env.t, err)
	defer func() { _ = conn.Close() }()
	require.NoError(env.t, conn.SetDeadline(time.Now().Add(testTimeout)))
	_, err = io.WriteString(conn, text)
	require.NoError(env.t, err)
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(env.t, err)
	return readResult(env.t, response)
}
