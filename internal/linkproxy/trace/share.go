package trace

import (
	"net/url"

	"lastpost/internal/redact"
)

// fairShare is the part of the room, an eighth, that a client may fill with one kind of traces while others want it.
const fairShare = 8

// surplus gives the trace that has to go first so that the rest fits into a room. Anybody may begin traces, as many as they
// like. So those that came to something have half of the room for themselves, and in either half a client with more than
// a fair share gives up the oldest first. Where nobody has more, the oldest of all goes: Amazon's servers come from few
// addresses, and would else lose today's traces to those of people who linked once, long ago.
func surplus(traces []*remembered, room int) (oldest int) {
	failed := 0
	for _, t := range traces {
		if !t.proven {
			failed += t.weight
		}
	}
	proven := failed <= room/2 // and so the proven ones have more
	shares, most := map[string]int{}, ""
	for _, t := range traces {
		if t.proven == proven {
			if shares[t.from] += t.weight; shares[t.from] > shares[most] {
				most = t.from
			}
		}
	}
	greedy := shares[most] > room/fairShare
	oldest = -1
	for i, t := range traces {
		if t.proven == proven && (!greedy || t.from == most) && (oldest < 0 || t.Last().Before(traces[oldest].Last())) {
			oldest = i
		}
	}
	return oldest
}

// proven reports whether an exchange shows that the OAuth server believed who asked: it gave a token, or a code that goes
// to Amazon.
func (x *Exchange) proven() bool {
	if x.Leg == LegToken {
		return x.gives()
	}
	if x.Facts.Back.Get("code") == "" {
		return false
	}
	to, err := url.Parse(x.Facts.Back.To)
	return err == nil && redact.AmazonHost(to.Hostname())
}
