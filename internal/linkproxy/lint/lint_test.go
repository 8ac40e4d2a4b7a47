package lint_test

import (
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/linkproxy/lint"
	"lastpost/internal/linkproxy/trace"
)

// FuzzDiagnose checks that no stored trace causes a panic or two findings of one rule, and that each finding has a remedy.
func FuzzDiagnose(f *testing.F) {
	f.Add(`[{"leg":"authorize","status":302,"facts":{"request":{"state":["a","b"],"response_type":["code"]},"back":{"to":"https://x","query":{"code":["c"]}}}}]`)
	f.Add(`[{"leg":"token","status":200,"facts":{"form":"json","members":{"access_token":{"kind":"string","value":"h~1"},"expires_in":{"kind":"number"}}}}]`)
	f.Add(`[{"leg":"page","facts":{"network":"timeout"}},{"leg":"token","status":400,"facts":{"verifier":{"s256":"x"},"members":{"error":{"kind":"string","value":"invalid_grant"}}}}]`)
	f.Fuzz(func(t *testing.T, exchanges string) {
		var stored trace.Trace
		if json.Unmarshal([]byte(exchanges), &stored.Exchanges) != nil {
			return
		}
		rules := map[string]bool{}
		for _, found := range lint.Diagnose(stored, time.Now()) {
			require.False(t, rules[found.Rule], found.Rule)
			rules[found.Rule] = true
			require.NotEmpty(t, found.Remedy)
			require.NotEmpty(t, found.Responsible)
		}
		_ = stored.Outcome()
	})
}

// rejectedClient returns a trace with one finding: the OAuth server rejects the client authentication.
func rejectedClient(id string) trace.Trace {
	return trace.Trace{ID: id, Exchanges: []trace.Exchange{{ID: id, Leg: trace.LegToken, Method: "POST", Status: 401, Facts: trace.Facts{
		Request:    trace.RequestParams{"grant_type": {"authorization_code"}, "code": {"h~1"}, "redirect_uri": {"https://pitangui.amazon.com/"}},
		ClientAuth: trace.ClientAuth{ID: "alexa", Basic: true, Secret: "h~2"},
		BodyKind:   "json", Members: map[string]trace.Member{"error": {Kind: "string", Value: "invalid_client"}}}}}}
}

// A finding is logged once, also across restarts. OpenFindingLog removes the lines of traces that no longer exist.
func TestLogsFindingOnce(t *testing.T) {
	dir, log := t.TempDir(), &strings.Builder{}
	open := func() *lint.FindingLog {
		l, err := lint.OpenFindingLog(dir, slog.New(slog.NewTextHandler(log, nil)), time.Now)
		require.NoError(t, err)
		return l
	}
	l := open()
	require.NoError(t, l.LogFindings(rejectedClient("one")))
	require.NoError(t, l.LogFindings(rejectedClient("one")))
	require.NoError(t, l.LogFindings(rejectedClient("two")))
	require.Equal(t, 2, strings.Count(log.String(), "rule=client-authentication"), log)
	line, err := json.Marshal(trace.Exchange{ID: "x", Trace: "one", Began: time.Now()})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "traces.jsonl"), append(line, '\n'), 0o600))
	l = open()
	require.NoError(t, l.LogFindings(rejectedClient("one")))
	require.Equal(t, 2, strings.Count(log.String(), "rule=client-authentication"), log)
	logged, err := os.ReadFile(filepath.Join(dir, "said"))
	require.NoError(t, err)
	require.NotContains(t, string(logged), "two")
	require.Contains(t, string(logged), "one client-authentication\n")
}
