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

// What a slow endpoint answers.
const (
	refusedHeader = "HTTP/1.1 400 Bad Request\r\nContent-Length: 8\r\n\r\n"
	refusedOnce   = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 8\r\n\r\n12345678"
	endless       = "HTTP/1.1 400 Bad Request\r\nContent-Length: 8000\r\n\r\n"
	eight         = "12345678"
)

// A slowEndpoint sends a byte a second from some point on.
type slowEndpoint struct {
	deaf      bool                               // a firewall drops what is sent there
	handshake func(n int64) bool                 // whether that of the nth connection drips; nil: none does
	answer    func(n int64) (swift, drip string) // what the nth request gets at once, and what a byte a second

	connections, requests *atomic.Int64
}

// connect is the way to it. serving is what it does to the connection's end.
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
		_, _ = io.Copy(io.Discard, request.Body) // what is missing of it will be missed by the next
		swift, drip := e.answer(e.requests.Add(1))
		_, _ = io.WriteString(conn, swift)
		if _, err := io.WriteString(slowConn{conn}, drip); err != nil || swift == refusedOnce {
			return
		}
	}
}

// An attentive connection takes what is sent to it at once, as a kernel does: a pipe has the sender wait for the reader.
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

// A dripping connection sends a byte a second.
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

// slowAnswer answers at once until the request of that number.
func slowAnswer(from int64, swift, drip string) func(int64) (string, string) {
	return func(n int64) (string, string) {
		if n < from {
			return refusedHeader + eight, ""
		}
		return swift, drip
	}
}

// TestSlowEndpoints has endpoints that dawdle wherever they may, at one address or at several. All are done with in 45 s,
// and what was not examined is said. The time is the test's own.
func TestSlowEndpoints(t *testing.T) {
	const (
		unreached = `(?s)^FAIL url connect: 203\.0\.113\.10:443 %s.* warn url probe: not made, as nothing there answers as a skill; `
		unwhole   = `FAIL url answer: 203\.0\.113\.10:443: no whole answer within 10s: Alexa waits some 8 s; .* warn url probe: not made, as nothing there answers as a skill; `
		unasked   = `warn url headers: not asked, as the time for this endpoint is over; mend what makes it slow, and check again ` +
			`warn url body: not asked, as .* FAIL url time: nothing more was asked after 35s: the slowest answer took `
		lost = `FAIL url probe: .*: no whole answer within 10s: .* warn url probe: .*: not asked, as the time for this endpoint is over; .* `
	)
	for _, row := range []struct {
		claim    string
		endpoint slowEndpoint
		want     string
	}{
		{"a firewall", slowEndpoint{deaf: true}, strings.ReplaceAll(unreached, "%s", "does not answer within 5s; open the port")},
		{"the handshake", slowEndpoint{handshake: func(int64) bool { return true }}, strings.ReplaceAll(unreached, "%s", "takes the connection, and is not done with the TLS handshake within 5s; ")},
		{"the header", slowEndpoint{answer: slowAnswer(1, "", refusedHeader)}, unwhole},
		{"a body without an end", slowEndpoint{answer: slowAnswer(1, endless, endless)}, unwhole},
		{"a body", slowEndpoint{answer: slowAnswer(1, refusedHeader, eight)}, `^warn url probe: .*: not asked, as .* ` + unasked + `8s; `},
		{"the header, to a forgery", slowEndpoint{answer: slowAnswer(5, "", refusedHeader)}, lost + unasked + `10s; `},
		{"a body without an end, to a forgery", slowEndpoint{answer: slowAnswer(5, endless, endless)}, lost + unasked + `10s; `},
		{"a body, to a forgery", slowEndpoint{answer: slowAnswer(5, refusedHeader, eight)}, `^warn url probe: .*: not asked, as .* ` + unasked + `8s; `},
		{"the handshake, after some connections", slowEndpoint{
			handshake: func(n int64) bool { return n > 12 }, answer: func(int64) (string, string) { return refusedOnce, "" },
		}, lost + unasked + `10s; `},
		{"three bytes each", slowEndpoint{answer: slowAnswer(1, refusedHeader+eight[3:], "123")}, `^warn url probe: .*: not asked, as .* ` + unasked + `3s; `},
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

// examine examines it as the only thing behind so many addresses.
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

// TestUnasked expects each probe that was not made to be named to machines, and their number to people.
func TestUnasked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		findings, _ := slowEndpoint{answer: slowAnswer(1, refusedHeader, eight)}.examine(t, 1)
		said := 0
		for _, f := range findings {
			if f.Check == probeCheck {
				said++
			}
		}
		require.Equal(t, 17, said)
		require.Regexp(t, `\nok    url probe        4 of Amazon's certification probes got their 400; --json lists them\n`+
			`warn  url probe        13 of Amazon's certification probes: not asked, as the time for this endpoint is over; --json lists them; mend what makes it slow`,
			lines(t, findings))
	})
}

func TestSpeed(t *testing.T) {
	for _, row := range []struct {
		claim string
		watch timeBudget
		want  string
	}{
		{"milliseconds", timeBudget{slowest: 4 * time.Millisecond}, `^ok: the slowest answer took 4ms; $`},
		{"a few seconds", timeBudget{slowest: 3 * time.Second}, `^warn: the slowest answer took 3s; Alexa waits some 8 s: .* first request`},
		{"longer than Alexa waits", timeBudget{slowest: 8 * time.Second}, `^FAIL: the slowest answer took 8s; Alexa waits some 8 s: `},
		{"so slow that something is left", timeBudget{slowest: time.Second, exceeded: true}, `^FAIL: nothing more was asked after 35s: the slowest answer took 1s; `},
		{"handshakes alone for all of the time", timeBudget{exceeded: true}, `^FAIL: nothing more was asked after 35s; `},
	} {
		t.Run(row.claim, func(t *testing.T) {
			f := row.watch.checkSpeed()
			require.Regexp(t, row.want, string(f.Verdict)+": "+f.Message+"; "+f.Remedy)
		})
	}
}
