package feedtest

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestHeadHasNoBody(t *testing.T) {
	p := &Publisher{Posts: 3}
	for _, defect := range []Defect{NoDefect, TruncatedBody, GarbageBytes} {
		p.SetDefect(defect)
		w := httptest.NewRecorder()
		p.ServeHTTP(w, httptest.NewRequest(http.MethodHead, "/feed/", nil))
		require.Equal(t, 200, w.Code)
		require.Zero(t, w.Body.Len())
		require.NotEmpty(t, w.Header().Get("ETag"))
	}
	require.Equal(t, http.MethodHead, p.Requests()[0].Method)
}

func TestURLsUseRequestHost(t *testing.T) {
	for _, kind := range publisherKinds() {
		p := &Publisher{Kind: kind, Posts: 60, Hub: "https://hub.example/"}
		secure := httptest.NewRequest(http.MethodGet, "https://one.example"+p.FeedPath(), nil)
		secure.URL.Scheme, secure.URL.Host = "", "" // a server receives requests without them and with TLS set
		handed, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://one.example"+p.FeedPath(), nil)
		require.NoError(t, err)
		for _, r := range []*http.Request{secure, handed} {
			w := httptest.NewRecorder()
			p.ServeHTTP(w, r)
			require.Contains(t, w.Body.String(), "https://one.example"+p.Items()[0].Link)
			require.NotContains(t, w.Body.String(), "http://one.example")
			require.Contains(t, w.Body.String(), "https://hub.example/")
		}
	}
}

func TestFailNextAndClearRequests(t *testing.T) {
	at := time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC)
	p := &Publisher{Posts: 3, Now: func() time.Time { return at }}
	get := startPublisher(t, p)
	p.FailNext(503, http.Header{"Retry-After": {"120"}}, 2)
	for _, want := range []int{503, 503, 200} {
		require.Equal(t, want, get("/feed/?x=1", "User-Agent", "me").StatusCode)
	}
	requests := p.Requests()
	require.Len(t, requests, 3)
	require.Equal(t, []int{503, 200}, []int{requests[0].Status, requests[2].Status})
	last := requests[2]
	require.Equal(t, []string{"GET", "/feed/", "x=1", "me"}, []string{last.Method, last.Path, last.RawQuery, last.Header.Get("User-Agent")})
	require.Equal(t, at, last.At)
	require.Greater(t, last.BodyBytes, 1000)
	require.Greater(t, last.HeaderBytes, 100)
	require.Equal(t, at, p.Publish("now").Published)
	require.Equal(t, at, p.Publish("and again").Published)
	require.Equal(t, "and again", p.Items()[0].Title)
	p.ClearRequests()
	require.Empty(t, p.Requests())
	p.FailNext(429, nil, 1)
	require.Equal(t, 429, get("/anything").StatusCode)
}

func TestDelayEndsWithRequest(t *testing.T) {
	p := &Publisher{Posts: 3}
	server := httptest.NewServer(p)
	defer server.Close()
	p.SetDelay(20 * time.Millisecond)
	began := time.Now()
	resp, err := http.Get(server.URL + "/feed/")
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.GreaterOrEqual(t, time.Since(began), 20*time.Millisecond)
	p.SetDelay(time.Hour)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+"/feed/", nil)
	require.NoError(t, err)
	_, err = http.DefaultClient.Do(r)
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

func TestConcurrentUse(t *testing.T) {
	p := &Publisher{Posts: 30}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 5 {
				w := httptest.NewRecorder()
				p.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/feed/", nil))
				_, _ = io.Copy(io.Discard, w.Body)
				p.Publish("x")
				p.EditPost(1, "y")
				p.SetDefect(SamePage)
				_, _ = p.Items(), p.Requests()
			}
		})
	}
	all.Wait()
	require.Len(t, p.Items(), 50)
}
