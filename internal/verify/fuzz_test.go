package verify_test

import (
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"net/url"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/verify"
	"lastpost/internal/verify/verifytest"
)

// FuzzCertificateURL checks that every fetched address has a clean path below Amazon's folder, and that the verifier does not
// change such an address further.
func FuzzCertificateURL(f *testing.F) {
	for _, seed := range []string{
		verifytest.CertificateURL,
		"https://s3.amazonaws.com:443/echo.api/../echo.api/x.pem?y#z",
		"https://s3.amazonaws.com/echo.api/%2e%2e/bucket/x.pem",
		"https://s3.amazonaws.com/echo.api/%252e%252e/bucket/x.pem",
		"https://user@s3.amazonaws.com/echo.api/x.pem",
		"https://s3.amazonaws.com\\@example.com/echo.api/",
	} {
		f.Add(seed)
	}
	s := newFixture(f)
	signed := s.sign(body)
	fetched := func(raw string) (string, error) {
		var got string
		v := s.newVerifier()
		v.Transport = transport(func(r *http.Request) (*http.Response, error) {
			got = r.URL.String()
			return nil, http.ErrHandlerTimeout
		})
		return got, v.VerifySignature(s.copyWithURL(signed, raw), body)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		address, err := fetched(raw)
		rule := verify.RuleOf(err)
		if address == "" {
			require.Equal(t, verify.CertificateURL, rule)
			return
		}
		require.Equal(t, verify.CertificateFetch, rule)
		u, err := url.Parse(address)
		require.NoError(t, err)
		require.True(t, strings.HasPrefix(address, "https://s3.amazonaws.com/echo.api/"), address)
		require.True(t, strings.HasPrefix(u.Path, "/echo.api/"), address)
		require.Equal(t, path.Clean(u.Path), u.Path)
		require.Empty(t, u.RawQuery+u.Fragment)
		again, _ := fetched(address)
		require.Equal(t, address, again)
	})
}

type transport func(*http.Request) (*http.Response, error)

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) { return t(r) }

// FuzzSignature checks that only the signed bytes with the genuine signature are accepted.
func FuzzSignature(f *testing.F) {
	s := newFixture(f)
	genuine := s.sign(body).Get("Signature-256")
	f.Add(verifytest.CertificateURL, genuine, body)
	f.Add(verifytest.CertificateURL, "", body)
	f.Add(verifytest.CertificateURL, "AAAA", []byte("{}"))
	f.Fuzz(func(t *testing.T, certURL, signature string, sent []byte) {
		header := http.Header{}
		header.Set("SignatureCertChainUrl", certURL)
		header.Set("Signature-256", signature)
		err := s.newVerifier().VerifySignature(header, sent)
		if err != nil {
			require.NotEmpty(t, verify.RuleOf(err))
			return
		}
		require.Equal(t, body, sent)
		require.Equal(t, genuine, strings.NewReplacer("\r", "", "\n", "").Replace(signature))
	})
}

// FuzzChain checks that a certificate file is accepted only if the genuine certificate is the first one.
func FuzzChain(f *testing.F) {
	s := newFixture(f)
	leaf, intermediate := s.issue(verifytest.CertificateTemplate{}), s.authority.Intermediate
	forged := s.issue(verifytest.CertificateTemplate{SelfSigned: true})
	header := s.sign(body)
	f.Add(verifytest.PEMBundle(leaf, intermediate))
	f.Add(verifytest.PEMBundle(forged, intermediate))
	f.Add(verifytest.PEMBundle(intermediate, leaf))
	f.Fuzz(func(t *testing.T, file []byte) {
		bucket := &verifytest.Bucket{}
		bucket.Put(verifytest.CertificateURL, file)
		v := s.newVerifier()
		v.Transport = bucket
		err := v.VerifySignature(header, body)
		if err != nil {
			require.NotEmpty(t, verify.RuleOf(err))
			return
		}
		require.Equal(t, leaf.RawTBSCertificate, firstCertificate(file).RawTBSCertificate)
	})
}

// firstCertificate returns the first certificate of a file. The caller compares it without its signature, because an ECDSA
// signature has two valid forms.
func firstCertificate(file []byte) *x509.Certificate {
	for block, rest := pem.Decode(file); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == "CERTIFICATE" {
			if cert, err := x509.ParseCertificate(block.Bytes); err == nil {
				return cert
			}
		}
	}
	return &x509.Certificate{}
}

// FuzzTimestamp checks that every accepted timestamp is within the tolerance.
func FuzzTimestamp(f *testing.F) {
	f.Add("LaunchRequest", "2026-03-14T15:09:26Z")
	f.Add("AlexaSkillEvent.SkillEnabled", "2026-03-14T14:09:26.5+00:00")
	f.Add("", "0001-01-01T00:00:00Z")
	f.Fuzz(func(t *testing.T, requestType, timestamp string) {
		err := verify.CheckTimestamp(requestType, timestamp, now)
		if err != nil {
			require.Equal(t, verify.Timestamp, verify.RuleOf(err))
			return
		}
		sent, err := time.Parse(time.RFC3339, timestamp)
		require.NoError(t, err)
		require.WithinRange(t, sent, now.Add(-time.Hour), now.Add(time.Hour))
		if !strings.HasPrefix(requestType, "AlexaSkillEvent.") {
			require.WithinRange(t, sent, now.Add(-150*time.Second), now.Add(150*time.Second))
		}
	})
}
