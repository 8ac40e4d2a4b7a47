package linkproxy

import (
	"cmp"
	"crypto/tls"
	"net/http/httptrace"
	"sync"
	"time"

	"lastpost/internal/linkproxy/trace"
)

// A stopwatch notes when a request came to which point. Connections that were tried side by side end it once each.
type stopwatch struct {
	mu                                                                       sync.Mutex
	start, dnsStart, dnsDone, connected, tlsDone, gotConn, written, answered time.Time
}

// note notes that a point was reached, unless it was not for an error.
func (s *stopwatch) note(at *time.Time, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil && at.IsZero() {
		*at = time.Now()
	}
}

func (s *stopwatch) hooks() *httptrace.ClientTrace {
	s.note(&s.start, nil)
	return &httptrace.ClientTrace{
		DNSStart:             func(httptrace.DNSStartInfo) { s.note(&s.dnsStart, nil) },
		DNSDone:              func(httptrace.DNSDoneInfo) { s.note(&s.dnsDone, nil) },
		ConnectDone:          func(_, _ string, err error) { s.note(&s.connected, err) },
		TLSHandshakeDone:     func(_ tls.ConnectionState, err error) { s.note(&s.tlsDone, err) },
		GotConn:              func(httptrace.GotConnInfo) { s.note(&s.gotConn, nil) },
		WroteRequest:         func(httptrace.WroteRequestInfo) { s.note(&s.written, nil) },
		GotFirstResponseByte: func() { s.note(&s.answered, nil) },
	}
}

// timing gives the times between the points; a connection that was there already took none.
func (s *stopwatch) timing(end time.Time) trace.Timing {
	s.mu.Lock()
	defer s.mu.Unlock()
	return trace.Timing{
		DNS: between(s.dnsStart, s.dnsDone), Connect: between(cmp.Or(s.dnsDone, s.start), s.connected),
		TLS:  between(s.connected, s.tlsDone),
		Send: between(s.gotConn, s.written), Wait: between(s.written, s.answered), Receive: between(s.answered, end),
	}
}

// between is in milliseconds.
func between(from, to time.Time) float64 {
	if from.IsZero() || to.IsZero() {
		return 0
	}
	return float64(max(0, to.Sub(from)).Microseconds()) / 1000
}
