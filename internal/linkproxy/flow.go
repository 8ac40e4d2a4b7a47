package linkproxy

import (
	"cmp"
	"crypto/rand"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"lastpost/internal/linkproxy/trace"
)

// Limits of a sign-in: its duration, the number of concurrent ones, and the requests of each.
const (
	flowLifetime    = 15 * time.Minute
	maxFlows        = 256
	maxFlowRequests = 500
	fairShare       = 8 // a client may hold an eighth of the flows while others need them
)

// flowCookie is the name of the cookie that identifies a browser that began its authorization here. Because of the prefix
// __Host-, another host cannot set this cookie.
const flowCookie = "__Host-lastpost-link"

// A flow is one browser's sign-in.
type flow struct {
	id           string   // the trace's ID
	client       string   // see clientKey
	key          string   // the cookie's value; it is never stored
	authorizeURL *url.URL // the authorization server's URL for the first request
	expires      time.Time
	requestsLeft int
	returned     bool // the browser has sent the cookie

	redirectURI string
}

// setCookie sends the cookie to the browser.
func (f *flow) setCookie(w http.ResponseWriter) {
	http.SetCookie(w, &http.Cookie{Name: flowCookie, Value: f.key, Path: "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
		MaxAge: int(flowLifetime / time.Second)})
}

// flows contains the sign-ins in progress. The zero value is ready to use.
type flows struct {
	mu    sync.Mutex
	byKey map[string]*flow
}

// startFlow adds a flow for a client. If there are too many flows, it removes one.
func (s *flows) startFlow(client string, target *url.URL, now time.Time) *flow {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byKey == nil {
		s.byKey = map[string]*flow{}
	}
	for key, f := range s.byKey {
		if now.After(f.expires) {
			delete(s.byKey, key)
		}
	}
	if len(s.byKey) >= maxFlows {
		delete(s.byKey, s.selectEviction().key)
	}
	f := &flow{id: trace.NewID(), client: client, key: rand.Text(), authorizeURL: target,
		expires: now.Add(flowLifetime), requestsLeft: maxFlowRequests}
	s.byKey[f.key] = f
	return f
}

// selectEviction returns the flow to remove. If clients exceed their fair share, it selects a flow of the largest client,
// otherwise a flow of any client. It prefers flows whose browser never sent the cookie, then the oldest flow. So an
// attacker who starts many flows cannot displace a browser that is signing in.
func (s *flows) selectEviction() *flow {
	flowsOf := map[string]int{}
	for _, f := range s.byKey {
		flowsOf[f.client]++
	}
	rank := func(f *flow) (excess, returned int) {
		if flowsOf[f.client] > maxFlows/fairShare {
			excess = flowsOf[f.client]
		}
		if f.returned {
			returned = 1
		}
		return excess, returned
	}
	return slices.MinFunc(slices.Collect(maps.Values(s.byKey)), func(a, b *flow) int {
		excessA, returnedA := rank(a)
		excessB, returnedB := rank(b)
		return cmp.Or(excessB-excessA, returnedA-returnedB, a.expires.Compare(b.expires))
	})
}

// isKnown reports whether a request belongs to a current flow.
func (s *flows) isKnown(r *http.Request, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lookupFlow(r, now) != nil
}

// useRequest returns the flow of a request and reduces its remaining requests by one. It returns false if none remain.
func (s *flows) useRequest(r *http.Request, now time.Time) (*flow, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.lookupFlow(r, now)
	if f == nil || f.requestsLeft == 0 {
		return nil, false
	}
	f.requestsLeft--
	f.returned = true
	return f, true
}

// lookupFlow returns the flow that the request's cookie names, or nil if it does not exist or has expired.
func (s *flows) lookupFlow(r *http.Request, now time.Time) *flow {
	cookie, err := r.Cookie(flowCookie)
	if err != nil {
		return nil
	}
	f := s.byKey[cookie.Value]
	if f == nil || now.After(f.expires) {
		return nil
	}
	return f
}

// removeFlowCookie removes the proxy's own cookie from a request's header. Other cookies stay unchanged.
func removeFlowCookie(h http.Header) {
	lines := h.Values("Cookie")
	h.Del("Cookie")
	for _, line := range lines {
		if !strings.Contains(line, flowCookie+"=") {
			h.Add("Cookie", line)
			continue
		}
		var others []string
		for pair := range strings.SplitSeq(line, ";") {
			if !strings.HasPrefix(strings.TrimSpace(pair), flowCookie+"=") {
				others = append(others, strings.TrimSpace(pair))
			}
		}
		if len(others) > 0 {
			h.Add("Cookie", strings.Join(others, "; "))
		}
	}
}
