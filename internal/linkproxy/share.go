package linkproxy

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// fairShare is the part of a room, an eighth, that a client may fill with one kind of traces while others want it.
const fairShare = 8

// A holding is what a trace takes of the room there is.
type holding struct {
	id     string
	from   string // the client who began it
	proven bool   // it came to something
	weight int
	last   time.Time
}

// surplus names the traces that have to go so that the rest fits into a room. Anybody may begin traces, as many as they
// like. So those that came to something have half of the room for themselves, and in either half a client with more than
// a fair share gives up the oldest first. Where nobody has more, the oldest of all goes: Amazon's servers come from few
// addresses, and would else lose today's traces to those of people who linked once, long ago.
func surplus(held []holding, room int) (gone map[string]bool) {
	held = slices.SortedStableFunc(slices.Values(held), func(a, b holding) int {
		return cmp.Or(a.last.Compare(b.last), strings.Compare(a.id, b.id))
	})
	shares := map[bool]map[string]int{true: {}, false: {}}
	sums, gone := map[bool]int{}, map[string]bool{}
	for _, h := range held {
		shares[h.proven][h.from] += h.weight
		sums[h.proven] += h.weight
	}
	for sums[true]+sums[false] > room {
		proven := sums[false] <= room/2 // and so the proven ones have more
		most := greatest(shares[proven])
		greedy := shares[proven][most] > room/fairShare
		next := slices.IndexFunc(held, func(h holding) bool {
			return h.proven == proven && (!greedy || h.from == most)
		})
		h := held[next]
		held = slices.Delete(held, next, next+1)
		shares[proven][h.from] -= h.weight
		sums[proven] -= h.weight
		gone[h.id] = true
	}
	return gone
}

// greatest is whose part is the greatest.
func greatest(parts map[string]int) (most string) {
	found := false
	for from, part := range parts {
		if !found || part > parts[most] || part == parts[most] && from < most {
			most, found = from, true
		}
	}
	return most
}
