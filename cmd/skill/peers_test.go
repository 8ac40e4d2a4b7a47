package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/simulator"
	"lastpost/internal/verify/verifytest"
)

// A bucketProxy is a proxy that connects every CONNECT to a fake of Amazon's bucket.
type bucketProxy struct {
	url     string
	mu      sync.Mutex
	fetches []string
	down    bool
}

func newBucketProxy(t testing.TB, authority *verifytest.Authority, file []byte) *bucketProxy {
	t.Helper()
	b := &bucketProxy{}
	cert, err := authority.Issue(verifytest.CertificateTemplate{CommonName: "s3.amazonaws.com", Names: []string{"s3.amazonaws.com"}})
	require.NoError(t, err)
	bucket := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.mu.Lock()
		b.fetches = append(b.fetches, r.Host+r.URL.Path)
		b.mu.Unlock()
		if "https://"+r.Host+r.URL.Path != verifytest.CertificateURL {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(file)
	}))
	bucket.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{cert.Raw, authority.Intermediate.Raw}, PrivateKey: cert.Key}}}
	bucket.StartTLS()
	t.Cleanup(bucket.Close)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.mu.Lock()
		down := b.down
		b.mu.Unlock()
		if r.Method != http.MethodConnect || down {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		tunnel(w, bucket.Listener.Addr().String())
	}))
	t.Cleanup(proxy.Close)
	b.url = proxy.URL
	return b
}

func (b *bucketProxy) setDown(down bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.down = down
}

func (b *bucketProxy) fetchCount() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.fetches)
}

// tunnel copies data between the client and an address until either side closes the connection.
func tunnel(w http.ResponseWriter, address string) {
	out, err := net.Dial("tcp", address)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	w.WriteHeader(http.StatusOK)
	in, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		_ = out.Close()
		return
	}
	go func() { _, _ = io.Copy(out, buffered); _ = out.Close() }()
	_, _ = io.Copy(in, out)
	_ = in.Close()
}

// A feedServer is a publisher with a replaceable handler. It starts with the sample feed.
type feedServer struct {
	url     string
	mu      sync.Mutex
	handler http.HandlerFunc
	polls   int
}

func newFeedServer(t testing.TB) *feedServer {
	t.Helper()
	f := &feedServer{handler: simulator.ServeSampleFeed}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		handler := f.handler
		f.polls++
		f.mu.Unlock()
		handler(w, r)
	}))
	t.Cleanup(server.Close)
	t.Cleanup(server.CloseClientConnections)
	f.url = server.URL + "/feed/"
	return f
}

func (f *feedServer) setHandler(handler http.HandlerFunc) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.handler = handler
}

// waitForRequests waits until the server has received that many requests in total, or until timeout.
func (f *feedServer) waitForRequests(requests int, timeout time.Duration) {
	for end := time.Now().Add(timeout); f.requestCount() < requests && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
}

// requestCount returns the number of received requests.
func (f *feedServer) requestCount() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.polls
}

// servedCertificate connects to an address and returns the server's leaf certificate.
func servedCertificate(t testing.TB, address string) *x509.Certificate {
	t.Helper()
	conn, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true})
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	return conn.ConnectionState().PeerCertificates[0]
}

// keyPEM returns the key of all certificates that the authority issues by default.
func keyPEM(t testing.TB, authority *verifytest.Authority) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(authority.Key)
	require.NoError(t, err)
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}
