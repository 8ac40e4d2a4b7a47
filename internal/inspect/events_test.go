package inspect_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/inspect"
)

// watchEvents opens the page's event stream. It returns a channel that closes when the stream has ended.
func watchEvents(page *inspect.Page, w http.ResponseWriter) <-chan struct{} {
	r := httptest.NewRequest(http.MethodGet, "http://localhost:9090/events", nil)
	r.Header.Set("Accept", "text/event-stream")
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		page.ServeHTTP(w, r)
	}()
	return ended
}

// The stream sends comments that keep the connection open. It ends after 30 minutes, so that it does not stay open for a
// forgotten page.
func TestStreamEndsAfterThirtyMinutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		page, answer := &inspect.Page{Recorder: &inspect.RequestRecorder{}}, httptest.NewRecorder()
		ended := watchEvents(page, answer)
		began := time.Now()
		<-ended
		require.Equal(t, 30*time.Minute, time.Since(began))
		require.True(t, strings.HasPrefix(answer.Body.String(), "retry: 2000\n\n"))
		require.InDelta(t, 120, strings.Count(answer.Body.String(), ": alive\n\n"), 1)
		require.NotContains(t, answer.Body.String(), "update")
	})
}

// A closedWriter fails as a closed connection does.
type closedWriter struct{ http.ResponseWriter }

func (closedWriter) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

// unflushableWriter does not support flushing.
type unflushableWriter struct{ w http.ResponseWriter }

func (h unflushableWriter) Header() http.Header         { return h.w.Header() }
func (h unflushableWriter) Write(p []byte) (int, error) { return h.w.Write(p) }
func (h unflushableWriter) WriteHeader(status int)      { h.w.WriteHeader(status) }

func TestStreamEndsIfWritingIsImpossible(t *testing.T) {
	for claim, w := range map[string]http.ResponseWriter{
		"a closed connection":    closedWriter{httptest.NewRecorder()},
		"a writer without Flush": unflushableWriter{httptest.NewRecorder()},
	} {
		t.Run(claim, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				<-watchEvents(&inspect.Page{Recorder: &inspect.RequestRecorder{}}, w)
				require.Less(t, time.Since(began), time.Minute)
			})
		})
	}
}

func TestLimitsEventRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, answer := &inspect.RequestRecorder{}, httptest.NewRecorder()
		go r.Run(t.Context())
		ended := watchEvents(&inspect.Page{Recorder: r}, answer)
		for range 100 {
			time.Sleep(10 * time.Millisecond)
			r.Notify()
		}
		<-ended
		require.InDelta(t, 4, strings.Count(answer.Body.String(), "data: update"), 1)
	})
}
