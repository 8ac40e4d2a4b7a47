package feedtest

import (
	"bytes"
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	defaultLease = 10 * 24 * time.Hour
	hubTimeout   = 10 * time.Second
)

// Hub is a WebSub hub (https://www.w3.org/TR/websub/): an http.Handler that accepts and verifies subscriptions. The
// zero value follows the Recommendation. SetBehavior makes it deviate. Set the exported fields before the first
// request.
type Hub struct {
	// URL is the address that the hub states in pushes. If it is empty, the hub states the address of the first
	// request.
	URL string
	// Transport sends verifications and pushes. A test can use it to send requests for a public name to a local server.
	// Nil means http.DefaultTransport.
	Transport http.RoundTripper
	// Now is the clock of the leases. Nil means time.Now.
	Now func() time.Time

	work   sync.WaitGroup // running verifications
	mu     sync.Mutex     // guards the fields below
	closed bool
	manner HubBehavior
	asked  []url.Values
	subs   map[subscriptionKey]Subscriber
}

// HubBehavior is how a hub deviates from the Recommendation.
type HubBehavior struct {
	Status          int         // answers subscriptions with this status and does not verify; 0: 202 and verify
	Header          http.Header // headers of the response with Status, such as Location and Retry-After
	Body            string      // body of the response with Status
	VerifyFirst     bool        // verify before the response, and respond with 204, as PubSubHubbub 0.3 hubs do
	NeverVerify     bool        // accept, but never verify
	DenyReason      string      // accept, then deny for this reason
	Lease           string      // hub.lease_seconds in the verification; empty: the requested lease, or ten days
	Topic           string      // topic in the verification; empty: the requested topic
	RejectChallenge bool        // treat every returned challenge as wrong
	Algorithm       string      // algorithm of signatures: sha1, sha256, sha384 or sha512; empty: sha256; "none": pushes are not signed
}

// Subscriber is a verified subscription.
type Subscriber struct {
	Callback, Topic, Secret string
	Expires                 time.Time
}

// subscriptionKey identifies a subscription (WebSub, section 5.1).
type subscriptionKey struct{ callback, topic string }

// hubRequest is a request to subscribe or to unsubscribe.
type hubRequest struct {
	mode string
	sub  Subscriber
	sent string // hub.lease_seconds of the request
}

// SetBehavior sets the behavior for later requests.
func (h *Hub) SetBehavior(m HubBehavior) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.manner = m
}

// Requests returns the forms that were received since the last call.
func (h *Hub) Requests() []url.Values {
	h.mu.Lock()
	defer h.mu.Unlock()
	asked := h.asked
	h.asked = nil
	return asked
}

// Subscribers returns the subscriptions to a topic whose lease has not expired.
func (h *Hub) Subscribers(topic string) []Subscriber {
	h.mu.Lock()
	defer h.mu.Unlock()
	var subs []Subscriber
	for sub := range maps.Values(h.subs) {
		if sub.Topic == topic && h.currentTime().Before(sub.Expires) {
			subs = append(subs, sub)
		}
	}
	return subs
}

// WaitVerifications waits until all running verifications have ended.
func (h *Hub) WaitVerifications() { h.work.Wait() }

// Close refuses new requests and waits for running verifications.
func (h *Hub) Close() {
	h.mu.Lock()
	h.closed = true
	h.mu.Unlock()
	h.WaitVerifications()
}

// ServeHTTP accepts a subscribe or unsubscribe request (section 5.1).
func (h *Hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	req, err := readRequest(w, r)
	m, open := h.beginRequest(r)
	switch {
	case !open:
		http.Error(w, "closed", http.StatusServiceUnavailable)
	case m.Status != 0:
		defer h.work.Done()
		maps.Copy(w.Header(), m.Header)
		w.WriteHeader(m.Status)
		_, _ = io.WriteString(w, m.Body)
	case err != nil:
		defer h.work.Done()
		http.Error(w, err.Error(), http.StatusBadRequest)
	case m.VerifyFirst:
		defer h.work.Done()
		if err := h.processRequest(req, m); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	default:
		w.WriteHeader(http.StatusAccepted)
		go func() {
			defer h.work.Done()
			_ = h.processRequest(req, m) // the response is already sent
		}()
	}
}

// beginRequest records a request. It returns false if the hub is closed.
func (h *Hub) beginRequest(r *http.Request) (HubBehavior, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return HubBehavior{}, false
	}
	h.asked = append(h.asked, r.PostForm)
	h.work.Add(1)
	if h.URL == "" {
		h.URL = "http://" + r.Host + r.URL.Path
	}
	return h.manner, true
}

func readRequest(w http.ResponseWriter, r *http.Request) (hubRequest, error) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/x-www-form-urlencoded" || r.Method != http.MethodPost {
		return hubRequest{}, errors.New("expected a POST of a form")
	}
	if err := r.ParseForm(); err != nil {
		return hubRequest{}, err
	}
	f := r.PostForm
	req := hubRequest{mode: f.Get("hub.mode"), sent: f.Get("hub.lease_seconds"), sub: Subscriber{
		Callback: f.Get("hub.callback"), Topic: f.Get("hub.topic"), Secret: f.Get("hub.secret"),
	}}
	if req.mode != "subscribe" && req.mode != "unsubscribe" {
		return req, fmt.Errorf("hub.mode is %q", req.mode)
	}
	if len(req.sub.Secret) >= 200 {
		return req, errors.New("hub.secret is too long")
	}
	return req, errors.Join(checkHubURL("hub.callback", req.sub.Callback), checkHubURL("hub.topic", req.sub.Topic))
}

func checkHubURL(name, value string) error {
	u, err := url.Parse(value)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.Fragment != "" {
		return fmt.Errorf("%s is not a URL: %q", name, value)
	}
	return nil
}

// processRequest denies or verifies a request. The old subscription stays until a verification succeeds.
func (h *Hub) processRequest(req hubRequest, m HubBehavior) error {
	ctx, cancel := context.WithTimeout(context.Background(), hubTimeout)
	defer cancel()
	if m.NeverVerify {
		return nil
	}
	if m.DenyReason != "" {
		h.removeSubscriber(req.sub)
		_, err := h.callSubscriber(ctx, req.sub.Callback, url.Values{
			"hub.mode": {"denied"}, "hub.topic": {req.sub.Topic}, "hub.reason": {m.DenyReason},
		})
		return err
	}
	lease := cmp.Or(m.Lease, req.sent)
	if err := h.verifySubscriber(ctx, req, m, lease); err != nil {
		return err
	}
	if req.mode == "unsubscribe" {
		h.removeSubscriber(req.sub)
		return nil
	}
	h.addSubscriber(req.sub, lease)
	return nil
}

// verifySubscriber verifies the intent of the subscriber (section 5.3).
func (h *Hub) verifySubscriber(ctx context.Context, req hubRequest, m HubBehavior, lease string) error {
	challenge := rand.Text()
	q := url.Values{
		"hub.mode": {req.mode}, "hub.topic": {cmp.Or(m.Topic, req.sub.Topic)}, "hub.challenge": {challenge},
	}
	if req.mode == "subscribe" {
		q.Set("hub.lease_seconds", cmp.Or(lease, formatSeconds(defaultLease)))
	}
	echo, err := h.callSubscriber(ctx, req.sub.Callback, q)
	if err != nil {
		return err
	}
	if echo != challenge || m.RejectChallenge {
		return errors.New("the challenge does not match")
	}
	return nil
}

func formatSeconds(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }

// callSubscriber sends a GET to a callback and returns the response body. The callback's own query stays unchanged
// (section 5.1.1).
func (h *Hub) callSubscriber(ctx context.Context, callback string, q url.Values) (string, error) {
	u, err := url.Parse(callback)
	if err != nil {
		return "", err
	}
	u.RawQuery = strings.TrimPrefix(u.RawQuery+"&"+q.Encode(), "&")
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return "", err
	}
	return h.doRequest(req)
}

// doRequest sends a request and returns the response body. A redirect is an error, because a hub treats it as a
// failure.
func (h *Hub) doRequest(req *http.Request) (string, error) {
	resp, err := cmp.Or(h.Transport, http.DefaultTransport).RoundTrip(req)
	if err != nil {
		return "", err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	if err == nil && resp.StatusCode/100 != 2 {
		err = fmt.Errorf("the subscriber answered %d", resp.StatusCode)
	}
	return string(body), err
}

func (h *Hub) addSubscriber(sub Subscriber, lease string) {
	granted := defaultLease
	if n, err := strconv.ParseInt(lease, 10, 32); err == nil {
		granted = time.Duration(n) * time.Second
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	sub.Expires = h.currentTime().Add(granted)
	if h.subs == nil {
		h.subs = map[subscriptionKey]Subscriber{}
	}
	h.subs[subscriptionKey{sub.Callback, sub.Topic}] = sub
}

func (h *Hub) removeSubscriber(sub Subscriber) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.subs, subscriptionKey{sub.Callback, sub.Topic})
}

// Publish pushes content to all subscribers of a topic (section 7), one after another. It returns the number of
// successful pushes.
func (h *Hub) Publish(ctx context.Context, topic, contentType string, body []byte) (int, error) {
	h.mu.Lock()
	link, m := fmt.Sprintf(`<%s>; rel="hub", <%s>; rel="self"`, h.URL, topic), h.manner
	h.mu.Unlock()
	taken, faults := 0, []error(nil)
	for _, sub := range h.Subscribers(topic) {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, sub.Callback, bytes.NewReader(body))
		if err != nil {
			return taken, err
		}
		req.Header.Set("Content-Type", contentType)
		req.Header.Set("Link", link)
		if sub.Secret != "" && m.Algorithm != "none" {
			req.Header.Set("X-Hub-Signature", SignBody(cmp.Or(m.Algorithm, "sha256"), sub.Secret, body))
		}
		if _, err := h.doRequest(req); err != nil {
			faults = append(faults, err)
			continue
		}
		taken++
	}
	return taken, errors.Join(faults...)
}

// SignBody returns the X-Hub-Signature of a body (section 7.1). For an unknown algorithm it computes SHA-256.
func SignBody(algorithm, secret string, body []byte) string {
	known := map[string]func() hash.Hash{"sha1": sha1.New, "sha384": sha512.New384, "sha512": sha512.New}
	newHash, ok := known[algorithm]
	if !ok {
		newHash = sha256.New
	}
	mac := hmac.New(newHash, []byte(secret))
	_, _ = mac.Write(body) // a hash never fails
	return algorithm + "=" + hex.EncodeToString(mac.Sum(nil))
}

func (h *Hub) currentTime() time.Time {
	if h.Now != nil {
		return h.Now()
	}
	return time.Now()
}
