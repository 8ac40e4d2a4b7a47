package linkproxy_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/linkproxy/lint"
	"lastpost/internal/linkproxy/trace"
)

func TestFilesAreReadableByOwnerOnly(t *testing.T) {
	s := newHarness(t)
	s.full = time.Hour
	s.startProxy().alexa.LinkAccount()
	s.stop()
	files := 0
	require.NoError(t, filepath.WalkDir(s.dir, func(path string, entry fs.DirEntry, err error) error {
		require.NoError(t, err)
		info, err := entry.Info()
		require.NoError(t, err)
		require.Equal(t, map[bool]fs.FileMode{true: 0o700, false: 0o600}[entry.IsDir()], info.Mode().Perm(), path)
		files++
		return nil
	}))
	require.Equal(t, 5, files, "the directory, the key, the traces, the issued tokens, and the start of full recording")
}

// After a restart, a refresh joins the trace of the earlier link.
func TestRestartContinuesTraces(t *testing.T) {
	s := newHarness(t)
	s.startProxy().alexa.LinkAccount()
	var tokens map[string]string
	_ = json.Unmarshal([]byte(s.alexa.Responses[len(s.alexa.Responses)-1].Body), &tokens)
	require.Len(t, s.stop(), 1)
	s.startProxy()
	s.server.ForgetsRefresh = true
	s.alexa.RequestToken(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {tokens["refresh_token"]}})
	traces := s.stop()
	require.Len(t, traces, 1)
	require.Equal(t, "refresh refused: 400 invalid_grant", traces[0].Outcome())
	require.Equal(t, "refresh", lint.Diagnose(traces[0], time.Now())[0].Rule)
	require.Equal(t, 1, strings.Count(s.log.String(), `"rule":"refresh"`))

	s.startProxy()
	s.alexa.RequestToken(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {tokens["refresh_token"]}})
	require.Len(t, s.stop()[0].Exchanges, 1+len(traces[0].Exchanges))
	require.Equal(t, 1, strings.Count(s.log.String(), `"rule":"refresh"`), "a finding is not logged again")
}

// A line that a crash has truncated is skipped, and later lines are complete.
func TestSkipsIncompleteLastLine(t *testing.T) {
	s := newHarness(t)
	s.startProxy().alexa.LinkAccount()
	before := s.stop()
	name := filepath.Join(s.dir, "traces.jsonl")
	file, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = file.WriteString(`{"id":"half`)
	require.NoError(t, err)
	require.NoError(t, file.Close())
	got, err := trace.ReadTraces(s.dir)
	require.NoError(t, err)
	require.Equal(t, before, got)

	s.alexa.State = "another-state-4711"
	s.startProxy().alexa.LinkAccount()
	require.Len(t, s.stop(), 2)
}

func TestMissingDirectoryHasNoTraces(t *testing.T) {
	traces, err := trace.ReadTraces(filepath.Join(t.TempDir(), "link"))
	require.NoError(t, err)
	require.Empty(t, traces)
}

// The number and the size of the stored traces are limited. FindTrace finds a stored trace by a prefix of its ID.
func TestLimitsStoredTraces(t *testing.T) {
	requireE2E(t)
	s := newHarness(t)
	s.server.TokenHandler = fixedResponse(400, "application/json", `{"error":"invalid_grant"}`)
	s.startProxy()
	const many = 2300
	for i := range many {
		w := newResponseSink()
		r := httptest.NewRequest(http.MethodPost, "/link/token", strings.NewReader(fmt.Sprintf("grant_type=authorization_code&code=code-%d", i)))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		s.proxy.ServeHTTP(w, r)
		require.Equal(t, 400, w.status)
	}
	traces := s.stop()
	require.LessOrEqual(t, len(traces), 2000)
	require.GreaterOrEqual(t, len(traces), 1000)
	for _, name := range []string{"traces.jsonl", "traces.old.jsonl"} {
		info, err := os.Stat(filepath.Join(s.dir, name))
		require.NoError(t, err)
		require.LessOrEqual(t, info.Size(), int64(4<<20))
	}
	again, err := trace.FindTrace(traces, traces[5].ID[:10])
	require.NoError(t, err)
	require.Equal(t, traces[5].ID, again.ID)
}

type responseSink struct {
	header http.Header
	status int
}

func newResponseSink() *responseSink                { return &responseSink{header: http.Header{}} }
func (d *responseSink) Header() http.Header         { return d.header }
func (d *responseSink) Write(p []byte) (int, error) { return len(p), nil }
func (d *responseSink) WriteHeader(status int)      { d.status = status }

func TestFindsTraceByPrefix(t *testing.T) {
	traces := []trace.Trace{{ID: "abc1"}, {ID: "abd2"}, {ID: "x"}}
	for id, want := range map[string]string{"": "abc1", "abc": "abc1", "abd2": "abd2", "x": "x"} {
		got, err := trace.FindTrace(traces, id)
		require.NoError(t, err)
		require.Equal(t, want, got.ID)
	}
	for _, id := range []string{"ab", "y", "xx"} {
		_, err := trace.FindTrace(traces, id)
		require.ErrorIs(t, err, trace.ErrNoTrace)
	}
}

// The HTTP Archive of a trace has all members that the format requires, even if they are empty.
func TestHARHasRequiredMembers(t *testing.T) {
	s := newHarness(t)
	s.alexa.Refreshes = true
	s.startProxy().alexa.LinkAccount()
	var out bytes.Buffer
	require.NoError(t, trace.WriteHAR(&out, "1.2.3", s.stop()...))
	var har struct {
		Log struct {
			Version string
			Creator struct{ Name, Version string }
			Pages   []struct{ ID, StartedDateTime string }
			Entries []map[string]any
		}
	}
	require.NoError(t, json.Unmarshal(out.Bytes(), &har))
	require.Equal(t, "1.2", har.Log.Version)
	require.Equal(t, "1.2.3", har.Log.Creator.Version)
	require.Len(t, har.Log.Pages, 1)
	require.GreaterOrEqual(t, len(har.Log.Entries), 6)
	posts := 0
	for _, e := range har.Log.Entries {
		for _, key := range []string{"startedDateTime", "time", "request", "response", "cache", "timings", "pageref"} {
			require.NotNil(t, e[key], key)
		}
		request, response := e["request"].(map[string]any), e["response"].(map[string]any)
		for _, key := range []string{"method", "url", "httpVersion", "cookies", "headers", "queryString", "headersSize", "bodySize"} {
			require.NotNil(t, request[key], key)
		}
		for _, key := range []string{"status", "statusText", "httpVersion", "cookies", "headers", "content", "redirectURL", "headersSize", "bodySize"} {
			require.NotNil(t, response[key], key)
		}
		if post, ok := request["postData"].(map[string]any); ok {
			require.Equal(t, "application/x-www-form-urlencoded", post["mimeType"])
			posts++
		}
		_, err := time.Parse(time.RFC3339, e["startedDateTime"].(string))
		require.NoError(t, err)
		timings := e["timings"].(map[string]any)
		require.Positive(t, timings["wait"])
	}
	require.Equal(t, 3, posts, "signing in, the code, the refresh")
}

// Requests do not wait for the recorder: they are answered even if the recorder has stopped.
func TestRequestsDoNotWaitForRecording(t *testing.T) {
	s := newHarness(t)
	s.startProxy()
	require.NoError(t, s.recorder.Close())
	s.alexa.LinkAccount()
	require.Equal(t, 200, s.alexa.Responses[len(s.alexa.Responses)-1].Status)
	for range 300 {
		w := newResponseSink()
		r := httptest.NewRequest(http.MethodPost, "/link/token", nil)
		s.proxy.ServeHTTP(w, r)
		require.Equal(t, 401, w.status)
	}
}

// When OnChange receives a trace, the trace is already in the files.
func TestReportsTracesAfterWriting(t *testing.T) {
	s := newHarness(t)
	counts := make(chan int, 100)
	s.onChange = func(trace.Trace) {
		traces, err := trace.ReadTraces(s.dir)
		require.NoError(t, err)
		counts <- len(traces)
	}
	s.startProxy().alexa.LinkAccount()
	require.Len(t, s.stop(), 1)
	close(counts)
	require.NotEmpty(t, counts)
	for traces := range counts {
		require.Equal(t, 1, traces)
	}
}
