package crawl

import (
	"net/url"
	"slices"
	"strings"
)

// hostMove is a change of the blog's address: a permanent redirect, or a changed configuration.
type hostMove struct{ from, to *url.URL }

// addMoves adds moves to the hosts of a blog and returns all hosts, the current host last. Moves within a host do not
// count. Only the newest hosts stay.
func addMoves(hosts []string, moves ...hostMove) []string {
	const most = 8
	for _, move := range moves {
		from, to := hostWithPort(move.from), hostWithPort(move.to)
		if from == "" || to == "" || from == to || len(hosts) > 1 && hosts[len(hosts)-1] == to && slices.Contains(hosts, from) {
			continue
		}
		isMoved := func(host string) bool { return host == from || host == to }
		hosts = append(slices.DeleteFunc(slices.Clone(hosts), isMoved), from, to)
		hosts = hosts[max(0, len(hosts)-most):]
	}
	return hosts
}

// hostWithPort returns the host of a URL as links contain it: in lower case, without the default port.
func hostWithPort(u *url.URL) string {
	port := map[string]string{"http": ":80", "https": ":443"}[u.Scheme]
	return strings.ToLower(strings.TrimSuffix(u.Host, port))
}

// configuredMoves returns the moves that the state of an earlier process shows. A discovered feed may be at another host
// than its blog, without a move.
func (st feedState) configuredMoves(configured *url.URL) (moves []hostMove) {
	was, errWas := url.Parse(st.Configured)
	at, errAt := url.Parse(st.Address)
	if errWas != nil || errAt != nil {
		return nil
	}
	if !st.Discovered {
		moves = append(moves, hostMove{was, at})
	}
	return append(moves, hostMove{was, configured})
}
