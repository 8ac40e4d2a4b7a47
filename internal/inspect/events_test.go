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

// watched lets somebody watch the page's events, and gives a channel that closes when the stream has ended.
func watched(page *inspect.Page, w http.ResponseWriter) <-chan struct{} {
	r := httptest.NewRequest(http.MethodGet, "http://localhost:9090/events", nil)
	r.Header.Set("Accept", "text/event-stream")
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		page.ServeHTTP(w, r)
	}()
	return ended
}

// A stream shows that it lives, and ends by itself, so that the places of those who look no more become free.
func TestAStreamLivesForATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		page, answer := &inspect.Page{Recorder: &inspect.Recorder{}}, httptest.NewRecorder()
		ended := watched(page, answer)
		began := time.Now()
		<-ended
		require.Equal(t, 30*time.Minute, time.Since(began))
		require.True(t, strings.HasPrefix(answer.Body.String(), "retry: 2000\n\n"))
		require.InDelta(t, 120, strings.Count(answer.Body.String(), ": alive\n\n"), 1)
		require.NotContains(t, answer.Body.String(), "news")
	})
}

// gone is the connection of somebody who takes nothing any more.
type gone struct{ http.ResponseWriter }

func (gone) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

// held passes on what is written only when there is much of it.
type held struct{ w http.ResponseWriter }

func (h held) Header() http.Header         { return h.w.Header() }
func (h held) Write(p []byte) (int, error) { return h.w.Write(p) }
func (h held) WriteHeader(status int)      { h.w.WriteHeader(status) }

// Nobody is told for longer than he listens.
func TestAStreamEndsWithItsReader(t *testing.T) {
	for claim, w := range map[string]http.ResponseWriter{
		"who is gone":          gone{httptest.NewRecorder()},
		"whom nothing reaches": held{httptest.NewRecorder()},
	} {
		t.Run(claim, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				<-watched(&inspect.Page{Recorder: &inspect.Recorder{}}, w)
				require.Less(t, time.Since(began), time.Minute)
			})
		})
	}
}

// News come no faster than a page can follow them, and none is lost.
func TestNewsAreSteady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, answer := &inspect.Recorder{}, httptest.NewRecorder()
		go r.Run(t.Context())
		ended := watched(&inspect.Page{Recorder: r}, answer)
		for range 100 {
			time.Sleep(10 * time.Millisecond)
			r.Notify()
		}
		<-ended
		require.InDelta(t, 4, strings.Count(answer.Body.String(), "data: news"), 1)
	})
}
