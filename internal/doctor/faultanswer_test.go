package doctor

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestReportsWrongAnswers checks endpoints that do not answer a forged request with 400.
func TestReportsWrongAnswers(t *testing.T) {
	const noProbes = `^warn url probe: skipped: no address answers like a skill; `
	status := func(code int, header ...string) func(endpointFixture) string {
		return func(p endpointFixture) string {
			return p.serverWithHandler(func(w http.ResponseWriter, _ *http.Request) {
				for i := 0; i < len(header); i += 2 {
					w.Header().Set(header[i], header[i+1])
				}
				w.WriteHeader(code)
			})
		}
	}
	for _, row := range []faultCase{
		{"a redirect", status(http.StatusMovedPermanently, "Location", "https://www.example.com/alexa/halfelf"), []string{
			`^FAIL url answer: 203\.0\.113\.10:443: 301, a redirect to "https://www\.example\.com/alexa/halfelf", which Alexa does not follow; enter the target`, noProbes}},
		{"a wrong path", status(http.StatusNotFound), []string{`^FAIL url answer: .*: 404; no skill has this path: `, noProbes}},
		{"a path that does not accept POST", status(http.StatusMethodNotAllowed), []string{`^FAIL url answer: .*: 405; the path does not accept POST: `, noProbes}},
		{"a password prompt", status(http.StatusUnauthorized), []string{`^FAIL url answer: .*: 401; a proxy or firewall blocks the path: `, noProbes}},
		{"a firewall", status(http.StatusForbidden), []string{`^FAIL url answer: .*: 403; a proxy or firewall blocks the path: `, noProbes}},
		{"a proxy without a service", status(http.StatusBadGateway), []string{`^FAIL url answer: .*: 502; the proxy does not reach the service: `, noProbes}},
		{"a proxy that times out", status(http.StatusGatewayTimeout), []string{`^FAIL url answer: .*: 504; the proxy does not reach the service: `, noProbes}},
		{"an internal error", status(http.StatusInternalServerError), []string{`^FAIL url answer: .*: 500; the service failed: `, noProbes}},
		{"a teapot", status(http.StatusTeapot), []string{`^FAIL url answer: .*: 418; a forged request must get 400: `, noProbes}},
		{"a truncated answer", func(p endpointFixture) string {
			return p.serverWithHandler(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
		}, []string{`^FAIL url answer: .*: no answer: .*EOF; check the logs`, noProbes}},
	} {
		t.Run(row.claim, row.run)
	}
}

// TestReportsWebPages checks an endpoint that answers with 400 and a web page. The report must warn about the page.
func TestReportsWebPages(t *testing.T) {
	t.Parallel()
	p := newEndpointFixture(t)
	lines := problemLines(p.examine(p.serverWithHandler(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(http.StatusBadRequest)
	}), endpointURL))
	require.Len(t, lines, 1+17+2)
	require.Regexp(t, `^warn url answer: .*: 400 with a web page; `, lines[0])
	require.Regexp(t, `^warn url probe: no certificate URL: 400 with a web page; `, lines[1])
}

// TestReportsAcceptedForgeries checks a service that accepts all requests, and services that skip one check. The report
// must name each accepted forged request.
func TestReportsAcceptedForgeries(t *testing.T) {
	t.Parallel()
	p := newEndpointFixture(t)
	lines := problemLines(p.examine(p.serverWithHandler(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json;charset=UTF-8")
		_, _ = fmt.Fprint(w, `{"version":"1.0","response":{}}`)
	}), endpointURL))
	require.Len(t, lines, 1+17+2)
	for _, line := range lines[:18] {
		require.Regexp(t, `^FAIL url (answer|probe): .*: 200 to a forged request: anyone can speak as Alexa; answer only requests`, line)
	}
	for skipped, accepts := range skippedChecks() {
		t.Run(skipped, func(t *testing.T) {
			faultCase{start: serverThatSkips(accepts), want: []string{
				`^FAIL url probe: ` + regexp.QuoteMeta(skipped) + `: 200 to a forged request: anyone can speak as Alexa; `,
				`^warn url headers: skipped: `, `^warn url body: skipped: `}}.run(t)
		})
	}
}

// serverThatSkips refuses a request unless accepts returns true for it.
func serverThatSkips(accepts func(*http.Request) bool) func(endpointFixture) string {
	return func(p endpointFixture) string {
		return p.serverWithHandler(func(w http.ResponseWriter, r *http.Request) {
			if !accepts(r) {
				w.WriteHeader(http.StatusBadRequest)
			}
		})
	}
}

// skippedChecks maps the name of each forged request to a condition on requests. A service that accepts requests under this
// condition accepts only this forged request.
func skippedChecks() map[string]func(*http.Request) bool {
	url := func(u string) func(*http.Request) bool {
		return func(r *http.Request) bool { return r.Header.Get("SignatureCertChainUrl") == u }
	}
	signature := func(values ...string) func(*http.Request) bool {
		return func(r *http.Request) bool {
			return slices.Equal(r.Header.Values("Signature-256"), values) && r.Header.Get("SignatureCertChainUrl") != "" && r.Header.Get("Signature") == ""
		}
	}
	return map[string]func(*http.Request) bool{
		"an empty certificate URL": func(r *http.Request) bool {
			return slices.Equal(r.Header.Values("SignatureCertChainUrl"), []string{""})
		},
		"no signature":                   signature(),
		"an empty signature":             signature(""),
		"only the old SHA-1 signature":   func(r *http.Request) bool { return r.Header.Get("Signature") != "" },
		"a signature that is not base64": signature("!"),
		"an invalid signature":           signature(base64.StdEncoding.EncodeToString(make([]byte, 256))),
		"the certificate URL http://s3.amazonaws.com/echo.api/echo-api-cert.pem":      url("http://s3.amazonaws.com/echo.api/echo-api-cert.pem"),
		"the certificate URL https://notamazon.com/echo.api/echo-api-cert.pem":        url("https://notamazon.com/echo.api/echo-api-cert.pem"),
		"the certificate URL https://s3.amazonaws.com/EcHo.aPi/echo-api-cert.pem":     url("https://s3.amazonaws.com/EcHo.aPi/echo-api-cert.pem"),
		"the certificate URL https://s3.amazonaws.com:563/echo.api/echo-api-cert.pem": url("https://s3.amazonaws.com:563/echo.api/echo-api-cert.pem"),
	}
}

// TestReportsBadProxies puts a proxy that changes requests in front of the real service. The report must name the change.
func TestReportsBadProxies(t *testing.T) {
	removing := func(header string) func(endpointFixture) string {
		return func(p endpointFixture) string {
			return p.startProxy(p.validChain(), func(r *http.Request) { r.Header.Del(header) })
		}
	}
	rewriting := func(change func([]byte) []byte) func(endpointFixture) string {
		return func(p endpointFixture) string { return p.startProxy(p.validChain(), rewriteBody(p.t, change)) }
	}
	const changed = `^FAIL url body: bodies are changed on the way: Alexa's signatures do not match, and all requests are refused; find the component that rewrites JSON, `
	for _, row := range []faultCase{
		{"a proxy that rewrites JSON", rewriting(reencodeJSON), []string{changed}},
		{"a proxy that removes whitespace", rewriting(compactJSON), []string{changed}},
		{"a proxy that removes the final newline", rewriting(bytes.TrimSpace), []string{changed}},
		{"a proxy that truncates bodies", rewriting(func(b []byte) []byte { return b[:min(len(b), 4096)] }), []string{changed}},
		{"a proxy that removes SignatureCertChainUrl", removing("SignatureCertChainUrl"), []string{
			`^FAIL url headers: SignatureCertChainUrl is removed or changed on the way: all of Alexa's requests are refused; configure the proxy to forward all`}},
		{"a proxy that removes Signature-256", removing("Signature-256"), []string{`^FAIL url headers: Signature-256 is removed or changed on the way: `}},
		{"a proxy that removes Content-Digest", removing("Content-Digest"), []string{
			`^warn url body: skipped: whether bodies arrive unchanged is unknown, `}},
	} {
		t.Run(row.claim, row.run)
	}
}

// rewriteBody returns a function that changes the body of a request.
func rewriteBody(t *testing.T, change func([]byte) []byte) func(*http.Request) {
	return func(r *http.Request) {
		body, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		body = change(body)
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	}
}

// reencodeJSON decodes JSON and encodes it again.
func reencodeJSON(body []byte) []byte {
	var value any
	if json.Unmarshal(body, &value) != nil {
		return body
	}
	reencoded, _ := json.Marshal(value) // value came from valid JSON
	return reencoded
}

func compactJSON(body []byte) []byte {
	var out bytes.Buffer
	if json.Compact(&out, body) != nil {
		return body
	}
	return out.Bytes()
}

// TestReportsWrongPort checks a correct endpoint at a port that Alexa does not call. The report must name the port.
func TestReportsWrongPort(t *testing.T) {
	t.Parallel()
	p := newEndpointFixture(t)
	findings := p.examine(p.startService(true), "https://skill.example.com:8443/alexa/halfelf")
	require.Equal(t, []string{"FAIL url port: 8443: Alexa connects only to port 443, and reports no error; " +
		"let the service listen on port 443, or forward port 443 to it"}, problemLines(findings))
	require.Contains(t, reportText(t, findings), "17 of Amazon's certification probes were refused with 400", "the checks continue")
}

// TestReportRemovesControlCharacters checks that an endpoint cannot forge lines of the report or send commands to the
// terminal.
func TestReportRemovesControlCharacters(t *testing.T) {
	t.Parallel()
	p := newEndpointFixture(t)
	refusal, err := json.Marshal(map[string]string{"message": "no\nok    url host        all ok\x1b[2J\u202e" + strings.Repeat("!", 1<<16)})
	require.NoError(t, err)
	findings := p.examine(p.serverWithHandler(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusTeapot)
		_, _ = w.Write(refusal)
	}), endpointURL)
	for _, asJSON := range []bool{false, true} {
		var out bytes.Buffer
		require.NoError(t, WriteReport(&out, findings, asJSON))
		require.NotContains(t, out.String(), "\nok    url host        all ok")
		require.NotRegexp(t, `[\x1b\x{202e}]|\\u001b`, out.String())
		require.Contains(t, out.String(), "418, no ok    url host")
		require.Less(t, out.Len(), 10<<10)
	}
}
