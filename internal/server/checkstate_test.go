package server_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/server/selfcheck"
)

// TestReadinessShowsFaultsOfSelfChecks checks that /readyz lists warnings and failures, that only a failure makes the service
// not ready, and that the metric has each known result.
func TestReadinessShowsFaultsOfSelfChecks(t *testing.T) {
	ok := selfcheck.CheckState{Name: "clock", Level: selfcheck.CheckOK, Text: "0s off"}
	unknown := selfcheck.CheckState{Name: "dns", Level: selfcheck.CheckUnknown, Text: "the public host is unknown", Remedy: "set public_url"}
	warn := selfcheck.CheckState{Name: "certificate dates", Level: selfcheck.CheckWarn, Text: "9 days left", Remedy: "renew it"}
	fail := selfcheck.CheckState{Name: "certificate host", Level: selfcheck.CheckFail, Text: "a\nb: ready", Remedy: "get a certificate"}
	for _, row := range []struct {
		claim         string
		states        []selfcheck.CheckState
		status        int
		ready, metric string
	}{
		{"no results yet", nil, http.StatusOK, "", ""},
		{"neither fault", []selfcheck.CheckState{ok, unknown}, http.StatusOK, "", "lastpost_self_check{check=\"clock\"} 0\n"},
		{"a warning", []selfcheck.CheckState{ok, warn}, http.StatusOK, "self-check certificate dates: warn, 9 days left; renew it\n",
			"lastpost_self_check{check=\"certificate dates\"} 1\nlastpost_self_check{check=\"clock\"} 0\n"},
		{"a failure on one line", []selfcheck.CheckState{fail, unknown}, http.StatusServiceUnavailable, "self-check certificate host: fail, a b: ready; get a certificate\n",
			"lastpost_self_check{check=\"certificate host\"} 2\n"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			env := newTestEnv(t)
			env.server.SelfChecks = func() []selfcheck.CheckState { return row.states }
			env.open()
			got := env.getPrivate("/readyz")
			require.Equal(t, row.status, got.status)
			require.Equal(t, certificateLine(env)+row.ready+"halfelf: ready, 3 posts\n", got.body)
			metrics := env.getPrivate("/metrics").body
			require.Contains(t, metrics, row.metric)
			require.NotContains(t, metrics, `check="dns"`)
		})
	}
}
