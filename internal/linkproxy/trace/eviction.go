package trace

import (
	"net/url"

	"lastpost/internal/redact"
)

// fairShare is the divisor for a client's fair share: an eighth of the capacity. While the capacity is exceeded, a client
// with more than its share loses traces before other clients do. Authenticated and other traces count separately.
const fairShare = 8

// selectEviction returns the index of the trace to remove first if the traces exceed the capacity.
//
// An attacker can start any number of traces. So half of the capacity is reserved for authenticated traces. In either
// half, a client with more than a fair share loses its oldest trace first. If no client exceeds its share, the oldest
// trace of that half is removed. It would be wrong to remove a trace of the largest client in that case: Amazon's servers
// use few addresses, so their new traces would be lost before the old traces of other clients.
func selectEviction(traces []*cachedTrace, capacity int) (oldest int) {
	unauthenticated := 0
	for _, t := range traces {
		if !t.authenticated {
			unauthenticated += t.size
		}
	}
	evictAuthenticated := unauthenticated <= capacity/2 // then the authenticated traces exceed their half
	shares, largest := map[string]int{}, ""
	for _, t := range traces {
		if t.authenticated == evictAuthenticated {
			if shares[t.client] += t.size; shares[t.client] > shares[largest] {
				largest = t.client
			}
		}
	}
	exceedsShare := shares[largest] > capacity/fairShare
	oldest = -1
	for i, t := range traces {
		if t.authenticated == evictAuthenticated && (!exceedsShare || t.client == largest) &&
			(oldest < 0 || t.LastRequest().Before(traces[oldest].LastRequest())) {
			oldest = i
		}
	}
	return oldest
}

// isAuthenticated reports whether the OAuth server accepted the requester. It did if the response contains a token, or
// if it redirects the browser to Amazon with a code.
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
