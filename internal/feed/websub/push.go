package websub

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"strings"
	"time"

	"lastpost/internal/feed"
)

const (
	// maxPushTime limits the time of a push. It is longer than the server's limit for Alexa's requests, because a push
	// may have the whole feed. It is shorter than the time that the server waits for requests when it stops.
	maxPushTime = 10 * time.Second
	// refusalLogInterval is the time after which the log names the same reason for refused pushes again.
	refusalLogInterval = day
	// missedPushes is the number of polls that find a new post without a push, before the log says so. A push may be
	// late once.
	missedPushes = 2
)

// pushRefusal is a reason for which a push does not trigger a poll.
type pushRefusal struct {
	reason string // for the log
	remedy string // for the operator
}

// The reasons for which pushes are refused.
var (
	refusedTooLarge = &pushRefusal{
		reason: fmt.Sprintf("larger than %d MiB", feed.MaxBody>>20),
		remedy: "let the blog show fewer posts in its feed: 10 to 50 are usual",
	}
	refusedCutOff = &pushRefusal{
		reason: "cut off",
		remedy: "if this repeats, look at the limits for bodies of the proxy in front of the service: below /websub/ it must pass on " +
			"10 MiB in 10 s",
	}
	refusedSignature = &pushRefusal{
		reason: "invalid signature",
		remedy: "if this repeats, look for something that changes bodies below /websub/: a proxy, a firewall, a CDN",
	}
	refusedUnsigned = &pushRefusal{
		reason: "no signature",
		remedy: "if this repeats, ask the hub to sign its pushes with hub.secret, or look for a proxy that removes X-Hub-Signature",
	}
	refusedUnknown = &pushRefusal{
		reason: "unknown subscription",
		remedy: "nothing is to be done if the feed or the hub has changed: the hub ends the old subscription within weeks",
	}
)

// servePush handles a push (section 7). The response does not depend on the signature, so that an attacker cannot find
// out whether a forged signature is valid (section 7.1.2). The status is 204, because the hub of Google accepts only
// 200 and 204.
func (s *Subscription) servePush(w http.ResponseWriter, r *http.Request, token string) {
	secret, ok := s.secretFor(token)
	if !ok {
		w.WriteHeader(http.StatusNotFound)
		s.refusePush(refusedUnknown)
		return
	}
	extendDeadlines(w)
	signature := r.Header.Get("X-Hub-Signature")
	genuine, err := hasValidSignature(http.MaxBytesReader(w, r.Body, feed.MaxBody), signature, secret)
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		s.refusePush(refusedTooLarge)
		return
	}
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		s.refusePush(refusedCutOff, "bytes", r.ContentLength, "error", err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
	switch {
	case genuine && s.recordPush(token):
		if s.OnPush != nil {
			s.OnPush()
		}
	case genuine: // the hub changed while the push arrived
	case signature == "":
		s.refusePush(refusedUnsigned)
	default:
		s.refusePush(refusedSignature)
	}
}

// extendDeadlines gives a hub more time than the server's limits for all requests. Only a sender that knows the
// secret callback gets it. The error is ignored, because a connection of a test may not have deadlines.
func extendDeadlines(w http.ResponseWriter) {
	connection, end := http.NewResponseController(w), time.Now().Add(maxPushTime)
	_ = connection.SetReadDeadline(end)
	_ = connection.SetWriteDeadline(end.Add(time.Second))
}

func (s *Subscription) secretFor(token string) (string, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state.Secret, s.state.hasToken(token)
}

// recordPush records a genuine push. It returns false if the subscription has ended. It keeps the time of the push in
// memory only, because pushes may be frequent and the time is only displayed.
func (s *Subscription) recordPush(token string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.state.hasToken(token) {
		return false
	}
	s.state.LastPush, s.missed = s.now(), 0
	s.logger().Debug("push received", s.state.logAttrs()...)
	return true
}

// refusePush logs a refused push: each reason once in a while, because strangers and broken hubs repeat their requests.
func (s *Subscription) refusePush(refusal *pushRefusal, more ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state.Hub == "" {
		return
	}
	attrs := append(s.state.logAttrs("reason", refusal.reason, "remedy", refusal.remedy), more...)
	now := s.now()
	if logged, ok := s.refusalsLogged[refusal]; ok && now.Sub(logged) < refusalLogInterval && !logged.After(now) {
		s.logger().Debug("push refused", attrs...)
		return
	}
	if s.refusalsLogged == nil {
		s.refusalsLogged = map[*pushRefusal]time.Time{}
	}
	s.refusalsLogged[refusal] = now
	log := s.logger().Warn
	if refusal == refusedUnknown {
		log = s.logger().Info // a stranger, or a hub that has not forgotten an old subscription
	}
	log("push refused; this reason is logged once a day", attrs...)
}

// RecordMissedPush records that a scheduled poll found a new post while the hub should have pushed it. A proxy or a CDN
// in front of the service can refuse pushes, and the service does not see them. After several such polls without a push,
// the log says so once.
func (s *Subscription) RecordMissedPush() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.state.isActive(s.now()) {
		return
	}
	if s.missed++; s.missed != missedPushes {
		return
	}
	s.logger().Warn("hub active, but polls find new posts before a push arrives", s.state.logAttrs("last_push", s.state.LastPush, "remedy",
		"let POST requests with bodies of 10 MiB pass below /websub/ in the proxy, the firewall or the CDN in front of the service; "+
			"if they pass, the blog does not notify its hub")...)
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
