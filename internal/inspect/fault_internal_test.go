package inspect

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A panic while an exchange is masked makes its record incomplete. The recorder continues with the next exchange.
func TestPanicCostsOneRecord(t *testing.T) {
	r := &RequestRecorder{}
	r.initialize()
	working := r.mask
	r.mask = nil
	r.storeBatch([]*ObservedExchange{{Skill: "a", Began: time.Now(), Status: 400, Rule: "signature", Body: []byte(`{"secret":1}`), Header: map[string][]string{"A": {"b"}}}})
	r.mask = working
	r.storeBatch([]*ObservedExchange{{Skill: "a", Began: time.Now(), Status: 400, Rule: "signature", Body: []byte(`{}`)}})
	all := r.Records()
	require.Len(t, all, 2)
	require.Empty(t, all[0].MissingReason)
	require.Contains(t, all[1].MissingReason, "internal error")
	require.Equal(t, "signature", all[1].Rule)
	require.Nil(t, all[1].Request, "unmasked data is not stored")
	require.NotEmpty(t, (&Page{Status: func() ServiceStatus { return ServiceStatus{} }}).harLog(all).Entries)
}
