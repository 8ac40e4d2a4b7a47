package websub

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"hash"
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

// servePush handles a push (section 7). The response does not depend on the signature, so that an attacker cannot find
// out whether a forged signature is valid (section 7.1.2). The status is 204, because the hub of Google accepts only
// 200 and 204.
func (s *Subscription) servePush(w http.ResponseWriter, r *http.Request, token string) {
	secret, ok := s.secretFor(token)
	if !ok {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	genuine, err := hasValidSignature(http.MaxBytesReader(w, r.Body, feed.MaxBody), r.Header.Get("X-Hub-Signature"), secret)
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		return
	}
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	w.WriteHeader(http.StatusNoContent)
	if s.recordPush(token, genuine) && s.OnPush != nil {
		s.OnPush()
	}
}

func (s *Subscription) secretFor(token string) (string, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state.Secret, s.state.hasToken(token)
}

// recordPush logs a push and reports whether it triggers a poll. It keeps the time of the push in memory only, because
// pushes may be frequent and the time is only displayed.
func (s *Subscription) recordPush(token string, genuine bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case !s.state.hasToken(token): // the hub changed while the push arrived
		return false
	case genuine:
		s.state.LastPush = s.now()
		s.logger().Debug("push received", s.state.logAttrs()...)
		return true
	case s.forgedPushLogged:
		s.logger().Debug("push with invalid signature ignored", s.state.logAttrs()...)
	default:
		s.forgedPushLogged = true
		s.logger().Warn("push with invalid signature ignored; further ones are logged at debug level", s.state.logAttrs()...)
	}
	return false
}

// hasValidSignature reports whether header, an X-Hub-Signature, is the signature of the body (section 7.1). It does not
// parse the body. It accepts SHA-1, because most hubs use it and it is still secure in an HMAC.
func hasValidSignature(body io.Reader, header, secret string) (bool, error) {
	method, signature, _ := strings.Cut(header, "=")
	algorithm, known := signatureHash(strings.TrimSpace(method))
	claimed, err := hex.DecodeString(strings.TrimSpace(signature))
	known = known && err == nil
	mac := hmac.New(algorithm, []byte(secret))
	if _, err := io.Copy(mac, body); err != nil {
		return false, err
	}
	return hmac.Equal(mac.Sum(nil), claimed) && known, nil
}

// signatureHash returns the hash of a signature method, or SHA-256 for an unknown method. So a body without a valid
// signature is hashed too, and response times do not reveal the result.
func signatureHash(method string) (newHash func() hash.Hash, known bool) {
	newHash, known = map[string]func() hash.Hash{
		"sha1": sha1.New, "sha256": sha256.New, "sha384": sha512.New384, "sha512": sha512.New,
	}[method]
	if !known {
		newHash = sha256.New
	}
	return newHash, known
}
