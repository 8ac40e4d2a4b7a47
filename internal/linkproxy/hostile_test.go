package linkproxy_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/linkproxy"
	"lastpost/internal/linkproxy/trace"
)

// send passes a request without a cookie to the proxy. kind is its Content-Type.
func (s *harness) send(method, target, kind, body string) *responseSink {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	w := newResponseSink()
	s.proxy.ServeHTTP(w, r)
	return w
}

// If a response repeats a submitted secret, the secret is not stored, even if it is short. The rows are formats of the
// request and the response.
func TestMasksEchoedSecrets(t *testing.T) {
	const secret, form = "hunter2", "application/x-www-form-urlencoded"
	multipart := "--b\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\n" + secret + "\r\n--b--\r\n"
	for name, row := range map[string]struct{ kind, body, answerKind, answer string }{
		"a form":                            {form, "username=alice&password=" + secret, "text/html", "<title>" + secret + "</title><p>no user with " + secret},
		"a form, multipart":                 {"multipart/form-data; boundary=b", multipart, "text/html", "<p>no user with " + secret},
		"a form as text":                    {"text/plain", "username=alice\r\npassword=" + secret + "\r\n", "text/html", "<p>no user with " + secret},
		"JSON":                              {"application/json", `{"password":"` + secret + `"}`, "text/plain", "no user with " + secret},
		"a URL":                             {form, "next=https%3A%2F%2Falice:%2568unter2@x.example%2F&redirect_uri=https%3A%2F%2Falice:%2568unter2@x.example%2Fcb", "text/plain", "no"},
		"JSON declared as a page":           {form, "code=x", "text/html", `{"access_token":"` + secret + `","token_type":"Bearer"}`},
		"a form declared as a page":         {form, "code=x", "text/html", "access_token=" + secret + "&expires_in=1"},
		"an incomplete document":            {form, "code=x", "application/json", `{"access_token":"` + secret + `","x`},
		"a line of text with a token in it": {form, "code=x", "text/plain", "here: access_token = '" + secret + "'"},
	} {
		for _, path := range []string{"/link/token", "/link/authorize", "/login"} {
			t.Run(name+" at "+path, func(t *testing.T) {
				s, e := newRecordingHarness(t, linkproxy.Proxied)
				key := startSignIn(t, s, e)
				e.handler = fixedResponse(200, row.answerKind, row.answer)
				r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(row.body))
				r.Header.Set("Content-Type", row.kind)
				r.Header.Set("Cookie", secret)
				r.AddCookie(&http.Cookie{Name: "__Host-lastpost-link", Value: key})
				w := newResponseSink()
				s.proxy.ServeHTTP(w, r)
				require.Equal(t, 200, w.status)
				for where, content := range s.storedTexts() {
					require.NotContains(t, content, secret, where)
					require.NotContains(t, content, "%68unter2", where)
				}
			})
		}
	}
}

// Four hundred large requests of an attacker use less than 24 MiB of memory.
func TestLargeRequestsUseLittleMemory(t *testing.T) {
	requireE2E(t)
	s := newHarness(t)
	s.server.Config.Handler = fixedResponse(400, "application/json", `{"error":"invalid_request"}`)
	s.startProxy()
	const form = "application/x-www-form-urlencoded"
	before := heapBytes()
	for i := range 100 {
		number := fmt.Sprintf("%06d", i)
		s.send(http.MethodPost, "/link/token", form, "x="+number+strings.Repeat(`"`, 200<<10))
		s.send(http.MethodPost, "/link/token", form, "client_id="+number+strings.Repeat("y", 200<<10))
		s.send(http.MethodPost, "/link/token", form, strings.Repeat("a=1&", 50<<10)+number)
		s.send(http.MethodPost, "/link/token", "application/json", `["`+number+`"`+strings.Repeat(`,1`, 30<<10)+`]`)
	}
	traces := s.stop()
	require.Less(t, heapBytes()-before, int64(24<<20))
	for _, attempt := range traces {
		for _, x := range attempt.Exchanges {
			require.LessOrEqual(t, len(x.Request.Body), 64<<10)
			require.LessOrEqual(t, len(x.Facts.Request), 64)
			require.LessOrEqual(t, len(x.Facts.Request.Get("client_id")), 3<<10)
		}
	}
	runtime.KeepAlive(s)
}

func heapBytes() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// A damaged line does not affect the other records or the service.
func TestSkipsDamagedLines(t *testing.T) {
	s := newHarness(t)
	s.startProxy().alexa.LinkAccount()
	before := s.stop()
	name := filepath.Join(s.dir, "traces.jsonl")
	content, err := os.ReadFile(name)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(name, append([]byte("\x00\x00\x00\n{\"id\":7}\n"), content...), 0o600))
	s.startProxy()
	require.Contains(t, s.log.String(), "traces.jsonl, line 1")
	require.Equal(t, before, s.stop())
}

// Slow senders do not occupy the slots for concurrent requests.
func TestSlowSendersOccupyNoSlot(t *testing.T) {
	s, _ := newRecordingHarness(t, linkproxy.Proxied)
	ended := make(chan struct{})
	pipes := make([]*io.PipeWriter, 40)
	for i := range pipes {
		var body io.Reader
		body, pipes[i] = io.Pipe()
		go func() {
			s.proxy.ServeHTTP(newResponseSink(), httptest.NewRequest(http.MethodPost, "/link/token", body))
			ended <- struct{}{}
		}()
		_, err := pipes[i].Write([]byte("a"))
		require.NoError(t, err)
	}
	require.Equal(t, 200, s.send(http.MethodPost, "/link/token", "", "").status)
	for _, p := range pipes {
		require.NoError(t, p.CloseWithError(io.ErrUnexpectedEOF))
		<-ended
	}
}

// If the proxy cannot forward the status of a response, the client gets 502, and the exchange is recorded.
func TestUnsupportedStatusBecomesBadGateway(t *testing.T) {
	for _, status := range []string{"000 x", "099 x", "101 Switching Protocols"} {
		s := newHarness(t)
		s.server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				_, _ = io.WriteString(conn, "HTTP/1.1 "+status+"\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
				_ = conn.Close()
			}
		})
		s.startProxy()
		require.Equal(t, 502, s.send(http.MethodPost, "/link/token", "", "").status, status)
		require.Len(t, s.stop(), 1)
	}
}

// The proxy redirects browsers for one hour only, because an attacker may have caused the evidence for it.
func TestOriginEvidenceExpires(t *testing.T) {
	s, e := newRecordingHarness(t, linkproxy.Auto)
	now := time.Now()
	s.proxy.Now = func() time.Time { return now }
	e.handler = http.RedirectHandler("https://elsewhere.example/", http.StatusFound).ServeHTTP
	require.Equal(t, 302, s.send(http.MethodGet, "/link/authorize", "", "").status)
	e.handler = fixedResponse(200, "text/html", "<form action=login>")
	require.Equal(t, 302, s.send(http.MethodGet, "/link/authorize", "", "").status)
	now = now.Add(time.Hour)
	require.Equal(t, 200, s.send(http.MethodGet, "/link/authorize", "", "").status)
}

// If the clock was years ahead at the start of full recording, full recording ends when the clock is corrected.
func TestWrongClockDoesNotExtendFullRecording(t *testing.T) {
	dir, now := t.TempDir(), time.Now().AddDate(4, 0, 0)
	for _, want := range []bool{true, false} {
		r, err := trace.OpenRecorder(dir, trace.RecorderOptions{FullPeriod: time.Hour, Now: func() time.Time { return now }})
		require.NoError(t, err)
		require.Equal(t, want, !r.FullUntil().IsZero())
		require.NoError(t, r.Close())
		now = time.Now()
	}
}

// If a rotation of the files fails, recording continues when the cause is removed.
func TestRecordingContinuesAfterFailedRotation(t *testing.T) {
	s := newHarness(t)
	s.proxy.TokenURL.Host = "127.0.0.1:1"
	require.NoError(t, os.MkdirAll(s.dir, 0o700))
	full := strings.Repeat("damaged\n", 1000) // the next exchange rotates the files
	require.NoError(t, os.WriteFile(filepath.Join(s.dir, "traces.jsonl"), []byte(full), 0o600))
	s.startProxy()
	obstacle := filepath.Join(s.dir, "traces.old.jsonl", "obstacle")
	require.NoError(t, os.MkdirAll(obstacle, 0o700))
	ask := func() { s.send(http.MethodPost, "/link/token", "", "") }
	require.Eventually(t, func() bool { ask(); return strings.Contains(s.log.String(), "write of exchanges failed") }, 20*time.Second, time.Millisecond)
	require.NoError(t, os.RemoveAll(filepath.Dir(obstacle)))
	ask()
	require.GreaterOrEqual(t, len(s.stop()), 1)
}

// The logged reason for a redirect does not contain random words of a path, because they may be secret.
func TestOriginReasonsHideSecrets(t *testing.T) {
	for _, page := range []string{"<base href='/s/4f9c8a7b6c5d4e3f2a1b/'>", "<form action='/link/token?k=4f9c8a7b6c5d4e3f2a1b'>",
		"<form action='authorize/../../s/4f9c8a7b6c5d4e3f2a1b/../../link/token#4f9c8a7b6c5d4e3f2a1b'>"} {
		s, e := newRecordingHarness(t, linkproxy.Auto)
		e.handler = fixedResponse(200, "text/html", page)
		require.Equal(t, 302, s.send(http.MethodGet, "/link/authorize", "", "").status)
		require.Contains(t, s.log.String(), "own origin")
		require.NotContains(t, s.log.String(), "4f9c8a7b6c5d4e3f2a1b")
	}
}

// If the directory of the traces is removed while the service runs, the recorder creates it again.
func TestRecreatesRemovedFiles(t *testing.T) {
	s := newHarness(t)
	s.startProxy().alexa.LinkAccount()
	require.Eventually(t, func() bool {
		traces, err := trace.ReadTraces(s.dir)
		written := s.log.count(`"leg":"token"`) == 1 // the log comes after the last file
		return err == nil && len(traces) == 1 && traces[0].Outcome() == "token issued" && written
	}, 30*time.Second, time.Millisecond)
	require.NoError(t, os.RemoveAll(s.dir))
	s.send(http.MethodPost, "/link/token", "", "")
	require.Len(t, s.stop(), 1)
}
