// Package server is the edge: the public listener with one endpoint a skill, the private one with health and metrics,
// their limits, their certificate and their end. It holds no conversation and fetches nothing.
package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"lastpost/internal/alexa"
	"lastpost/internal/verify"
)

// Time limits. Together they keep a refusal within 9 s of the connection's beginning, however slowly the sender goes
// on: 3 s for the TLS handshake, 3 s for header and body, and then verify.FetchTimeout.
const (
	readTimeout  = 3 * time.Second // of the handshake, and of header and body together
	writeTimeout = 8 * time.Second // from the header's end
	idleTimeout  = 2 * time.Minute
)

// Sizes in bytes.
const (
	maxHeaderBytes = 16 << 10
	maxBodyBytes   = 64 << 10 // Alexa's requests have a few KiB, and session attributes add 24 KiB at the most
	usualBodyBytes = 8 << 10
)

// maxChallengeConnections bounds the connections of the listener for HTTP-01: of its callers only the CA gets an answer.
const maxChallengeConnections = 64

// A Skill is one of the skills that the process answers for.
type ServedSkill struct {
	Name          string            // in log and metrics
	Path          string            // of its endpoint
	ApplicationID string            // amzn1.ask.skill.UUID
	Intents       []string          // the names that metrics may use
	Handler       Handler           // answers what was verified
	Feed          func() FeedStatus // what is known of its posts
	Hub           http.Handler      // answers its feed's WebSub hub, below HubPath and Name; nil: nobody does
	Briefing      http.Handler      // gives the feed of a flash briefing, at BriefingPath and Name.json; nil: nobody does
}

// Where hubs call back, and where flash briefings are read.
const (
	HubPath      = "/websub/"
	BriefingPath = "/briefing/"
)

// A Handler answers a request that was verified. The response must not be nil.
type Handler interface {
	Handle(ctx context.Context, e *alexa.Envelope) *alexa.Response
}

// FeedStatus is what health and metrics tell of a feed.
type FeedStatus struct {
	Posts           int
	Size            int64     // bytes of the last answer
	Newest          time.Time // the newest post; zero: none
	LastSuccess     time.Time // zero: never
	Polls, Failures uint64
	Err             error // what is wrong now; nil: nothing
}

// A Server answers for skills. The fields must not change after Listen; what they said of the skills Update changes.
type Server struct {
	Address         string              // of the public listener, HOST:PORT
	Listener        net.Listener        // the public listener, where it is open already; nil: it is opened at Address
	Certificate     *ServingCertificate // what the public listener shows; nil: what Issuer gets
	Issuer          Issuer              // where Certificate is nil; nil as well: plain HTTP, behind a proxy that speaks TLS
	IssuerAddress   string              // HOST:PORT of a plain listener for the questions of Issuer's CA; "": none
	IssuerListener  net.Listener        // that listener, where it is open already; nil: it is opened at IssuerAddress
	PrivateAddress  string              // of the private listener; "": none
	PrivateListener net.Listener        // the private listener, where it is open already; nil: it is opened at PrivateAddress
	MaxConnections  int                 // of the public listener at a time; 0: 1024

	// What Update changes.
	Skills   []ServedSkill
	Password string // of the private listener's user "admin"; "": none needed
	Proxy    TrustedProxy
	Link     LinkHandler // nil: nothing stands in for an OAuth server

	Verifier *verify.Verifier
	Version  string           // in metrics
	Now      func() time.Time // nil: time.Now
	Log      *slog.Logger     // nil: none

	Observe   func(ObservedRequest) // is told of every exchange once it was answered, and must not wait; nil: nobody
	Inspector http.Handler          // answers at the private listener's "/"; nil: nobody

	public            *boundedListener
	issuer            *boundedListener // nil: none
	private           net.Listener
	metrics           *metrics
	current           atomic.Pointer[configSnapshot]
	draining          atomic.Bool
	skillCheckRunning atomic.Bool // a skill, for Check
	testRequests      atomic.Uint64
}

// Listen takes all addresses, so that what hinders it is known before anything else begins.
func (s *Server) Listen(ctx context.Context) error {
	listener, err := openListener(ctx, s.Listener, s.Address)
	if err != nil {
		return fmt.Errorf("public listener: %w", err)
	}
	s.initialize()
	s.public = &boundedListener{Listener: listener, max: s.MaxConnections}
	if s.Issuer != nil && (s.IssuerListener != nil || s.IssuerAddress != "") {
		listener, err := openListener(ctx, s.IssuerListener, s.IssuerAddress)
		if err != nil {
			return errors.Join(fmt.Errorf("listener for HTTP-01: %w", err), s.public.Close())
		}
		s.issuer = &boundedListener{Listener: listener, max: maxChallengeConnections}
	}
	if s.PrivateListener == nil && s.PrivateAddress == "" {
		return nil
	}
	if s.private, err = openListener(ctx, s.PrivateListener, s.PrivateAddress); err != nil {
		err = errors.Join(fmt.Errorf("private listener: %w", err), s.public.Close())
		if s.issuer != nil {
			err = errors.Join(err, s.issuer.Close())
		}
		return err
	}
	return nil
}

// openListener gives the listener that is open already, or else opens one.
func openListener(ctx context.Context, open net.Listener, address string) (net.Listener, error) {
	if open != nil {
		return open, nil
	}
	var config net.ListenConfig
	return config.Listen(ctx, "tcp", address)
}

// initialize makes what answers, before there is anybody to ask.
func (s *Server) initialize() {
	s.setDefaults()
	s.metrics = newMetrics(s)
	s.current.Store(s.newConfigSnapshot(Settings{Skills: s.Skills, Password: s.Password, Proxy: s.Proxy, Link: s.Link}))
}

func (s *Server) setDefaults() {
	if s.MaxConnections == 0 {
		s.MaxConnections = 1024
	}
	if s.Now == nil {
		s.Now = time.Now
	}
	if s.Log == nil {
		s.Log = slog.New(slog.DiscardHandler)
	}
}

// Addr is where the public listener listens. Call it after Listen.
func (s *Server) Addr() net.Addr { return s.public.Addr() }

// PrivateAddr is where the private listener listens; nil where there is none.
func (s *Server) PrivateAddr() net.Addr {
	if s.private == nil {
		return nil
	}
	return s.private.Addr()
}

// issuerAddr is where the CA's questions are answered; nil where there is no listener for them.
func (s *Server) issuerAddr() net.Addr {
	if s.issuer == nil {
		return nil
	}
	return s.issuer.Addr()
}

// Serve answers until ctx ends. Then it reports that it is not ready, takes no new connections, answers what is on its way
// (drainTimeout at most) and returns. Call it once, after Listen.
func (s *Server) Serve(ctx context.Context) error {
	if s.Issuer != nil {
		s.Issuer.Prepare(s.Addr(), s.issuerAddr(), s.Log, s.Now)
	}
	public := s.newHTTPServer(s.servePublic)
	public.TLSConfig = s.tlsConfig()
	public.ConnContext, public.ConnState = contextWithConnection, trackConnectionState
	private := s.newHTTPServer(s.servePrivate)
	others := []*http.Server{private}
	group, ctx := errgroup.WithContext(ctx)
	certificates := s.certificateSource()
	accepting := make(chan struct{})
	group.Go(func() error {
		defer close(accepting)
		return s.serveListener(public, s.public, certificates != nil)
	})
	if s.private != nil {
		group.Go(func() error { return s.serveListener(private, s.private, false) })
	}
	if s.issuer != nil {
		challenges := s.newHTTPServer(s.Issuer.ServeHTTP)
		others = append(others, challenges)
		group.Go(func() error { return s.serveListener(challenges, s.issuer, false) })
	}
	if certificates != nil {
		group.Go(func() error { certificates.Watch(ctx, s.Log); return nil })
	}
	group.Go(func() error {
		<-ctx.Done()
		return s.drain(ctx, accepting, public, others...)
	})
	return group.Wait()
}

func (s *Server) newHTTPServer(handler http.HandlerFunc) *http.Server {
	server := &http.Server{
		Handler:        handler,
		ReadTimeout:    readTimeout,
		WriteTimeout:   writeTimeout,
		IdleTimeout:    idleTimeout,
		MaxHeaderBytes: maxHeaderBytes,
		ErrorLog:       log.New(httpErrorLog{s.Log}, "", 0),
		Protocols:      new(http.Protocols),
		// "OPTIONS *" is nothing special here: 404.
		DisableGeneralOptionsHandler: true,
	}
	// Alexa speaks HTTP/1.1. Its one request at a time on a connection is what the limits above are made for.
	server.Protocols.SetHTTP1(true)
	return server
}

// httpErrorLog is where net/http complains. What a connection does wrong before it has asked for anything is the weather of
// the internet; that none can be accepted, or that this program panicked, is not.
type httpErrorLog struct{ log *slog.Logger }

func (l httpErrorLog) Write(line []byte) (int, error) {
	text := strings.TrimSpace(string(line))
	level := slog.LevelDebug
	if strings.HasPrefix(text, "http: Accept error") || strings.HasPrefix(text, "http: panic") {
		level = slog.LevelError
	}
	l.log.Log(context.Background(), level, "listener", "error", text)
	return len(line), nil
}

func (s *Server) tlsConfig() *tls.Config {
	certificates := s.certificateSource()
	if certificates == nil {
		return nil
	}
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		// For TLS 1.2 the suites with authenticated encryption alone; those of TLS 1.3 all have it.
		CipherSuites: []uint16{
			tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
			tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
			tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
		},
		// Whatever name is asked for gets the certificate there is: an unrecognized_name alert makes Alexa give up.
		GetCertificate: certificates.GetCertificate,
		NextProtos:     certificates.Protocols(),
	}
}

// ReloadCertificates reads the certificate's files again, or asks the CA at once for what is missing, as SIGHUP asks for.
func (s *Server) ReloadCertificates() {
	if certificates := s.certificateSource(); certificates != nil {
		certificates.Reload(s.Log)
	}
}
