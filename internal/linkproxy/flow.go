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

// How long a browser has for signing in, how many browsers may be at it, and how many requests each has for it.
const (
	flowLifetime    = 15 * time.Minute
	maxFlows        = 256
	maxFlowRequests = 500
	fairShare       = 8 // a client may fill an eighth of the room while others want it
)

// flowCookie marks a browser whose authorization began here. The prefix makes browsers refuse it from anybody else.
const flowCookie = "__Host-lastpost-link"

// A flow is one browser that is signing in.
type flow struct {
	id           string   // of the trace
	client       string   // the client, see clientOf
	key          string   // the cookie's value, which is nowhere written down
	authorizeURL *url.URL // the authorization request, at the authorization server
	expires      time.Time
	requestsLeft int  // requests
	returned     bool // the browser came again, with the cookie

	redirectURI string
}

// setCookie gives the browser the cookie.
func (f *flow) setCookie(w http.ResponseWriter) {
	http.SetCookie(w, &http.Cookie{Name: flowCookie, Value: f.key, Path: "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
		MaxAge: int(flowLifetime / time.Second)})
}

// flows are the browsers that are signing in. The zero value is ready.
type flows struct {
	mu    sync.Mutex
	byKey map[string]*flow
}

// startFlow takes a browser in. Where there are too many, one goes.
func (s *flows) startFlow(from string, target *url.URL, now time.Time) *flow {
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
	f := &flow{id: trace.NewID(), client: from, key: rand.Text(), authorizeURL: target, expires: now.Add(flowLifetime), requestsLeft: maxFlowRequests}
	s.byKey[f.key] = f
	return f
}

// selectEviction is of the client with the most browsers, if that is more than a fair share, and otherwise of all of them, the
// one that has been here for longest; first of those that never came again. So a flood of beginnings drives nobody out who
// is signing in.
func (s *flows) selectEviction() *flow {
	of := map[string]int{}
	for _, f := range s.byKey {
		of[f.client]++
	}
	rank := func(f *flow) (crowd, known int) {
		if of[f.client] > maxFlows/fairShare {
			crowd = of[f.client]
		}
		if f.returned {
			known = 1
		}
		return crowd, known
	}
	return slices.MinFunc(slices.Collect(maps.Values(s.byKey)), func(a, b *flow) int {
		crowdA, knownA := rank(a)
		crowdB, knownB := rank(b)
		return cmp.Or(crowdB-crowdA, knownA-knownB, a.expires.Compare(b.expires))
	})
}

// isKnown reports whether a request is of a browser that is signing in.
func (s *flows) isKnown(r *http.Request, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lookupFlow(r, now) != nil
}

// useRequest gives the flow of a request, and takes one off what it may still ask.
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

// removeFlowCookie takes our own cookie out of a request's, and leaves the rest as it came.
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
