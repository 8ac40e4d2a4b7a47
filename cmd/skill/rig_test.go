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
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/alexa/alexatest"
	"lastpost/internal/verify/verifytest"
)

const rigSkillID = "amzn1.ask.skill.0d5cf4ae-6f1c-4a25-9c0b-2b3c4d5e6f70"

// requireE2E skips a slow test, unless make e2e runs it.
func requireE2E(t testing.TB) {
	t.Helper()
	if os.Getenv("LASTPOST_E2E") == "" {
		t.Skip("slow: make e2e runs it")
	}
}

// A rig is the real program in a process of its own, with a world made for it: a feed, and Amazon's certificate bucket
// behind a proxy, under a root that only SSL_CERT_FILE makes it trust. Nothing in the program knows that it is tested.
type rig struct {
	t      testing.TB
	dir    string
	env    []string
	signer verifytest.Signer
	bucket *bucketProxy
	feed   *feedServer

	program string     // what is started: this test binary, which plays the program
	files   int        // that it may open; 0: as many as this process
	handed  []*os.File // sockets that it is handed over
	process *exec.Cmd
	log     *logLines
	url     string // of the endpoint
	private string // http://HOST:PORT of the private listener
	client  *http.Client
}

// newRig prepares everything and starts nothing. tls is the tls part of the configuration.
func newRig(t testing.TB, tlsConfig string) *rig {
	t.Helper()
	authority, err := verifytest.NewAuthority(time.Now())
	require.NoError(t, err)
	leaf, err := authority.Issue(verifytest.CertificateTemplate{})
	require.NoError(t, err)
	r := &rig{t: t, dir: t.TempDir(), program: os.Args[0], signer: verifytest.Signer{Key: authority.Key}}
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
`, tlsConfig, filepath.Join(r.dir, "data"), rigSkillID, r.feed.url)
	require.NoError(t, os.WriteFile(filepath.Join(r.dir, "skill.yaml"), []byte(config), 0o600))
	return r
}

// start runs "skill serve" and waits until it listens.
func (r *rig) start() {
	r.t.Helper()
	r.launch()
	r.listening()
}

// launch runs "skill serve".
func (r *rig) launch() {
	r.t.Helper()
	r.process = exec.Command(r.program, "serve", "--config", filepath.Join(r.dir, "skill.yaml"))
	if r.files > 0 {
		limited := fmt.Sprintf(`ulimit -n %d && exec "$0" "$@"`, r.files)
		r.process = exec.Command("sh", append([]string{"-c", limited}, r.process.Args...)...)
	}
	if len(r.handed) > 0 {
		r.process = exec.Command("sh", append([]string{"-c", `LISTEN_PID=$$ exec "$0" "$@"`}, r.process.Args...)...)
		r.process.ExtraFiles = r.handed
	}
	r.process.Env = append(slices.Clone(r.env), fmt.Sprintf("LISTEN_FDS=%d", len(r.handed)))
	log, err := os.Create(filepath.Join(r.dir, "log"))
	require.NoError(r.t, err)
	r.process.Stderr, r.log = log, &logLines{log.Name()}
	require.NoError(r.t, r.process.Start())
	require.NoError(r.t, log.Close())
	process := r.process
	r.t.Cleanup(func() { _ = process.Process.Kill(); _ = process.Wait() })
}

// listening waits until it listens.
func (r *rig) listening() {
	r.t.Helper()
	listening := r.log.wait(r.t, "listening")
	scheme := "https"
	if listening["tls"] == "off" {
		scheme = "http"
	}
	r.url = fmt.Sprintf("%s://%s/alexa/halfelf", scheme, listening["public"])
	r.private = fmt.Sprintf("http://%s", listening["private"])
	r.client = &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{
		ExpectContinueTimeout: time.Minute,
		TLSClientConfig:       &tls.Config{InsecureSkipVerify: true}, // which certificate it shows is another test's matter
	}}
	r.t.Cleanup(r.client.CloseIdleConnections)
}

// stop ends the service as an operator does, and gives its exit status.
func (r *rig) stop() int {
	r.t.Helper()
	require.NoError(r.t, r.process.Process.Signal(syscall.SIGTERM))
	_ = r.process.Wait()
	return r.process.ProcessState.ExitCode()
}

// kill ends the service as a power failure does.
func (r *rig) kill() {
	r.t.Helper()
	require.NoError(r.t, r.process.Process.Kill())
	_ = r.process.Wait()
}

// hangUp sends SIGHUP.
func (r *rig) hangUp() {
	r.t.Helper()
	require.NoError(r.t, r.process.Process.Signal(syscall.SIGHUP))
}

// archive is the file of the skill's posts.
func (r *rig) archive() string { return filepath.Join(r.dir, "data", "archive", "halfelf.db") }

// ready waits until /readyz answers 200.
func (r *rig) ready() {
	r.t.Helper()
	require.Eventually(r.t, func() bool {
		status, _ := r.get("/readyz")
		return status == http.StatusOK
	}, 30*time.Second, 20*time.Millisecond)
}

func (r *rig) get(path string) (int, string) {
	r.t.Helper()
	response, err := http.Get(r.private + path)
	require.NoError(r.t, err)
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	require.NoError(r.t, err)
	return response.StatusCode, string(body)
}

// lastPost is a request as Alexa makes them, of some 3.5 KiB, for the last post or that of a date.
func (r *rig) lastPost(date string) []byte {
	r.t.Helper()
	return requestOf(r.t, map[string]any{
		"type": "IntentRequest", "requestId": "amzn1.echo-api.request.5f2c7b1e-8f0a-4c69-9a53-0a5f3f3a6b1c",
		"timestamp": time.Now().UTC().Format(time.RFC3339), "locale": "en-US", "dialogState": "STARTED",
		"intent": map[string]any{"name": "LastPostIntent", "confirmationStatus": "NONE", "slots": map[string]any{
			"Date": map[string]any{"name": "Date", "value": date, "confirmationStatus": "NONE", "source": "USER",
				"slotValue": map[string]any{"type": "Simple", "value": date}},
		}},
	})
}

// rigUserID is who makes the requests.
func rigUserID() string { return "amzn1.ask.account." + strings.Repeat("AFYQ7V2TZ3BJ", 18) }

func requestOf(t testing.TB, request map[string]any) []byte {
	t.Helper()
	application := map[string]any{"applicationId": rigSkillID}
	user := map[string]any{"userId": rigUserID()}
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

// send signs and posts. What Alexa would have been told keeps her rules.
func (r *rig) send(body []byte) (int, string) {
	r.t.Helper()
	header, err := r.signer.Sign(body)
	require.NoError(r.t, err)
	status, answer, err := r.post(context.Background(), header, bytes.NewReader(body))
	require.NoError(r.t, err)
	if status == http.StatusOK {
		asked, err := alexatest.ParseRequest(body)
		require.NoError(r.t, err)
		_, broken := alexatest.Examine(asked, []byte(answer))
		require.Empty(r.t, broken, answer)
	}
	return status, answer
}

func (r *rig) post(ctx context.Context, header http.Header, body io.Reader) (int, string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, r.url, body)
	if err != nil {
		return 0, "", err
	}
	request.Header = header
	response, err := r.client.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(response.Body)
	return response.StatusCode, string(answer), err
}

// memory is what the kernel says of the process in KiB, for example its VmHWM: the most that it ever had.
func (r *rig) memory(key string) (kib int) {
	r.t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", r.process.Process.Pid))
	if err != nil {
		r.t.Skip("this system does not tell what memory a process has")
	}
	for line := range strings.Lines(string(status)) {
		if _, err := fmt.Sscanf(line, key+": %d kB", &kib); err == nil {
			return kib
		}
	}
	r.t.Fatalf("no %s", key)
	return 0
}

// logLines is the log of a process, which goes to a file: a pipe would make the process wait for this one.
type logLines struct{ file string }

func (l *logLines) String() string {
	content, _ := os.ReadFile(l.file)
	return string(content)
}

// of gives the lines with a message.
func (l *logLines) of(message string) (found []map[string]any) {
	for text := range strings.Lines(l.String()) {
		line := map[string]any{}
		if err := json.Unmarshal([]byte(text), &line); err == nil && line["message"] == message {
			found = append(found, line)
		}
	}
	return found
}

func (l *logLines) wait(t testing.TB, message string) map[string]any {
	t.Helper()
	require.Eventually(t, func() bool { return len(l.of(message)) > 0 }, 20*time.Second, 5*time.Millisecond, "no %q in the log:\n%s", message, l)
	return l.of(message)[0]
}
