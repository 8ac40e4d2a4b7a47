package websub

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"lastpost/internal/feed"
)

// maxChallenge bounds a challenge, in bytes. Hubs use a few dozen bytes.
const maxChallenge = 4 << 10

// ServeHTTP handles the requests of hubs below CallbackURL. It answers 404 if the last segment of the path is not the
// token, or if a hub verifies or denies a subscription that was not requested.
func (s *Subscription) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	token := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
	w.Header().Set("Cache-Control", "no-store") // a CDN in front of the service must not answer a later verification
	switch r.Method {
	case http.MethodGet:
		s.serveHubRequest(w, r, token)
	case http.MethodPost:
		s.servePush(w, r, token)
	default:
		w.Header().Set("Allow", "GET, POST")
		w.WriteHeader(http.StatusMethodNotAllowed)
	}
}

// serveHubRequest handles a verification (section 5.3) or a denial (section 5.2). It never confirms an unsubscription,
// because this package never unsubscribes.
func (s *Subscription) serveHubRequest(w http.ResponseWriter, r *http.Request, token string) {
	q := r.URL.Query()
	challenge, agreed := "", false
	switch q.Get("hub.mode") {
	case "subscribe":
		challenge = q.Get("hub.challenge")
		agreed = isValidChallenge(challenge) && s.confirmSubscription(token, q)
	case "denied":
		agreed = s.recordDenial(token, q)
	}
	if !agreed {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	s.saveState(r.Context())
	// The challenge must not run as a script in a browser (section 8.2: reflected XSS).
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = io.WriteString(w, challenge) // an error means that the hub has disconnected; the hub can send its request again
}

// isValidChallenge refuses binary and long challenges, because an attacker could link to the response to make a user
// download a file from this site.
func isValidChallenge(s string) bool {
	return s != "" && len(s) <= maxChallenge && utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}

// confirmSubscription stores a verification. It returns false if the hub verifies a subscription that was not
// requested. A hub may verify the same subscription again at any time.
func (s *Subscription) confirmSubscription(token string, q url.Values) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.state.hasToken(token) || q.Get("hub.topic") != s.state.Topic || s.state.RequestedAt.IsZero() {
		return false
	}
	old, now := s.state, s.now()
	lease := grantedLease(q.Get("hub.lease_seconds"))
	s.state = old.afterVerification(now, lease, s.randomJitter())
	attrs := s.state.logAttrs("until", s.state.LeaseEnd)
	switch {
	case !old.isActive(now):
		s.logger().Info("subscription active", attrs...)
	case old.AwaitingVerification || old.Failures > 0:
		s.logger().Info("subscription renewed", attrs...)
	default:
		s.logger().Debug("subscription verified again", attrs...)
	}
	s.lastErr, s.loggedLabel = nil, ""
	return true
}

// recordDenial stores a denial. It returns false if the denial is not for this subscription.
func (s *Subscription) recordDenial(token string, q url.Values) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.state.hasToken(token) || q.Get("hub.topic") != s.state.Topic {
		return false
	}
	f := feed.NewFault(ErrDenied, nil, "denied the subscription")
	f.URL = displayURL(s.state.Hub)
	if reason := s.state.quoteHub(q.Get("hub.reason")); reason != "" {
		f.Text += ": " + reason
	}
	s.state = s.state.afterDenial(s.now(), s.randomJitter())
	s.logFailure(f)
	return true
}
