package trace

import (
	"encoding/json"
	"slices"
	"time"
)

// Bounds of what is kept of former files and remembered for joining, and how long what may belong together is looked for.
const (
	maxTraceExchanges = 200
	clientTime        = 15 * time.Minute
)

// A joiner finds the trace that an exchange is of, by what only those can know who are of the same attempt: the browser's
// flow, state, code, verifier or refresh token. It sees masks only, which are equal where the secrets are. What it has forgotten
// leaves the files when they turn.
type joiner struct {
	traces []*remembered // in the order in which they came
	weight int           // of all of them
}

// A remembered trace has of its exchanges what the diagnosis needs.
type remembered struct {
	Trace
	from    string // who began it
	proven  bool
	weights []int // of its exchanges
	weight  int
}

// A tie shows that an exchange k is of the same attempt as an earlier one, x.
type tie struct {
	by   string
	ties func(k, x *Exchange) bool
}

// ties are all of them, the surest first. A code or refresh token that the OAuth server was seen to give is a secret, and
// whoever has it is of the same attempt. One that somebody brought may be made up, to catch whoever is going to be given it:
// it leads no further than to who brings it again.
func ties() []tie {
	return []tie{
		{"browser", func(k, x *Exchange) bool { return same(k.flow, x.flow) }},
		{"code", func(k, x *Exchange) bool { return same(k.asked("code"), x.Facts.Back.Get("code")) }},
		{"code", func(k, x *Exchange) bool { return same(k.asked("code"), x.asked("code")) && k.asker() == x.asker() }},
		{"refresh_token", func(k, x *Exchange) bool {
			return same(k.asked("refresh_token"), x.Facts.Members["refresh_token"].Value)
		}},
		{"refresh_token", func(k, x *Exchange) bool {
			return same(k.asked("refresh_token"), x.asked("refresh_token")) && k.asker() == x.asker()
		}},
		{"code_verifier", func(k, x *Exchange) bool {
			return k.Facts.Verifier != nil && x.asked("code_challenge_method") == "S256" &&
				same(k.Facts.Verifier.S256, x.asked("code_challenge"))
		}},
		{"state", func(k, x *Exchange) bool { return same(k.state(), x.state()) && k.From == x.From }},
	}
}

func same(a, b string) bool { return a != "" && a == b }

func (x *Exchange) asked(name string) string { return x.Facts.Request.Get(name) }

// asker is who asks for tokens: one who has a secret, and otherwise one of an address.
func (x *Exchange) asker() [3]string {
	if x.Facts.Client.Secret != "" {
		return [3]string{"client", x.Facts.Client.ID, x.Facts.Client.Secret}
	}
	return [3]string{"address", x.From}
}

// state is Amazon's in an authorization request, which is the last one: those of the console's URL come before. Should it
// be the console's alone, it is everybody's, and so it counts for each address apart.
func (x *Exchange) state() string {
	states := x.Facts.Request["state"]
	if x.Leg != LegAuthorize || len(states) == 0 {
		return ""
	}
	return states[len(states)-1]
}

// join gives an exchange its trace, and says by what it was found; or else which one it may be of.
func (j *joiner) join(k *Exchange) {
	for _, tie := range ties() {
		for _, t := range slices.Backward(j.traces) {
			for i := range t.Exchanges {
				if tie.ties(k, &t.Exchanges[i]) {
					k.Trace, k.Joined = t.ID, tie.by
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
		k.Perhaps = j.ofClient(k)
	}
}

// ofClient is for a way that is not seen whole: after a redirect to the authorization server the code is new here. Then
// only the client tells, whose id is no secret: whoever knows it could lay their request to somebody else's attempt. So
// this is a guess, which is shown as one, and joins nothing.
func (j *joiner) ofClient(k *Exchange) string {
	if k.asked("grant_type") == "refresh_token" || k.Facts.clientID() == "" {
		return ""
	}
	for _, t := range slices.Backward(j.traces) {
		if t.Perhaps != "" || k.Began.Sub(t.Last()) >= clientTime {
			continue
		}
		first := t.Exchanges[0]
		redirect := k.asked("redirect_uri")
		waits := !slices.ContainsFunc(t.Exchanges, func(x Exchange) bool { return x.Leg == LegToken || x.Facts.Back != nil })
		if first.Leg == LegAuthorize && waits && k.Facts.clientID() == first.asked("client_id") &&
			(redirect == "" || redirect == first.asked("redirect_uri")) {
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

// find gives the trace of an id; nil: it is not remembered.
func (j *joiner) find(id string) *remembered {
	for _, t := range slices.Backward(j.traces) {
		if t.ID == id {
			return t
		}
	}
	return nil
}

// add remembers an exchange.
func (j *joiner) add(k Exchange) {
	text, _ := json.Marshal(k) // what is going to be written always can be
	t := j.find(k.Trace)
	if t == nil {
		t = &remembered{Trace: Trace{ID: k.Trace}, from: k.From}
		j.traces = append(j.traces, t)
	}
	j.weight -= t.weight
	t.add(k, len(text)+1)
	j.weight += t.weight
	if other := j.find(k.Perhaps); other != nil {
		suppose(&t.Trace, &other.Trace)
	}
	for j.weight > maxFile {
		gone := surplus(j.traces, maxFile)
		j.weight -= j.traces[gone].weight
		j.traces = slices.Delete(j.traces, gone, gone+1)
	}
}

// add takes an exchange of a size in a file. Of a trace that takes too much, the middle goes: the beginning and the end tell most.
// An exchange weighs at least so much that no more than maxExchanges fit in a file.
func (t *remembered) add(k Exchange, size int) {
	weight := max(size, maxFile/maxExchanges)
	t.proven = t.proven || k.proven()
	k.Request, k.Answer, k.URL = Message{Type: k.Request.Type}, Message{}, "" // the diagnosis goes by the facts
	t.Exchanges, t.weights, t.weight = append(t.Exchanges, k), append(t.weights, weight), t.weight+weight
	for len(t.Exchanges) > maxTraceExchanges || t.weight > maxFile/fairShare && len(t.Exchanges) > 1 {
		middle := len(t.Exchanges) / 2
		t.weight -= t.weights[middle]
		t.Exchanges, t.weights = slices.Delete(t.Exchanges, middle, middle+1), slices.Delete(t.weights, middle, middle+1)
	}
}

// ids are the exchanges that are remembered.
func (j *joiner) ids() map[string]bool {
	ids := map[string]bool{}
	for _, t := range j.traces {
		for _, x := range t.Exchanges {
			ids[x.ID] = true
		}
	}
	return ids
}
