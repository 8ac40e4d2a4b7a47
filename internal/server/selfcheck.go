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
)

// SelfCheck finds out whether the service answers, by asking it as others do: the public listener, through the kernel and
// TLS, for something that is not there; the private one, whether it lives; and each skill for help, and for its posts. It
// leaves nothing in the log and nothing in the metrics. It is about this process: a feed that is down, or a certificate
// that is missing, is no fault that another process would not have, too. Call it while Serve runs.
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

// checkPublicListener asks the public listener, or sees it answer another who has connected. In a flood the own question may wait for
// longer than it is worth, as everybody's does: then the service is busy, and would be no less so after a restart.
func (s *Server) checkPublicListener(ctx context.Context) error {
	scheme := "http"
	if s.certificateSource() != nil {
		scheme = "https"
	}
	before := s.public.answeredConns.Load()
	// The path of all briefings is nobody's: no skill may have it.
	if err := requestSelf(ctx, scheme, s.Addr(), BriefingPath, http.StatusNotFound); err != nil && s.public.answeredConns.Load() == before {
		return fmt.Errorf("the public listener does not answer: %w", err)
	}
	return nil
}

// requestSelf asks one of the own listeners over a connection of its own.
func requestSelf(ctx context.Context, scheme string, addr net.Addr, path string, want int) error {
	transport := &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return dialSelf(ctx, network, addr.String())
		},
		// It is sent to this very process, and whether the certificate is any good is for others to say.
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12},
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, scheme+"://localhost"+path, nil)
	if err != nil {
		return err
	}
	response, err := transport.RoundTrip(request)
	if alert, ok := errors.AsType[*net.OpError](err); ok && alert.Op == "remote error" {
		return nil // TLS was answered, though with an alert: there is no certificate yet
	}
	if err != nil {
		return err
	}
	if err := response.Body.Close(); err != nil {
		return err
	}
	if response.StatusCode != want {
		return fmt.Errorf("it answers %d and not %d", response.StatusCode, want)
	}
	return nil
}

// dialSelf connects to an address of this machine's. For one that stands for all of them net.Dial takes 127.0.0.1, which
// a listener for IPv6 alone does not have.
func dialSelf(ctx context.Context, network, address string) (net.Conn, error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, network, address)
	host, port, _ := net.SplitHostPort(address)
	if ip := net.ParseIP(host); err != nil && ip != nil && ip.IsUnspecified() && ip.To4() == nil {
		return dialer.DialContext(ctx, network, net.JoinHostPort(net.IPv6loopback.String(), port))
	}
	return conn, err
}

var errSkillHangs = errors.New("a skill has not answered for a while")

// checkSkill asks a skill for help, which changes nothing and reads no disk, and for the state of its posts. What hangs
// cannot be waited for, so there is at most one that does.
func (s *Server) checkSkill(ctx context.Context, skill ServedSkill) error {
	if !s.skillCheckRunning.CompareAndSwap(false, true) {
		return errSkillHangs
	}
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		defer s.skillCheckRunning.Store(false)
		defer func() { _ = recover() }() // what panics does not hang
		skill.Feed()
		skill.Handler.Handle(ctx, &alexa.Envelope{Request: alexa.Request{
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
