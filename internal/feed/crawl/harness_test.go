package crawl_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"

	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/archive"
	"lastpost/internal/feed"
	"lastpost/internal/feed/crawl"
	"lastpost/internal/feed/feedtest"
)

// today is the time at which each test with a publisher starts.
var today = time.Date(2025, time.June, 10, 12, 0, 0, 0, time.UTC)

// harness has a publisher and an archive. Its tests run with simulated time, in a bubble of testing/synctest.
type harness struct {
	*feedtest.Publisher
	*archive.Archive
	start time.Time
}

// runHarness runs a test with a new harness.
func runHarness(t *testing.T, p *feedtest.Publisher, test func(t *testing.T, s *harness)) {
	synctest.Test(t, func(t *testing.T) {
		a, err := archive.InMemory(t.Context())
		require.NoError(t, err)
		defer func() { require.NoError(t, a.Close()) }()
		s := &harness{Publisher: p, Archive: a, start: time.Now()}
		p.Now = s.now
		test(t, s)
	})
}

func (s *harness) now() time.Time { return today.Add(time.Since(s.start)) }

// newRefresher returns a new Refresher with the stored state, as after a restart.
func (s *harness) newRefresher() *crawl.Refresher {
	return &crawl.Refresher{
		URL: "https://blog.test" + s.FeedPath(), Archive: s.Archive, History: true, Transport: s, Now: s.now,
		Jitter: func() float64 { return 0 },
	}
}

// runFor runs a new Refresher for the given time, like a process that is started and stopped.
func (s *harness) runFor(t *testing.T, d time.Duration) *crawl.Refresher {
	r := s.newRefresher()
	ctx, end := context.WithTimeout(t.Context(), d)
	defer end()
	r.Run(ctx)
	return r
}

// RoundTrip passes a request to the publisher without a network. If the request is canceled, it ends the response,
// which may be endless.
func (s *harness) RoundTrip(r *http.Request) (*http.Response, error) {
	asked := r.Clone(r.Context())
	asked.Host, asked.RequestURI = r.URL.Host, r.URL.RequestURI()
	if asked.URL.Path == "" {
		asked.URL.Path = "/" // HTTP sends an empty path as "/"
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, asked)
	resp := w.Result()
	if err := r.Context().Err(); err != nil {
		resp.Body = io.NopCloser(io.MultiReader(resp.Body, failingReader{err}))
	}
	resp.Request = r
	return resp, nil
}

type failingReader struct{ err error }

func (b failingReader) Read([]byte) (int, error) { return 0, b.err }

// requireAll checks that the archive has exactly the publisher's posts.
func (s *harness) requireAll(t *testing.T, items []feedtest.Item) {
	t.Helper()
	require.Equal(t, len(items), s.Len())
	i := 0
	for e, err := range s.Entries(t.Context()) {
		require.NoError(t, err)
		want := items[i]
		require.Equal(t, feed.Post{ID: want.ID, Title: want.Title, Link: "https://blog.test" + want.Link, Published: want.Published}, e.Post)
		require.Contains(t, e.Content, want.UniqueWord)
		i++
	}
}

// requireSpaced checks that requests are at least two seconds apart.
func (s *harness) requireSpaced(t *testing.T) {
	t.Helper()
	requests := s.Requests()
	for i := 1; i < len(requests); i++ {
		require.GreaterOrEqual(t, requests[i].At.Sub(requests[i-1].At), 2*time.Second, "%s", requests[i].Path)
	}
}
