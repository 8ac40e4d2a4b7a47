package trace

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// newTraces returns n traces of a client with one request each. The first request is in the given minute, and the others
// follow it one a minute. A trace's ID consists of the client, authenticated and the minute.
func newTraces(client string, authenticated bool, n, minute int) (cached []*cachedTrace) {
	for i := range n {
		last := time.Unix(0, 0).Add(time.Duration(minute+i) * time.Minute)
		id := fmt.Sprintf("%s %t %d", client, authenticated, minute+i)
		cached = append(cached, &cachedTrace{Trace: Trace{ID: id, Exchanges: []Exchange{{Began: last}}}, client: client, authenticated: authenticated, size: 1})
	}
	return cached
}

// evictToFit removes traces until the capacity is large enough for the remaining ones. The size of each trace is 1.
func evictToFit(cached []*cachedTrace, capacity int) []*cachedTrace {
	for len(cached) > capacity {
		evicted := selectEviction(cached, capacity)
		cached = slices.Delete(cached, evicted, evicted+1)
	}
	return cached
}

// If the traces exceed the capacity, no client loses traces of its fair share to a flood. The capacity is 80 traces, so
// a fair share is 10.
func TestClientsHaveFairShares(t *testing.T) {
	for name, row := range map[string]struct {
		cached [][]*cachedTrace
		left   map[string]int
	}{
		"everything fits":                                {[][]*cachedTrace{newTraces("a", false, 80, 0)}, map[string]int{"a false": 80}},
		"one client uses the whole capacity":             {[][]*cachedTrace{newTraces("a", false, 200, 0)}, map[string]int{"a false": 80}},
		"a flood evicts its own traces":                  {[][]*cachedTrace{newTraces("a", false, 5, 0), newTraces("b", false, 3, 0), newTraces("flood", false, 200, 10)}, map[string]int{"a false": 5, "b false": 3, "flood false": 72}},
		"authenticated traces have half of the capacity": {[][]*cachedTrace{newTraces("a", true, 60, 0), newTraces("a", false, 200, 100)}, map[string]int{"a true": 40, "a false": 40}},
		"authenticated traces use free capacity":         {[][]*cachedTrace{newTraces("a", true, 60, 0), newTraces("a", false, 20, 100)}, map[string]int{"a true": 60, "a false": 20}},
		"failed traces have the other half":              {[][]*cachedTrace{newTraces("a", false, 60, 0), newTraces("a", true, 200, 100)}, map[string]int{"a false": 40, "a true": 40}},
		"a flood takes a fair share of a full store":     {[][]*cachedTrace{newTracesOfClients(80, false), newTraces("flood", false, 300, 100)}, map[string]int{"clients": 70, "flood false": 10}},
		"two floods share the capacity":                  {[][]*cachedTrace{newTraces("a", false, 10, 0), newTraces("x", false, 100, 10), newTraces("y", false, 100, 10)}, map[string]int{"a false": 10, "x false": 35, "y false": 35}},
		"new traces of Amazon's few addresses replace old ones of many clients": {
			[][]*cachedTrace{newTracesOfClients(200, true), newTraces("amazon", true, 10, 1000)}, map[string]int{"amazon true": 10, "clients": 70}},
	} {
		t.Run(name, func(t *testing.T) {
			var cached []*cachedTrace
			for _, part := range row.cached {
				cached = append(cached, part...)
			}
			left := map[string]int{}
			for _, h := range evictToFit(cached, 80) {
				if h.client[0] == '#' {
					left["clients"]++
				} else {
					left[fmt.Sprint(h.client, " ", h.authenticated)]++
				}
			}
			require.Equal(t, row.left, left)
		})
	}
}

// newTracesOfClients returns one trace for each of n clients, whose names begin with #.
func newTracesOfClients(n int, authenticated bool) (cached []*cachedTrace) {
	for i := range n {
		cached = append(cached, newTraces(fmt.Sprint("#", i), authenticated, 1, i)...)
	}
	return cached
}

// The oldest trace is removed first, even if it is not the first in the list.
func TestEvictsOldestFirst(t *testing.T) {
	cached := append(newTraces("a", false, 2, 10), newTraces("a", false, 2, 0)...)
	left := evictToFit(cached, 2)
	require.Equal(t, []string{"a false 10", "a false 11"}, []string{left[0].ID, left[1].ID})
}

// A trace that is too long or too large loses exchanges in its middle.
func TestLongTraceLosesItsMiddle(t *testing.T) {
	for _, size := range []int{10, 20 << 10} {
		long := &cachedTrace{}
		for i := range 500 {
			long.addExchange(Exchange{ID: fmt.Sprint(i), ClientHash: "a", Began: time.Unix(int64(i), 0)}, size)
		}
		left := long.Exchanges
		require.LessOrEqual(t, len(left), maxTraceExchanges)
		require.LessOrEqual(t, long.size, maxFile/fairShare)
		require.Equal(t, time.Unix(499, 0), long.LastRequest())
		require.Equal(t, "0", left[0].ID)
		require.Equal(t, "499", left[len(left)-1].ID)
		total := 0
		for _, w := range long.sizes {
			total += w
		}
		require.Equal(t, total, long.size)
	}
}

// A full queue drops the newest exchange of the client with the most bytes. The remaining exchanges keep their order.
func TestFullQueueDropsLargestClient(t *testing.T) {
	q := newQueue()
	q.enqueue(&RawExchange{Client: "a", LocalPath: "first"})
	for i := range 1000 {
		q.enqueue(&RawExchange{Client: "flood", LocalPath: fmt.Sprint(i)})
		if i == 500 {
			q.enqueue(&RawExchange{Client: "a", LocalPath: "second", RequestBody: make([]byte, 1<<20)})
		}
	}
	var written []string
	for batch := q.nextBatch(); len(batch) > 0; batch = q.nextBatch() {
		require.LessOrEqual(t, len(batch), maxBatch)
		for _, x := range batch {
			written = append(written, x.LocalPath)
		}
	}
	const flood = maxWaiting - 1 - 8 // "first" uses the space of one flood exchange, and "second" of eight
	require.Equal(t, "first", written[0])
	require.Equal(t, "0", written[1])
	require.Equal(t, fmt.Sprint(flood-1), written[flood])
	require.Equal(t, "second", written[flood+1])
	require.Len(t, written, flood+2)
	require.Equal(t, 1000-flood, q.takeLost())
	require.Zero(t, q.takeLost())
	require.Zero(t, q.cost)
}

// The total size of the queue and of a batch is limited.
func TestLimitsQueueBytes(t *testing.T) {
	q := newQueue()
	for range 100 {
		q.enqueue(&RawExchange{Client: "a", ResponseBody: make([]byte, 3<<20)})
	}
	require.Equal(t, 90, q.takeLost())
	for range 5 {
		require.Len(t, q.nextBatch(), 2)
	}
	require.Empty(t, q.nextBatch())
	q.enqueue(&RawExchange{Client: "b", ResponseBody: make([]byte, maxBatchBytes+1)})
	require.Len(t, q.nextBatch(), 1, "a batch has at least one exchange, even if it is too large")
}

// Only a token, or a code in a redirect to Amazon, shows that the server accepted the requester.
func TestIsAuthenticated(t *testing.T) {
	token := func(status int, members ...string) Exchange {
		x := Exchange{Leg: LegToken, Status: status, Facts: Facts{Members: map[string]Member{}}}
		for _, name := range members {
			x.Facts.Members[name] = Member{"string", "h~abc"}
		}
		return x
	}
	page := func(back *Callback) Exchange {
		return Exchange{Leg: LegPage, Status: 302, Facts: Facts{Callback: back}}
	}
	code := RequestParams{"code": {"h~abc"}}
	for claim, row := range map[string]struct {
		exchange Exchange
		want     bool
	}{
		"a token":                    {token(200, "access_token"), true},
		"a token, with 201":          {token(201, "access_token"), true},
		"an error":                   {token(400, "error"), false},
		"an error with a token":      {token(400, "access_token"), false},
		"an error with status 200":   {token(200, "access_token", "error"), false},
		"a response without a token": {token(200), false},
		"no response":                {token(0), false},
		"a code, to Amazon":          {page(&Callback{URL: "https://pitangui.amazon.com/api/skill/link/M2", Query: code}), true},
		"a code, to another host":    {page(&Callback{URL: "https://pitangui.amazon.com.example/", Query: code}), false},
		"an error, to Amazon":        {page(&Callback{URL: "https://pitangui.amazon.com/", Query: RequestParams{"error": {"access_denied"}}}), false},
		"a page":                     {page(nil), false},
		"a token in a page response": {Exchange{Leg: LegPage, Status: 200, Facts: token(200, "access_token").Facts}, false},
	} {
		t.Run(claim, func(t *testing.T) { require.Equal(t, row.want, row.exchange.isAuthenticated()) })
	}
}
