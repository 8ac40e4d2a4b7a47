package server

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"

	"lastpost/internal/faultlog"
	"lastpost/internal/server/clients"
)

// AdminUser is the user name of the private listener.
const AdminUser = "admin"

// Kinds of faults of the private listener.
const (
	wrongPassword   = "wrong-password"
	passwordBlocked = "password-blocked" // an attempt that came before the end of a delay
)

// Delays of wrong passwords. The longest is shorter than writeTimeout.
const (
	firstPasswordDelay = 250 * time.Millisecond
	maxPasswordDelay   = 4 * time.Second
	forgiveAfter       = 15 * time.Minute
	maxGuessers        = 1024 // remembered clients
)

// A passwordGuard slows down clients that guess the password. After a wrong password, it does not look at the client's
// passwords until a delay has passed. The delay grows with each wrong password. So many connections at the same time, and
// connections that the client closes early, do not make guessing faster. Other clients are not affected.
type passwordGuard struct {
	now func() time.Time

	mu       sync.Mutex
	guessers map[string]*guesser // by client
}

// A guesser is a client that sent a wrong password.
type guesser struct {
	failures     int
	last         time.Time // of the last failure
	blockedUntil time.Time
}

// attempt records an attempt and returns how long the client must wait before its next one. evaluated is false for an
// attempt that came too early: then the answer must not depend on right, because otherwise guessing would not slow down.
func (g *passwordGuard) attempt(client string, right bool) (wait time.Duration, evaluated bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now, c := g.now(), g.guessers[client]
	if c != nil && now.Sub(c.last) >= forgiveAfter {
		delete(g.guessers, client)
		c = nil
	}
	switch {
	case c != nil && now.Before(c.blockedUntil):
		return c.blockedUntil.Sub(now), false
	case right:
		delete(g.guessers, client)
		return 0, true
	case c == nil:
		c = g.add(client)
	}
	c.failures++
	c.last, c.blockedUntil = now, now.Add(passwordDelay(c.failures))
	return c.blockedUntil.Sub(now), true
}

// add returns a new guesser. If there are too many, it removes the one whose last failure is the oldest.
func (g *passwordGuard) add(client string) *guesser {
	if g.guessers == nil {
		g.guessers = map[string]*guesser{}
	}
	if len(g.guessers) >= maxGuessers {
		oldest := ""
		for name, c := range g.guessers {
			if oldest == "" || c.last.Before(g.guessers[oldest].last) {
				oldest = name
			}
		}
		delete(g.guessers, oldest)
	}
	c := &guesser{}
	g.guessers[client] = c
	return c
}

// passwordDelay returns the delay after a number of wrong passwords.
func passwordDelay(failures int) time.Duration {
	return min(firstPasswordDelay<<min(failures-1, 10), maxPasswordDelay)
}

// requirePassword calls next only if the request has the right password. It compares hashes in constant time, so that an
// attacker cannot guess the password or its length by timing. Browsers first send a request without a password: it is
// not an attempt.
func (s *Server) requirePassword(snapshot *configSnapshot) func(http.Handler) http.Handler {
	want := sha256.Sum256([]byte(AdminUser + ":" + snapshot.Password))
	clientAddr := snapshot.Proxy.AddrFunc()
	return func(next http.Handler) http.Handler {
		if snapshot.Password == "" {
			return next
		}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") == "" {
				writeUnauthorized(w)
				return
			}
			user, password, _ := r.BasicAuth()
			got, client := sha256.Sum256([]byte(user+":"+password)), clientAddr(r)
			right := subtle.ConstantTimeCompare(got[:], want[:]) == 1
			wait, evaluated := s.guard.attempt(clients.Block(client), right)
			switch {
			case !evaluated:
				s.reportPassword(passwordBlocked, client)
				w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
				writeText(w, http.StatusTooManyRequests, "a password from this address was wrong: wait some seconds, then try again\n")
			case !right:
				s.reportPassword(wrongPassword, client)
				snapshot.delay(r.Context(), wait)
				writeUnauthorized(w)
			default:
				protectConnection(r.Context())
				next.ServeHTTP(w, r)
			}
		})
	}
}

func writeUnauthorized(w http.ResponseWriter) {
	w.Header().Set("WWW-Authenticate", `Basic realm="skill", charset="UTF-8"`)
	writeText(w, http.StatusUnauthorized, "user name or password is wrong\n")
}

// delay waits, but not longer than the client, and not longer than until a reload or the shutdown, which wait for all
// requests.
func (snapshot *configSnapshot) delay(ctx context.Context, wait time.Duration) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	case <-snapshot.replaced:
	}
}

// reportPassword reports a refused attempt. It does not report the user name: people type passwords into the wrong field.
func (s *Server) reportPassword(kind, client string) {
	text := "the private listener got a wrong user name or password"
	if kind == passwordBlocked {
		text = "the private listener got a password too soon after a wrong one"
	}
	s.Faults.Report(faultlog.Fault{
		Kind: kind, Text: text, Level: slog.LevelWarn,
		Remedy: "If this is your own client, correct its password (the user is " + AdminUser + "). Otherwise let only known " +
			"addresses connect to admin.listen.",
	}, slog.String("client", client))
}
