package trace

import (
	"net/url"

	"lastpost/internal/redact"
)

// fairShare is the part of the room, an eighth, that a client may fill with one kind of traces while others want it.
const fairShare = 8

// selectEviction gives the trace that has to go first so that the rest fits into a room. Anybody may begin traces, as many as they
// like. So those that came to something have half of the room for themselves, and in either half a client with more than
// a fair share gives up the oldest first. Where nobody has more, the oldest of all goes: Amazon's servers come from few
// addresses, and would else lose today's traces to those of people who linked once, long ago.
func selectEviction(traces []*cachedTrace, capacity int) (oldest int) {
	unauthenticated := 0
	for _, t := range traces {
		if !t.authenticated {
			unauthenticated += t.size
		}
	}
	evictAuthenticated := unauthenticated <= capacity/2 // and so the proven ones have more
	shares, most := map[string]int{}, ""
	for _, t := range traces {
		if t.authenticated == evictAuthenticated {
			if shares[t.client] += t.size; shares[t.client] > shares[most] {
				most = t.client
			}
		}
	}
	greedy := shares[most] > capacity/fairShare
	oldest = -1
	for i, t := range traces {
		if t.authenticated == evictAuthenticated && (!greedy || t.client == most) && (oldest < 0 || t.LastRequest().Before(traces[oldest].LastRequest())) {
			oldest = i
		}
	}
	return oldest
}

// isAuthenticated reports whether an exchange shows that the OAuth server believed who asked: it gave a token, or a code that goes
// to Amazon.
func (x *Exchange) isAuthenticated() bool {
	if x.Leg == LegToken {
		return x.hasToken()
	}
	if x.Facts.Callback.Get("code") == "" {
		return false
	}
	to, err := url.Parse(x.Facts.Callback.URL)
	return err == nil && redact.IsAmazonHost(to.Hostname())
}
