package server_test

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/server"
	"lastpost/internal/verify"
	"lastpost/internal/verify/verifytest"
)

// An observer remembers what it is told.
type observer struct {
	mu   sync.Mutex
	seen []server.ObservedRequest
}

func (o *observer) observe(x server.ObservedRequest) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.seen = append(o.seen, x)
}

// last waits for the nth exchange: it is told of when the answer has long arrived.
func (o *observer) nth(t *testing.T, n int) server.ObservedRequest {
	t.Helper()
	count := func() int {
		o.mu.Lock()
		defer o.mu.Unlock()
		return len(o.seen)
	}
	require.Eventually(t, func() bool { return count() == n }, patience, time.Millisecond)
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.seen[n-1]
}

func TestExchangesAreObserved(t *testing.T) {
	w, o := newWorld(t), &observer{}
	w.server.Observe = o.observe
	w.open()
	good, stale := ask{}.body(), ask{timestamp: now.Add(-time.Hour).Format(time.RFC3339)}.body()

	answer := w.post(good)
	x := o.nth(t, 1)
	require.Equal(t, "halfelf", x.Skill)
	require.False(t, x.Test)
	require.Equal(t, string(good), string(x.Body))
	require.Equal(t, answer.body, string(x.Answer))
	require.Equal(t, "LastPostIntent", x.Request.Intent.Name)
	require.NotEmpty(t, x.Header.Get("Signature-256"))
	require.Equal(t, 200, x.Status)
	require.Empty(t, x.Rule)
	for stage, took := range map[string]time.Duration{"read": x.Read, "verify": x.Verify, "decode": x.Decode, "handle": x.Handle, "encode": x.Encode, "write": x.Write} {
		require.Positive(t, took, stage)
	}

	answer = w.post(stale)
	x = o.nth(t, 2)
	require.Equal(t, "timestamp", x.Rule)
	require.ErrorIs(t, x.Err, verify.Timestamp)
	require.Equal(t, answer.body, string(x.Answer))
	require.NotEmpty(t, x.Request.Type, "it was Alexa's")
	require.Zero(t, x.Handle)

	r := w.signed(good)
	r.Header.Set("Signature-256", "AAAA")
	w.do(r)
	x = o.nth(t, 3)
	require.Equal(t, "signature", x.Rule)
	require.Zero(t, x.Request, "nobody knows whose it was")
	require.Zero(t, x.Decode)
}

// TestATrialIsNoRequest has somebody with a key of his own ask: the trial believes him, and the listener does not.
func TestATrialIsNoRequest(t *testing.T) {
	w, o := newWorld(t), &observer{}
	w.server.Observe = o.observe
	w.open()
	authority, signer, bucket, err := verifytest.NewAlexa(now)
	require.NoError(t, err)
	handler := w.server.TestEndpoint(w.server.Skills[0], &verify.Verifier{Roots: authority.Pool(), Transport: bucket, Now: func() time.Time { return now }})
	body := ask{id: "tried"}.body()
	header, err := signer.Sign(body)
	require.NoError(t, err)
	try := func(body []byte) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, "/", bytes.NewReader(body))
		r.Header = header
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, r)
		return answer
	}
	answer := try(body)
	require.Equal(t, http.StatusOK, answer.Code, answer.Body)
	require.True(t, o.nth(t, 1).Test)
	require.Equal(t, http.StatusBadRequest, try(append(body, ' ')).Code, "it is verified like any other")
	require.Equal(t, "signature", o.nth(t, 2).Rule)

	r := w.signed(body)
	r.Header = header
	require.Equal(t, http.StatusBadRequest, w.do(r).status, "the public endpoint does not know the key")
	require.False(t, o.nth(t, 3).Test)

	metrics := w.private("/metrics").body
	require.Contains(t, metrics, "lastpost_trials_total 2\n")
	require.NotContains(t, metrics, `outcome="answered"`, "it counts nowhere else")
	w.log.await(t, "request", 3)
	lines := w.requests()
	require.Equal(t, true, lines[0].attrs["test"])
	require.NotContains(t, lines[2].attrs, "test")
}

// TestTheInspectorIsPrivate has it answer at "/" of the private listener, behind the password, and nowhere else.
func TestTheInspectorIsPrivate(t *testing.T) {
	w := newWorld(t)
	w.server.Password = "open sesame"
	w.server.Inspector = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte("inspected " + r.URL.Path)) })
	w.open()
	ask := func(base, path, password string) (int, string) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+path, nil)
		require.NoError(t, err)
		if password != "" {
			r.SetBasicAuth("admin", password)
		}
		got := w.do(r)
		return got.status, got.body
	}
	private := "http://" + w.server.PrivateAddr().String()
	for _, path := range []string{"/", "/exchanges/1"} {
		status, body := ask(private, path, "open sesame")
		require.Equal(t, 200, status)
		require.Equal(t, "inspected "+path, body)
		status, _ = ask(private, path, "")
		require.Equal(t, 401, status)
		status, _ = ask(w.url(""), path, "open sesame")
		require.Equal(t, 404, status)
	}
	status, body := ask(private, "/healthz", "")
	require.Equal(t, 200, status)
	require.Equal(t, "ok\n", body)
}

// TestNothingWaitsForAWatcher ends a stream of events, whose reader asks again, when the settings change and when the
// service ends.
func TestNothingWaitsForAWatcher(t *testing.T) {
	for _, row := range []struct {
		claim string
		ends  func(*world)
	}{
		{"an update", func(w *world) { w.server.UpdateSettings(server.Settings{Skills: w.server.Skills}) }},
		{"the end", func(w *world) { require.NoError(w.t, w.close()) }},
	} {
		t.Run(row.claim, func(t *testing.T) {
			w := newWorld(t)
			w.server.Inspector = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_ = http.NewResponseController(w).Flush()
				<-r.Context().Done()
			})
			w.open()
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+w.server.PrivateAddr().String()+"/events", nil)
			require.NoError(t, err)
			r.Header.Set("Accept", "text/event-stream, */*")
			stream, err := w.client.Do(r)
			require.NoError(t, err)
			began := time.Now()
			row.ends(w)
			require.Less(t, time.Since(began), 5*time.Second, "a watcher would be waited for twice as long")
			require.NoError(t, stream.Body.Close())
		})
	}
}

// TestWithoutAnInspectorNothingIsThere asks a private listener that has health and metrics alone.
func TestWithoutAnInspectorNothingIsThere(t *testing.T) {
	require.Equal(t, http.StatusNotFound, newWorld(t).open().private("/").status)
}
