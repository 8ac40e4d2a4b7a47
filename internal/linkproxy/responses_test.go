package linkproxy_test

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/linkproxy"
)

// A blockedSink is a client that does not read its response until release is closed.
type blockedSink struct {
	http.ResponseWriter
	writing *atomic.Int64
	release chan struct{}
}

func (b blockedSink) Write(p []byte) (int, error) {
	b.writing.Add(1)
	<-b.release
	return len(p), nil
}

// TestBoundsLargeResponses has a client that requests many large pages and does not read them. It gets at most its share of
// memory. Its small pages, and the large pages of other clients, arrive.
func TestBoundsLargeResponses(t *testing.T) {
	s, e := newRecordingHarness(t, linkproxy.Proxied)
	e.handler = func(w http.ResponseWriter, r *http.Request) {
		size := 7 << 20
		if r.URL.RawQuery == "small" {
			size = 100 << 10
		}
		_, _ = w.Write(make([]byte, size))
	}
	request := func(w http.ResponseWriter, query, client string) {
		r := httptest.NewRequest(http.MethodGet, "/link/authorize?"+query, nil)
		r.RemoteAddr = client
		s.proxy.ServeHTTP(w, r)
	}
	var writing atomic.Int64
	release := make(chan struct{})
	var blocked sync.WaitGroup
	for range 6 {
		blocked.Go(func() { request(blockedSink{httptest.NewRecorder(), &writing, release}, "", "198.51.100.7:443") })
	}
	require.Eventually(t, func() bool { return writing.Load() == 2 }, 30*time.Second, 5*time.Millisecond)
	for _, row := range []struct{ query, client string }{{"small", "198.51.100.7:443"}, {"", "192.0.2.1:443"}, {"", "192.0.2.1:443"}} {
		w := newResponseSink()
		request(w, row.query, row.client)
		require.Equal(t, http.StatusOK, w.status)
	}
	require.Equal(t, int64(2), writing.Load(), "16 MiB are a client's share")
	close(release)
	blocked.Wait()
}
