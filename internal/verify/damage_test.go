package verify_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/verify"
	"lastpost/internal/verify/verifytest"
)

// signWithAlphabet signs bodies until the signature has each of some characters in its middle. It returns the header and the
// signed body.
func (s *fixture) signWithAlphabet(characters string) (http.Header, []byte) {
	s.t.Helper()
	for i := 0; ; i++ {
		body := fmt.Appendf(nil, `{"version":"1.0","request":{"type":"LaunchRequest","requestId":"r%d"}}`, i)
		header := s.sign(body)
		middle := header.Get("Signature-256")[1:300]
		if !strings.ContainsFunc(characters, func(r rune) bool { return !strings.ContainsRune(middle, r) }) {
			return header, body
		}
	}
}

// TestExplainsDamagedHeaders damages the headers of a genuine request as programs in front of the service do. The rule
// stays, and the detail for the log names the damage.
func TestExplainsDamagedHeaders(t *testing.T) {
	const certURL, signature = "SignatureCertChainUrl", "Signature-256"
	change := func(name string, with func(string) string) func(http.Header) {
		return func(h http.Header) { h.Set(name, with(h.Get(name))) }
	}
	rename := func(from, to string) func(http.Header) {
		return func(h http.Header) {
			h[to] = h[http.CanonicalHeaderKey(from)]
			h.Del(from)
		}
	}
	for _, row := range []struct {
		claim  string
		damage func(http.Header)
		rule   verify.Rule
		detail string
	}{
		{"form-decoded", change(signature, func(v string) string { return strings.ReplaceAll(v, "+", " ") }), verify.SignatureHeader,
			"Signature-256 has spaces where + should be: something in front of the service decodes it like a form"},
		{"percent-encoded", change(signature, url.QueryEscape), verify.SignatureHeader, "Signature-256 is percent-encoded"},
		{"in the URL-safe alphabet", change(signature, func(v string) string { return strings.NewReplacer("+", "-", "/", "_").Replace(v) }),
			verify.SignatureHeader, "Signature-256 is in the URL-safe alphabet of base64"},
		{"in the URL-safe alphabet without padding", change(signature, func(v string) string {
			return strings.TrimRight(strings.NewReplacer("+", "-", "/", "_").Replace(v), "=")
		}), verify.SignatureHeader, "Signature-256 is in the URL-safe alphabet of base64"},
		{"without padding", change(signature, func(v string) string { return strings.TrimRight(v, "=") }), verify.SignatureHeader,
			"the padding (=) at the end of Signature-256 is missing"},
		{"in quotes", change(signature, func(v string) string { return `"` + v + `"` }), verify.SignatureHeader, "Signature-256 is in quotes"},
		{"twice, joined", change(signature, func(v string) string { return v + ", " + v }), verify.SignatureHeader, "Signature-256 has several values, joined by commas"},
		{"twice", func(h http.Header) { h.Add(signature, h.Get(signature)) }, verify.SignatureHeader, "2 values of Signature-256"},
		{"not base64 at all", change(signature, func(string) string { return "***" }), verify.SignatureHeader, "illegal base64"},
		{"with spaces, and not base64", change(signature, func(string) string { return "a b" }), verify.SignatureHeader, "illegal base64"},
		{"renamed with an underscore", rename(signature, "Signature_256"), verify.SignatureHeader, `something in front of the service renames it to "Signature_256"`},
		{"renamed without a dash", rename(signature, "Signature256"), verify.SignatureHeader, `renames it to "Signature256"`},
		{"renamed with a prefix", rename(signature, "X-Signature-256"), verify.SignatureHeader, `renames it to "X-Signature-256"`},
		{"renamed as in CGI", rename(signature, "Http_signature_256"), verify.SignatureHeader, `renames it to "Http_signature_256"`},
		{"dropped, the legacy header is left", func(h http.Header) { h.Set("Signature", "AAAA"); h.Del(signature) }, verify.SignatureHeader,
			"0 values of Signature-256, or an empty value; the header Signature is there: something in front of the service drops Signature-256"},
		{"the only header dropped", func(h http.Header) { h.Del(signature) }, verify.SignatureHeader, "0 values of Signature-256, or an empty value"},
		{"emptied", change(signature, func(string) string { return "" }), verify.SignatureHeader, "or an empty value"},

		{"the URL renamed", rename(certURL, "Signature-Cert-Chain-Url"), verify.CertificateURL, `renames it to "Signature-Cert-Chain-Url"`},
		{"the URL dropped", func(h http.Header) { h.Del(certURL) }, verify.CertificateURL,
			"0 values of SignatureCertChainUrl, or an empty value; the header Signature-256 is there: something in front of the service drops SignatureCertChainUrl"},
		{"the URL percent-encoded", change(certURL, url.QueryEscape), verify.CertificateURL, "SignatureCertChainUrl is percent-encoded"},
		{"the URL twice, joined", change(certURL, func(v string) string { return v + ", " + v }), verify.CertificateURL, "SignatureCertChainUrl has several values, joined by commas"},
		{"the URL in quotes", change(certURL, func(v string) string { return `"` + v + `"` }), verify.CertificateURL, "SignatureCertChainUrl is in quotes"},

		{"cut off at a group of four", change(signature, func(v string) string { return v[:100] }), verify.Signature,
			"the signature has 75 bytes, the certificate's signatures have 256: something in front of the service cuts it off"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			s := newFixture(t)
			header, body := s.signWithAlphabet("+/")
			require.NoError(t, s.verifier.VerifySignature(header, body))
			row.damage(header)
			err := s.verifier.VerifySignature(header, body)
			require.Equal(t, row.rule, verify.RuleOf(err))
			require.ErrorContains(t, err, row.detail)
			require.NotContains(t, row.rule.Error(), "in front", "the sender gets no detail")
		})
	}
}

// TestEmptyHeaderIsNotCalledDropped checks that an empty or repeated header is not explained as a missing one.
func TestEmptyHeaderIsNotCalledDropped(t *testing.T) {
	for _, values := range [][]string{{""}, {"a", "b"}} {
		s := newFixture(t)
		header := s.sign(body)
		header["Signaturecertchainurl"] = values
		require.NotContains(t, s.verifier.VerifySignature(header, body).Error(), "in front of the service")
	}
}

// TestFormDecodedSignatureOverHTTP sends the damaged header over HTTP, because net/http trims spaces at both ends of a value.
func TestFormDecodedSignatureOverHTTP(t *testing.T) {
	s := newFixture(t)
	header, body := s.signWithAlphabet("+")
	header.Set("Signature-256", strings.ReplaceAll(header.Get("Signature-256"), "+", " "))
	var got error
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = s.verifier.VerifySignature(r.Header, body) }))
	defer server.Close()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, bytes.NewReader(body))
	require.NoError(t, err)
	r.Header = header
	response, err := server.Client().Do(r)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.ErrorContains(t, got, "spaces where + should be")
}

// TestExplainsChangedBody changes the body of a genuine request. The signature itself proves that Amazon signed another
// body. If the change can be undone, the detail names it.
func TestExplainsChangedBody(t *testing.T) {
	const genuine = `{"version":"1.0","request":{"type":"LaunchRequest","name":"Käse/🎉"},"x":{"b":1,"a":2.50}}`
	const other = "the signature is Amazon's, but for another body: something in front of the service changes bodies, or the header is copied from another request"
	indented := func(body []byte) []byte {
		var out bytes.Buffer
		_ = json.Indent(&out, body, "", "  ")
		return out.Bytes()
	}
	for _, row := range []struct {
		claim     string
		change    func([]byte) []byte
		detail    string
		rewritten bool
	}{
		{"a line end at the end", func(b []byte) []byte { return append(b, '\n') }, "white space around the body", true},
		{"a byte order mark at the start", func(b []byte) []byte { return append([]byte("\ufeff"), b...) }, "white space around the body", true},
		{"indented JSON", indented, "parses and writes the JSON again", true},
		{"JSON with spaces and escapes, as Python writes it", func(b []byte) []byte {
			return []byte(strings.NewReplacer(`ä`, `\u00e4`, `🎉`, `\ud83c\udf89`, `":`, `": `, `,"`, `, "`).Replace(string(b)))
		}, "parses and writes the JSON again", true},
		{"JSON with escaped slashes, as PHP writes it", func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("/"), []byte(`\/`)) }, "parses and writes the JSON again", true},
		{"read as Latin-1 and written as UTF-8", func(b []byte) []byte {
			runes := []rune{}
			for _, c := range b {
				runes = append(runes, rune(c))
			}
			return []byte(string(runes))
		}, "reads the body as Latin-1", true},
		{"other members", func(b []byte) []byte { return bytes.Replace(b, []byte("{"), []byte(`{"added":1,`), 1) }, other, false},
		{"a number written in another form", func(b []byte) []byte { return bytes.Replace(b, []byte("2.50"), []byte("2.5"), 1) }, other, false},
		{"cut off", func(b []byte) []byte { return b[:len(b)/2] }, other, false},
		{"empty", func([]byte) []byte { return nil }, other, false},
	} {
		t.Run(row.claim, func(t *testing.T) {
			s := newFixture(t)
			header := s.sign([]byte(genuine))
			err := s.verifier.VerifySignature(header, row.change([]byte(genuine)))
			require.ErrorIs(t, err, verify.Signature)
			require.ErrorContains(t, err, row.detail)
			require.Equal(t, row.rewritten, verify.IsRewritten(err))
		})
	}
}

// TestForgedSignatureIsNotExplained checks that a signature of another key, random bytes and a signature of SHA-1 are not
// called Amazon's.
func TestForgedSignatureIsNotExplained(t *testing.T) {
	s := newFixture(t)
	foreign, err := verifytest.Signer{Key: s.otherKey()}.Sign(body)
	require.NoError(t, err)
	junk := s.sign(body)
	junk.Set("Signature-256", base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 256)))
	weak := s.sign(body)
	weak.Set("Signature-256", s.sha1Signature())
	for claim, header := range map[string]http.Header{"another key": foreign, "junk": junk, "SHA-1": weak} {
		err := s.verifier.VerifySignature(header, body)
		require.ErrorIs(t, err, verify.Signature, claim)
		require.NotContains(t, err.Error(), "Amazon's", claim)
		require.False(t, verify.IsRewritten(err), claim)
	}
}

// TestExplanationsAreLimited sends many genuine signatures with other bodies. Only the first ones of a minute are explained,
// so that an attacker cannot make refusals expensive.
func TestExplanationsAreLimited(t *testing.T) {
	s := newFixture(t)
	header := s.sign([]byte(`{}`))
	explained := func() (n int) {
		for range 200 {
			err := s.verifier.VerifySignature(header, []byte(` {}`))
			require.ErrorIs(t, err, verify.Signature)
			if verify.IsRewritten(err) {
				n++
			}
		}
		return n
	}
	require.Equal(t, 30, explained())
	s.clock = now.Add(time.Minute)
	require.Equal(t, 30, explained())
}

// FuzzDamage sends arbitrary headers and bodies with a genuine signature's key. A refusal always has one rule, and its text
// is short.
func FuzzDamage(f *testing.F) {
	s := newFixture(f)
	genuine := s.sign(body).Get("Signature-256")
	f.Add("Signature-256", strings.ReplaceAll(genuine, "+", " "), body)
	f.Add("Signature_256", genuine, body)
	f.Add("Signature-256", genuine, []byte("\ufeff{\"a\": \"\\ud83c\\udf89\\/\"}\n"))
	f.Add("Signature-256", genuine, []byte(`"\ud83c`))
	f.Add("Signature-256", "%2B%zz", []byte{})
	f.Fuzz(func(t *testing.T, name, value string, sent []byte) {
		header := http.Header{}
		header.Set("SignatureCertChainUrl", verifytest.CertificateURL)
		header[name] = []string{value}
		err := s.newVerifier().VerifySignature(header, sent)
		if err != nil {
			require.NotEmpty(t, verify.RuleOf(err))
			require.Less(t, len(err.Error()), 1000)
			return
		}
		require.Equal(t, body, sent)
	})
}
