package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// BenchmarkHeaderFields measures the processor time that one request costs the real service, for headers as Amazon sends them
// and for headers with as many names as the size limit allows. It includes the work that follows the answer, such as the
// masking of a recorded exchange. The service must spend about the same time on both:
//
//	go test -run '^$' -bench HeaderFields -benchtime 1000x ./cmd/skill
func BenchmarkHeaderFields(b *testing.B) {
	h := newHarness(b, "{mode: off}")
	newOAuthServer(b, h)
	h.startAndWait()
	h.waitUntilReady()
	public := strings.TrimSuffix(strings.TrimPrefix(h.url, "http://"), "/alexa/halfelf")
	private := strings.TrimPrefix(h.privateURL, "http://")
	for _, target := range []struct{ name, address, line string }{
		{"endpoint", public, "POST /alexa/halfelf"},
		{"unknown-path", public, "POST /nowhere"},
		{"token", public, "POST /link/token"},
		{"private", private, "GET /healthz"},
	} {
		for _, fields := range []int{16, 3200} {
			b.Run(fmt.Sprintf("path=%s/fields=%d", target.name, fields), func(b *testing.B) {
				client := &keepAliveClient{address: target.address}
				request := target.line + " HTTP/1.1\r\nHost: x\r\n" + manyFields(fields) + "\r\n"
				before := processorTime(b, h.process)
				for b.Loop() {
					_, err := client.send(request)
					require.NoError(b, err)
				}
				waitUntilIdle(b, h.process)
				b.ReportMetric(float64((processorTime(b, h.process)-before).Nanoseconds())/float64(b.N), "cpu-ns/op")
			})
		}
	}
}

// manyFields returns header lines with n distinct names, as short as possible.
func manyFields(n int) string {
	var header strings.Builder
	for i := range n {
		fmt.Fprintf(&header, "%x:\r\n", i+0x100)
	}
	return header.String()
}

// waitUntilIdle waits until the process uses less than a tenth of a processor, which means that it has finished the work that
// follows its answers.
func waitUntilIdle(b *testing.B, process *exec.Cmd) {
	b.Helper()
	before := processorTime(b, process)
	require.Eventually(b, func() bool {
		used := processorTime(b, process) - before
		before += used
		return used <= 20*time.Millisecond
	}, 30*time.Second, 200*time.Millisecond)
}

// A keepAliveClient sends requests over one connection. It opens another one if the server has closed it.
type keepAliveClient struct {
	address string
	conn    net.Conn
	reader  *bufio.Reader
}

// send sends the bytes of a request and returns the status of its response.
func (c *keepAliveClient) send(request string) (status int, err error) {
	if c.conn == nil {
		if c.conn, err = net.Dial("tcp", c.address); err != nil {
			return 0, err
		}
		c.reader = bufio.NewReader(c.conn)
	}
	if _, err := io.WriteString(c.conn, request); err != nil {
		return 0, err
	}
	response, err := http.ReadResponse(c.reader, nil)
	if err != nil {
		return 0, err
	}
	_, err = io.Copy(io.Discard, response.Body)
	if response.Close {
		_ = c.conn.Close()
		c.conn = nil
	}
	return response.StatusCode, err
}
