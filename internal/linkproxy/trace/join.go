package trace

import (
	"encoding/json"
	"slices"
	"time"
)

// maxTraceExchanges limits the exchanges of one trace in memory. clientMatchPeriod is the longest time between a trace's
// last request and a token request that may belong to it.
const (
	maxTraceExchanges = 200
	clientMatchPeriod = 15 * time.Minute
)

// A joiner assigns exchanges to traces, and retains recent traces in memory. It compares values that belong to one
// attempt only: the flow cookie, state, code, verifier or refresh token. It sees only their masks, which are equal for
// equal secrets. If it removes an exchange, the next rotation removes that exchange from the files.
type joiner struct {
	traces []*cachedTrace // in order of arrival
	size   int            // total size of all traces
}

// A cachedTrace retains the parts of the exchanges that the diagnosis needs.
type cachedTrace struct {
	Trace
	client        string // hash of the address that started the trace
	authenticated bool   // see isAuthenticated
	sizes         []int  // size of each exchange
	size          int    // sum of sizes
}

// A joinRule compares a new exchange k with an earlier exchange x. If it matches, both belong to the same attempt. by is
// the value for Exchange.JoinedBy.
type joinRule struct {
	by      string
	matches func(k, x *Exchange) bool
}

// joinRules returns the rules, most reliable first. A code or refresh token that the OAuth server issued is a secret. So
// any request with it belongs to the same attempt. If a code appears only in requests, an attacker may have invented it
// to add requests to another person's trace. So it matches only requests of the same requester.
func joinRules() []joinRule {
	return []joinRule{
		{"browser", func(k, x *Exchange) bool { return equalNonEmpty(k.flow, x.flow) }},
		{"code", func(k, x *Exchange) bool { return equalNonEmpty(k.requestParam("code"), x.Facts.Callback.Get("code")) }},
		{"code", func(k, x *Exchange) bool {
			return x.Facts.Callback != nil && equalNonEmpty(k.requestParam("code"), x.Facts.Callback.LiteralCode)
		}},
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

// requester identifies the sender of a token request by its client ID and secret, or by its address if it has no secret.
func (x *Exchange) requester() [3]string {
	if x.Facts.ClientAuth.Secret != "" {
		return [3]string{"client", x.Facts.ClientAuth.ID, x.Facts.ClientAuth.Secret}
	}
	return [3]string{"address", x.ClientHash}
}

// amazonState returns Amazon's state in an authorization request, or "". It is the last value of state, because Amazon
// appends its own parameters to the URL from the console. If only the console's URL has a state, all users send the same
// value. So callers also compare the address.
func (x *Exchange) amazonState() string {
	states := x.Facts.Request["state"]
	if x.Leg != LegAuthorize || len(states) == 0 {
		return ""
	}
	return states[len(states)-1]
}

// assignTrace sets the trace of a new exchange. If a rule matches an earlier exchange, it is that exchange's trace, and
// JoinedBy names the rule. Otherwise the exchange starts a new trace, and MaybeRelated is the trace that it may belong
// to.
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

// findByClient returns the ID of the trace that a token request may belong to, or "". After the proxy redirects a browser
// to the authorization server, it does not see the code. So only the client ID can match. The client ID is public, and an
// attacker could use it to add a request to another person's trace. So the exchange does not join the trace; the
// inspector only shows the possible relation.
func (j *joiner) findByClient(k *Exchange) string {
	if k.requestParam("grant_type") == "refresh_token" || k.Facts.clientID() == "" {
		return ""
	}
	for _, t := range slices.Backward(j.traces) {
		if t.MaybeRelated == "" && t.waitsFor(k) && k.Facts.clientID() == t.Exchanges[0].requestParam("client_id") {
			return t.ID
		}
	}
	return ""
}

// isExpected reports whether an attempt waits for a token request such as k. Its code was not seen here, because the
// browser was redirected, or because a script returned it. Unlike for findByClient, several requests may be expected, and
// the client ID may be missing, because a request with a fault must not be taken for a stranger's.
func (j *joiner) isExpected(k *Exchange) bool {
	id := k.Facts.clientID()
	return slices.ContainsFunc(j.traces, func(t *cachedTrace) bool {
		return k.requestParam("grant_type") != "refresh_token" && t.waitsFor(k) && !j.findTrace(t.MaybeRelated).hasToken() &&
			(id == t.Exchanges[0].requestParam("client_id") || id == "" && k.requestParam("redirect_uri") != "")
	})
}

// hasToken reports whether the trace exists and the OAuth server issued a token.
func (t *cachedTrace) hasToken() bool {
	return t != nil && slices.ContainsFunc(t.Exchanges, func(x Exchange) bool { return x.Leg == LegToken && x.hasToken() })
}

// waitsFor reports whether the trace is a recent authorization without a code, whose redirect URI is that of k.
func (t *cachedTrace) waitsFor(k *Exchange) bool {
	first, redirect := &t.Exchanges[0], k.requestParam("redirect_uri")
	hasAnswer := slices.ContainsFunc(t.Exchanges, func(x Exchange) bool { return x.Leg == LegToken || x.Facts.Callback != nil })
	return first.Leg == LegAuthorize && !hasAnswer && k.Began.Sub(t.LastRequest()) < clientMatchPeriod &&
		(redirect == "" || redirect == first.requestParam("redirect_uri"))
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

// addExchange adds an exchange to its trace in memory. Then it removes traces until the others fit into the capacity.
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

// addExchange adds an exchange to the trace. size is its length in the file. If the trace becomes too large, exchanges in
// its middle are removed, because the first and the last exchanges are the most useful. An exchange counts at least
// maxFile/maxExchanges bytes, so that at most maxExchanges exchanges are retained.
func (t *cachedTrace) addExchange(k Exchange, size int) {
	weight := max(size, maxFile/maxExchanges)
	t.authenticated = t.authenticated || k.isAuthenticated()
	k.Request, k.Response, k.URL = HTTPMessage{Type: k.Request.Type}, HTTPMessage{}, "" // the diagnosis uses the facts only
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
