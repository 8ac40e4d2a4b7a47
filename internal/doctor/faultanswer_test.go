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

// TestPlantedAnswers has endpoints that answer a forged request otherwise than with 400.
func TestPlantedAnswers(t *testing.T) {
	const left = `^warn url probe: not made, as nothing there answers as a skill; `
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
			`^FAIL url answer: 203\.0\.113\.10:443: 301, a redirect to "https://www\.example\.com/alexa/halfelf", which Alexa does not follow; give Amazon's console`, left}},
		{"a wrong path", status(http.StatusNotFound), []string{`^FAIL url answer: .*: 404; no skill has this path: `, left}},
		{"a path that takes no POST", status(http.StatusMethodNotAllowed), []string{`^FAIL url answer: .*: 405; the path takes no POST: `, left}},
		{"a password that is asked for", status(http.StatusUnauthorized), []string{`^FAIL url answer: .*: 401; something in front guards the path: `, left}},
		{"a firewall", status(http.StatusForbidden), []string{`^FAIL url answer: .*: 403; something in front guards the path: `, left}},
		{"a proxy without a service", status(http.StatusBadGateway), []string{`^FAIL url answer: .*: 502; the proxy in front does not reach the service: `, left}},
		{"a proxy that waits in vain", status(http.StatusGatewayTimeout), []string{`^FAIL url answer: .*: 504; the proxy in front does not reach the service: `, left}},
		{"a fault", status(http.StatusInternalServerError), []string{`^FAIL url answer: .*: 500; the service failed: `, left}},
		{"a teapot", status(http.StatusTeapot), []string{`^FAIL url answer: .*: 418; a forged request must get 400: `, left}},
		{"an answer that breaks off", func(p endpointFixture) string {
			return p.serverWithHandler(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
		}, []string{`^FAIL url answer: .*: no answer: .*EOF; look into the logs`, left}},
	} {
		t.Run(row.claim, row.run)
	}
}

// TestPlantedPages expects 400 that is a web page to be doubted, each time.
func TestPlantedPages(t *testing.T) {
	t.Parallel()
	p := newEndpointFixture(t)
	said := problemLines(p.examine(p.serverWithHandler(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(http.StatusBadRequest)
	}), endpointURL))
	require.Len(t, said, 1+17+2)
	require.Regexp(t, `^warn url answer: .*: 400, and a web page with it; `, said[0])
	require.Regexp(t, `^warn url probe: no certificate URL: 400, and a web page with it; `, said[1])
}

// TestPlantedTrust has a service that believes everybody, and one that believes some.
func TestPlantedTrust(t *testing.T) {
	t.Parallel()
	p := newEndpointFixture(t)
	said := problemLines(p.examine(p.serverWithHandler(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json;charset=UTF-8")
		_, _ = fmt.Fprint(w, `{"version":"1.0","response":{}}`)
	}), endpointURL))
	require.Len(t, said, 1+17+2)
	for _, line := range said[:18] {
		require.Regexp(t, `^FAIL url (answer|probe): .*: 200 to a forged request: anyone can speak as Alexa; let no request be answered`, line)
	}
	for overlooked, believes := range skippedChecks() {
		t.Run(overlooked, func(t *testing.T) {
			faultCase{plant: serverThatSkips(believes), want: []string{
				`^FAIL url probe: ` + regexp.QuoteMeta(overlooked) + `: 200 to a forged request: anyone can speak as Alexa; `,
				`^warn url headers: skipped: `, `^warn url body: skipped: `}}.run(t)
		})
	}
}

// serverThatSkips refuses everything but what it overlooks.
func serverThatSkips(overlooks func(*http.Request) bool) func(endpointFixture) string {
	return func(p endpointFixture) string {
		return p.serverWithHandler(func(w http.ResponseWriter, r *http.Request) {
			if !overlooks(r) {
				w.WriteHeader(http.StatusBadRequest)
			}
		})
	}
}

// skippedChecks are what a service may overlook, each of which one probe alone shows.
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
		"no signature":                       signature(),
		"an empty signature":                 signature(""),
		"the signature of old (SHA-1) alone": func(r *http.Request) bool { return r.Header.Get("Signature") != "" },
		"a signature that is no base64":      signature("!"),
		"an invalid signature":               signature(base64.StdEncoding.EncodeToString(make([]byte, 256))),
		"the certificate URL http://s3.amazonaws.com/echo.api/echo-api-cert.pem":      url("http://s3.amazonaws.com/echo.api/echo-api-cert.pem"),
		"the certificate URL https://notamazon.com/echo.api/echo-api-cert.pem":        url("https://notamazon.com/echo.api/echo-api-cert.pem"),
		"the certificate URL https://s3.amazonaws.com/EcHo.aPi/echo-api-cert.pem":     url("https://s3.amazonaws.com/EcHo.aPi/echo-api-cert.pem"),
		"the certificate URL https://s3.amazonaws.com:563/echo.api/echo-api-cert.pem": url("https://s3.amazonaws.com:563/echo.api/echo-api-cert.pem"),
	}
}

// TestPlantedProxies puts proxies before the real service that do not leave requests as they are.
func TestPlantedProxies(t *testing.T) {
	losing := func(header string) func(endpointFixture) string {
		return func(p endpointFixture) string {
			return p.startProxy(p.validChain(), func(r *http.Request) { r.Header.Del(header) })
		}
	}
	rewriting := func(change func([]byte) []byte) func(endpointFixture) string {
		return func(p endpointFixture) string { return p.startProxy(p.validChain(), rewriteBody(p.t, change)) }
	}
	const changed = `^FAIL url body: bodies are changed on the way: no signature of Alexa's fits any more, and every request is refused; find what writes JSON anew, `
	for _, row := range []faultCase{
		{"one that writes JSON anew", rewriting(reencodeJSON), []string{changed}},
		{"one that takes whitespace out", rewriting(compactJSON), []string{changed}},
		{"one that takes the last line's end off", rewriting(bytes.TrimSpace), []string{changed}},
		{"one that cuts", rewriting(func(b []byte) []byte { return b[:min(len(b), 4096)] }), []string{changed}},
		{"one that strips the certificate's URL", losing("SignatureCertChainUrl"), []string{
			`^FAIL url headers: SignatureCertChainUrl is lost or changed on the way: every request of Alexa's is refused; let the proxy in front pass all headers`}},
		{"one that strips the signature", losing("Signature-256"), []string{`^FAIL url headers: Signature-256 is lost or changed on the way: `}},
		{"one that strips the digest, so that nothing can be told", losing("Content-Digest"), []string{
			`^warn url body: skipped: whether bodies arrive as they are cannot be told, `}},
	} {
		t.Run(row.claim, row.run)
	}
}

// rewriteBody makes a proxy change bodies.
func rewriteBody(t *testing.T, change func([]byte) []byte) func(*http.Request) {
	return func(r *http.Request) {
		body, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		body = change(body)
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	}
}

// reencodeJSON is JSON that was read and written again.
func reencodeJSON(body []byte) []byte {
	var value any
	if json.Unmarshal(body, &value) != nil {
		return body
	}
	again, _ := json.Marshal(value) // it was JSON before
	return again
}

func compactJSON(body []byte) []byte {
	var out bytes.Buffer
	if json.Compact(&out, body) != nil {
		return body
	}
	return out.Bytes()
}

// TestPlantedPort has an endpoint at which everything is well, and where Alexa never knocks.
func TestPlantedPort(t *testing.T) {
	t.Parallel()
	p := newEndpointFixture(t)
	findings := p.examine(p.startService(true), "https://skill.example.com:8443/alexa/halfelf")
	require.Equal(t, []string{"FAIL url port: 8443: Alexa connects to no other port than 443, and says nothing; " +
		"let the service listen on port 443, or something that passes connections on to it"}, problemLines(findings))
	require.Contains(t, lines(t, findings), "17 of Amazon's certification probes got their 400", "it goes on examining")
}

// TestPlantedReport has an endpoint that would rather write the report itself.
func TestPlantedReport(t *testing.T) {
	t.Parallel()
	p := newEndpointFixture(t)
	refusal, err := json.Marshal(map[string]string{"message": "no\nok    url host        all is well\x1b[2J\u202e" + strings.Repeat("!", 1<<16)})
	require.NoError(t, err)
	findings := p.examine(p.serverWithHandler(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusTeapot)
		_, _ = w.Write(refusal)
	}), endpointURL)
	for _, asJSON := range []bool{false, true} {
		var out bytes.Buffer
		require.NoError(t, WriteReport(&out, findings, asJSON))
		require.NotContains(t, out.String(), "\nok    url host        all is well")
		require.NotRegexp(t, `[\x1b\x{202e}]|\\u001b`, out.String())
		require.Contains(t, out.String(), "418, no ok    url host")
		require.Less(t, out.Len(), 10<<10)
	}
}
