package trace

import (
	"encoding/json"
	"slices"
	"time"
)

// Bounds of what is kept of former files and remembered for joining, and how long what may belong together is looked for.
const (
	maxTraceExchanges = 200
	clientMatchPeriod = 15 * time.Minute
)

// A joiner finds the trace that an exchange is of, by what only those can know who are of the same attempt: the browser's
// flow, state, code, verifier or refresh token. It sees masks only, which are equal where the secrets are. What it has forgotten
// leaves the files when they turn.
type joiner struct {
	traces []*cachedTrace // in the order in which they came
	size   int            // of all of them
}

// A remembered trace has of its exchanges what the diagnosis needs.
type cachedTrace struct {
	Trace
	client        string // who began it
	authenticated bool
	sizes         []int // of its exchanges
	size          int
}

// A tie shows that an exchange k is of the same attempt as an earlier one, x.
type joinRule struct {
	by      string
	matches func(k, x *Exchange) bool
}

// joinRules are all of them, the surest first. A code or refresh token that the OAuth server was seen to give is a secret, and
// whoever has it is of the same attempt. One that somebody brought may be made up, to catch whoever is going to be given it:
// it leads no further than to who brings it again.
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

// requester is who asks for tokens: one who has a secret, and otherwise one of an address.
func (x *Exchange) requester() [3]string {
	if x.Facts.ClientAuth.Secret != "" {
		return [3]string{"client", x.Facts.ClientAuth.ID, x.Facts.ClientAuth.Secret}
	}
	return [3]string{"address", x.ClientHash}
}

// amazonState is Amazon's in an authorization request, which is the last one: those of the console's URL come before. Should it
// be the console's alone, it is everybody's, and so it counts for each address apart.
func (x *Exchange) amazonState() string {
	states := x.Facts.Request["state"]
	if x.Leg != LegAuthorize || len(states) == 0 {
		return ""
	}
	return states[len(states)-1]
}

// assignTrace gives an exchange its trace, and says by what it was found; or else which one it may be of.
func (j *joiner) assignTrace(k *Exchange) {
	for _, tie := range joinRules() {
		for _, t := range slices.Backward(j.traces) {
			for i := range t.Exchanges {
				if tie.matches(k, &t.Exchanges[i]) {
					k.Trace, k.JoinedBy = t.ID, tie.by
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

// findByClient is for a way that is not seen whole: after a redirect to the authorization server the code is new here. Then
// only the client tells, whose id is no secret: whoever knows it could lay their request to somebody else's attempt. So
// this is a guess, which is shown as one, and joins nothing.
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

// linkPossible notes that two traces may be of the same attempt; of a trace that is gone nothing is.
func linkPossible(a, b *Trace) {
	if a != nil && b != nil && a != b {
		a.MaybeRelated, b.MaybeRelated = b.ID, a.ID
	}
}

// findTrace gives the trace of an id; nil: it is not remembered.
func (j *joiner) findTrace(id string) *cachedTrace {
	for _, t := range slices.Backward(j.traces) {
		if t.ID == id {
			return t
		}
	}
	return nil
}

// addExchange remembers an exchange.
func (j *joiner) addExchange(k Exchange) {
	text, _ := json.Marshal(k) // what is going to be written always can be
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
		gone := selectEviction(j.traces, maxFile)
		j.size -= j.traces[gone].size
		j.traces = slices.Delete(j.traces, gone, gone+1)
	}
}

// addExchange takes an exchange of a size in a file. Of a trace that takes too much, the middle goes: the beginning and the end tell most.
// An exchange weighs at least so much that no more than maxExchanges fit in a file.
func (t *cachedTrace) addExchange(k Exchange, size int) {
	weight := max(size, maxFile/maxExchanges)
	t.authenticated = t.authenticated || k.isAuthenticated()
	k.Request, k.Response, k.URL = Message{Type: k.Request.Type}, Message{}, "" // the diagnosis goes by the facts
	t.Exchanges, t.sizes, t.size = append(t.Exchanges, k), append(t.sizes, weight), t.size+weight
	for len(t.Exchanges) > maxTraceExchanges || t.size > maxFile/fairShare && len(t.Exchanges) > 1 {
		middle := len(t.Exchanges) / 2
		t.size -= t.sizes[middle]
		t.Exchanges, t.sizes = slices.Delete(t.Exchanges, middle, middle+1), slices.Delete(t.sizes, middle, middle+1)
	}
}

// retainedIDs are the exchanges that are remembered.
func (j *joiner) retainedIDs() map[string]bool {
	ids := map[string]bool{}
	for _, t := range j.traces {
		for _, x := range t.Exchanges {
			ids[x.ID] = true
		}
	}
	return ids
}
