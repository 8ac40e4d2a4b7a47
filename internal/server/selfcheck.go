package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"

	"golang.org/x/sync/errgroup"

	"lastpost/internal/alexa"
	"lastpost/internal/server/selfcheck"
)

// SelfCheck reports whether this process answers requests. It requests an unknown path from the public listener, over TCP
// and TLS, and /healthz from the private one. It also calls each skill with a help request, and reads the state of its
// feed. It does not log or count these requests. A failing feed or a missing certificate is not an error, because a
// restart does not help. Call it while Serve runs.
func (s *Server) SelfCheck(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return s.checkPublicListener(ctx) })
	if s.private != nil {
		group.Go(func() error {
			if err := requestSelf(ctx, "http", s.PrivateAddr(), "/healthz", http.StatusOK); err != nil {
				return fmt.Errorf("the private listener does not answer: %w", err)
			}
			return nil
		})
	}
	group.Go(func() error {
		for _, skill := range s.current.Load().Skills {
			if err := s.checkSkill(ctx, skill); err != nil {
				return err
			}
		}
		return nil
	})
	return group.Wait()
}

// checkPublicListener sends a request to the public listener. If this request fails, the check still passes if the
// listener has answered another connection meanwhile. In a flood the check's own request can wait too long. Then the
// service is only busy, and a restart does not help.
func (s *Server) checkPublicListener(ctx context.Context) error {
	scheme := "http"
	if s.certificateSource() != nil {
		scheme = "https"
	}
	before := s.public.answeredConns.Load()
	// The path is unknown: a skill's path cannot be the parent path of all briefings.
	if err := requestSelf(ctx, scheme, s.Addr(), BriefingPath, http.StatusNotFound); err != nil && s.public.answeredConns.Load() == before {
		return fmt.Errorf("the public listener does not answer: %w", err)
	}
	return nil
}

// requestSelf sends a request to one of this server's listeners, over a new connection, and checks the status.
func requestSelf(ctx context.Context, scheme string, addr net.Addr, path string, want int) error {
	transport := &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return dialSelf(ctx, network, addr.String())
		},
		// Accept every certificate: the request stays in this process, and this check does not test the certificate.
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12},
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, scheme+"://localhost"+path, nil)
	if err != nil {
		return err
	}
	response, err := transport.RoundTrip(request)
	if alert, ok := errors.AsType[*net.OpError](err); ok && alert.Op == "remote error" {
		return nil // the listener answered with a TLS alert, because a certificate is not issued yet
	}
	if err != nil {
		return err
	}
	if err := response.Body.Close(); err != nil {
		return err
	}
	if response.StatusCode != want {
		return fmt.Errorf("status %d, want %d", response.StatusCode, want)
	}
	return nil
}

// dialSelf connects to an address of this machine. For an unspecified address net.Dial uses 127.0.0.1. If this fails,
// dialSelf tries ::1, because the listener may use only IPv6.
func dialSelf(ctx context.Context, network, address string) (net.Conn, error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, network, address)
	host, port, _ := net.SplitHostPort(address)
	if ip := net.ParseIP(host); err != nil && ip != nil && ip.IsUnspecified() && ip.To4() == nil {
		return dialer.DialContext(ctx, network, net.JoinHostPort(net.IPv6loopback.String(), port))
	}
	return conn, err
}

var errSkillHangs = errors.New("an earlier check of a skill has not returned")

// checkSkill calls a skill's handler with a help request, and reads the state of its feed. A help request does not change
// state or read files. A call that hangs cannot be stopped, so at most one call runs at a time.
func (s *Server) checkSkill(ctx context.Context, skill ServedSkill) error {
	if !s.skillCheckRunning.CompareAndSwap(false, true) {
		return errSkillHangs
	}
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		defer s.skillCheckRunning.Store(false)
		defer func() { _ = recover() }() // a panic is not a hang
		skill.Feed()
		_, _ = skill.Handler.Handle(ctx, &alexa.Envelope{Request: alexa.Request{
			Type: "IntentRequest", Locale: "en-US", Intent: alexa.Intent{Name: "AMAZON.HelpIntent"},
		}})
	}()
	select {
	case <-answered:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("the skill %s does not answer: %w", skill.Name, ctx.Err())
	}
}

// OwnRequests recognizes the requests that this process sends to its public address. Call it after Listen.
func (s *Server) OwnRequests() *selfcheck.OwnRequests { return s.ownRequests }

// checkStates returns the results of the service's checks of itself, or nil before the first.
func (s *Server) checkStates() []selfcheck.CheckState {
	if s.SelfChecks == nil {
		return nil
	}
	return s.SelfChecks()
}
