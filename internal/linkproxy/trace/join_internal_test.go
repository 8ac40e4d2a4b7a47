package trace

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// tokenRequest returns a refused token request of a client. The client and i determine its code.
func tokenRequest(client, trace string, i int) Exchange {
	return Exchange{ID: NewID(), Trace: trace, ClientHash: client, Leg: LegToken, Status: 400, Began: time.Unix(int64(i), 0),
		Facts: Facts{Request: RequestParams{"grant_type": {"authorization_code"}, "code": {fmt.Sprint(client, i)}}}}
}

// The number and total size of the retained exchanges are limited. The newest exchange is always retained.
func TestLimitsRetainedExchanges(t *testing.T) {
	long := strings.Repeat("x", 2<<10)
	for name, exchange := range map[string]func(int) Exchange{
		"many traces":  func(i int) Exchange { return tokenRequest("a", fmt.Sprint("trace", i), i) },
		"many clients": func(i int) Exchange { return tokenRequest(fmt.Sprint("from", i), fmt.Sprint("trace", i), i) },
		"a long trace": func(i int) Exchange { return tokenRequest("a", "trace", i) },
		"large exchanges": func(i int) Exchange {
			x := tokenRequest("a", fmt.Sprint("trace", i/50), i)
			for n := range 20 {
				x.Facts.Request[fmt.Sprint(n)] = []string{long, long}
			}
			return x
		},
	} {
		t.Run(name, func(t *testing.T) {
			j := &joiner{}
			for i := range 1500 {
				j.addExchange(exchange(i))
			}
			total, exchanges := 0, 0
			for _, t := range j.traces {
				total, exchanges = total+t.size, exchanges+len(t.Exchanges)
			}
			require.Equal(t, j.size, total)
			require.LessOrEqual(t, total, maxFile)
			require.LessOrEqual(t, exchanges, maxExchanges)
			require.Len(t, j.retainedIDs(), exchanges)
			require.NotEmpty(t, j.findTrace(exchange(1499).Trace).Exchanges, "the last one is retained")
			last := exchange(1499)
			j.assignTrace(&last)
			require.Equal(t, "code", last.JoinedBy)
		})
	}
}
