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
type generation struct {
	Settings
	public, private http.Handler
	active          atomic.Int64  // requests that it is answering
	superseded      chan struct{} // closes when there is another, or the service ends
	supersede       func()
}

// newGeneration routes both listeners.
func (s *Server) newGeneration(settings Settings) *generation {
	g := &generation{Settings: settings, superseded: make(chan struct{})}
	g.supersede = sync.OnceFunc(func() { close(g.superseded) })
	g.public = s.endpoints(g)
	g.private = s.privateRoutes(g)
	return g
}

// UpdateSettings has requests answered by other settings from now on, and returns when none is answered by the old ones any
// more: what they were made of may then be closed. That the service ends meanwhile is no reason not to wait, as it still
// answers then. Call it after Listen, and not twice at a time.
func (s *Server) UpdateSettings(settings Settings) {
	next := s.newGeneration(settings)
	last := s.current.Swap(next)
	last.supersede()
	last.end()
	s.metrics.forget(last.Skills, next.Skills)
}

// longestAnswer is longer than any request takes whose answer still arrives.
const longestAnswer = 2*readTimeout + writeTimeout

// end waits until nothing is answered any more; for one that hangs not for ever.
func (g *generation) end() {
	enough := time.After(longestAnswer)
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for g.active.Load() > 0 {
		select {
		case <-enough:
			return
		case <-ticker.C:
		}
	}
}

// enter gives the settings' generation for one request, which leaves it when it is answered. It takes no lock: who was
// counted while the generation was still the current one is waited for, and who came too late takes the next.
func (s *Server) enter() *generation {
	for {
		g := s.current.Load()
		g.active.Add(1)
		if g == s.current.Load() {
			return g
		}
		g.leave()
	}
}

func (g *generation) leave() { g.active.Add(-1) }

// servePublic answers a request to the public listener.
func (s *Server) servePublic(w http.ResponseWriter, r *http.Request) {
	g := s.enter()
	defer g.leave()
	if s.draining.Load() {
		w.Header().Set("Connection", "close") // the client's next request goes to whoever listens next
	}
	g.public.ServeHTTP(w, r)
}

// servePrivate answers a request to the private listener.
func (s *Server) servePrivate(w http.ResponseWriter, r *http.Request) {
	g := s.enter()
	defer g.leave()
	g.private.ServeHTTP(w, r)
}

// untilSuperseded ends streams of events, which have no end of their own, when the settings change or the service ends:
// who reads them asks again, and nothing waits for somebody who only watches.
func (g *generation) untilSuperseded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.Header.Get("Accept"), "text/event-stream") {
			next.ServeHTTP(w, r)
			return
		}
		ctx, cancel := context.WithCancel(r.Context())
		defer cancel()
		go func() {
			select {
			case <-g.superseded:
				cancel()
			case <-ctx.Done():
			}
		}()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}
