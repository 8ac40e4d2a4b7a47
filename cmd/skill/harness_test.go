package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/alexa/alexatest"
	"lastpost/internal/verify/verifytest"
)

const testSkillID = "amzn1.ask.skill.0d5cf4ae-6f1c-4a25-9c0b-2b3c4d5e6f70"

// requireE2E skips a slow test, unless make e2e runs it.
func requireE2E(t testing.TB) {
	t.Helper()
	if os.Getenv("LASTPOST_E2E") == "" {
		t.Skip("slow: make e2e runs it")
	}
}

// A harness runs the real program as a process, with a test feed and a test copy of Amazon's certificate bucket behind
// a proxy. The program trusts the test root only through SSL_CERT_FILE, and does not contain code for tests.
type harness struct {
	t      testing.TB
	dir    string
	env    []string
	signer verifytest.Signer
	bucket *bucketProxy
	feed   *feedServer

	program    string     // the program to start; by default this test binary, which runs it (TestMain)
	maxFiles   int        // the process's limit of open files; 0 inherits the limit
	sockets    []*os.File // inherited sockets
	process    *exec.Cmd
	log        *logLines
	url        string // of the endpoint
	privateURL string // http://HOST:PORT of the private listener
	client     *http.Client
}

// sharedAuthority returns the certificate authority of all harnesses. A new RSA key for each harness would be slow.
var sharedAuthority = sync.OnceValues(func() (*verifytest.Authority, error) { return verifytest.NewAuthority(time.Now()) })

// newHarness prepares a harness and does not start the program. tlsConfig is the tls section of the configuration.
func newHarness(t testing.TB, tlsConfig string) *harness {
	t.Helper()
	authority, err := sharedAuthority()
	require.NoError(t, err)
	leaf, err := authority.Issue(verifytest.CertificateTemplate{})
	require.NoError(t, err)
	r := &harness{t: t, dir: t.TempDir(), program: os.Args[0], signer: verifytest.Signer{Key: authority.Key}}
	r.bucket = newBucketProxy(t, authority, verifytest.PEMBundle(leaf, authority.Intermediate))
	r.feed = newFeedServer(t)
	roots := filepath.Join(r.dir, "roots.pem")
	require.NoError(t, os.WriteFile(roots, verifytest.PEMBundle(authority.Root), 0o600))
	r.env = append(os.Environ(), "SKILL_TEST_ROLE=skill", "SSL_CERT_FILE="+roots, "SSL_CERT_DIR=/nonexistent",
		"HTTPS_PROXY="+r.bucket.url, "HTTP_PROXY=", "NO_PROXY=", "https_proxy=", "http_proxy=", "no_proxy=")
	config := fmt.Sprintf(`
listen: 127.0.0.1:0
tls: %s
data_dir: %s
admin: {listen: "127.0.0.1:0"}
skills:
  - name: halfelf
    application_id: %s
    invocation_name: half elf
    feed: %s
`, tlsConfig, filepath.Join(r.dir, "data"), testSkillID, r.feed.url)
	require.NoError(t, os.WriteFile(filepath.Join(r.dir, "skill.yaml"), []byte(config), 0o600))
	return r
}

// startAndWait runs "skill serve" and waits until it listens.
func (h *harness) startAndWait() {
	h.t.Helper()
	h.startProcess()
	h.waitUntilListening()
}

// startProcess runs "skill serve".
func (h *harness) startProcess() {
	h.t.Helper()
	h.process = exec.Command(h.program, "serve", "--config", filepath.Join(h.dir, "skill.yaml"))
	if h.maxFiles > 0 {
		limited := fmt.Sprintf(`ulimit -n %d && exec "$0" "$@"`, h.maxFiles)
		h.process = exec.Command("sh", append([]string{"-c", limited}, h.process.Args...)...)
	}
	if len(h.sockets) > 0 {
		h.process = exec.Command("sh", append([]string{"-c", `LISTEN_PID=$$ exec "$0" "$@"`}, h.process.Args...)...)
		h.process.ExtraFiles = h.sockets
	}
	h.process.Env = append(slices.Clone(h.env), fmt.Sprintf("LISTEN_FDS=%d", len(h.sockets)))
	log, err := os.Create(filepath.Join(h.dir, "log"))
	require.NoError(h.t, err)
	h.process.Stderr, h.log = log, &logLines{log.Name()}
	require.NoError(h.t, h.process.Start())
	require.NoError(h.t, log.Close())
	process := h.process
	h.t.Cleanup(func() { _ = process.Process.Kill(); _ = process.Wait() })
}

// waitUntilListening waits for the log line with the addresses, and sets url, privateURL and client.
func (h *harness) waitUntilListening() {
	h.t.Helper()
	listening := h.log.waitFor(h.t, "listening")
	scheme := "https"
	if listening["tls"] == "off" {
		scheme = "http"
	}
	h.url = fmt.Sprintf("%s://%s/alexa/halfelf", scheme, listening["public"])
	h.privateURL = fmt.Sprintf("http://%s", listening["private"])
	h.client = &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{
		ExpectContinueTimeout: time.Minute,
		TLSClientConfig:       &tls.Config{InsecureSkipVerify: true}, // other tests check the certificate
	}}
	h.t.Cleanup(h.client.CloseIdleConnections)
}

// stop sends SIGTERM, waits for the process, and returns its exit status.
func (h *harness) stop() int {
	h.t.Helper()
	require.NoError(h.t, h.process.Process.Signal(syscall.SIGTERM))
	_ = h.process.Wait()
	return h.process.ProcessState.ExitCode()
}

// kill sends SIGKILL: the service cannot clean up, as in a power failure.
func (h *harness) kill() {
	h.t.Helper()
	require.NoError(h.t, h.process.Process.Kill())
	_ = h.process.Wait()
}

func (h *harness) sendHUP() {
	h.t.Helper()
	require.NoError(h.t, h.process.Process.Signal(syscall.SIGHUP))
}

// archiveFile returns the path of the skill's archive.
func (h *harness) archiveFile() string { return filepath.Join(h.dir, "data", "archive", "halfelf.db") }

// waitUntilReady waits until /readyz answers 200.
func (h *harness) waitUntilReady() {
	h.t.Helper()
	require.Eventually(h.t, func() bool {
		status, _ := h.getPrivate("/readyz")
		return status == http.StatusOK
	}, 30*time.Second, 20*time.Millisecond)
}

func (h *harness) getPrivate(path string) (int, string) {
	h.t.Helper()
	response, err := http.Get(h.privateURL + path)
	require.NoError(h.t, err)
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	require.NoError(h.t, err)
	return response.StatusCode, string(body)
}

// lastPostRequest returns a request as Alexa sends it (about 3.5 KiB) for the post of date, or the last post if date is empty.
func (h *harness) lastPostRequest(date string) []byte {
	h.t.Helper()
	return requestWith(h.t, map[string]any{
		"type": "IntentRequest", "requestId": "amzn1.echo-api.request.5f2c7b1e-8f0a-4c69-9a53-0a5f3f3a6b1c",
		"timestamp": time.Now().UTC().Format(time.RFC3339), "locale": "en-US", "dialogState": "STARTED",
		"intent": map[string]any{"name": "LastPostIntent", "confirmationStatus": "NONE", "slots": map[string]any{
			"Date": map[string]any{"name": "Date", "value": date, "confirmationStatus": "NONE", "source": "USER",
				"slotValue": map[string]any{"type": "Simple", "value": date}},
		}},
	})
}

// testUserID returns the user ID in all test requests.
func testUserID() string { return "amzn1.ask.account." + strings.Repeat("AFYQ7V2TZ3BJ", 18) }

func requestWith(t testing.TB, request map[string]any) []byte {
	t.Helper()
	application := map[string]any{"applicationId": testSkillID}
	user := map[string]any{"userId": testUserID()}
	body, err := json.Marshal(map[string]any{
		"version": "1.0",
		"session": map[string]any{"new": true, "sessionId": "amzn1.echo-api.session.2f0bd4f4-7a0e-4b7b-8b7e-5d8e4b1f9a11",
			"application": application, "attributes": map[string]any{}, "user": user},
		"context": map[string]any{
			"Viewports": []any{map[string]any{"type": "APL", "id": "main", "shape": "RECTANGLE", "dpi": 213, "presentationType": "STANDARD",
				"canRotate": false, "configuration": map[string]any{"current": map[string]any{"mode": "HUB", "video": map[string]any{"codecs": []string{"H_264_42", "H_264_41"}},
					"size": map[string]any{"type": "DISCRETE", "pixelWidth": 1280, "pixelHeight": 800}}}}},
			"AudioPlayer": map[string]any{"playerActivity": "IDLE"},
			"System": map[string]any{"application": application, "user": user,
				"device": map[string]any{"deviceId": "amzn1.ask.device." + strings.Repeat("AHWRQ4KX9LMB", 18),
					"supportedInterfaces": map[string]any{"AudioPlayer": map[string]any{}, "Alexa.Presentation.APL": map[string]any{"runtime": map[string]any{"maxVersion": "2024.3"}}}},
				"apiEndpoint": "https://api.amazonalexa.com", "apiAccessToken": strings.Repeat("eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ.", 22)},
		},
		"request": request,
	})
	require.NoError(t, err)
	return body
}

// sendSigned signs and posts a request. The response must follow Alexa's rules.
func (h *harness) sendSigned(body []byte) (int, string) {
	h.t.Helper()
	header, err := h.signer.Sign(body)
	require.NoError(h.t, err)
	status, answer, err := h.post(context.Background(), header, bytes.NewReader(body))
	require.NoError(h.t, err)
	if status == http.StatusOK {
		asked, err := alexatest.ParseRequest(body)
		require.NoError(h.t, err)
		_, violations := alexatest.Examine(asked, []byte(answer))
		require.Empty(h.t, violations, answer)
	}
	return status, answer
}

func (h *harness) post(ctx context.Context, header http.Header, body io.Reader) (int, string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, h.url, body)
	if err != nil {
		return 0, "", err
	}
	request.Header = header
	response, err := h.client.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(response.Body)
	return response.StatusCode, string(answer), err
}

// peakMemoryKiB returns the peak memory of the process in KiB.
func (h *harness) peakMemoryKiB() (kib int) {
	h.t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", h.process.Process.Pid))
	if err != nil {
		h.t.Skip("/proc does not report memory on this system")
	}
	for line := range strings.Lines(string(status)) {
		if _, err := fmt.Sscanf(line, "VmHWM: %d kB", &kib); err == nil {
			return kib
		}
	}
	h.t.Fatal("no VmHWM")
	return 0
}

// logLines is the log file of a process. A pipe could block the process when it is full.
type logLines struct{ file string }

func (l *logLines) String() string {
	content, _ := os.ReadFile(l.file)
	return string(content)
}

// withMessage returns the lines with a message.
func (l *logLines) withMessage(message string) (found []map[string]any) {
	for text := range strings.Lines(l.String()) {
		line := map[string]any{}
		if err := json.Unmarshal([]byte(text), &line); err == nil && line["message"] == message {
			found = append(found, line)
		}
	}
	return found
}

func (l *logLines) waitFor(t testing.TB, message string) map[string]any {
	t.Helper()
	require.Eventually(t, func() bool { return len(l.withMessage(message)) > 0 }, 20*time.Second, 5*time.Millisecond, "no %q in the log:\n%s", message, l)
	return l.withMessage(message)[0]
}
