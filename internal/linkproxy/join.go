package linkproxy

import (
	"encoding/json"
	"slices"
	"time"
)

// Bounds of what is remembered for joining, and how long what may belong together is looked for.
const (
	maxOpen       = 200
	maxOpenBytes  = 16 << 20
	maxRemembered = 200 // exchanges of a trace
	maxKeys       = 64  // of a trace
	clientTime    = 15 * time.Minute
)

// A joiner finds the trace that an exchange is of, by what only those can know who are of the same attempt: the browser's
// flow, state, code, verifier or refresh token. It sees masks only, which are equal where the secrets are.
type joiner struct {
	traces []*remembered // in the order of their beginnings
	byID   map[string]*remembered
	keys   map[string]string // see leading: the trace
	weight int               // of all of them
}

// A remembered trace has of its exchanges what the diagnosis needs.
type remembered struct {
	Trace
	from    string // who began it
	proven  bool
	keys    []string // that lead to it, the oldest first
	weights []int    // of its exchanges
	weight  int
}

func newJoiner() *joiner { return &joiner{byID: map[string]*remembered{}, keys: map[string]string{}} }

// join gives an exchange its trace, and says by what it was found; or else which one it may be of.
func (j *joiner) join(k *Exchange, flow string) {
	for _, key := range sought(k, flow) {
		if id, ok := j.keys[key.name]; ok {
			k.Trace, k.Joined = id, key.by
			return
		}
	}
	k.Trace = flow
	if flow == "" {
		k.Trace = newID()
	}
	if k.Leg == LegToken {
		k.Perhaps = j.ofClient(k)
	}
}

// ofClient is for a way that is not seen whole: after a redirect to the authorization server the code is new here. Then
// only the client tells, whose id is no secret: whoever knows it could lay their request to somebody else's attempt. So
// this is a guess, which is shown as one, and joins nothing.
func (j *joiner) ofClient(k *Exchange) string {
	if k.Facts.Request.Get("grant_type") == "refresh_token" || k.Facts.clientID() == "" {
		return ""
	}
	for _, t := range slices.Backward(j.traces) {
		if len(t.Exchanges) == 0 || t.Perhaps != "" || k.Began.Sub(t.Last()) >= clientTime {
			continue
		}
		first := t.Exchanges[0]
		redirect := k.Facts.Request.Get("redirect_uri")
		waits := !slices.ContainsFunc(t.Exchanges, func(x Exchange) bool { return x.Leg == LegToken || x.Facts.Back != nil })
		if first.Leg == LegAuthorize && waits && k.Facts.clientID() == first.Facts.Request.Get("client_id") &&
			(redirect == "" || redirect == first.Facts.Request.Get("redirect_uri")) {
			return t.ID
		}
	}
	return ""
}

// suppose notes that two traces may be of the same attempt; of a trace that is gone nothing is.
func suppose(a, b *Trace) {
	if a != nil && b != nil && a != b {
		a.Perhaps, b.Perhaps = b.ID, a.ID
	}
}

// add remembers an exchange, and by what others are found to be of its trace.
func (j *joiner) add(k Exchange, flow string) {
	t := j.byID[k.Trace]
	if t == nil {
		t = &remembered{Trace: Trace{ID: k.Trace}, from: k.From}
		j.byID[k.Trace] = t
		j.traces = append(j.traces, t)
		j.weight += t.takes()
	}
	j.weight -= t.takes()
	t.proven = t.proven || k.proven()
	t.add(k)
	j.weight += t.takes()
	if other := j.byID[k.Perhaps]; other != nil {
		suppose(&t.Trace, &other.Trace)
	}
	for _, key := range leading(&k, flow) {
		j.lead(key, t)
	}
	j.forget()
}

// lead has a key lead to a trace. Whoever brings ever new ones loses the oldest of their own.
func (j *joiner) lead(key string, t *remembered) {
	if j.keys[key] == t.ID {
		return
	}
	j.keys[key] = t.ID
	t.keys = append(t.keys, key)
	if len(t.keys) > maxKeys {
		j.mislead(t.keys[0], t)
		t.keys = slices.Delete(t.keys, 0, 1)
	}
}

// mislead takes a key from a trace, if it leads there still.
func (j *joiner) mislead(key string, t *remembered) {
	if j.keys[key] == t.ID {
		delete(j.keys, key)
	}
}

// takes is the room that a trace takes: at least so much that no more than maxOpen fit in.
func (t *remembered) takes() int { return max(t.weight, maxOpenBytes/maxOpen) }

func (t *remembered) add(k Exchange) {
	k.Request, k.Answer, k.URL = Message{Type: k.Request.Type}, Message{}, "" // the diagnosis goes by the facts
	if k.Leg == LegPage && k.Facts.Back == nil && k.Facts.Page == nil && k.Facts.Away == "" && k.Facts.Network == "" {
		return
	}
	text, _ := json.Marshal(k) // what is going to be written always can be
	t.Exchanges, t.weights, t.weight = append(t.Exchanges, k), append(t.weights, len(text)), t.weight+len(text)
	for len(t.Exchanges) > maxRemembered || t.weight > maxOpenBytes/fairShare {
		middle := len(t.Exchanges) / 2 // the beginning and the end tell most
		t.weight -= t.weights[middle]
		t.Exchanges, t.weights = slices.Delete(t.Exchanges, middle, middle+1), slices.Delete(t.weights, middle, middle+1)
	}
}

// forget drops traces where there are too many, with all that leads to them.
func (j *joiner) forget() {
	if j.weight <= maxOpenBytes {
		return
	}
	held := make([]holding, len(j.traces))
	for i, t := range j.traces {
		held[i] = holding{id: t.ID, from: t.from, proven: t.proven, weight: t.takes(), last: t.Last()}
	}
	gone := surplus(held, maxOpenBytes)
	for id := range gone {
		t := j.byID[id]
		delete(j.byID, id)
		j.weight -= t.takes()
		for _, key := range t.keys {
			j.mislead(key, t)
		}
	}
	j.traces = slices.DeleteFunc(j.traces, func(t *remembered) bool { return gone[t.ID] })
}

// trace is what is remembered of a trace.
func (j *joiner) trace(id string) Trace {
	if t := j.byID[id]; t != nil {
		return t.Trace
	}
	return Trace{ID: id}
}

// open are the traces in which something may be missing yet.
func (j *joiner) open(now time.Time) (traces []Trace) {
	for _, t := range j.traces {
		if len(t.Exchanges) > 0 && now.Sub(t.Last()) < time.Hour {
			traces = append(traces, t.Trace)
		}
	}
	return traces
}
