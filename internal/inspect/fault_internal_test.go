package inspect

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A fault in reading what somebody sent costs that exchange, and neither the service nor another one.
func TestFaultCostsOneExchange(t *testing.T) {
	r := &Recorder{}
	r.prepare()
	working := r.mask
	r.mask = nil
	r.record([]*ObservedExchange{{Skill: "a", Began: time.Now(), Status: 400, Rule: "signature", Body: []byte(`{"secret":1}`), Header: map[string][]string{"A": {"b"}}}})
	r.mask = working
	r.record([]*ObservedExchange{{Skill: "a", Began: time.Now(), Status: 400, Rule: "signature", Body: []byte(`{}`)}})
	all := r.Records()
	require.Len(t, all, 2)
	require.Empty(t, all[0].Stated)
	require.Contains(t, all[1].Stated, "by a fault of this program's")
	require.Equal(t, "signature", all[1].Rule)
	require.Nil(t, all[1].Request, "what could not be masked is not kept")
	require.NotEmpty(t, (&Page{Status: func() ServiceStatus { return ServiceStatus{} }}).har(all).Entries)
}
