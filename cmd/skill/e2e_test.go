package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/simulator"
	"lastpost/internal/verify/verifytest"
)

// TestServiceAnswersAndLogsRequests sends signed requests to the real program over TLS.
func TestServiceAnswersAndLogsRequests(t *testing.T) {
	t.Parallel()
	h := newHarness(t, "{mode: self-signed}")
	h.startAndWait()
	h.waitUntilReady()

	status, answer := h.sendSigned(h.lastPostRequest("2025-12-25"))
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, answer, "A quiet Christmas")
	status, answer = h.sendSigned(h.lastPostRequest("2025-07"))
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, answer, "Summer, self-hosted")
	require.Equal(t, 1, h.bucket.fetchCount(), "the certificate is fetched once")

	header, err := h.signer.Sign([]byte("{}"))
	require.NoError(t, err)
	status, answer, err = h.post(t.Context(), header, bytes.NewReader(h.lastPostRequest("")))
	require.NoError(t, err)
	require.Equal(t, http.StatusBadRequest, status)
	require.JSONEq(t, `{"message":"the signature does not match the body","data":{"status":400}}`, answer)

	_, metrics := h.getPrivate("/metrics")
	require.Contains(t, metrics, `lastpost_requests_total{intent="LastPostIntent",outcome="answered",skill="halfelf",type="IntentRequest"} 2`)
	require.Contains(t, metrics, `lastpost_refusals_total{rule="signature",skill="halfelf"} 1`)

	require.Equal(t, 0, h.stop())
	lines := h.log.withMessage("request")
	require.Len(t, lines, 3)
	require.Subset(t, lines[0], map[string]any{"level": "info", "skill": "halfelf", "type": "IntentRequest", "intent": "LastPostIntent",
		"locale": "en-US", "status": 200.0, "rule": "", "request_id": "amzn1.echo-api.request.5f2c7b1e-8f0a-4c69-9a53-0a5f3f3a6b1c"})
	require.Subset(t, lines[2], map[string]any{"level": "warn", "status": 400.0, "rule": "signature"})
	require.NotEmpty(t, lines[2]["error"])
	for _, line := range lines {
		require.Contains(t, line, "ms")
		_, err := time.Parse(time.RFC3339, line["time"].(string))
		require.NoError(t, err)
	}
	require.NotContains(t, h.log.String(), "amzn1.ask.account", "user ids must not be logged")
	require.NotContains(t, h.log.String(), "amzn1.ask.device", "device ids must not be logged")
}

// TestRestartUsesCachedCertificateChain restarts the service while Amazon's bucket is down.
func TestRestartUsesCachedCertificateChain(t *testing.T) {
	requireE2E(t)
	t.Parallel()
	h := newHarness(t, "{mode: self-signed}")
	h.startAndWait()
	h.waitUntilReady()
	status, _ := h.sendSigned(h.lastPostRequest(""))
	require.Equal(t, http.StatusOK, status)
	first := servedCertificate(t, strings.TrimSuffix(strings.TrimPrefix(h.url, "https://"), "/alexa/halfelf"))
	require.Equal(t, 0, h.stop())

	h.bucket.setDown(true)
	h.startAndWait()
	h.waitUntilReady()
	status, _ = h.sendSigned(h.lastPostRequest(""))
	require.Equal(t, http.StatusOK, status)
	again := servedCertificate(t, strings.TrimSuffix(strings.TrimPrefix(h.url, "https://"), "/alexa/halfelf"))
	require.Equal(t, first.Raw, again.Raw, "a restart keeps the self-signed certificate, which the operator may have uploaded to Amazon's console")
	require.Equal(t, 0, h.stop())

	require.NoError(t, os.RemoveAll(filepath.Join(h.dir, "data", "chains")))
	h.startAndWait()
	h.waitUntilReady()
	status, answer := h.sendSigned(h.lastPostRequest(""))
	require.Equal(t, http.StatusBadRequest, status, "without the cached chain, the signature cannot be verified")
	require.Contains(t, answer, "could not be fetched")
	require.Equal(t, "certificate-fetch", h.log.withMessage("request")[0]["rule"])
}

// feedFailedMessage is the log message when a feed starts to fail. It appears once.
const feedFailedMessage = "feed refresh failed; serving cached posts"

// TestBadFeedAtStartStillAnswers starts with a bad feed. Requests still get a spoken answer.
func TestBadFeedAtStartStillAnswers(t *testing.T) {
	t.Parallel()
	for claim, bad := range map[string]http.HandlerFunc{
		"down":  func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"empty": func(http.ResponseWriter, *http.Request) {},
		"a web page": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte("<html><title>Just a moment…</title></html>"))
		},
		"cut off": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write(simulator.SampleFeed()[:len(simulator.SampleFeed())/2])
		},
		"not found":     http.NotFound,
		"wrong charset": func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("\xff\xfe\x00garbage")) },
	} {
		t.Run(claim, func(t *testing.T) {
			t.Parallel()
			h := newHarness(t, "{mode: off}")
			h.feed.setHandler(bad)
			h.startAndWait()
			failed := h.log.waitFor(t, feedFailedMessage)
			require.Contains(t, failed["error"], h.feed.url)
			status, answer := h.getPrivate("/readyz")
			require.Equal(t, http.StatusServiceUnavailable, status)
			require.Regexp(t, `^halfelf: not ready, 0 posts, feed: .+\n$`, answer)
			status, answer = h.sendSigned(h.lastPostRequest(""))
			require.Equal(t, http.StatusOK, status)
			require.Contains(t, answer, "yet. Try again in a few minutes.")
			require.Len(t, h.log.withMessage(feedFailedMessage), 1, "the failure is logged once")
		})
	}
}

// TestEmptyFeedIsNotReady serves a valid feed without posts.
func TestEmptyFeedIsNotReady(t *testing.T) {
	t.Parallel()
	h := newHarness(t, "{mode: off}")
	h.feed.setHandler(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`<?xml version="1.0"?><rss version="2.0"><channel><title>New</title></channel></rss>`))
	})
	h.startAndWait()
	h.log.waitFor(t, "feed without posts")
	status, answer := h.getPrivate("/readyz")
	require.Equal(t, http.StatusServiceUnavailable, status)
	require.Equal(t, "halfelf: not ready, 0 posts, feed: the feed has no posts; publish a post; if the blog has posts, set feed to the address of a feed that shows them\n", answer)
	_, page := h.getPrivate("/")
	for _, want := range []string{"Something is failing", `<span class="mark failed">failing</span>`, "the feed has no posts", "publish a post; ", "none yet", "The proxy in front of the service has the certificate"} {
		requirePart(t, "the inspector's page", page, want)
	}
}

// TestHangingFeedDoesNotBlockService checks the start, a request and the shutdown while the feed does not answer.
func TestHangingFeedDoesNotBlockService(t *testing.T) {
	t.Parallel()
	h := newHarness(t, "{mode: off}")
	asked := make(chan struct{}, 1)
	h.feed.setHandler(func(_ http.ResponseWriter, request *http.Request) {
		asked <- struct{}{}
		<-request.Context().Done()
	})
	h.startAndWait()
	<-asked
	status, answer := h.sendSigned(h.lastPostRequest(""))
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, answer, "yet. Try again in a few minutes.")
	require.Equal(t, 0, h.stop())
}

// TestShutdownWaitsForOpenRequests stops the service during a request: its body arrives after the signal.
func TestShutdownWaitsForOpenRequests(t *testing.T) {
	t.Parallel()
	h := newHarness(t, "{mode: off}")
	h.startAndWait()
	h.waitUntilReady()
	body := h.lastPostRequest("")
	header, err := h.signer.Sign(body)
	require.NoError(t, err)
	// The server asks for the body after it has read the header. From then on the request is in flight.
	header.Set("Expect", "100-continue")
	slow := &pausingReader{before: body[:100], after: body[100:], reached: make(chan struct{}), proceed: make(chan struct{})}
	type result struct {
		status int
		err    error
	}
	done := make(chan result, 1)
	go func() {
		status, _, err := h.post(t.Context(), header, slow)
		done <- result{status, err}
	}()
	<-slow.reached
	require.NoError(t, h.process.Process.Signal(syscall.SIGTERM))
	h.log.waitFor(t, "stopping; waiting for open requests")
	status, answer := h.getPrivate("/readyz")
	require.Equal(t, http.StatusServiceUnavailable, status)
	require.Contains(t, answer, "not ready: the service is shutting down")
	close(slow.proceed)
	require.Equal(t, result{http.StatusOK, nil}, <-done)
	_ = h.process.Wait()
	require.Equal(t, 0, h.process.ProcessState.ExitCode())
	require.Len(t, h.log.withMessage("stopped"), 1)
}

// A pausingReader returns the first part, waits, and returns the rest.
type pausingReader struct {
	before, after    []byte
	reached, proceed chan struct{}
	paused           bool
}

func (p *pausingReader) Read(buffer []byte) (int, error) {
	if len(p.before) > 0 {
		n := copy(buffer, p.before)
		p.before = p.before[n:]
		return n, nil
	}
	if !p.paused {
		p.paused = true
		close(p.reached)
		<-p.proceed
	}
	if len(p.after) == 0 {
		return 0, io.EOF
	}
	n := copy(buffer, p.after)
	p.after = p.after[n:]
	return n, nil
}

// TestIdleConnectionsDoNotExhaustFileDescriptors opens more connections than the process may open files. The service must
// close idle connections before it runs out of file descriptors.
func TestIdleConnectionsDoNotExhaustFileDescriptors(t *testing.T) {
	requireE2E(t)
	h := newHarness(t, "{mode: off}")
	h.maxFiles = 128
	h.startAndWait()
	h.waitUntilReady()
	for range 300 {
		conn, err := net.Dial("tcp", strings.TrimSuffix(strings.TrimPrefix(h.url, "http://"), "/alexa/halfelf"))
		require.NoError(t, err)
		t.Cleanup(func() { _ = conn.Close() })
	}
	status, _ := h.sendSigned(h.lastPostRequest(""))
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, 0, h.stop())
	require.Empty(t, h.log.withMessage("listener"), "every connection was accepted")
}

// TestHangupReloadsCertificate sends SIGHUP. The service must load a new certificate, and keep the old one if the new one is
// invalid.
func TestHangupReloadsCertificate(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	authority, err := verifytest.NewAuthority(time.Now())
	require.NoError(t, err)
	certFile, keyFile := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	issue := func() *verifytest.IssuedCertificate {
		leaf, err := authority.Issue(verifytest.CertificateTemplate{Names: []string{"localhost"}})
		require.NoError(t, err)
		return leaf
	}
	first, second := issue(), issue()
	writeFile(t, certFile, verifytest.PEMBundle(first))
	writeFile(t, keyFile, keyPEM(t, authority))
	h := newHarness(t, fmt.Sprintf("{mode: files, cert_file: %s, key_file: %s}", certFile, keyFile))
	h.startAndWait()
	address := strings.TrimSuffix(strings.TrimPrefix(h.url, "https://"), "/alexa/halfelf")
	require.Equal(t, first.Raw, servedCertificate(t, address).Raw)

	writeFile(t, certFile, []byte("garbage"))
	h.sendHUP()
	h.log.waitFor(t, "certificate reload failed; serving the previous certificate")
	require.Equal(t, first.Raw, servedCertificate(t, address).Raw)

	writeFile(t, certFile, verifytest.PEMBundle(second))
	h.sendHUP()
	h.log.waitFor(t, "certificate reloaded")
	require.Equal(t, second.Raw, servedCertificate(t, address).Raw)
	require.Equal(t, 0, h.stop())
}

// TestMemoryWithLargestFeed serves almost the largest accepted feed and limits the peak memory of the process.
func TestMemoryWithLargestFeed(t *testing.T) {
	requireE2E(t)
	const posts, limit = 10_000, 72 << 10 // KiB
	h := newHarness(t, "{mode: self-signed}")
	h.useReleaseBuild()
	feed := largeFeed(posts)
	require.Less(t, len(feed), 10<<20)
	h.feed.setHandler(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(feed) })
	h.startAndWait()
	h.waitUntilReady()
	for range 200 {
		status, answer := h.sendSigned(h.lastPostRequest("2015-06-15"))
		require.Equal(t, http.StatusOK, status)
		require.Contains(t, answer, "on June 15, 2015")
	}
	_, ready := h.getPrivate("/readyz")
	require.Contains(t, ready, "\nhalfelf: ready, 10000 posts\n")
	peak := h.peakMemoryKiB()
	t.Logf("%d posts of %d bytes: %d KiB at the most", posts, len(feed), peak)
	require.Less(t, peak, limit)
}

// useReleaseBuild makes the harness start a normal build of the program. The test binary may contain the race detector, which
// uses more memory.
func (h *harness) useReleaseBuild() {
	h.t.Helper()
	h.program = filepath.Join(h.dir, "skill")
	out, err := exec.Command("go", "build", "-o", h.program, ".").CombinedOutput()
	require.NoError(h.t, err, "%s", out)
}

// largeFeed returns a feed with one post a day, back from the end of 2025, with about 700 bytes of text each.
func largeFeed(posts int) []byte {
	var feed bytes.Buffer
	feed.WriteString(`<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>Large</title>`)
	text := strings.Repeat("Lorem ipsum dolor sit amet. ", 25)
	day := time.Date(2025, 12, 31, 12, 0, 0, 0, time.UTC)
	for i := range posts {
		fmt.Fprintf(&feed, "<item><title>Post number %d</title><link>https://blog.example/%d/</link><guid>https://blog.example/?p=%d</guid><pubDate>%s</pubDate><description>%s</description></item>\n",
			i, i, i, day.AddDate(0, 0, -i).Format(time.RFC1123Z), text)
	}
	feed.WriteString(`</channel></rss>`)
	return feed.Bytes()
}
