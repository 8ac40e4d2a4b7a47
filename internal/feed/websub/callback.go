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

// maxChallenge is in bytes. A hub needs a few dozen.
const maxChallenge = 4 << 10

// ServeHTTP is the callback: what hubs ask below Callback is handed here. Who does not know the last segment of the path
// is told that there is nothing, and so is who asks for what was not asked for.
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

// serveHubRequest is for a hub that verifies (section 5.3) or denies (section 5.2). Nobody here unsubscribes, so that who asks to
// confirm that is no hub of ours.
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
	// Nothing that a challenge contains may run in a browser that was led here (section 8.2).
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = io.WriteString(w, challenge) // a hub that is gone will ask again
}

// isValidChallenge refuses what could make a file of the answer, for a user to be tricked into downloading from us.
func isValidChallenge(s string) bool {
	return s != "" && len(s) <= maxChallenge && utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}

// confirmSubscription is true where the hub verifies what it was asked for. It may do so again at any time.
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
		s.logger().Info("the feed is subscribed to", attrs...)
	case old.AwaitingVerification || old.Failures > 0:
		s.logger().Info("the subscription is renewed", attrs...)
	default:
		s.logger().Debug("the hub has verified the subscription again", attrs...)
	}
	s.lastErr, s.loggedLabel = nil, ""
	return true
}

// recordDenial is true where the hub speaks of this subscription.
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

// servePush is for a push (section 7). The answer is the same whatever the signature is, so that nobody learns how much of
// a forged one was right (section 7.1.2). It is 204, as the hub that Google runs takes nothing but that and 200 for success.
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

// recordPush is true for a push to act on. When it was is kept with the next thing that changes: hubs may push often, and the
// time is for show.
func (s *Subscription) recordPush(token string, genuine bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case !s.state.hasToken(token): // the feed has named another hub while the push arrived
		return false
	case genuine:
		s.state.LastPush = s.now()
		s.logger().Debug("the hub pushes", s.state.logAttrs()...)
		return true
	case s.forgedPushLogged:
		s.logger().Debug("a push is not signed by the hub", s.state.logAttrs()...)
	default:
		s.forgedPushLogged = true
		s.logger().Warn("a push is not signed by the hub; such ones are ignored", s.state.logAttrs()...)
	}
	return false
}

// hasValidSignature tells whether X-Hub-Signature is that of the body (section 7.1). The body goes through the hash and nowhere
// else. SHA-1 is what most hubs use; in an HMAC it is not broken.
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

// signatureHash gives a hash in any case: a body without a signature is read like one with.
func signatureHash(method string) (newHash func() hash.Hash, known bool) {
	newHash, known = map[string]func() hash.Hash{
		"sha1": sha1.New, "sha256": sha256.New, "sha384": sha512.New384, "sha512": sha512.New,
	}[method]
	if !known {
		newHash = sha256.New
	}
	return newHash, known
}
