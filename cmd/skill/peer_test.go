package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// servePeer provides the environment of a service that another program starts, such as systemd in make systemd: the blog,
// Amazon's bucket and Alexa, in a separate process. It writes DIR/environment and DIR/root.pem, which connect the service to
// this environment, and accepts commands on a loopback address. It sends requests to the endpoint in SKILL_TEST_URL, or to
// port 443:
//
//	GET /ask               sends a signed request for the last post, and returns the response
//	GET /forged            sends a request that was changed after signing
//	GET /load?for=5s       sends signed requests for this time, and counts the lost ones
func servePeer(address, dir string) error {
	h := newHarness(&processTB{dir: dir}, "{mode: off}")
	h.url = cmp.Or(os.Getenv("SKILL_TEST_URL"), "https://127.0.0.1/alexa/halfelf")
	h.client = newDirectClient()
	root, err := os.ReadFile(filepath.Join(dir, "roots.pem"))
	if err != nil {
		return err
	}
	environment := fmt.Sprintf("FEED=%s\nHTTPS_PROXY=%s\nSSL_CERT_FILE=%s\nSSL_CERT_DIR=/nonexistent\n",
		h.feed.url, h.bucket.url, filepath.Join(dir, "root.pem"))
	if err := errors.Join(os.WriteFile(filepath.Join(dir, "root.pem"), root, 0o644),
		os.WriteFile(filepath.Join(dir, "environment"), []byte(environment), 0o600)); err != nil {
		return err
	}
	return http.ListenAndServe(address, peerHandler(h))
}

// peerHandler handles the peer's commands.
func peerHandler(h *harness) http.Handler {
	handler := http.NewServeMux()
	handler.HandleFunc("GET /ask", func(w http.ResponseWriter, _ *http.Request) {
		status, answer := h.sendSigned(h.lastPostRequest(""))
		_, _ = fmt.Fprintf(w, "%d %s\n", status, answer)
	})
	handler.HandleFunc("GET /forged", func(w http.ResponseWriter, q *http.Request) {
		header, err := h.signer.Sign(h.lastPostRequest(""))
		require.NoError(h.t, err)
		status, answer, err := h.post(q.Context(), header, bytes.NewReader(h.lastPostRequest("2026-03-14")))
		require.NoError(h.t, err)
		_, _ = fmt.Fprintf(w, "%d %s\n", status, answer)
	})
	handler.HandleFunc("GET /load", func(w http.ResponseWriter, q *http.Request) {
		duration, err := time.ParseDuration(q.FormValue("for"))
		require.NoError(h.t, err)
		_, _ = fmt.Fprintln(w, measureLoad(q.Context(), h, duration))
	})
	return handler
}

// A loadResult counts answered and lost requests.
type loadResult struct {
	mu        sync.Mutex
	answered  int
	lost      int
	slowest   time.Duration
	firstLoss string // the reason of the first lost request
}

func (b *loadResult) String() string {
	return fmt.Sprintf("answered=%d lost=%d slowest=%s %s", b.answered, b.lost, b.slowest.Round(time.Millisecond), b.firstLoss)
}

func (b *loadResult) record(took time.Duration, status int, answer string, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.slowest = max(b.slowest, took)
	if err == nil && status == http.StatusOK && strings.Contains(answer, "outputSpeech") {
		b.answered++
		return
	}
	if b.lost++; b.lost == 1 {
		b.firstLoss = fmt.Sprintf("%d %q %v", status, answer, err)
	}
}

// measureLoad sends signed requests for a duration: three senders connect for each request, and one keeps its connection. As
// HTTP clients do, this sender reconnects and repeats a request if the server closes the idle connection.
func measureLoad(ctx context.Context, h *harness, duration time.Duration) *loadResult {
	var senders sync.WaitGroup
	result := &loadResult{}
	end := time.Now().Add(duration)
	for i := range 4 {
		keepAlive := i == 0
		senders.Go(func() {
			client := newDirectClient()
			client.Transport.(*http.Transport).DisableKeepAlives = !keepAlive
			sender := &harness{t: h.t, url: h.url, client: client}
			for time.Now().Before(end) {
				body := h.lastPostRequest("")
				header, err := h.signer.Sign(body)
				require.NoError(h.t, err)
				if keepAlive {
					header["Idempotency-Key"] = nil // not sent; it makes net/http repeat the request on a new connection
				}
				began := time.Now()
				status, answer, err := sender.post(ctx, header, bytes.NewReader(body))
				result.record(time.Since(began), status, answer, err)
			}
		})
	}
	senders.Wait()
	return result
}

// newDirectClient returns a client with Alexa's timeout. It accepts any certificate: other tests check certificates.
func newDirectClient() *http.Client {
	return &http.Client{Timeout: 8 * time.Second, Transport: &http.Transport{
		DisableKeepAlives: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
	}}
}

// TestPeerCountsLostRequests checks that the load generator of make systemd counts lost requests. make systemd itself
// runs rarely.
func TestPeerCountsLostRequests(t *testing.T) {
	requireE2E(t)
	h := newHarness(t, "{mode: self-signed, domains: [localhost]}")
	h.startAndWait()
	h.waitUntilReady()
	result := measureLoad(t.Context(), h, 300*time.Millisecond)
	require.Zero(t, result.lost, result)
	require.Positive(t, result.answered)
	require.Zero(t, h.stop())
	result = measureLoad(t.Context(), h, 50*time.Millisecond)
	require.Zero(t, result.answered, "nothing listens")
	require.Positive(t, result.lost)
}

// processTB lets test helpers work outside a test. A failure panics, which ends the current command.
type processTB struct {
	testing.TB
	dir string
}

func (p *processTB) Helper()                        {}
func (p *processTB) Cleanup(func())                 {} // the process ends by a signal
func (p *processTB) TempDir() string                { return p.dir }
func (p *processTB) Errorf(format string, a ...any) { fmt.Fprintf(os.Stderr, format+"\n", a...) }
func (p *processTB) FailNow()                       { panic("the helper failed; the reason is printed above") }
