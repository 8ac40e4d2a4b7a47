package linkproxy

import (
	"slices"
	"time"
)

// Bounds of what is remembered for joining, and how long what belongs to nothing else may be put to the last
// authorization of the same client.
const (
	maxOpen       = 200
	maxRemembered = 200 // exchanges of a trace
	maxKeys       = 50_000
	clientTime    = 15 * time.Minute
)

// A joiner finds the trace that an exchange is of: by the browser's flow, state, code or refresh token. It sees masks
// only, which are equal where the secrets are.
type joiner struct {
	traces []*Trace // the last ones, in the order of their beginnings; of their exchanges what the diagnosis needs
	byID   map[string]*Trace
	keys   map[string]string // "state MASK", "code MASK", "refresh_token MASK", "flow ID": the trace
}

func newJoiner() *joiner { return &joiner{byID: map[string]*Trace{}, keys: map[string]string{}} }

// join gives the trace of an exchange, and by what it was found.
func (j *joiner) join(x *exchange, k Exchange) (id, by string) {
	switch k.Leg {
	case LegPage:
		if id, ok := j.keys["flow "+x.flow]; ok {
			return id, "browser"
		}
	case LegAuthorize:
		if id, ok := j.keys["code "+k.Facts.Request.Get("code")]; ok { // a request for a token that went astray
			return id, "code"
		}
		states := k.Facts.Request["state"]
		if len(states) > 0 { // the last one is Amazon's: those of the console's URL come before
			if id, ok := j.keys["state "+states[len(states)-1]]; ok {
				j.keys["flow "+x.flow] = id
				return id, "state"
			}
		}
	case LegToken:
		for _, name := range []string{"code", "refresh_token"} {
			if id, ok := j.keys[name+" "+k.Facts.Request.Get(name)]; ok {
				return id, name
			}
		}
		if id, ok := j.ofClient(k); ok {
			return id, "client"
		}
	}
	if x.flow == "" {
		return newID(), ""
	}
	j.keys["flow "+x.flow] = x.flow
	return x.flow, ""
}

// ofClient is for the way that is not seen whole: after a redirect to the authorization server the code is new here.
func (j *joiner) ofClient(k Exchange) (string, bool) {
	if k.Facts.Request.Get("grant_type") == "refresh_token" {
		return "", false
	}
	for _, t := range slices.Backward(j.traces) {
		if len(t.Exchanges) == 0 {
			continue
		}
		first := t.Exchanges[0]
		redirect := k.Facts.Request.Get("redirect_uri")
		waits := !slices.ContainsFunc(t.Exchanges, func(x Exchange) bool { return x.Leg == LegToken || x.Facts.Back != nil })
		if first.Leg == LegAuthorize && waits && k.Began.Sub(t.Last()) < clientTime && k.Facts.clientID() == first.Facts.Request.Get("client_id") &&
			(redirect == "" || redirect == first.Facts.Request.Get("redirect_uri")) {
			return t.ID, true
		}
	}
	return "", false
}

// add remembers an exchange, and by what others are found to be of its trace.
func (j *joiner) add(k Exchange) {
	t := j.byID[k.Trace]
	if t == nil {
		t = &Trace{ID: k.Trace}
		j.byID[k.Trace] = t
		j.traces = append(j.traces, t)
		j.forget()
	}
	k.Request, k.Answer, k.URL = Message{Type: k.Request.Type}, Message{}, "" // the diagnosis goes by the facts
	if k.Leg != LegPage || k.Facts.Back != nil || k.Facts.Page != nil || k.Facts.Away != "" || k.Facts.Network != "" {
		t.Exchanges = append(t.Exchanges, k)
		if len(t.Exchanges) > maxRemembered { // the beginning and the end tell most
			t.Exchanges = slices.Delete(t.Exchanges, maxRemembered/2, maxRemembered/2+1)
		}
	}
	if len(j.keys) > maxKeys {
		clear(j.keys)
	}
	for name, values := range map[string][]string{
		"state":         k.Facts.Request["state"],
		"code":          {k.Facts.Request.Get("code"), k.Facts.Back.get("code")},
		"refresh_token": {k.Facts.Request.Get("refresh_token"), k.Facts.Members["refresh_token"].Value},
	} {
		for _, value := range values {
			if value != "" {
				j.keys[name+" "+value] = k.Trace
			}
		}
	}
}

// forget drops the oldest trace where there are too many, with all that leads to it.
func (j *joiner) forget() {
	if len(j.traces) <= maxOpen {
		return
	}
	id := j.traces[0].ID
	j.traces = slices.Delete(j.traces, 0, 1)
	delete(j.byID, id)
	for key, of := range j.keys {
		if of == id {
			delete(j.keys, key)
		}
	}
}

// trace is what is remembered of a trace.
func (j *joiner) trace(id string) Trace {
	if t := j.byID[id]; t != nil {
		return *t
	}
	return Trace{ID: id}
}

// open are the traces in which something may be missing yet.
func (j *joiner) open(now time.Time) (traces []Trace) {
	for _, t := range j.traces {
		if len(t.Exchanges) > 0 && now.Sub(t.Last()) < time.Hour {
			traces = append(traces, *t)
		}
	}
	return traces
}

// get is a parameter of the redirect back, of its query or else of its fragment.
func (b *Back) get(name string) string {
	if b == nil {
		return ""
	}
	if value := b.Query.Get(name); value != "" {
		return value
	}
	return b.Fragment.Get(name)
}
