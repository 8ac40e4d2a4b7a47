package doctor

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// These are answers of a slow endpoint, or their first parts.
const (
	refusedHeader = "HTTP/1.1 400 Bad Request\r\nContent-Length: 8\r\n\r\n"
	refusedOnce   = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 8\r\n\r\n12345678"
	endless       = "HTTP/1.1 400 Bad Request\r\nContent-Length: 8000\r\n\r\n"
	eight         = "12345678"
)

// A slowEndpoint answers quickly at first, and from some point on it sends one byte per second.
type slowEndpoint struct {
	deaf      bool                                   // a firewall drops all packets
	handshake func(n int64) bool                     // reports whether the handshake of connection n is slow; nil: none
	answer    func(n int64) (immediate, slow string) // returns the quick and the slow part of answer n

	connections, requests *atomic.Int64
}

// connect returns a connection to the endpoint. The goroutines of the server side belong to serving.
func (e slowEndpoint) connect(ctx context.Context, config *tls.Config, serving *sync.WaitGroup) (net.Conn, error) {
	if e.deaf {
		<-ctx.Done()
		return nil, &net.OpError{Op: "dial", Err: ctx.Err()}
	}
	client, pipe := net.Pipe()
	receiving := bufferedConn{Conn: pipe, received: make(chan []byte, 1000)}
	serving.Go(receiving.receive)
	var server net.Conn = &receiving
	if n := e.connections.Add(1); e.handshake != nil && e.handshake(n) {
		server = slowConn{server}
	}
	serving.Go(func() { e.serve(tls.Server(server, config)) })
	return client, nil
}

func (e slowEndpoint) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	for requests := bufio.NewReader(conn); ; {
		request, err := http.ReadRequest(requests)
		if err != nil {
			return
		}
		_, _ = io.Copy(io.Discard, request.Body) // after an error, the next request cannot be read either
		immediate, slow := e.answer(e.requests.Add(1))
		_, _ = io.WriteString(conn, immediate)
		if _, err := io.WriteString(slowConn{conn}, slow); err != nil || immediate == refusedOnce {
			return
		}
	}
}

// A bufferedConn receives data immediately, as a kernel does. net.Pipe alone blocks the sender until the reader reads.
type bufferedConn struct {
	net.Conn
	received chan []byte
	rest     []byte
}

func (a *bufferedConn) receive() {
	defer close(a.received)
	for {
		text := make([]byte, 1<<10)
		n, err := a.Conn.Read(text)
		if err != nil {
			return
		}
		a.received <- text[:n]
	}
}

func (a *bufferedConn) Read(text []byte) (int, error) {
	if len(a.rest) == 0 {
		a.rest = <-a.received
	}
	n := copy(text, a.rest)
	if a.rest = a.rest[n:]; n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

// A slowConn sends one byte per second.
type slowConn struct{ net.Conn }

func (d slowConn) Write(text []byte) (int, error) {
	for i := range text {
		time.Sleep(time.Second)
		if _, err := d.Conn.Write(text[i : i+1]); err != nil {
			return i, err
		}
	}
	return len(text), nil
}

// slowAnswer returns a function for slowEndpoint.answer. Before request number from, the whole answer is quick. From this
// request on, the part slow is slow.
func slowAnswer(from int64, immediate, slow string) func(int64) (string, string) {
	return func(n int64) (string, string) {
		if n < from {
			return refusedHeader + eight, ""
		}
		return immediate, slow
	}
}

// TestChecksSlowEndpointsInLimitedTime checks endpoints that are slow at different points, at one address or at four. Each
// check must end within 45 s and report the skipped checks. synctest simulates the time.
func TestChecksSlowEndpointsInLimitedTime(t *testing.T) {
	const (
		unreached  = `(?s)^FAIL url connect: 203\.0\.113\.10:443 %s.* warn url probe: skipped: no address answers like a skill; `
		incomplete = `FAIL url answer: 203\.0\.113\.10:443: no complete answer within 10s: Alexa waits about 8 s; .* warn url probe: skipped: no address answers like a skill; `
		skipped    = `warn url headers: not checked: the time limit for this endpoint is reached; fix the slow component, and check again ` +
			`warn url body: not checked: .* FAIL url time: the checks stopped after 35s: the slowest answer took `
		lost = `FAIL url probe: .*: no complete answer within 10s: .* warn url probe: .*: not checked: the time limit for this endpoint is reached; .* `
	)
	for _, row := range []struct {
		claim    string
		endpoint slowEndpoint
		want     string
	}{
		{"a firewall", slowEndpoint{deaf: true}, strings.ReplaceAll(unreached, "%s", "does not answer within 5s; open the port")},
		{"the handshake", slowEndpoint{handshake: func(int64) bool { return true }}, strings.ReplaceAll(unreached, "%s", "accepts the connection, but does not finish the TLS handshake within 5s; ")},
		{"the header", slowEndpoint{answer: slowAnswer(1, "", refusedHeader)}, incomplete},
		{"an endless body", slowEndpoint{answer: slowAnswer(1, endless, endless)}, incomplete},
		{"a body", slowEndpoint{answer: slowAnswer(1, refusedHeader, eight)}, `^warn url probe: .*: not checked: .* ` + skipped + `8s; `},
		{"the header, for a forged request", slowEndpoint{answer: slowAnswer(5, "", refusedHeader)}, lost + skipped + `10s; `},
		{"an endless body, for a forged request", slowEndpoint{answer: slowAnswer(5, endless, endless)}, lost + skipped + `10s; `},
		{"a body, for a forged request", slowEndpoint{answer: slowAnswer(5, refusedHeader, eight)}, `^warn url probe: .*: not checked: .* ` + skipped + `8s; `},
		{"the handshake, after some connections", slowEndpoint{
			handshake: func(n int64) bool { return n > 16 }, answer: func(int64) (string, string) { return refusedOnce, "" },
		}, lost + skipped + `10s; `},
		{"three bytes each", slowEndpoint{answer: slowAnswer(1, refusedHeader+eight[3:], "123")}, `^warn url probe: .*: not checked: .* ` + skipped + `3s; `},
	} {
		for _, addresses := range []int{1, 4} {
			t.Run(row.claim, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					findings, took := row.endpoint.examine(t, addresses)
					require.LessOrEqual(t, took, 45*time.Second)
					require.Regexp(t, row.want, strings.Join(problemLines(findings), " "))
				})
			})
		}
	}
}

// examine checks the endpoint behind the given number of addresses.
func (e slowEndpoint) examine(t *testing.T, addresses int) (findings []Finding, took time.Duration) {
	e.connections, e.requests = new(atomic.Int64), new(atomic.Int64)
	p := newEndpointFixture(t)
	o := p.network("")
	config := &tls.Config{Certificates: []tls.Certificate{p.validChain()}}
	var serving sync.WaitGroup
	defer serving.Wait()
	o.Dial = func(ctx context.Context, _ string) (net.Conn, error) { return e.connect(ctx, config, &serving) }
	o.Lookup = func(context.Context, string) (all []netip.Addr, _ error) {
		for ip := publicAddress(); len(all) < addresses; ip = ip.Next() {
			all = append(all, ip)
		}
		return all, nil
	}
	u, err := ParseURL(endpointURL)
	require.NoError(t, err)
	began := time.Now()
	return EndpointCheck{URL: u, Network: o}.Examine(t.Context()), time.Since(began)
}

// TestReportsSkippedForgeries checks that JSON lists each skipped forged request, and that the text report states their
// number.
func TestReportsSkippedForgeries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		findings, _ := slowEndpoint{answer: slowAnswer(1, refusedHeader, eight)}.examine(t, 1)
		skipped := 0
		for _, f := range findings {
			if f.Check == forgeryCheck {
				skipped++
			}
		}
		require.Equal(t, 17, skipped)
		require.Regexp(t, `\nok    url probe        4 of Amazon's certification probes were refused with 400; --json lists them\n`+
			`warn  url probe        13 of Amazon's certification probes: not checked: the time limit for this endpoint is reached; --json lists them; fix the slow component`,
			reportText(t, findings))
	})
}

func TestCheckSpeed(t *testing.T) {
	for _, row := range []struct {
		claim  string
		budget timeBudget
		want   string
	}{
		{"milliseconds", timeBudget{slowest: 4 * time.Millisecond}, `^ok: the slowest answer took 4ms; $`},
		{"a few seconds", timeBudget{slowest: 3 * time.Second}, `^warn: the slowest answer took 3s; Alexa waits about 8 s: .* first request`},
		{"longer than Alexa waits", timeBudget{slowest: 8 * time.Second}, `^FAIL: the slowest answer took 8s; Alexa waits about 8 s: `},
		{"checks that were skipped", timeBudget{slowest: time.Second, exceeded: true}, `^FAIL: the checks stopped after 35s: the slowest answer took 1s; `},
		{"only slow handshakes", timeBudget{exceeded: true}, `^FAIL: the checks stopped after 35s; `},
	} {
		t.Run(row.claim, func(t *testing.T) {
			f := row.budget.checkSpeed()
			require.Regexp(t, row.want, string(f.Verdict)+": "+f.Message+"; "+f.Remedy)
		})
	}
}
