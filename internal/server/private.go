package server

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/go-chi/chi/v5"
)

// AdminUser is the user name of the private listener.
const AdminUser = "admin"

// privateRoutes routes the private listener. /healthz is open to all who reach it, as it tells nothing; the rest may
// name feeds, asks for the password where there is one, and answers to its own names alone.
func (s *Server) privateRoutes(snapshot *configSnapshot) http.Handler {
	router := chi.NewRouter()
	handlePage(router, "/healthz", func(w http.ResponseWriter, _ *http.Request) { writeText(w, http.StatusOK, "ok\n") })
	router.Group(func(guarded chi.Router) {
		guarded.Use(snapshot.requireKnownHost(s.PrivateAddress), snapshot.requirePassword)
		handlePage(guarded, "/readyz", func(w http.ResponseWriter, _ *http.Request) { s.writeReadiness(w, snapshot.Skills) })
		handlePage(guarded, "/metrics", s.metrics.httpHandler().ServeHTTP)
		if s.Inspector != nil {
			guarded.Handle("/*", snapshot.endStreamsWhenReplaced(s.Inspector))
		}
	})
	return router
}

// requireKnownHost stops a page of somebody's that has its own name lead to this listener (DNS rebinding): to the operator's
// browser it would then be of one origin with what is here, and could read it. An address is no name that can be led
// elsewhere, and who names no host at all is no browser. Where there is a password any name will do: a browser gives it
// to no page that has only borrowed the address.
func (snapshot *configSnapshot) requireKnownHost(address string) func(http.Handler) http.Handler {
	own, _, _ := net.SplitHostPort(address) // what is no address has no name
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Content-Type-Options", "nosniff")
			if name := normalizeHost(r.Host); snapshot.Password == "" && !isRebindSafe(name) && !strings.EqualFold(name, own) {
				writeText(w, http.StatusMisdirectedRequest, "this service does not go by that name here: use localhost, "+
					"its address, or the name in admin.listen, or set admin.password_file\n")
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

// normalizeHost is a Host header without its port, and in one form.
func normalizeHost(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
}

// isRebindSafe tells whether nobody can have a host's name lead to where he likes.
func isRebindSafe(name string) bool {
	_, err := netip.ParseAddr(name)
	return err == nil || name == "localhost" || name == ""
}

// handlePage routes a page, also for those who ask by HEAD whether all is well.
func handlePage(router chi.Router, path string, page http.HandlerFunc) {
	router.Get(path, page)
	router.Head(path, page)
}

// requirePassword compares hashes, which takes the same time however much of a guess is right.
func (snapshot *configSnapshot) requirePassword(next http.Handler) http.Handler {
	if snapshot.Password == "" {
		return next
	}
	want := sha256.Sum256([]byte(AdminUser + ":" + snapshot.Password))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		got := sha256.Sum256([]byte(user + ":" + password))
		if subtle.ConstantTimeCompare(got[:], want[:]) != 1 {
			w.Header().Set("WWW-Authenticate", `Basic realm="skill", charset="UTF-8"`)
			writeText(w, http.StatusUnauthorized, "user name or password is wrong\n")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// writeReadiness says in a line a certificate until when it is valid, and in a line a skill whether there are posts to answer from,
// and what is wrong if anything is. Of the certificates the first one counts: its domain is what Amazon is told.
func (s *Server) writeReadiness(w http.ResponseWriter, skills []ServedSkill) {
	status := http.StatusOK
	var lines strings.Builder
	if s.draining.Load() {
		status = http.StatusServiceUnavailable
		lines.WriteString("not ready: the service is ending\n")
	}
	for i, certificate := range s.CertificateStates() {
		if i == 0 && !certificate.isReady(s.Now()) {
			status = http.StatusServiceUnavailable
		}
		lines.WriteString(certificate.statusLine(s.Now()) + "\n")
	}
	for _, skill := range skills {
		feed := skill.Feed()
		readiness := "ready"
		if feed.Posts == 0 {
			status, readiness = http.StatusServiceUnavailable, "not ready"
		}
		fmt.Fprintf(&lines, "%s: %s, %d posts", skill.Name, readiness, feed.Posts)
		if feed.Err != nil {
			fmt.Fprintf(&lines, ", feed: %v", feed.Err)
		}
		lines.WriteByte('\n')
	}
	writeText(w, status, lines.String())
}

func writeText(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text))
}
