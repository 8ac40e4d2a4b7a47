package server

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Settings are what may change while the service runs.
type Settings struct {
	Skills   []ServedSkill
	Password string // of the private listener's user "admin"; "": none needed
	Proxy    TrustedProxy
	Link     LinkHandler // nil: nothing stands in for an OAuth server
}

// A generation is what answers from one change of the settings to the next. It does not change itself, so that no request
// sees half of a change.
type configSnapshot struct {
	Settings
	public, private http.Handler
	active          atomic.Int64  // requests that it is answering
	replaced        chan struct{} // closes when there is another, or the service ends
	markReplaced    func()
}

// newConfigSnapshot routes both listeners.
func (s *Server) newConfigSnapshot(settings Settings) *configSnapshot {
	snapshot := &configSnapshot{Settings: settings, replaced: make(chan struct{})}
	snapshot.markReplaced = sync.OnceFunc(func() { close(snapshot.replaced) })
	snapshot.public = s.publicRoutes(snapshot)
	snapshot.private = s.privateRoutes(snapshot)
	return snapshot
}

// UpdateSettings has requests answered by other settings from now on, and returns when none is answered by the old ones any
// more: what they were made of may then be closed. That the service ends meanwhile is no reason not to wait, as it still
// answers then. Call it after Listen, and not twice at a time.
func (s *Server) UpdateSettings(settings Settings) {
	next := s.newConfigSnapshot(settings)
	last := s.current.Swap(next)
	last.markReplaced()
	last.waitUntilUnused()
	s.metrics.deleteSkills(last.Skills, next.Skills)
}

// maxAnswerTime is longer than any request takes whose answer still arrives.
const maxAnswerTime = 2*readTimeout + writeTimeout

// waitUntilUnused waits until nothing is answered any more; for one that hangs not for ever.
func (snapshot *configSnapshot) waitUntilUnused() {
	timeout := time.After(maxAnswerTime)
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for snapshot.active.Load() > 0 {
		select {
		case <-timeout:
			return
		case <-ticker.C:
		}
	}
}

// acquireSnapshot gives the settings' generation for one request, which leaves it when it is answered. It takes no lock: who was
// counted while the generation was still the current one is waited for, and who came too late takes the next.
func (s *Server) acquireSnapshot() *configSnapshot {
	for {
		snapshot := s.current.Load()
		snapshot.active.Add(1)
		if snapshot == s.current.Load() {
			return snapshot
		}
		snapshot.release()
	}
}

func (snapshot *configSnapshot) release() { snapshot.active.Add(-1) }

// servePublic answers a request to the public listener.
func (s *Server) servePublic(w http.ResponseWriter, r *http.Request) {
	snapshot := s.acquireSnapshot()
	defer snapshot.release()
	if s.draining.Load() {
		w.Header().Set("Connection", "close") // the client's next request goes to whoever listens next
	}
	snapshot.public.ServeHTTP(w, r)
}

// servePrivate answers a request to the private listener.
func (s *Server) servePrivate(w http.ResponseWriter, r *http.Request) {
	snapshot := s.acquireSnapshot()
	defer snapshot.release()
	snapshot.private.ServeHTTP(w, r)
}

// endStreamsWhenReplaced ends streams of events, which have no end of their own, when the settings change or the service ends:
// who reads them asks again, and nothing waits for somebody who only watches.
func (snapshot *configSnapshot) endStreamsWhenReplaced(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.Header.Get("Accept"), "text/event-stream") {
			next.ServeHTTP(w, r)
			return
		}
		ctx, cancel := context.WithCancel(r.Context())
		defer cancel()
		go func() {
			select {
			case <-snapshot.replaced:
				cancel()
			case <-ctx.Done():
			}
		}()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}
