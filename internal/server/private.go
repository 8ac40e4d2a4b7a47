package server

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"lastpost/internal/server/selfcheck"
)

// privateRoutes returns the handler of the private listener. Everyone may read /healthz, because it reveals nothing. Other
// paths may reveal feeds, so they require a known host name, and the password if one is set.
func (s *Server) privateRoutes(snapshot *configSnapshot) http.Handler {
	router := chi.NewRouter()
	handlePage(router, "/healthz", func(w http.ResponseWriter, _ *http.Request) { writeText(w, http.StatusOK, "ok\n") })
	router.Group(func(guarded chi.Router) {
		guarded.Use(snapshot.requireKnownHost(s.PrivateAddress), s.requirePassword(snapshot))
		handlePage(guarded, "/readyz", func(w http.ResponseWriter, _ *http.Request) { s.writeReadiness(w, snapshot.Skills) })
		handlePage(guarded, "/metrics", s.metrics.httpHandler().ServeHTTP)
		if s.Inspector != nil {
			guarded.Handle("/*", snapshot.endStreamsWhenReplaced(s.Inspector))
		}
	})
	return router
}

// requireKnownHost stops DNS rebinding: an attacker's page makes its own host name resolve to this listener, and the
// operator's browser then lets the page read the answers. An IP address in Host is safe, because DNS cannot redirect it.
// A request without Host does not come from a browser. If a password is set, every host name is allowed, because the
// browser does not send the password to an attacker's origin.
func (snapshot *configSnapshot) requireKnownHost(address string) func(http.Handler) http.Handler {
	own, _, _ := net.SplitHostPort(address) // empty if address cannot be split
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Content-Type-Options", "nosniff")
			if name := normalizeHost(r.Host); snapshot.Password == "" && !isRebindSafe(name) && !strings.EqualFold(name, own) {
				writeText(w, http.StatusMisdirectedRequest, "unknown host name: use localhost, "+
					"the IP address, or the name in admin.listen, or set admin.password_file\n")
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

// normalizeHost returns the host name in a Host header, without the port and a final dot, in lower case.
func normalizeHost(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
}

// isRebindSafe reports whether name is safe from DNS rebinding: an IP address or localhost, which DNS does not resolve.
func isRebindSafe(name string) bool {
	_, err := netip.ParseAddr(name)
	return err == nil || name == "localhost" || name == ""
}

// handlePage routes GET and HEAD of a path to page. Some monitoring systems use HEAD.
func handlePage(router chi.Router, path string, page http.HandlerFunc) {
	router.Get(path, page)
	router.Head(path, page)
}

// writeReadiness writes one line for each certificate, with its expiry, one for each fault that the service found in itself,
// and one for each skill, with its number of posts and its feed's faults. Only the first certificate decides readiness,
// because Amazon calls its domain.
func (s *Server) writeReadiness(w http.ResponseWriter, skills []ServedSkill) {
	status := http.StatusOK
	var lines strings.Builder
	if s.draining.Load() {
		status = http.StatusServiceUnavailable
		lines.WriteString("not ready: the service is shutting down\n")
	}
	for i, certificate := range s.CertificateStates() {
		if i == 0 && !certificate.isReady(s.Now()) {
			status = http.StatusServiceUnavailable
		}
		lines.WriteString(certificate.statusLine(s.Now()) + "\n")
	}
	if selfcheck.WriteFaults(&lines, s.checkStates()) {
		status = http.StatusServiceUnavailable
	}
	for _, skill := range skills {
		feed := skill.Feed()
		readiness := "ready"
		if feed.Posts == 0 {
			status, readiness = http.StatusServiceUnavailable, "not ready"
		}
		fmt.Fprintf(&lines, "%s: %s, %d posts", skill.Name, readiness, feed.Posts)
		lines.WriteString(feed.problems() + "\n")
	}
	writeText(w, status, lines.String())
}

// problems returns the problems of the feed for the line of its skill, or "".
func (f FeedStatus) problems() (text string) {
	if f.Err != nil {
		text = ", feed: " + f.Err.Error()
		if f.Remedy != "" {
			text += "; " + f.Remedy
		}
	}
	for _, warning := range f.Warnings {
		text += ", warning: " + warning
	}
	if f.OlderPosts != "" {
		text += ", " + f.OlderPosts
		if f.OlderPostsRemedy != "" {
			text += "; " + f.OlderPostsRemedy
		}
		text += "; next attempt: " + f.OlderPostsRetry.UTC().Format(time.RFC3339)
	}
	return text
}

func writeText(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text))
}
