// Package server runs the HTTP listeners: the public one with an endpoint for each skill, and the private one with health
// and metrics. It enforces limits, serves certificates, and answers the requests in flight before it stops. It does not
// create answers and does not fetch feeds.
package server

import (
	"context"
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
	"lastpost/internal/faultlog"
	"lastpost/internal/limits"
	"lastpost/internal/server/clients"
	"lastpost/internal/server/selfcheck"
	"lastpost/internal/verify"
)

// Time limits. Together they ensure that even a slow sender gets a refusal at most 9 s after the start of the connection:
// 3 s for the TLS handshake, 3 s for header and body, and then verify.FetchTimeout.
const (
	readTimeout  = 3 * time.Second // for the handshake, and for header and body together
	writeTimeout = 8 * time.Second // from the end of the header
	idleTimeout  = 2 * time.Minute
)

// Sizes in bytes.
const (
	maxHeaderBytes = 16 << 10
	maxBodyBytes   = 64 << 10 // Alexa's requests have a few KiB, and session attributes at most 24 KiB
	usualBodyBytes = 8 << 10
)

// maxChallengeConnections limits the connections of the listener for HTTP-01. Only the CA uses it.
const maxChallengeConnections = 64

// maxPrivateConnections limits the connections of the private listener. A browser opens six for a page, and one for each
// open page of the inspector.
const maxPrivateConnections = 64

// A ServedSkill is a skill that the server answers for.
type ServedSkill struct {
	Name          string            // in log and metrics
	Path          string            // of its endpoint
	URL           string            // of its endpoint, for Amazon's console; "": unknown
	ApplicationID string            // amzn1.ask.skill.UUID
	Intents       []string          // the names allowed in metrics
	Handler       Handler           // answers verified requests
	Feed          func() FeedStatus // returns the state of its feed
	Hub           http.Handler      // answers the WebSub hub of its feed, below HubPath and Name; nil: not routed
	Briefing      http.Handler      // serves its flash briefing, at BriefingPath and Name.json; nil: not routed

	EpisodeID func(token string) string // returns the post's id in the token of a player; nil: the log does not name it
}

// Path prefixes of WebSub callbacks and flash briefings.
const (
	HubPath      = "/websub/"
	BriefingPath = "/briefing/"
)

// A Handler answers a verified request. The response must not be nil. An error means that the service could not do what
// the request asks: the sender gets status 500, and Amazon sends an event again.
type Handler interface {
	Handle(ctx context.Context, e *alexa.Envelope) (*alexa.Response, error)
}

// A FeedStatus is the state of a feed, for health and metrics.
type FeedStatus struct {
	Posts           int
	Size            int64     // bytes of the last feed document
	Newest          time.Time // the newest post; zero: none
	LastSuccess     time.Time // zero: never
	Polls, Failures uint64
	Err             error    // the current problem; nil: none
	Remedy          string   // what the operator can do about Err; "": unknown
	Items           int      // items in the last feed document
	Warnings        []string // faults of the feed whose posts are served nevertheless, each with its remedy

	OlderPosts       string    // why older posts cannot be fetched; "": they can, or there are none
	OlderPostsRemedy string    // what the operator can do about OlderPosts
	OlderPostsRetry  time.Time // the next attempt; valid if OlderPosts is set
}

// A Server answers requests to skills. Its fields must not change after Listen, except through UpdateSettings.
type Server struct {
	Address         string              // of the public listener, HOST:PORT
	Listener        net.Listener        // the public listener, if already open; nil: Listen opens Address
	Certificate     *ServingCertificate // of the public listener; nil: Issuer supplies it
	Issuer          Issuer              // used if Certificate is nil; both nil: plain HTTP, behind a proxy that terminates TLS
	IssuerAddress   string              // HOST:PORT of a plain listener for HTTP-01 challenges; "": none
	IssuerListener  net.Listener        // the listener for HTTP-01, if already open; nil: Listen opens IssuerAddress
	PrivateAddress  string              // of the private listener; "": none
	PrivateListener net.Listener        // the private listener, if already open; nil: Listen opens PrivateAddress
	MaxConnections  int                 // of the public listener; 0: 1024

	// UpdateSettings replaces the following fields.
	Skills   []ServedSkill
	Password string // of the private listener's user "admin"; "": not required
	Proxy    clients.TrustedProxy
	Link     LinkHandler // nil: account linking is not served

	Verifier *verify.Verifier
	Version  string           // in metrics
	Now      func() time.Time // nil: time.Now
	Log      *slog.Logger     // nil: none
	Faults   *faultlog.Log    // receives faults that come from outside; nil: a new one that writes to Log

	Observe   func(ObservedRequest) // receives every request after its answer, and must not block; nil: not called
	Inspector http.Handler          // serves "/" of the private listener; nil: not routed

	SelfChecks func() []selfcheck.CheckState // returns the latest results of the service's checks of itself; nil: there are none

	public            *boundedListener
	issuer            *boundedListener // nil: none
	private           *boundedListener // nil: none
	guard             passwordGuard
	metrics           *metrics
	current           atomic.Pointer[configSnapshot]
	draining          atomic.Bool
	skillCheckRunning atomic.Bool    // SelfCheck calls a skill
	bodies            *limits.Budget // nil before Listen
	testRequests      atomic.Uint64
	ownRequests       *selfcheck.OwnRequests
	tlsProbes         atomic.Uint64 // connections that ended without a request, and without a fault
	prepared          atomic.Bool   // the issuer can supply certificates
}

// Listen opens all listeners, so that address errors appear before anything else starts.
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
	private, err := openListener(ctx, s.PrivateListener, s.PrivateAddress)
	if err != nil {
		err = errors.Join(fmt.Errorf("private listener: %w", err), s.public.Close())
		if s.issuer != nil {
			err = errors.Join(err, s.issuer.Close())
		}
		return err
	}
	s.private = &boundedListener{Listener: private, max: maxPrivateConnections}
	return nil
}

// openListener returns open, or opens address if open is nil.
func openListener(ctx context.Context, open net.Listener, address string) (net.Listener, error) {
	if open != nil {
		return open, nil
	}
	var config net.ListenConfig
	return config.Listen(ctx, "tcp", address)
}

// initialize creates the handlers and metrics, before the first request.
func (s *Server) initialize() {
	s.setDefaults()
	s.metrics, s.guard.now, s.bodies = newMetrics(s), s.Now, limits.NewBudget(maxBodiesBytes, maxBodiesBytes/4)
	s.ownRequests = selfcheck.NewOwnRequests()
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
	if s.Faults == nil {
		s.Faults = &faultlog.Log{Logger: s.Log, Now: s.Now}
	}
}

// Addr returns the address of the public listener. Call it after Listen.
func (s *Server) Addr() net.Addr { return s.public.Addr() }

// PrivateAddr returns the address of the private listener, or nil if there is none.
func (s *Server) PrivateAddr() net.Addr {
	if s.private == nil {
		return nil
	}
	return s.private.Addr()
}

// issuerAddr returns the address of the listener for HTTP-01, or nil if there is none.
func (s *Server) issuerAddr() net.Addr {
	if s.issuer == nil {
		return nil
	}
	return s.issuer.Addr()
}

// Serve answers requests until ctx ends. Then it reports that it is not ready, stops accepting connections, and answers the
// requests in flight for at most drainTimeout. Call it once, after Listen.
func (s *Server) Serve(ctx context.Context) error {
	if s.Issuer != nil {
		s.Issuer.Prepare(s.Addr(), s.issuerAddr(), s.Log, s.Now)
	}
	s.prepared.Store(true)
	public := s.newHTTPServer(s.servePublic)
	public.TLSConfig = s.tlsConfig()
	public.ConnContext, public.ConnState = contextWithConnection, s.trackConnectionState
	private := s.newHTTPServer(s.servePrivate)
	private.ConnContext, private.ConnState = contextWithConnection, s.trackConnectionState
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
	group.Go(func() error { s.Faults.Run(ctx); return nil })
	group.Go(func() error {
		<-ctx.Done()
		return s.drain(ctx, accepting, public, others...)
	})
	return group.Wait()
}

func (s *Server) newHTTPServer(handler http.HandlerFunc) *http.Server {
	server := &http.Server{
		Handler:        s.limitHeader(handler),
		ReadTimeout:    readTimeout,
		WriteTimeout:   writeTimeout,
		IdleTimeout:    idleTimeout,
		MaxHeaderBytes: maxHeaderBytes,
		ErrorLog:       log.New(httpErrorLog{s.Log}, "", 0),
		Protocols:      new(http.Protocols),
		// "OPTIONS *" gets 404, like other unknown paths.
		DisableGeneralOptionsHandler: true,
	}
	// Alexa uses HTTP/1.1. The limits above assume one request at a time on a connection.
	server.Protocols.SetHTTP1(true)
	return server
}

// httpErrorLog receives the log lines of net/http. Errors of connections without a request are common on the internet, so
// they get level debug. Accept errors and panics get level error.
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

// ReloadCertificates reads the certificate's files again, or requests missing certificates from the CA at once. SIGHUP
// triggers it.
func (s *Server) ReloadCertificates() {
	if certificates := s.certificateSource(); certificates != nil {
		certificates.Reload(s.Log)
	}
}
