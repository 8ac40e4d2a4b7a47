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
	f.Add(`[{"leg":"authorize","status":302,"facts":{"state_length":1140,"set_cookies":[{"name":"a","same_site":"Strict"}]}},{"leg":"page","status":400,"facts":{"page":{"text":"cookie"},"error_text":"too long"}}]`)
	f.Add(`[{"leg":"token","facts":{"network":"tls","tls":{"kind":"incomplete","names":["x"]}}},{"leg":"token","status":403,"facts":{"blocked":"x"}},{"leg":"page","facts":{"header":{"Location":"http://%zz"}}}]`)
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

// Traces of older versions do not have the kind of a TLS fault, the length of state or the cookies. They are still
// diagnosed, with a general remedy.
func TestDiagnosesOlderTraces(t *testing.T) {
	for _, row := range []struct{ claim, line, rule, remedy string }{
		{"a certificate", `{"leg":"token","method":"POST","error":"x509: certificate has expired","facts":{"client":{},"network":"certificate","request":{"grant_type":["authorization_code"]}}}`, "server-tls", "complete chain"},
		{"a state", `{"leg":"authorize","method":"GET","status":302,"facts":{"client":{},"request":{"state":["h~1"],"response_type":["code"],"client_id":["a"]},"back":{"to":"https://x","query":{"code":["h~3"],"state":["h~2"]}}}}`, "state", "unchanged"},
		{"a page", `{"leg":"authorize","method":"GET","status":200,"facts":{"client":{},"request":{"response_type":["code"],"client_id":["a"]},"form":"page","page":{"text":"invalid redirect uri"}}}`, "redirect-uri", "register all three"},
		{"a code", `{"leg":"token","method":"POST","status":400,"facts":{"client":{"basic":true,"secret":"h~1"},"request":{"grant_type":["authorization_code"],"code":["h~3"]},"form":"json","members":{"error":{"kind":"string","value":"invalid_grant"}}}}`, "invalid-grant", "valid for a minute"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			var x trace.Exchange
			require.NoError(t, json.Unmarshal([]byte(row.line), &x))
			found := lint.Diagnose(trace.Trace{ID: "t", Exchanges: []trace.Exchange{x}}, time.Now())
			require.Len(t, found, 1, "%+v", found)
			require.Equal(t, row.rule, found[0].Rule)
			require.Contains(t, found[0].Remedy, row.remedy)
		})
	}
}

// A page that requires a cookie is a finding only if the browser sent none. If the browser sent a cookie, the page rejects
// its value, and other attributes do not correct that.
func TestReportsRequiredCookieOnlyIfNoneWasSent(t *testing.T) {
	for claim, row := range map[string]struct{ cookies, want string }{
		"the browser sent no cookie":      {`[]`, "cookies-lost"},
		"the browser sent another cookie": {`["lang"]`, "authorization-error"},
	} {
		t.Run(claim, func(t *testing.T) {
			var exchanges []trace.Exchange
			require.NoError(t, json.Unmarshal([]byte(`[{"leg":"authorize","method":"GET","status":400,"facts":{"client":{},"cookies":`+row.cookies+
				`,"request":{"response_type":["code"],"client_id":["alexa"]},"form":"page","page":{"title":"Error"},"error_text":"Error: cookie not found"}}]`), &exchanges))
			rules := ""
			for _, found := range lint.Diagnose(trace.Trace{ID: "t", Exchanges: exchanges}, time.Now()) {
				rules += found.Rule
			}
			require.Equal(t, row.want, rules)
		})
	}
}

// An attempt has failed if nothing good follows the failure.
func TestFailedAttempts(t *testing.T) {
	page := func(status int) trace.Exchange { return trace.Exchange{Leg: trace.LegPage, Status: status} }
	token := func(status int) trace.Exchange { return trace.Exchange{Leg: trace.LegToken, Status: status} }
	begin, issued := trace.Exchange{Leg: trace.LegAuthorize, Status: 302}, token(200)
	issued.Facts.Members = map[string]trace.Member{"access_token": {Kind: "string", Value: "h~1"}}
	for claim, row := range map[string]struct {
		exchanges []trace.Exchange
		want      bool
	}{
		"nothing":                         {nil, false},
		"a sign-in without an end":        {[]trace.Exchange{begin, page(200)}, false},
		"a wrong password, then a token":  {[]trace.Exchange{begin, page(401), issued}, false},
		"a page with an error at the end": {[]trace.Exchange{begin, page(500)}, true},
		"a refused authorization":         {[]trace.Exchange{{Leg: trace.LegAuthorize, Status: 400}}, true},
		"a refused token":                 {[]trace.Exchange{begin, token(400)}, true},
		"a success without a token":       {[]trace.Exchange{begin, token(200)}, true},
		"a refused token, then a token":   {[]trace.Exchange{token(503), issued}, false},
		"a token, then a refused token":   {[]trace.Exchange{issued, token(400)}, true},
		"no response":                     {[]trace.Exchange{{Leg: trace.LegToken, Facts: trace.Facts{NetworkError: "timeout"}}}, true},
		"an unknown token":                {[]trace.Exchange{{Leg: trace.LegToken, Status: 400, Unknown: true}}, true},
	} {
		require.Equal(t, row.want, lint.Failed(trace.Trace{Exchanges: row.exchanges}), claim)
	}
}
