package verify_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"encoding/base64"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/verify"
	"lastpost/internal/verify/verifytest"
)

const accepted verify.Rule = ""

func TestChecksCertificateURL(t *testing.T) {
	for _, row := range []struct {
		claim string
		url   string
		want  verify.Rule
	}{
		{"Amazon's first valid example", "https://s3.amazonaws.com/echo.api/echo-api-cert.pem", accepted},
		{"Amazon's second valid example, with the port", "https://s3.amazonaws.com:443/echo.api/echo-api-cert.pem", accepted},
		{"Amazon's third valid example, with dot segments", "https://s3.amazonaws.com/echo.api/../echo.api/echo-api-cert.pem", accepted},
		{"scheme and host in capitals", "HTTPS://S3.AmazonAWS.com/echo.api/echo-api-cert.pem", accepted},
		{"duplicate slashes", "https://s3.amazonaws.com//echo.api///echo-api-cert.pem", accepted},
		{"a fragment", "https://s3.amazonaws.com/echo.api/echo-api-cert.pem#top", accepted},
		{"a query", "https://s3.amazonaws.com/echo.api/echo-api-cert.pem?versionId=7", accepted},
		{"an empty port", "https://s3.amazonaws.com:/echo.api/echo-api-cert.pem", accepted},

		{"Amazon's invalid example: plain HTTP", "http://s3.amazonaws.com/echo.api/echo-api-cert.pem", verify.CertificateURL},
		{"Amazon's invalid example: another host", "https://notamazon.com/echo.api/echo-api-cert.pem", verify.CertificateURL},
		{"Amazon's invalid example: path in capitals", "https://s3.amazonaws.com/EcHo.aPi/echo-api-cert.pem", verify.CertificateURL},
		{"Amazon's invalid example: another path", "https://s3.amazonaws.com/invalid.path/echo-api-cert.pem", verify.CertificateURL},
		{"Amazon's invalid example: another port", "https://s3.amazonaws.com:563/echo.api/echo-api-cert.pem", verify.CertificateURL},
		{"port with a leading zero", "https://s3.amazonaws.com:0443/echo.api/echo-api-cert.pem", verify.CertificateURL},
		{"dot segments that leave the folder", "https://s3.amazonaws.com/echo.api/../bucket/x.pem", verify.CertificateURL},
		{"escaped dot segments", "https://s3.amazonaws.com/echo.api/%2e%2e/bucket/x.pem", verify.CertificateURL},
		{"escaped slash in dot segments", "https://s3.amazonaws.com/echo.api/..%2fbucket/x.pem", verify.CertificateURL},
		{"dot segments in the middle", "https://s3.amazonaws.com/echo.api/a/../../bucket/x.pem", verify.CertificateURL},
		{"dot segments above the root", "https://s3.amazonaws.com/../../bucket/x.pem", verify.CertificateURL},
		{"the folder without a file", "https://s3.amazonaws.com/echo.api/", verify.CertificateURL},
		{"a path with the same prefix", "https://s3.amazonaws.com/echo.apiary/x.pem", verify.CertificateURL},
		{"user info", "https://user@s3.amazonaws.com/echo.api/echo-api-cert.pem", verify.CertificateURL},
		{"user info with a password", "https://a:b@s3.amazonaws.com/echo.api/echo-api-cert.pem", verify.CertificateURL},
		{"empty user info", "https://@s3.amazonaws.com/echo.api/echo-api-cert.pem", verify.CertificateURL},
		{"the host as user info of another host", "https://s3.amazonaws.com@example.com/echo.api/x.pem", verify.CertificateURL},
		{"the host as a prefix of another host", "https://s3.amazonaws.com.example.com/echo.api/x.pem", verify.CertificateURL},
		{"the host as a suffix of another host", "https://xs3.amazonaws.com/echo.api/x.pem", verify.CertificateURL},
		{"a subdomain, which is another bucket", "https://echo.api.s3.amazonaws.com/echo.api/x.pem", verify.CertificateURL},
		{"a trailing dot", "https://s3.amazonaws.com./echo.api/echo-api-cert.pem", verify.CertificateURL},
		{"a long s that folds to s", "https://ſ3.amazonaws.com/echo.api/echo-api-cert.pem", verify.CertificateURL},
		{"a Cyrillic look-alike", "https://s3.аmazonaws.com/echo.api/echo-api-cert.pem", verify.CertificateURL},
		{"a backslash", `https://s3.amazonaws.com\@example.com/echo.api/x.pem`, verify.CertificateURL},
		{"opaque", "https:s3.amazonaws.com/echo.api/echo-api-cert.pem", verify.CertificateURL},
		{"no scheme", "//s3.amazonaws.com/echo.api/echo-api-cert.pem", verify.CertificateURL},
		{"only a path", "/echo.api/echo-api-cert.pem", verify.CertificateURL},
		{"a control character", "https://s3.amazonaws.com/echo.api/\x00.pem", verify.CertificateURL},
		{"a broken escape", "https://s3.amazonaws.com/echo.api/%zz.pem", verify.CertificateURL},
		{"empty", "", verify.CertificateURL},
	} {
		t.Run(row.claim, func(t *testing.T) {
			s := newFixture(t)
			// Every fetch returns the genuine file, so that only the URL can be refused.
			s.verifier.Transport = anyURLTransport{s.bucket}
			require.Equal(t, row.want, verify.RuleOf(s.verifier.VerifySignature(s.signWithURL(row.url), body)))
		})
	}
}

// anyURLTransport answers every URL with the genuine certificate file.
type anyURLTransport struct{ bucket *verifytest.Bucket }

func (e anyURLTransport) RoundTrip(*http.Request) (*http.Response, error) {
	request, err := http.NewRequest(http.MethodGet, verifytest.CertificateURL, nil)
	if err != nil {
		return nil, err
	}
	return e.bucket.RoundTrip(request)
}

func TestFetchesTheCheckedURL(t *testing.T) {
	for _, url := range []string{
		"https://s3.amazonaws.com/echo.api/echo-api-cert.pem",
		"https://S3.amazonaws.com:443/x/..//echo.api/./echo-api-cert.pem?a=b#c",
		"https://s3.amazonaws.com/%65cho.api/echo-api-cert.pem",
	} {
		s := newFixture(t)
		var fetched []string
		s.bucket.Before = func(r *http.Request) error { fetched = append(fetched, r.URL.String()); return nil }
		require.NoError(t, s.verifier.VerifySignature(s.signWithURL(url), body))
		require.Equal(t, []string{verifytest.CertificateURL}, fetched)
	}
}

func TestChecksHeaders(t *testing.T) {
	const certURL, signature = "SignatureCertChainUrl", "Signature-256"
	for _, row := range []struct {
		claim  string
		change func(*fixture, http.Header)
		want   verify.Rule
	}{
		{"a genuine request", func(*fixture, http.Header) {}, accepted},
		{"no certificate URL", func(_ *fixture, h http.Header) { h.Del(certURL) }, verify.CertificateURL},
		{"the same certificate URL twice", func(_ *fixture, h http.Header) { h.Add(certURL, h.Get(certURL)) }, verify.CertificateURL},
		{"no signature", func(_ *fixture, h http.Header) { h.Del(signature) }, verify.SignatureHeader},
		{"an empty signature", func(_ *fixture, h http.Header) { h.Set(signature, "") }, verify.SignatureHeader},
		{"the same signature twice", func(_ *fixture, h http.Header) { h.Add(signature, h.Get(signature)) }, verify.SignatureHeader},
		{"a signature that is not base64", func(_ *fixture, h http.Header) { h.Set(signature, "***") }, verify.SignatureHeader},
		{"a signature that is too short", func(_ *fixture, h http.Header) { h.Set(signature, "AAAA") }, verify.Signature},
		{"a signature of another body", func(s *fixture, h http.Header) { h.Set(signature, s.sign([]byte("{}")).Get(signature)) }, verify.Signature},
		{"the genuine signature only in the legacy header", func(_ *fixture, h http.Header) {
			h.Set("Signature", h.Get(signature))
			h.Del(signature)
		}, verify.SignatureHeader},
		{"SHA-1 only in the legacy header", func(s *fixture, h http.Header) {
			h.Set("Signature", s.sha1Signature())
			h.Del(signature)
		}, verify.SignatureHeader},
		{"SHA-1 in Signature-256", func(s *fixture, h http.Header) { h.Set(signature, s.sha1Signature()) }, verify.Signature},
		{"SHA-1 in the legacy header and a wrong Signature-256", func(s *fixture, h http.Header) {
			h.Set("Signature", s.sha1Signature())
			h.Set(signature, "AAAA")
		}, verify.Signature},
		{"garbage in the legacy header, which is ignored", func(_ *fixture, h http.Header) { h.Set("Signature", "***") }, accepted},
	} {
		t.Run(row.claim, func(t *testing.T) {
			s := newFixture(t)
			header := s.sign(body)
			row.change(s, header)
			require.Equal(t, row.want, verify.RuleOf(s.verifier.VerifySignature(header, body)))
		})
	}
}

func (s *fixture) sha1Signature() string {
	sum := sha1.Sum(body)
	signature, err := rsa.SignPKCS1v15(rand.Reader, s.signer.Key, crypto.SHA1, sum[:])
	require.NoError(s.t, err)
	return base64.StdEncoding.EncodeToString(signature)
}

func TestRefusesChangedByte(t *testing.T) {
	s := newFixture(t)
	header := s.sign(body)
	for i := range body {
		tampered := slices.Clone(body)
		tampered[i] ^= 1
		require.ErrorIs(t, s.verifier.VerifySignature(header, tampered), verify.Signature, "byte %d", i)
	}
	require.ErrorIs(t, s.verifier.VerifySignature(header, append(slices.Clone(body), ' ')), verify.Signature)
	require.ErrorIs(t, s.verifier.VerifySignature(header, body[:len(body)-1]), verify.Signature)
	require.NoError(t, s.verifier.VerifySignature(header, body))
}

func TestChecksCertificates(t *testing.T) {
	type certs = []*verifytest.IssuedCertificate
	var (
		lastYear = now.AddDate(-1, 0, 0)
		earlier  = now.Add(-time.Second)
		later    = now.Add(time.Second)
	)
	for _, row := range []struct {
		claim string
		file  func(*fixture) []byte
		want  verify.Rule
	}{
		{"leaf and intermediate", bundleOf(func(s *fixture) certs {
			return certs{s.issue(verifytest.CertificateTemplate{}), s.authority.Intermediate}
		}), accepted},
		{"leaf, intermediate and root", bundleOf(func(s *fixture) certs {
			return certs{s.issue(verifytest.CertificateTemplate{}), s.authority.Intermediate, s.authority.Root}
		}), accepted},
		{"an expired cross-signed root at the end, like Amazon's files", bundleOf(func(s *fixture) certs {
			old := s.issue(verifytest.CertificateTemplate{CommonName: "Old Root", CA: true, SelfSigned: true, NotBefore: lastYear, NotAfter: earlier})
			cross := s.issue(verifytest.CertificateTemplate{CommonName: "Throw-away Root", CA: true, Key: s.authority.Root.Key, Issuer: old, NotBefore: lastYear, NotAfter: earlier})
			return certs{s.issue(verifytest.CertificateTemplate{}), s.authority.Intermediate, cross}
		}), accepted},
		{"text between the certificates", func(s *fixture) []byte {
			file := []byte("subject=echo\n")
			file = append(file, verifytest.PEMBundle(s.issue(verifytest.CertificateTemplate{}))...)
			return append(append(file, "issuer\n"...), verifytest.PEMBundle(s.authority.Intermediate)...)
		}, accepted},
		{"an unreadable intermediate that is not needed", func(s *fixture) []byte {
			file := verifytest.PEMBundle(s.issue(verifytest.CertificateTemplate{}), s.authority.Intermediate)
			return append(file, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"...)
		}, accepted},
		{"several names, including Alexa's", bundleOf(func(s *fixture) certs {
			return certs{s.issue(verifytest.CertificateTemplate{Names: []string{"example.com", verifytest.AlexaName}}), s.authority.Intermediate}
		}), accepted},
		{"valid since this second", bundleOf(func(s *fixture) certs {
			return certs{s.issue(verifytest.CertificateTemplate{NotBefore: now}), s.authority.Intermediate}
		}), accepted},
		{"valid until this second", bundleOf(func(s *fixture) certs {
			return certs{s.issue(verifytest.CertificateTemplate{NotAfter: now}), s.authority.Intermediate}
		}), accepted},

		{"an expired leaf", bundleOf(func(s *fixture) certs {
			return certs{s.issue(verifytest.CertificateTemplate{NotAfter: earlier}), s.authority.Intermediate}
		}), verify.CertificateDates},
		{"a leaf that is not valid yet", bundleOf(func(s *fixture) certs {
			return certs{s.issue(verifytest.CertificateTemplate{NotBefore: later}), s.authority.Intermediate}
		}), verify.CertificateDates},
		{"another name", bundleOf(func(s *fixture) certs {
			return certs{s.issue(verifytest.CertificateTemplate{Names: []string{"echo-api.example.com"}}), s.authority.Intermediate}
		}), verify.CertificateName},
		{"the name only in the CN", bundleOf(func(s *fixture) certs {
			return certs{s.issue(verifytest.CertificateTemplate{CommonName: verifytest.AlexaName, Names: []string{}}), s.authority.Intermediate}
		}), verify.CertificateName},
		{"a wildcard that covers the name", bundleOf(func(s *fixture) certs {
			return certs{s.issue(verifytest.CertificateTemplate{Names: []string{"*.amazon.com"}}), s.authority.Intermediate}
		}), verify.CertificateName},
		{"the name as a part of another name", bundleOf(func(s *fixture) certs {
			return certs{s.issue(verifytest.CertificateTemplate{Names: []string{"echo-api.amazon.com.example.com"}}), s.authority.Intermediate}
		}), verify.CertificateName},
		{"a missing intermediate", bundleOf(func(s *fixture) certs {
			return certs{s.issue(verifytest.CertificateTemplate{})}
		}), verify.CertificateChain},
		{"an expired intermediate", bundleOf(func(s *fixture) certs {
			expired := s.issue(verifytest.CertificateTemplate{CommonName: "Expired", CA: true, Issuer: s.authority.Root, NotBefore: lastYear, NotAfter: earlier})
			return certs{s.issue(verifytest.CertificateTemplate{Issuer: expired}), expired}
		}), verify.CertificateChain},
		{"a root in the sender's file", bundleOf(func(s *fixture) certs {
			root := s.issue(verifytest.CertificateTemplate{CommonName: "Forger", CA: true, SelfSigned: true})
			return certs{s.issue(verifytest.CertificateTemplate{Issuer: root}), root}
		}), verify.CertificateChain},
		{"a root in the sender's file with the name of the trusted root", bundleOf(func(s *fixture) certs {
			root := s.issue(verifytest.CertificateTemplate{CommonName: "Throw-away Root", CA: true, SelfSigned: true})
			return certs{s.issue(verifytest.CertificateTemplate{Issuer: root}), root}
		}), verify.CertificateChain},
		{"self-signed", bundleOf(func(s *fixture) certs {
			return certs{s.issue(verifytest.CertificateTemplate{SelfSigned: true})}
		}), verify.CertificateChain},
		{"issued by a leaf", bundleOf(func(s *fixture) certs {
			leaf := s.issue(verifytest.CertificateTemplate{Names: []string{"example.com"}})
			return certs{s.issue(verifytest.CertificateTemplate{Issuer: leaf}), leaf, s.authority.Intermediate}
		}), verify.CertificateChain},
		{"a forged leaf before the genuine chain", bundleOf(func(s *fixture) certs {
			return certs{s.issue(verifytest.CertificateTemplate{SelfSigned: true}), s.issue(verifytest.CertificateTemplate{}), s.authority.Intermediate}
		}), verify.CertificateChain},
		{"another key than the one that signed", bundleOf(func(s *fixture) certs {
			return certs{s.issue(verifytest.CertificateTemplate{Key: s.otherKey()}), s.authority.Intermediate}
		}), verify.Signature},
		{"a key that is not RSA", bundleOf(func(s *fixture) certs {
			key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
			require.NoError(s.t, err)
			return certs{s.issue(verifytest.CertificateTemplate{Key: key}), s.authority.Intermediate}
		}), verify.CertificateChain},
		{"the intermediate first", bundleOf(func(s *fixture) certs {
			return certs{s.authority.Intermediate, s.issue(verifytest.CertificateTemplate{})}
		}), verify.CertificateName},
		{"an unreadable first certificate", func(s *fixture) []byte {
			file := []byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
			return append(file, verifytest.PEMBundle(s.issue(verifytest.CertificateTemplate{}), s.authority.Intermediate)...)
		}, verify.CertificateChain},
		{"certificates under another label", func(s *fixture) []byte {
			file := verifytest.PEMBundle(s.issue(verifytest.CertificateTemplate{}), s.authority.Intermediate)
			return bytes.ReplaceAll(file, []byte("CERTIFICATE"), []byte("X509 CRL"))
		}, verify.CertificateChain},
		{"empty", func(*fixture) []byte { return nil }, verify.CertificateChain},
		{"HTML", func(*fixture) []byte { return []byte("<html>Forbidden</html>") }, verify.CertificateChain},
		{"64 KiB", func(s *fixture) []byte {
			file := verifytest.PEMBundle(s.issue(verifytest.CertificateTemplate{}), s.authority.Intermediate)
			return append(file, make([]byte, 64<<10-len(file))...)
		}, accepted},
		{"more than 64 KiB", func(s *fixture) []byte {
			return append(verifytest.PEMBundle(s.issue(verifytest.CertificateTemplate{}), s.authority.Intermediate), make([]byte, 64<<10)...)
		}, verify.CertificateFetch},
	} {
		t.Run(row.claim, func(t *testing.T) {
			s := newFixture(t)
			s.bucket.Put(verifytest.CertificateURL, row.file(s))
			require.Equal(t, row.want, verify.RuleOf(s.verifier.VerifySignature(s.sign(body), body)))
		})
	}
}

func bundleOf(certs func(*fixture) []*verifytest.IssuedCertificate) func(*fixture) []byte {
	return func(s *fixture) []byte { return verifytest.PEMBundle(certs(s)...) }
}

// TestRuleHidesDetails checks that the message for the sender does not contain the details for the operator.
func TestRuleHidesDetails(t *testing.T) {
	s := newFixture(t)
	err := s.verifier.VerifySignature(s.signWithURL("https://attacker.example/echo.api/x.pem"), body)
	require.ErrorContains(t, err, "attacker.example")
	require.NotContains(t, verify.RuleOf(err).Error(), "attacker.example")

	require.ErrorContains(t, s.verifier.VerifySignature(http.Header{}, body), "0 values of SignatureCertChainUrl")
	require.ErrorContains(t, verify.CheckTimestamp("", "yesterday", now), "cannot parse")

	long := s.verifier.VerifySignature(s.signWithURL("https://attacker.example/"+string(bytes.Repeat([]byte("x"), 10_000))), body)
	require.Less(t, len(long.Error()), 500, "a sender must not fill the log")
	require.Equal(t, accepted, verify.RuleOf(nil))
	require.Equal(t, "unknown", verify.Rule("unknown").Error())
}
