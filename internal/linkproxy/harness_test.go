package linkproxy_test

import (
	"bytes"
	"crypto/x509"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/faultlog"
	"lastpost/internal/linkproxy"
	"lastpost/internal/linkproxy/linkproxytest"
	"lastpost/internal/linkproxy/lint"
	"lastpost/internal/linkproxy/trace"
)

// Short names for the values of the OAuth server and of Alexa in package linkproxytest.
const (
	clientID     = linkproxytest.ClientID
	clientSecret = linkproxytest.ClientSecret
	password     = linkproxytest.Password
	username     = linkproxytest.Username
	pitangui     = linkproxytest.Pitangui
	layla        = linkproxytest.Layla
	japan        = linkproxytest.Japan
)

func fixedResponse(status int, kind, body string) http.HandlerFunc {
	return linkproxytest.FixedResponse(status, kind, body)
}

// A harness contains an OAuth server, the proxy with its recorder, and a simulated Alexa.
type harness struct {
	t           testing.TB
	server      *linkproxytest.OAuthServer
	proxy       *linkproxy.Proxy
	proxyServer *httptest.Server
	dir         string
	full        time.Duration
	later       time.Duration // the recorder's clock is ahead by this duration
	replicas    bool
	unknown     []trace.Exchange // token requests with an unknown token; read it after stop
	log         *logBuffer
	onChange    func(trace.Trace) // receives each changed trace
	findingLog  *lint.FindingLog
	recorder    *trace.Recorder
	alexa       *linkproxytest.Alexa
}

func newHarness(t testing.TB) *harness {
	s := &harness{t: t, server: linkproxytest.NewServer(t), dir: t.TempDir() + "/link", log: &logBuffer{}}
	roots := x509.NewCertPool()
	roots.AddCert(s.server.Certificate())
	s.proxy = &linkproxy.Proxy{Path: "/link", AuthorizationURL: s.url("/oauth/authorize"), TokenURL: s.url("/oauth/token"), Mode: linkproxy.Proxied, Roots: roots,
		Log: slog.New(slog.NewJSONHandler(s.log, nil))}
	s.alexa = linkproxytest.NewAlexa(t)
	return s
}

func (s *harness) url(path string) *url.URL {
	u, err := url.Parse(s.server.URL + path)
	require.NoError(s.t, err)
	return u
}

// startProxy starts the proxy. The harness must not change afterwards.
func (s *harness) startProxy() *harness {
	s.t.Helper()
	now := func() time.Time { return time.Now().Add(s.later) }
	var err error
	s.findingLog, err = lint.OpenFindingLog(s.dir, slog.New(slog.NewJSONHandler(s.log, nil)), now)
	require.NoError(s.t, err)
	s.recorder, err = trace.OpenRecorder(s.dir, trace.RecorderOptions{FullPeriod: s.full, Now: now, Replicas: s.replicas, Lines: &faultlog.LineLimit{},
		Log:       slog.New(slog.NewJSONHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		OnUnknown: func(x trace.Exchange) { s.unknown = append(s.unknown, x) },
		OnChange: func(changed trace.Trace) error {
			if s.onChange != nil {
				s.onChange(changed)
			}
			return s.findingLog.LogFindings(changed)
		}})
	require.NoError(s.t, err)
	s.t.Cleanup(func() { _ = s.recorder.Close() })
	s.proxy.Recorder = s.recorder
	s.proxyServer = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.proxy.Claims(r) {
			http.Error(w, "not claimed", http.StatusTeapot)
			return
		}
		s.proxy.ServeHTTP(w, r)
	}))
	s.t.Cleanup(s.proxyServer.Close)
	s.alexa.AuthorizeURL, s.alexa.TokenURL = s.proxyServer.URL+"/link/authorize", s.proxyServer.URL+"/link/token"
	s.alexa.OpenBrowser()
	return s
}

// recheckLater diagnoses all stored traces again, twice, as a running recorder does. The clock is ahead by later. The
// recorder must be stopped.
func (s *harness) recheckLater(later time.Duration) {
	s.t.Helper()
	s.later = later
	traces, err := trace.ReadTraces(s.dir)
	require.NoError(s.t, err)
	for _, t := range append(traces, traces...) {
		require.NoError(s.t, s.findingLog.LogFindings(t))
	}
}

// run starts the proxy and links an account with the console's settings.
func (s *harness) run() {
	s.t.Helper()
	s.startProxy()
	s.alexa.LinkWithConsoleURLs()
}

// stop waits until all exchanges are written, and returns the traces.
func (s *harness) stop() []trace.Trace {
	s.t.Helper()
	require.NoError(s.t, s.recorder.Close())
	traces, err := trace.ReadTraces(s.dir)
	require.NoError(s.t, err)
	return traces
}

// A logBuffer collects log output.
type logBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// count returns how often a text was logged.
func (l *logBuffer) count(text string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return bytes.Count(l.text.Bytes(), []byte(text))
}
