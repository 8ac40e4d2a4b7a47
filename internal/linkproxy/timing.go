package linkproxy

import (
	"cmp"
	"crypto/tls"
	"net/http/httptrace"
	"sync"
	"time"

	"lastpost/internal/linkproxy/trace"
)

// A requestTimer records when a request reaches each stage. If net/http tries several addresses in parallel, the first
// successful connection counts.
type requestTimer struct {
	mu                                                                       sync.Mutex
	start, dnsStart, dnsDone, connected, tlsDone, gotConn, written, answered time.Time
}

// markTime records the first time that a stage succeeds.
func (s *requestTimer) markTime(at *time.Time, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil && at.IsZero() {
		*at = time.Now()
	}
}

func (s *requestTimer) clientTrace() *httptrace.ClientTrace {
	s.markTime(&s.start, nil)
	return &httptrace.ClientTrace{
		DNSStart:             func(httptrace.DNSStartInfo) { s.markTime(&s.dnsStart, nil) },
		DNSDone:              func(httptrace.DNSDoneInfo) { s.markTime(&s.dnsDone, nil) },
		ConnectDone:          func(_, _ string, err error) { s.markTime(&s.connected, err) },
		TLSHandshakeDone:     func(_ tls.ConnectionState, err error) { s.markTime(&s.tlsDone, err) },
		GotConn:              func(httptrace.GotConnInfo) { s.markTime(&s.gotConn, nil) },
		WroteRequest:         func(httptrace.WroteRequestInfo) { s.markTime(&s.written, nil) },
		GotFirstResponseByte: func() { s.markTime(&s.answered, nil) },
	}
}

// timing returns the duration of each stage. A stage that did not run has the duration 0.
func (s *requestTimer) timing(end time.Time) trace.Timing {
	s.mu.Lock()
	defer s.mu.Unlock()
	return trace.Timing{
		DNS: millisecondsBetween(s.dnsStart, s.dnsDone), Connect: millisecondsBetween(cmp.Or(s.dnsDone, s.start), s.connected),
		TLS:  millisecondsBetween(s.connected, s.tlsDone),
		Send: millisecondsBetween(s.gotConn, s.written),
		Wait: millisecondsBetween(s.written, s.answered), Receive: millisecondsBetween(s.answered, end),
	}
}

// millisecondsBetween returns the milliseconds from one time to another, or 0 if one of the times is missing.
func millisecondsBetween(from, to time.Time) float64 {
	if from.IsZero() || to.IsZero() {
		return 0
	}
	return float64(max(0, to.Sub(from)).Microseconds()) / 1000
}
