//go:build !race

package main

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// loadConnections is the number of concurrent requests of TestMemoryUnderLoad.
const loadConnections = 1000

// TestMemoryUnderLoad opens 1,000 connections that send a large request each, with account linking on, for each kind of
// load. The peak of the resident memory must stay below the limit of the units and containers in deploy/.
func TestMemoryUnderLoad(t *testing.T) {
	requireE2E(t)
	const limit = 256 << 10 // KiB
	build := newHarness(t, "{mode: off}")
	build.useReleaseBuild()
	program := build.program
	for _, load := range []struct{ claim, sends string }{
		{"no request", ""},
		{"a header that does not end", "POST /alexa/halfelf HTTP/1.1\r\nHost: x\r\n" + manyFields(3200)},
		{"a body that does not end", "POST /alexa/halfelf HTTP/1.1\r\nHost: x\r\nContent-Length: 65536\r\n\r\n" + strings.Repeat(" ", 65535)},
		{"a form that does not end", "POST /link/token HTTP/1.1\r\nHost: x\r\nContent-Length: 262144\r\n\r\n" + strings.Repeat("a", 262143)},
		{"forms that the OAuth server does not answer", "POST /link/token HTTP/1.1\r\nHost: x\r\nContent-Length: 262144\r\n\r\n" + strings.Repeat("a", 262144)},
		{"pages of 8 MiB", "GET /link/authorize HTTP/1.1\r\nHost: x\r\n\r\n"},
		{"pages of many elements", "GET /link/authorize?many HTTP/1.1\r\nHost: x\r\n\r\n"},
	} {
		t.Run(load.claim, func(t *testing.T) {
			h := newHarness(t, "{mode: self-signed}")
			h.program = program
			oauth := newOAuthServer(t, h)
			oauth.setFault(linkFault{path: "/token", answer: func(http.ResponseWriter, *http.Request) { time.Sleep(5 * time.Second) }})
			page := bytes.Repeat([]byte("<a href=x>"), 8<<20/10)
			oauth.faulty["/authorize"] = func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "text/html")
				if r.URL.RawQuery == "" {
					w.Header().Set("Content-Type", "application/octet-stream")
				}
				_, _ = w.Write(page)
			}
			h.startAndWait()
			h.waitUntilReady()
			before := h.peakMemoryKiB()
			h.openLoad(load.sends)
			t.Logf("LOAD %s: %d KiB, then at most %d KiB", load.claim, before, h.peakMemoryKiB())
			require.Less(t, h.peakMemoryKiB(), limit)
			status, _ := h.sendSigned(h.lastPostRequest(""))
			require.Equal(t, http.StatusOK, status)
		})
	}
}

// openLoad opens connections, and when all are open, it sends the same bytes over each. It reads slowly until the service
// closes the connections.
func (h *harness) openLoad(sends string) {
	h.t.Helper()
	address, _, _ := strings.Cut(strings.TrimPrefix(h.url, "https://"), "/")
	var clients, opened sync.WaitGroup
	opened.Add(loadConnections)
	var failed atomic.Int64
	opening := make(chan struct{}, 20) // handshakes at a time: the time limit of each is 3 s
	for range loadConnections {
		clients.Go(func() {
			opening <- struct{}{}
			conn, err := openIdleConnection(address)
			<-opening
			opened.Done()
			if err != nil {
				failed.Add(1)
				return
			}
			defer func() { _ = conn.Close() }()
			opened.Wait()
			_ = conn.SetDeadline(time.Now().Add(8 * time.Second))
			_, _ = io.WriteString(conn, sends) // the service may refuse it
			_, _ = io.Copy(io.Discard, &slowReader{conn})
		})
	}
	clients.Wait()
	require.Less(h.t, failed.Load(), int64(loadConnections/10), "connections that the service did not accept")
}

// openIdleConnection opens a connection and gets the answer to a request, so that the service expects another request.
func openIdleConnection(address string) (conn *tls.Conn, err error) {
	for range 5 {
		if conn, err = tls.DialWithDialer(&net.Dialer{Timeout: 30 * time.Second}, "tcp", address, &tls.Config{InsecureSkipVerify: true}); err != nil {
			continue // the service was too busy for a handshake within its time limit
		}
		var response *http.Response
		if _, err = io.WriteString(conn, "GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n"); err == nil {
			response, err = http.ReadResponse(bufio.NewReader(conn), nil)
		}
		if err == nil {
			_ = response.Body.Close()
			return conn, nil
		}
		_ = conn.Close()
	}
	return nil, err
}

// A slowReader waits half a second before each read.
type slowReader struct{ io.Reader }

func (r *slowReader) Read(p []byte) (int, error) {
	time.Sleep(500 * time.Millisecond)
	return r.Reader.Read(p)
}
