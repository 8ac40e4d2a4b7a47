package server_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"lastpost/internal/verify"
	"lastpost/internal/verify/verifytest"
)

const otherCertificateURL = "https://s3.amazonaws.com/echo.api/elsewhere.pem"

// A refusalCase is a request and its expected answer and log line.
type refusalCase struct {
	claim  string
	send   func(env *testEnv) *http.Request
	rule   string // in the log
	answer string // the message
	error  string // a part of the logged error
}

// TestRefusesUnverifiedRequests sends requests that break each rule of package verify.
func TestRefusesUnverifiedRequests(t *testing.T) {
	t.Parallel()
	for _, row := range []refusalCase{
		{"no certificate URL", withoutHeader("SignatureCertChainUrl"), "certificate-url", verify.CertificateURL.Error(), "0 values of SignatureCertChainUrl"},
		{"an empty certificate URL", withHeader("SignatureCertChainUrl", ""), "certificate-url", verify.CertificateURL.Error(), "or an empty value"},
		{"two certificate URLs", withHeader("SignatureCertChainUrl", verifytest.CertificateURL, verifytest.CertificateURL), "certificate-url", verify.CertificateURL.Error(), "2 values"},
		{"a certificate URL on another host", withHeader("SignatureCertChainUrl", "https://example.com/echo.api/x.pem"), "certificate-url", verify.CertificateURL.Error(), "example.com"},
		{"no signature", withoutHeader("Signature-256"), "signature-header", verify.SignatureHeader.Error(), "0 values of Signature-256"},
		{"an empty signature", withHeader("Signature-256", ""), "signature-header", verify.SignatureHeader.Error(), "or an empty value"},
		{"a signature that is not base64", withHeader("Signature-256", "!"), "signature-header", verify.SignatureHeader.Error(), "illegal base64"},
		{"too many unknown certificates", afterFetchLimit, "fetch-limit", verify.FetchLimit.Error(), otherCertificateURL},
		{"a missing certificate", withHeader("SignatureCertChainUrl", otherCertificateURL), "certificate-fetch", verify.CertificateFetch.Error(), "404"},
		{"a certificate that has expired", underCertificate(verifytest.CertificateTemplate{NotAfter: now.Add(-time.Second)}), "certificate-dates", verify.CertificateDates.Error(), "valid from"},
		{"a certificate for another name", underCertificate(verifytest.CertificateTemplate{Names: []string{"secret.example.com"}}), "certificate-name", verify.CertificateName.Error(), "secret.example.com"},
		{"a certificate without a trusted root", underCertificate(verifytest.CertificateTemplate{SelfSigned: true}), "certificate-chain", verify.CertificateChain.Error(), "x509: "},
		{"a certificate whose key is not RSA", underCertificate(verifytest.CertificateTemplate{Key: ellipticKey()}), "certificate-chain", verify.CertificateChain.Error(), "ECDSA"},
		{"a changed body", tamperedRequest, "signature", verify.Signature.Error(), "for another body"},
		{"an old request", signedSpec(requestSpec{timestamp: now.Add(-151 * time.Second).Format(time.RFC3339)}), "timestamp", verify.Timestamp.Error(), "2m31s from now"},
		{"a request from the future", signedSpec(requestSpec{timestamp: now.Add(151 * time.Second).Format(time.RFC3339)}), "timestamp", verify.Timestamp.Error(), "-2m31s from now"},
		{"a request with an invalid timestamp", signedSpec(requestSpec{timestamp: "yesterday"}), "timestamp", verify.Timestamp.Error(), "yesterday"},
		{"a request for another skill", signedSpec(requestSpec{application: otherID}), "application-id", verify.ApplicationID.Error(), otherID},
		{"a session of another skill", signedSpec(requestSpec{session: otherID}), "application-id", verify.ApplicationID.Error(), otherID},
	} {
		t.Run(row.claim, row.run)
	}
}

// TestRefusesMalformedBodies sends signed bodies that are not valid requests.
func TestRefusesMalformedBodies(t *testing.T) {
	t.Parallel()
	const message = "the body is not an Alexa request"
	proper := string(requestSpec{}.body())
	for _, row := range []refusalCase{
		{"an empty body", signedBody(""), "body-malformed", message, "not a JSON object"},
		{"null", signedBody("null"), "body-malformed", message, "not a JSON object"},
		{"an array", signedBody("[" + proper + "]"), "body-malformed", message, "not a JSON object"},
		{"half a request", signedBody(proper[:len(proper)/2]), "body-malformed", message, "not valid JSON"},
		{"two requests", signedBody(proper + proper), "body-malformed", message, "not valid JSON"},
		{"a body without a request", signedBody(`{"version":"1.0"}`), "body-malformed", message, "no request type"},
		{"a request without a type", signedBody(strings.Replace(proper, `"IntentRequest"`, "null", 1)), "body-malformed", message, "no request type"},
		{"invalid UTF-8", signedBody(strings.Replace(proper, "LastPostIntent", "\xff", 1)), "body-malformed", message, "not UTF-8"},
		{"invalid UTF-8 in an ignored field", signedBody(`{"x":"` + "\xff" + `",` + proper[1:]), "body-malformed", message, "not UTF-8"},
		{"a duplicate name", signedBody(`{"version":"1.0",` + proper[1:]), "body-malformed", message, "duplicate name"},
		{"a nested duplicate name", signedBody(strings.Replace(proper, `"type":"IntentRequest"`, `"type":"LaunchRequest","type":"IntentRequest"`, 1)), "body-malformed", message, "duplicate name"},
		{"a duplicate name, escaped", signedBody(strings.Replace(proper, `"type":"IntentRequest"`, `"t\u0079pe":"LaunchRequest","type":"IntentRequest"`, 1)), "body-malformed", message, "duplicate name"},
		{"60,000 unclosed arrays", signedBody(`{"request":` + strings.Repeat("[", 60_000)), "body-malformed", message, "not valid JSON"},
		{"30,000 closed arrays", signedBody(`{"request":` + strings.Repeat("[", 30_000) + strings.Repeat("]", 30_000) + "}"), "body-malformed", message, "not valid JSON"},
	} {
		t.Run(row.claim, row.run)
	}
}

// run sends the request. The answer must contain only the message. Only the log must contain the details.
func (row refusalCase) run(t *testing.T) {
	env := newTestEnv(t).open()
	got := env.send(row.send(env))
	require.Equal(t, http.StatusBadRequest, got.status)
	require.Equal(t, `{"message":"`+row.answer+`","data":{"status":400}}`, got.body)
	require.Equal(t, contentType, got.header.Get("Content-Type"))

	lines := env.stopAndRequestLines()
	last := lines[len(lines)-1]
	require.Equal(t, slog.LevelWarn, last.level)
	require.Equal(t, row.rule, last.attrs["rule"])
	require.Equal(t, int64(400), last.attrs["status"])
	require.Contains(t, last.attrs["error"], row.error)
	require.NotContains(t, fmt.Sprint(env.log.allLines()), "LISTENER")
	require.NotContains(t, fmt.Sprint(env.log.allLines()), "KITCHEN")
}

func signedBody(body string) func(*testEnv) *http.Request {
	return func(env *testEnv) *http.Request { return env.signedRequest([]byte(body)) }
}

func signedSpec(a requestSpec) func(*testEnv) *http.Request { return signedBody(string(a.body())) }

func withHeader(name string, values ...string) func(*testEnv) *http.Request {
	return func(env *testEnv) *http.Request {
		r := env.signedRequest(requestSpec{}.body())
		r.Header[http.CanonicalHeaderKey(name)] = values
		return r
	}
}

func withoutHeader(name string) func(*testEnv) *http.Request { return withHeader(name) }

// underCertificate returns a function that creates a signed request with another signing certificate.
func underCertificate(template verifytest.CertificateTemplate) func(*testEnv) *http.Request {
	return func(env *testEnv) *http.Request {
		env.putCertificate(otherCertificateURL, template)
		return withHeader("SignatureCertChainUrl", otherCertificateURL)(env)
	}
}

func ellipticKey() *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	return key
}

// afterFetchLimit sends requests until the fetch limit of a minute is reached, and returns one more request.
func afterFetchLimit(env *testEnv) *http.Request {
	for i := range 30 {
		env.send(withHeader("SignatureCertChainUrl", fmt.Sprintf("https://s3.amazonaws.com/echo.api/flood-%d.pem", i))(env))
	}
	return withHeader("SignatureCertChainUrl", otherCertificateURL)(env)
}

func tamperedRequest(env *testEnv) *http.Request {
	r := env.signedRequest(requestSpec{}.body())
	other := env.signedRequest(bytes.ToUpper(requestSpec{}.body()))
	other.Header = r.Header
	return other
}

// TestLogLineOfRefusal compares the whole log lines of two refused requests: one with a valid signature, and one without.
func TestLogLineOfRefusal(t *testing.T) {
	env := newTestEnv(t).open()
	env.send(signedSpec(requestSpec{application: otherID})(env))
	env.send(tamperedRequest(env))
	lines := env.stopAndRequestLines()
	require.Len(t, env.log.visibleLines(), len(lines)+1, "the other line is the fault of the application id")
	require.Contains(t, lines[0].attrs["error"], verify.ApplicationID.Error()+": ")
	require.Contains(t, lines[1].attrs["error"], verify.Signature.Error()+": ")
	for _, line := range lines {
		delete(line.attrs, "error") // package verify tests its text
	}
	require.Equal(t, []logLine{
		{slog.LevelWarn, map[string]any{
			"message": "request", "skill": "halfelf", "request_id": defaultRequestID, "type": "IntentRequest", "intent": "LastPostIntent",
			"locale": "en-US", "status": int64(400), "rule": "application-id", "client": "127.0.0.1",
		}},
		{slog.LevelWarn, map[string]any{
			"message": "request", "skill": "halfelf", "request_id": "", "type": "", "intent": "", "locale": "", "status": int64(400), "rule": "signature",
			"client": "127.0.0.1",
		}},
	}, lines)
}

// TestRefusesTruncatedBody ends the sent data in the middle of the body. The server must answer with a refusal.
func TestRefusesTruncatedBody(t *testing.T) {
	for _, row := range []struct {
		claim string
		send  string
		error string
	}{
		{"with a length", "Content-Length: 100\r\n\r\n{\"half", "after 6 bytes: unexpected EOF"},
		{"chunked", "Transfer-Encoding: chunked\r\n\r\n6\r\n{\"half\r\n", "after 6 bytes: unexpected EOF"},
		{"before it begins", "Content-Length: 100\r\n\r\n", "after 0 bytes: unexpected EOF"},
		{"an invalid chunk", "Transfer-Encoding: chunked\r\n\r\nnonsense\r\n", "after 0 bytes: invalid byte in chunk length"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			env := newTestEnv(t).open()
			conn := env.dialTLS()
			conn.write("POST /alexa HTTP/1.1\r\nHost: x\r\n" + row.send)
			require.NoError(t, conn.CloseWrite())
			got := conn.readResult()
			require.Equal(t, http.StatusBadRequest, got.status)
			require.Equal(t, bodyIncompleteAnswer, got.body)
			lines := env.stopAndRequestLines()
			require.Len(t, lines, 1)
			require.Equal(t, "body-read", lines[0].attrs["rule"])
			require.Equal(t, "body-read: "+row.error, lines[0].attrs["error"])
		})
	}
}

const bodyIncompleteAnswer = `{"message":"the body is incomplete or arrived too slowly","data":{"status":400}}`

// TestScannersAreNotLogged sends a request to an unknown path, without headers of Alexa.
func TestScannersAreNotLogged(t *testing.T) {
	env := newTestEnv(t).open()
	r := env.signedRequest(requestSpec{}.body())
	r.URL.Path, r.Header = "/wp-login.php", http.Header{}
	require.Equal(t, http.StatusNotFound, env.send(r).status)
	require.Empty(t, env.log.visibleLines())
}

// TestLimitsLogLineLength sends long values that appear in the log. Each log line must stay short.
func TestLimitsLogLineLength(t *testing.T) {
	env := newTestEnv(t).open()
	for _, url := range []string{
		"https://s3.amazonaws.com:" + strings.Repeat("\xff", 10_000),
		"https://s3.amazonaws.com/echo.api/" + strings.Repeat("ä", 5_000),
	} {
		r := env.signedRequest(requestSpec{}.body())
		r.Header.Set("SignatureCertChainUrl", url)
		require.Equal(t, http.StatusBadRequest, env.send(r).status)
	}
	r := env.signedRequest(requestSpec{}.body())
	r.URL.Path = "/" + strings.Repeat("ä", 2_000)
	require.Equal(t, http.StatusNotFound, env.send(r).status)
	lines := env.log.visibleLines()
	require.Len(t, lines, 3)
	for _, line := range lines {
		text := fmt.Sprint(line.attrs)
		require.Less(t, len(text), 1100)
		require.True(t, utf8.ValidString(text))
	}
}
