package server_test

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/server"
	"lastpost/internal/server/clients"
	"lastpost/internal/verify"
	"lastpost/internal/verify/verifytest"
)

// A requestObserver stores the observed requests.
type requestObserver struct {
	mu       sync.Mutex
	requests []server.ObservedRequest
}

func (o *requestObserver) observe(x server.ObservedRequest) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.requests = append(o.requests, x)
}

// awaitNth waits for the n-th observed request. It waits because the server calls the observer after the answer.
func (o *requestObserver) awaitNth(t *testing.T, n int) server.ObservedRequest {
	t.Helper()
	count := func() int {
		o.mu.Lock()
		defer o.mu.Unlock()
		return len(o.requests)
	}
	require.Eventually(t, func() bool { return count() == n }, testTimeout, time.Millisecond)
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.requests[n-1]
}

func TestObservesRequests(t *testing.T) {
	env, o := newTestEnv(t), &requestObserver{}
	env.server.Observe = o.observe
	env.open()
	good, stale := requestSpec{}.body(), requestSpec{timestamp: now.Add(-time.Hour).Format(time.RFC3339)}.body()

	answer := env.sendSigned(good)
	x := o.awaitNth(t, 1)
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

	answer = env.sendSigned(stale)
	x = o.awaitNth(t, 2)
	require.Equal(t, "timestamp", x.Rule)
	require.ErrorIs(t, x.Err, verify.Timestamp)
	require.Equal(t, answer.body, string(x.Answer))
	require.NotEmpty(t, x.Request.Type, "the request was signed by Alexa")
	require.Zero(t, x.Handle)

	r := env.signedRequest(good)
	r.Header.Set("Signature-256", "AAAA")
	env.send(r)
	x = o.awaitNth(t, 3)
	require.Equal(t, "signature", x.Rule)
	require.Zero(t, x.Request, "an unverified request is not decoded")
	require.Zero(t, x.Decode)
}

// TestTestEndpointAcceptsOtherKey sends requests with another key. Only the test endpoint accepts them.
func TestTestEndpointAcceptsOtherKey(t *testing.T) {
	env, o := newTestEnv(t), &requestObserver{}
	env.server.Observe = o.observe
	env.open()
	authority, signer, bucket, err := verifytest.NewAlexa(now)
	require.NoError(t, err)
	handler := env.server.TestEndpoint(env.server.Skills[0], &verify.Verifier{Roots: authority.Pool(), Transport: bucket, Now: func() time.Time { return now }})
	body := requestSpec{id: "tried"}.body()
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
	require.True(t, o.awaitNth(t, 1).Test)
	require.Equal(t, http.StatusBadRequest, try(append(body, ' ')).Code, "the test endpoint verifies requests")
	require.Equal(t, "signature", o.awaitNth(t, 2).Rule)

	r := env.signedRequest(body)
	r.Header = header
	require.Equal(t, http.StatusBadRequest, env.send(r).status, "the public endpoint does not trust the key")
	require.False(t, o.awaitNth(t, 3).Test)

	metrics := env.getPrivate("/metrics").body
	require.Contains(t, metrics, "lastpost_trials_total 2\n")
	require.NotContains(t, metrics, `outcome="answered"`, "other metrics do not count test requests")
	env.log.awaitLines(t, "request", 3)
	lines := env.stopAndRequestLines()
	require.Equal(t, true, lines[0].attrs["test"])
	require.NotContains(t, lines[2].attrs, "test")
}

// TestInspectorIsPrivate checks that the inspector is only on the private listener and requires the password.
func TestInspectorIsPrivate(t *testing.T) {
	env := newTestEnv(t)
	env.server.Password = "open sesame"
	env.server.Inspector = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte("inspected " + r.URL.Path)) })
	env.open()
	ask := func(base, path, password string) (int, string) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+path, nil)
		require.NoError(t, err)
		if password != "" {
			r.SetBasicAuth("admin", password)
		}
		got := env.send(r)
		return got.status, got.body
	}
	private := "http://" + env.server.PrivateAddr().String()
	for _, path := range []string{"/", "/exchanges/1"} {
		status, body := ask(private, path, "open sesame")
		require.Equal(t, 200, status)
		require.Equal(t, "inspected "+path, body)
		status, _ = ask(private, path, "")
		require.Equal(t, 401, status)
		status, _ = ask(env.url(""), path, "open sesame")
		require.Equal(t, 404, status)
	}
	status, body := ask(private, "/healthz", "")
	require.Equal(t, 200, status)
	require.Equal(t, "ok\n", body)
}

// TestEndsEventStreams checks that an open event stream does not delay an update or a shutdown.
func TestEndsEventStreams(t *testing.T) {
	for _, row := range []struct {
		claim string
		ends  func(*testEnv)
	}{
		{"an update of the settings", func(env *testEnv) { env.server.UpdateSettings(server.Settings{Skills: env.server.Skills}) }},
		{"a shutdown", func(env *testEnv) { require.NoError(env.t, env.close()) }},
	} {
		t.Run(row.claim, func(t *testing.T) {
			env := newTestEnv(t)
			env.server.Inspector = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_ = http.NewResponseController(w).Flush()
				<-r.Context().Done()
			})
			env.open()
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+env.server.PrivateAddr().String()+"/events", nil)
			require.NoError(t, err)
			r.Header.Set("Accept", "text/event-stream, */*")
			stream, err := env.client.Do(r)
			require.NoError(t, err)
			began := time.Now()
			row.ends(env)
			require.Less(t, time.Since(began), 5*time.Second, "waiting for the stream would take twice as long")
			require.NoError(t, stream.Body.Close())
		})
	}
}

func TestRootWithoutInspectorIsUnknown(t *testing.T) {
	require.Equal(t, http.StatusNotFound, newTestEnv(t).open().getPrivate("/").status)
}

// TestLogsClientOfRefusedRequest sends requests through a trusted proxy. The log line of a refused request must contain
// the client's address.
func TestLogsClientOfRefusedRequest(t *testing.T) {
	env := newTestEnv(t)
	env.server.Proxy = clients.TrustedProxy{Header: "X-Forwarded-For", Trusted: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}
	env.open()
	r := tamperedRequest(env)
	r.Header.Set("X-Forwarded-For", "203.0.113.9, 198.51.100.7")
	env.send(r)
	env.sendSigned(requestSpec{}.body())
	lines := env.stopAndRequestLines()
	require.Equal(t, "198.51.100.7", lines[0].attrs["client"])
	require.NotContains(t, lines[1].attrs, "client", "the client of an answered request is not logged")
}
