package linkproxy

import (
	"cmp"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"lastpost/internal/linkproxy/trace"
)

// Limits of a sign-in: its duration, the number of sign-ins whose requests are counted, and the requests of each.
const (
	flowLifetime    = 15 * time.Minute
	maxFlows        = 256
	maxFlowRequests = 500
	fairShare       = 8 // a client may hold an eighth of the flows while others need them
)

// flowCookie is the name of the cookie that identifies a browser that began its authorization here. Because of the prefix
// __Host-, another host cannot set this cookie.
const flowCookie = "__Host-lastpost-link"

// A flow is one browser's sign-in, as one request sees it. Its cookie carries it, so that every process with the same key
// can continue it.
type flow struct {
	id           string   // the trace's ID
	authorizeURL *url.URL // the authorization server's URL for the first request; nil: it was too long for the cookie
	redirectURI  string
	expires      time.Time
	next         string // the page that the last redirect from the authorization endpoint leads to, see pageKey; "": none
}

// setCookie sends the flow to the browser.
func (p *Proxy) setCookie(w http.ResponseWriter, f *flow) {
	http.SetCookie(w, &http.Cookie{Name: flowCookie, Value: p.sealer.seal(f), Path: "/", Secure: true, HttpOnly: true,
		SameSite: http.SameSiteLaxMode, MaxAge: int(flowLifetime / time.Second)})
}

// startFlow starts a flow of a client.
func (p *Proxy) startFlow(client string, target *url.URL, redirectURI string) *flow {
	f := &flow{id: trace.NewID(), authorizeURL: target, redirectURI: redirectURI, expires: p.Now().Add(flowLifetime)}
	p.flows.count(f, client, p.Now())
	return f
}

// lookupFlow returns the flow in the request's cookie. It returns nil if there is none, if it has expired, or if the
// cookie was sealed with another key. foreign reports whether the reason is the key.
func (p *Proxy) lookupFlow(r *http.Request) (f *flow, foreign bool) {
	cookie, err := r.Cookie(flowCookie)
	if err != nil {
		return nil, false
	}
	f, err = p.sealer.open(cookie.Value)
	if err != nil {
		return nil, len(cookie.Value) >= minSealed
	}
	if p.Now().After(f.expires) {
		return nil, false
	}
	return f, false
}

// A flowCount counts the requests of a flow in this process.
type flowCount struct {
	id           string
	client       string // of the last request, see clientKey
	expires      time.Time
	requestsLeft int
	returned     bool // the browser has sent the cookie
}

// flowCounts limits the requests of each sign-in. The zero value is ready to use. If it removes the count of a flow, the
// flow continues with a new count.
type flowCounts struct {
	mu   sync.Mutex
	byID map[string]*flowCount
}

// count returns the count of a flow and adds one if there is none. If there are too many, it removes one. The caller must
// not change it.
func (s *flowCounts) count(f *flow, client string, now time.Time) *flowCount {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lookup(f, client, now)
}

func (s *flowCounts) lookup(f *flow, client string, now time.Time) *flowCount {
	if c := s.byID[f.id]; c != nil {
		return c
	}
	if s.byID == nil {
		s.byID = map[string]*flowCount{}
	}
	maps.DeleteFunc(s.byID, func(_ string, c *flowCount) bool { return now.After(c.expires) })
	if len(s.byID) >= maxFlows {
		delete(s.byID, s.selectEviction().id)
	}
	c := &flowCount{id: f.id, client: client, expires: f.expires, requestsLeft: maxFlowRequests}
	s.byID[f.id] = c
	return c
}

// selectEviction returns the count to remove. If clients exceed their fair share, it selects a flow of the largest client,
// otherwise a flow of any client. It prefers flows whose browser never sent the cookie, then the oldest flow. So an
// attacker who starts many flows does not reset the count of a flow that is used.
func (s *flowCounts) selectEviction() *flowCount {
	flowsOf := map[string]int{}
	for _, c := range s.byID {
		flowsOf[c.client]++
	}
	rank := func(c *flowCount) (excess, returned int) {
		if flowsOf[c.client] > maxFlows/fairShare {
			excess = flowsOf[c.client]
		}
		if c.returned {
			returned = 1
		}
		return excess, returned
	}
	return slices.MinFunc(slices.Collect(maps.Values(s.byID)), func(a, b *flowCount) int {
		excessA, returnedA := rank(a)
		excessB, returnedB := rank(b)
		return cmp.Or(excessB-excessA, returnedA-returnedB, a.expires.Compare(b.expires))
	})
}

// useRequest reduces the remaining requests of a flow by one. It returns false if none remain.
func (s *flowCounts) useRequest(f *flow, client string, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.lookup(f, client, now)
	if c.requestsLeft == 0 {
		return false
	}
	c.requestsLeft--
	c.returned = true
	return true
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
