package acmetest

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/letsencrypt/challtestsrv"
	"github.com/letsencrypt/pebble/v2/ca"
	"github.com/letsencrypt/pebble/v2/db"
	"github.com/letsencrypt/pebble/v2/va"
	"github.com/letsencrypt/pebble/v2/wfe"
	"github.com/stretchr/testify/require"
)

const patience = 30 * time.Second

// TestMain keeps Pebble from sleeping, and from taking a domain for proven since the last order.
func TestMain(m *testing.M) {
	for name, value := range map[string]string{"PEBBLE_VA_NOSLEEP": "1", "PEBBLE_AUTHZREUSE": "0"} {
		if err := os.Setenv(name, value); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// A lab is a CA and the name server that it asks.
type lab struct {
	t       *testing.T
	names   resolver
	api     *httptest.Server
	manage  http.Handler
	orders  atomic.Int32
	limited atomic.Value // the problem that orders are refused with, a string; "": none
}

// A conduct is what differs between CAs.
type conduct struct {
	tlsPort, httpPort int               // where domains are asked
	eab               map[string]string // the keys that accounts must be bound to
	address           string            // of the interface; "": any
}

// newLab opens a CA that issues for 90 days.
func newLab(t *testing.T, c conduct) *lab {
	t.Helper()
	quiet := log.New(io.Discard, "", 0)
	l := &lab{t: t}
	l.limited.Store("")
	var err error
	l.names, err = names()
	require.NoError(t, err)

	store := db.NewMemoryStore()
	for id, key := range c.eab {
		require.NoError(t, store.AddExternalAccountKeyByID(id, key))
	}
	profiles := map[string]ca.Profile{"default": {Description: "the only one"}}
	authority := ca.New(quiet, store, "", "ecdsa", 0, 1, profiles)
	validation := va.New(quiet, c.httpPort, c.tlsPort, true, l.names.address, store)
	front := wfe.New(quiet, store, validation, authority, []string{"pebble.test"}, true, len(c.eab) > 0, 0, 0)
	l.manage = front.ManagementHandler()
	l.api = httptest.NewUnstartedServer(l.counting(front.Handler()))
	l.api.Config.ErrorLog = quiet
	if c.address != "" {
		require.NoError(t, l.api.Listener.Close())
		l.api.Listener, err = net.Listen("tcp", c.address)
		require.NoError(t, err)
	}
	l.api.StartTLS()
	t.Cleanup(l.api.Close)
	return l
}

// A resolver is the name server of every lab: challtestsrv keeps its handler in a global, so that the last one opened
// would answer for all.
type resolver struct {
	*challtestsrv.ChallSrv
	address string
}

// names is a name server that knows no name until it is told.
var names = sync.OnceValues(func() (resolver, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return resolver{}, err
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		return resolver{}, err
	}
	server, err := challtestsrv.New(challtestsrv.Config{Log: log.New(io.Discard, "", 0), DNSAddrs: []string{address}})
	if err != nil {
		return resolver{}, err
	}
	server.SetDefaultDNSIPv4("")
	server.SetDefaultDNSIPv6("")
	go server.Run() // to the end of the process
	for range 500 {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			return resolver{server, address}, conn.Close()
		}
		time.Sleep(10 * time.Millisecond)
	}
	return resolver{}, errors.New("the name server does not listen")
})

// An impatient answer wants to be asked again at once.
type impatient struct{ http.ResponseWriter }

// WriteHeader sends the header.
func (w impatient) WriteHeader(status int) {
	w.Header().Set("Retry-After", "0")
	w.ResponseWriter.WriteHeader(status)
}

// Write sends the body, as Pebble does without a status.
func (w impatient) Write(content []byte) (int, error) {
	w.Header().Set("Retry-After", "0")
	return w.ResponseWriter.Write(content)
}

// counting counts orders, and refuses them where it is told to. When to renew may be asked at any time.
func (l *lab) counting(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "renewalInfo") {
			w = impatient{w}
		}
		if !strings.HasPrefix(r.URL.Path, "/order-plz") {
			next.ServeHTTP(w, r)
			return
		}
		if detail := l.limited.Load().(string); detail != "" {
			nonce := httptest.NewRecorder()
			next.ServeHTTP(nonce, httptest.NewRequest(http.MethodHead, "/nonce-plz", nil))
			w.Header().Set("Replay-Nonce", nonce.Header().Get("Replay-Nonce"))
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(http.StatusTooManyRequests)
			_ = json.NewEncoder(w).Encode(map[string]any{
				"type": "urn:ietf:params:acme:error:rateLimited", "detail": detail, "status": http.StatusTooManyRequests,
			})
			return
		}
		next.ServeHTTP(ordered{w, &l.orders}, r)
	})
}

// An ordered counts what was ordered: Pebble refuses a nonce now and then, after which the client asks again.
type ordered struct {
	http.ResponseWriter

	orders *atomic.Int32
}

// WriteHeader counts.
func (w ordered) WriteHeader(status int) {
	if status == http.StatusCreated {
		w.orders.Add(1)
	}
	w.ResponseWriter.WriteHeader(status)
}

func (l *lab) directory() string { return l.api.URL + "/dir" }

// roots are who vouches for the CA's interface, which is not the CA itself.
func (l *lab) roots() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(l.api.Certificate())
	return pool
}

// issues is the root of what the CA issues.
func (l *lab) issues() *x509.CertPool {
	l.t.Helper()
	answer := httptest.NewRecorder()
	l.manage.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/roots/0", nil))
	pool := x509.NewCertPool()
	require.True(l.t, pool.AppendCertsFromPEM(answer.Body.Bytes()))
	return pool
}

// wantsRenewal lets the CA say that the time to renew cert is past.
func (l *lab) wantsRenewal(cert *x509.Certificate) {
	l.t.Helper()
	now := time.Now().UTC()
	window, err := json.Marshal(map[string]any{"suggestedWindow": map[string]any{
		"start": now.Add(-2 * time.Hour).Format(time.RFC3339), "end": now.Add(-time.Hour).Format(time.RFC3339),
	}})
	require.NoError(l.t, err)
	body, err := json.Marshal(map[string]string{
		"Certificate": string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw})), "ARIResponse": string(window),
	})
	require.NoError(l.t, err)
	answer := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodPost, "/set-renewal-info/", bytes.NewReader(body))
	r.Header.Set("User-Agent", "a test")
	l.manage.ServeHTTP(answer, r)
	require.Equal(l.t, http.StatusOK, answer.Code, answer.Body.String())
}

// freeAddress is one that nobody listens at, for the moment.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	return listener.Addr().String()
}
