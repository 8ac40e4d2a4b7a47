package verify_test

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/verify"
	"lastpost/internal/verify/verifytest"
)

// TestFetchRefusesFaultyAnswers fetches from a real HTTPS server whose answers have faults. A fault must break the rule in
// the row.
func TestFetchRefusesFaultyAnswers(t *testing.T) {
	s := newFixture(t)
	file := verifytest.PEMBundle(s.issue(verifytest.CertificateTemplate{}), s.authority.Intermediate)
	forever := make(chan struct{})
	t.Cleanup(func() { close(forever) })
	for _, row := range []struct {
		claim string
		serve http.HandlerFunc
		want  verify.Rule
	}{
		{"a good answer", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(file) }, accepted},
		{"not found", http.NotFound, verify.CertificateFetch},
		{"the file with another status", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusPartialContent)
			_, _ = w.Write(file)
		}, verify.CertificateFetch},
		{"a redirect to the file", func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/echo.api/there.pem" {
				_, _ = w.Write(file)
				return
			}
			http.Redirect(w, r, "/echo.api/there.pem", http.StatusFound)
		}, verify.CertificateFetch},
		{"a truncated answer", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100000")
			_, _ = w.Write(file)
		}, verify.CertificateFetch},
		{"an endless answer", func(w http.ResponseWriter, _ *http.Request) {
			for block := append(file, make([]byte, 4096)...); ; {
				if _, err := w.Write(block); err != nil {
					return
				}
			}
		}, verify.CertificateFetch},
		{"no answer before the header", func(_ http.ResponseWriter, r *http.Request) {
			select {
			case <-forever:
			case <-r.Context().Done():
			}
		}, verify.CertificateFetch},
		{"an answer that stops in the body", func(w http.ResponseWriter, r *http.Request) {
			_, _ = w.Write(file)
			_ = http.NewResponseController(w).Flush()
			select {
			case <-forever:
			case <-r.Context().Done():
				// Panic, because a return would end the body properly, and the client could see this end before its timeout.
				panic(http.ErrAbortHandler)
			}
		}, verify.CertificateFetch},
	} {
		t.Run(row.claim, func(t *testing.T) {
			t.Parallel()
			v := s.newVerifier()
			v.Transport = transportTo(t, row.serve)
			began := time.Now()
			require.Equal(t, row.want, verify.RuleOf(v.VerifySignature(s.sign(body), body)))
			require.Less(t, time.Since(began), verify.FetchTimeout+2*time.Second)
		})
	}
}

// transportTo returns a transport that connects to a test server for every host.
func transportTo(t *testing.T, handler http.Handler) http.RoundTripper {
	t.Helper()
	server := httptest.NewTLSServer(handler)
	t.Cleanup(server.Close)
	roots := server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	dialer := tls.Dialer{Config: &tls.Config{RootCAs: roots, ServerName: "example.com"}}
	transport := &http.Transport{}
	transport.DialTLSContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return dialer.DialContext(ctx, network, server.Listener.Addr().String())
	}
	t.Cleanup(transport.CloseIdleConnections)
	return transport
}
