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

const testTimeout = 30 * time.Second

// TestMain configures Pebble not to sleep, and to validate a domain again for each order.
func TestMain(m *testing.M) {
	for name, value := range map[string]string{"PEBBLE_VA_NOSLEEP": "1", "PEBBLE_AUTHZREUSE": "0"} {
		if err := os.Setenv(name, value); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// A testCA is a CA and the name server that it uses.
type testCA struct {
	t       *testing.T
	names   resolver
	api     *httptest.Server
	manage  http.Handler
	store   *db.MemoryStore
	orders  atomic.Int32
	authzs  sync.Map     // the IDs of the authorizations that clients read
	limited atomic.Value // a string: the rate limit problem with which the CA refuses orders; "": orders are accepted
}

// A caConfig is the configuration of a test CA.
type caConfig struct {
	tlsPort, httpPort int               // ports of the challenges
	eab               map[string]string // required keys for external account binding, by ID
	address           string            // of the CA's API; "": any
}

// newTestCA starts a CA that issues certificates for 90 days.
func newTestCA(t *testing.T, c caConfig) *testCA {
	t.Helper()
	quiet := log.New(io.Discard, "", 0)
	l := &testCA{t: t, store: db.NewMemoryStore()}
	l.limited.Store("")
	var err error
	l.names, err = startResolver()
	require.NoError(t, err)

	for id, key := range c.eab {
		require.NoError(t, l.store.AddExternalAccountKeyByID(id, key))
	}
	profiles := map[string]ca.Profile{"default": {Description: "the only one"}}
	authority := ca.New(quiet, l.store, "", "ecdsa", 0, 1, profiles)
	validation := va.New(quiet, c.httpPort, c.tlsPort, true, l.names.address, l.store)
	front := wfe.New(quiet, l.store, validation, authority, []string{"pebble.test"}, true, len(c.eab) > 0, 0, 0)
	l.manage = front.ManagementHandler()
	l.api = httptest.NewUnstartedServer(l.countOrders(front.Handler()))
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

// A resolver is the name server of all test CAs. challtestsrv has a global handler, so only one can run in a process.
type resolver struct {
	*challtestsrv.ChallSrv
	address string
}

// startResolver starts the name server, without records.
var startResolver = sync.OnceValues(func() (resolver, error) {
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
	go server.Run() // until the process ends
	for range 500 {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			return resolver{server, address}, conn.Close()
		}
		time.Sleep(10 * time.Millisecond)
	}
	return resolver{}, errors.New("the name server does not listen")
})

// A noRetryDelayWriter sets Retry-After to zero.
type noRetryDelayWriter struct{ http.ResponseWriter }

// WriteHeader sets Retry-After to zero seconds, so that the client does not wait.
func (w noRetryDelayWriter) WriteHeader(status int) {
	w.Header().Set("Retry-After", "0")
	w.ResponseWriter.WriteHeader(status)
}

// Write writes the body with Retry-After, for answers without WriteHeader.
func (w noRetryDelayWriter) Write(content []byte) (int, error) {
	w.Header().Set("Retry-After", "0")
	return w.ResponseWriter.Write(content)
}

// countOrders counts orders, and refuses them if a rate limit is set. It notes the authorizations. It sets Retry-After to
// zero, so that renewal information can be polled at any time.
func (l *testCA) countOrders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "renewalInfo") {
			w = noRetryDelayWriter{w}
		}
		if id, found := strings.CutPrefix(r.URL.Path, "/authZ/"); found {
			l.authzs.Store(id, nil)
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
		next.ServeHTTP(orderCounter{w, &l.orders}, r)
	})
}

// An orderCounter counts accepted orders. It does not count refused orders, because Pebble sometimes refuses a nonce, and
// then the client repeats the order.
type orderCounter struct {
	http.ResponseWriter

	orders *atomic.Int32
}

// WriteHeader counts an accepted order.
func (w orderCounter) WriteHeader(status int) {
	if status == http.StatusCreated {
		w.orders.Add(1)
	}
	w.ResponseWriter.WriteHeader(status)
}

func (l *testCA) directory() string { return l.api.URL + "/dir" }

// apiRoots returns the root of the API's TLS certificate. It is not the root of the issued certificates.
func (l *testCA) apiRoots() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(l.api.Certificate())
	return pool
}

// issuerRoots returns the root of the issued certificates.
func (l *testCA) issuerRoots() *x509.CertPool {
	l.t.Helper()
	answer := httptest.NewRecorder()
	l.manage.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/roots/0", nil))
	pool := x509.NewCertPool()
	require.True(l.t, pool.AppendCertsFromPEM(answer.Body.Bytes()))
	return pool
}

// requestRenewal makes the CA request the renewal of cert.
func (l *testCA) requestRenewal(cert *x509.Certificate) {
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

// expireAuthorizations makes the CA validate the domains of the next order again. PEBBLE_AUTHZREUSE alone is not enough:
// with 0, Pebble still uses a valid authorization again for one order in a hundred.
func (l *testCA) expireAuthorizations() {
	l.t.Helper()
	expired := 0
	l.authzs.Range(func(id, _ any) bool {
		authz := l.store.GetAuthorizationByID(id.(string))
		authz.Lock()
		defer authz.Unlock()
		authz.ExpiresDate = time.Now().Add(-time.Second)
		expired++
		return true
	})
	require.Positive(l.t, expired)
}
