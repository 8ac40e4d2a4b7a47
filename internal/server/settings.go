package server

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"lastpost/internal/server/clients"
)

// Settings can change while the server runs.
type Settings struct {
	Skills   []ServedSkill
	Password string // of the private listener's user "admin"; "": not required
	Proxy    clients.TrustedProxy
	Link     LinkHandler // nil: account linking is not served
}

// A configSnapshot holds the settings and handlers between two changes. It is immutable, so that a request never sees a
// mix of old and new settings.
type configSnapshot struct {
	Settings
	public, private http.Handler
	active          atomic.Int64  // number of requests that use the snapshot
	replaced        chan struct{} // closed when another snapshot replaces it, or the server shuts down
	markReplaced    func()
}

// newConfigSnapshot creates the handlers of both listeners.
func (s *Server) newConfigSnapshot(settings Settings) *configSnapshot {
	snapshot := &configSnapshot{Settings: settings, replaced: make(chan struct{})}
	snapshot.markReplaced = sync.OnceFunc(func() { close(snapshot.replaced) })
	snapshot.public = s.publicRoutes(snapshot)
	snapshot.private = s.privateRoutes(snapshot)
	return snapshot
}

// UpdateSettings applies settings to all requests from now on. It returns when no request uses the old settings, so that
// the caller can close their resources. It waits even during a shutdown, because requests are still answered then. Call it
// after Listen, and not concurrently.
func (s *Server) UpdateSettings(settings Settings) {
	next := s.newConfigSnapshot(settings)
	last := s.current.Swap(next)
	last.markReplaced()
	last.waitUntilUnused()
	s.metrics.deleteSkills(s.Faults, last.Skills, next.Skills)
}

// maxAnswerTime is longer than the longest request whose answer can still arrive.
const maxAnswerTime = 2*readTimeout + writeTimeout

// waitUntilUnused waits until no request uses the snapshot, for at most maxAnswerTime.
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

// acquireSnapshot returns the current snapshot for one request, without a lock. The caller releases the snapshot after the
// answer. After acquireSnapshot has counted the request, it checks that the snapshot is still current. So waitUntilUnused
// waits for every request that uses the old snapshot.
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

// servePublic serves a request to the public listener.
func (s *Server) servePublic(w http.ResponseWriter, r *http.Request) {
	snapshot := s.acquireSnapshot()
	defer snapshot.release()
	if s.draining.Load() {
		w.Header().Set("Connection", "close") // the client sends its next request to the next process
	}
	if s.ownRequests.Answer(w, r) {
		return
	}
	snapshot.public.ServeHTTP(w, r)
}

// servePrivate serves a request to the private listener.
func (s *Server) servePrivate(w http.ResponseWriter, r *http.Request) {
	snapshot := s.acquireSnapshot()
	defer snapshot.release()
	snapshot.private.ServeHTTP(w, r)
}

// endStreamsWhenReplaced ends event streams when the settings change or the server shuts down. UpdateSettings and the
// shutdown wait for all requests, and event streams do not end by themselves. The browser connects again.
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
