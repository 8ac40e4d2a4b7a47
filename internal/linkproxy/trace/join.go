package trace

import (
	"encoding/json"
	"slices"
	"time"
)

// Bounds of the exchanges that are retained in memory, and the time for a match by client ID.
const (
	maxTraceExchanges = 200
	clientMatchPeriod = 15 * time.Minute
)

// A joiner assigns an exchange to a trace. It compares values that only one attempt knows: the browser's flow, state,
// code, verifier or refresh token. It sees masked values only; equal secrets have equal masks. Exchanges that it no
// longer retains are removed from the files at the next rotation.
type joiner struct {
	traces []*cachedTrace // in order of arrival
	size   int            // of all of them
}

// A cachedTrace retains the parts of the exchanges that the diagnosis needs.
type cachedTrace struct {
	Trace
	client        string // who started it
	authenticated bool
	sizes         []int // of its exchanges
	size          int
}

// A joinRule reports whether exchange k belongs to the same attempt as the earlier exchange x.
type joinRule struct {
	by      string
	matches func(k, x *Exchange) bool
}

// joinRules returns the rules, most reliable first. A code or refresh token that the OAuth server issued is a secret,
// so any request with it belongs to the same attempt. A code that appears only in requests may be invented by an
// attacker, to attach requests to another person's trace. So it matches only requests of the same requester.
func joinRules() []joinRule {
	return []joinRule{
		{"browser", func(k, x *Exchange) bool { return equalNonEmpty(k.flow, x.flow) }},
		{"code", func(k, x *Exchange) bool { return equalNonEmpty(k.requestParam("code"), x.Facts.Callback.Get("code")) }},
		{"code", func(k, x *Exchange) bool {
			return equalNonEmpty(k.requestParam("code"), x.requestParam("code")) && k.requester() == x.requester()
		}},
		{"refresh_token", func(k, x *Exchange) bool {
			return equalNonEmpty(k.requestParam("refresh_token"), x.Facts.Members["refresh_token"].Value)
		}},
		{"refresh_token", func(k, x *Exchange) bool {
			return equalNonEmpty(k.requestParam("refresh_token"), x.requestParam("refresh_token")) && k.requester() == x.requester()
		}},
		{"code_verifier", func(k, x *Exchange) bool {
			return k.Facts.Verifier != nil && x.requestParam("code_challenge_method") == "S256" &&
				equalNonEmpty(k.Facts.Verifier.S256, x.requestParam("code_challenge"))
		}},
		{"state", func(k, x *Exchange) bool {
			return equalNonEmpty(k.amazonState(), x.amazonState()) && k.ClientHash == x.ClientHash
		}},
	}
}

func equalNonEmpty(a, b string) bool { return a != "" && a == b }

func (x *Exchange) requestParam(name string) string { return x.Facts.Request.Get(name) }

// requester identifies who requests tokens: the client if it has a secret, otherwise the address.
func (x *Exchange) requester() [3]string {
	if x.Facts.ClientAuth.Secret != "" {
		return [3]string{"client", x.Facts.ClientAuth.ID, x.Facts.ClientAuth.Secret}
	}
	return [3]string{"address", x.ClientHash}
}

// amazonState returns Amazon's state in an authorization request. It is the last value, because values in the console's
// URL come before it. If the console's value is the only one, all requests share it; so callers also compare the
// address.
func (x *Exchange) amazonState() string {
	states := x.Facts.Request["state"]
	if x.Leg != LegAuthorize || len(states) == 0 {
		return ""
	}
	return states[len(states)-1]
}

// assignTrace sets an exchange's trace and the rule that found it, or else the trace that it may belong to.
func (j *joiner) assignTrace(k *Exchange) {
	for _, rule := range joinRules() {
		for _, t := range slices.Backward(j.traces) {
			for i := range t.Exchanges {
				if rule.matches(k, &t.Exchanges[i]) {
					k.Trace, k.JoinedBy = t.ID, rule.by
					return
				}
			}
		}
	}
	k.Trace = k.flow
	if k.flow == "" {
		k.Trace = NewID()
	}
	if k.Leg == LegToken {
		k.MaybeRelated = j.findByClient(k)
	}
}

// findByClient finds the trace that a token request may belong to. After a redirect to the authorization server, the
// proxy has not seen the code, and only the client ID matches. The client ID is public: an attacker could add a request
// to another person's attempt. So the result is only a displayed guess; the exchange does not join that trace.
func (j *joiner) findByClient(k *Exchange) string {
	if k.requestParam("grant_type") == "refresh_token" || k.Facts.clientID() == "" {
		return ""
	}
	for _, t := range slices.Backward(j.traces) {
		if t.MaybeRelated != "" || k.Began.Sub(t.LastRequest()) >= clientMatchPeriod {
			continue
		}
		first := t.Exchanges[0]
		redirect := k.requestParam("redirect_uri")
		waits := !slices.ContainsFunc(t.Exchanges, func(x Exchange) bool { return x.Leg == LegToken || x.Facts.Callback != nil })
		if first.Leg == LegAuthorize && waits && k.Facts.clientID() == first.requestParam("client_id") &&
			(redirect == "" || redirect == first.requestParam("redirect_uri")) {
			return t.ID
		}
	}
	return ""
}

// linkPossible records that two traces may belong to the same attempt. It ignores a trace that no longer exists.
func linkPossible(a, b *Trace) {
	if a != nil && b != nil && a != b {
		a.MaybeRelated, b.MaybeRelated = b.ID, a.ID
	}
}

// findTrace returns the trace with an ID, or nil.
func (j *joiner) findTrace(id string) *cachedTrace {
	for _, t := range slices.Backward(j.traces) {
		if t.ID == id {
			return t
		}
	}
	return nil
}

// addExchange retains an exchange.
func (j *joiner) addExchange(k Exchange) {
	text, _ := json.Marshal(k) // cannot fail: the exchange was written as JSON before
	t := j.findTrace(k.Trace)
	if t == nil {
		t = &cachedTrace{Trace: Trace{ID: k.Trace}, client: k.ClientHash}
		j.traces = append(j.traces, t)
	}
	j.size -= t.size
	t.addExchange(k, len(text)+1)
	j.size += t.size
	if other := j.findTrace(k.MaybeRelated); other != nil {
		linkPossible(&t.Trace, &other.Trace)
	}
	for j.size > maxFile {
		evicted := selectEviction(j.traces, maxFile)
		j.size -= j.traces[evicted].size
		j.traces = slices.Delete(j.traces, evicted, evicted+1)
	}
}

// addExchange adds an exchange with its size in a file. If a trace becomes too large, exchanges in its middle are
// removed, because the first and the last ones are the most useful. The minimum size of an exchange ensures that at
// most maxExchanges fit in a file.
func (t *cachedTrace) addExchange(k Exchange, size int) {
	weight := max(size, maxFile/maxExchanges)
	t.authenticated = t.authenticated || k.isAuthenticated()
	k.Request, k.Response, k.URL = Message{Type: k.Request.Type}, Message{}, "" // the diagnosis uses the facts only
	t.Exchanges, t.sizes, t.size = append(t.Exchanges, k), append(t.sizes, weight), t.size+weight
	for len(t.Exchanges) > maxTraceExchanges || t.size > maxFile/fairShare && len(t.Exchanges) > 1 {
		middle := len(t.Exchanges) / 2
		t.size -= t.sizes[middle]
		t.Exchanges, t.sizes = slices.Delete(t.Exchanges, middle, middle+1), slices.Delete(t.sizes, middle, middle+1)
	}
}

// retainedIDs returns the IDs of the retained exchanges.
func (j *joiner) retainedIDs() map[string]bool {
	ids := map[string]bool{}
	for _, t := range j.traces {
		for _, x := range t.Exchanges {
			ids[x.ID] = true
		}
	}
	return ids
}
