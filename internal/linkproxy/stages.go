package linkproxy

import (
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

func (s *stopwatch) note(at *time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if at.IsZero() {
		*at = time.Now()
	}
}

func (s *stopwatch) hooks() *httptrace.ClientTrace {
	s.note(&s.start)
	return &httptrace.ClientTrace{
		DNSStart:             func(httptrace.DNSStartInfo) { s.note(&s.dnsStart) },
		DNSDone:              func(httptrace.DNSDoneInfo) { s.note(&s.dnsDone) },
		ConnectDone:          func(_, _ string, err error) { s.noteIf(err == nil, &s.connected) },
		TLSHandshakeDone:     func(_ tls.ConnectionState, err error) { s.noteIf(err == nil, &s.tlsDone) },
		GotConn:              func(httptrace.GotConnInfo) { s.note(&s.gotConn) },
		WroteRequest:         func(httptrace.WroteRequestInfo) { s.note(&s.written) },
		GotFirstResponseByte: func() { s.note(&s.answered) },
	}
}

func (s *stopwatch) noteIf(well bool, at *time.Time) {
	if well {
		s.note(at)
	}
}

// stages gives the times between the points; a connection that was there already took none.
func (s *stopwatch) stages(end time.Time) trace.Stages {
	s.mu.Lock()
	defer s.mu.Unlock()
	return trace.Stages{
		DNS: between(s.dnsStart, s.dnsDone), Connect: between(latest(s.start, s.dnsDone), s.connected),
		TLS:  between(s.connected, s.tlsDone),
		Send: between(s.gotConn, s.written), Wait: between(s.written, s.answered), Receive: between(s.answered, end),
	}
}

func between(from, to time.Time) time.Duration {
	if from.IsZero() || to.IsZero() {
		return 0
	}
	return max(0, to.Sub(from))
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
