package verify_test

import (
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/verify"
	"lastpost/internal/verify/verifytest"
)

// TestConcurrentRequestsShareOneFetch sends 1,000 concurrent requests with one unknown certificate. It must be fetched once.
func TestConcurrentRequestsShareOneFetch(t *testing.T) {
	s := newFixture(t)
	const requests = 1000
	release := make(chan struct{})
	s.bucket.Before = func(*http.Request) error { <-release; return nil }
	header := s.sign(body)

	var waiting sync.WaitGroup
	var arrived, good atomic.Int32
	for range requests {
		waiting.Go(func() {
			arrived.Add(1)
			if s.verifier.VerifySignature(header, body) == nil {
				good.Add(1)
			}
		})
	}
	require.Eventually(t, func() bool { return arrived.Load() == requests }, 10*time.Second, time.Millisecond)
	close(release)
	waiting.Wait()
	require.EqualValues(t, requests, good.Load())
	require.Equal(t, 1, s.bucket.Fetches())
}

func TestConcurrentRequestsShareFailure(t *testing.T) {
	s := newFixture(t)
	s.bucket.Before = func(*http.Request) error { time.Sleep(20 * time.Millisecond); return errors.New("bucket is down") }
	header := s.sign(body)
	var waiting sync.WaitGroup
	for range 100 {
		waiting.Go(func() {
			if rule := verify.RuleOf(s.verifier.VerifySignature(header, body)); rule != verify.CertificateFetch {
				t.Errorf("refused for %q", rule)
			}
		})
	}
	waiting.Wait()
	require.Equal(t, 1, s.bucket.Fetches())
}

func TestCachesOutageForTenSeconds(t *testing.T) {
	s := newFixture(t)
	down := errors.New("bucket is down")
	s.bucket.Before = func(*http.Request) error { return down }
	header := s.sign(body)
	require.ErrorIs(t, s.verifier.VerifySignature(header, body), verify.CertificateFetch)

	down = nil
	s.clock = now.Add(9 * time.Second)
	require.ErrorIs(t, s.verifier.VerifySignature(header, body), verify.CertificateFetch)
	require.Equal(t, 1, s.bucket.Fetches())

	s.clock = now.Add(10 * time.Second)
	require.NoError(t, s.verifier.VerifySignature(header, body))
	require.Equal(t, 2, s.bucket.Fetches())
}

// TestCachesDefiniteFailureForAMinute has a URL without a file, and then a URL whose file is not a chain.
func TestCachesDefiniteFailureForAMinute(t *testing.T) {
	s := newFixture(t)
	header := s.sign(body)
	good, _ := s.bucket.Get(verifytest.CertificateURL)
	for i, bad := range []func(){
		func() { s.bucket.Remove(verifytest.CertificateURL) },
		func() { s.bucket.Put(verifytest.CertificateURL, []byte("<html>")) },
	} {
		s.verifier, s.clock = s.newVerifier(), now
		bad()
		require.Error(t, s.verifier.VerifySignature(header, body))
		s.bucket.Put(verifytest.CertificateURL, good)
		s.clock = now.Add(59 * time.Second)
		require.Error(t, s.verifier.VerifySignature(header, body))
		require.Equal(t, 2*i+1, s.bucket.Fetches())
		s.clock = now.Add(time.Minute)
		require.NoError(t, s.verifier.VerifySignature(header, body))
		require.Equal(t, 2*i+2, s.bucket.Fetches())
	}
}

// TestFloodOfKnownShapeURLsAllowsNewCertificate sends every URL of the known shape again and again, at 40 requests a second.
// A new certificate must still be fetched at any time.
func TestFloodOfKnownShapeURLsAllowsNewCertificate(t *testing.T) {
	s := newFixture(t)
	header := s.sign(body)
	next := 0
	for second := range 300 {
		s.clock = now.Add(time.Duration(second) * time.Second)
		for range 40 {
			next++
			url := fmt.Sprintf("https://s3.amazonaws.com/echo.api/echo-api-cert-%d%s.pem", next%100, []string{"", "-ats"}[next/100%2])
			require.Error(t, s.verifier.VerifySignature(s.copyWithURL(header, url), body))
		}
		if second%60 == 59 {
			later := fmt.Sprintf("https://s3.amazonaws.com/echo.api/echo-api-cert-0%d.pem", second/60)
			s.bucket.Put(later, verifytest.PEMBundle(s.issue(verifytest.CertificateTemplate{}), s.authority.Intermediate))
			require.NoError(t, s.verifier.VerifySignature(s.copyWithURL(header, later), body), "after %d s", second)
		}
	}
	require.LessOrEqual(t, s.bucket.Fetches(), 5*(200+1))
}

// TestAcceptsCertificateReplacedAtSameURL puts a certificate with another key at a cached URL. Requests with the new key must
// be accepted after a minute.
func TestAcceptsCertificateReplacedAtSameURL(t *testing.T) {
	s := newFixture(t)
	s.verifier.Dir = t.TempDir()
	old := s.sign(body)
	require.NoError(t, s.verifier.VerifySignature(old, body))

	s.bucket.Put(verifytest.CertificateURL, verifytest.PEMBundle(s.issue(verifytest.CertificateTemplate{Key: s.otherKey()}), s.authority.Intermediate))
	s.signer.Key = s.otherKey()
	renewed := s.sign(body)
	s.clock = now.Add(59 * time.Second)
	require.ErrorIs(t, s.verifier.VerifySignature(renewed, body), verify.Signature, "the certificate is not fetched again within a minute")
	require.Equal(t, 1, s.bucket.Fetches())

	restarted := s.newVerifier()
	restarted.Dir = s.verifier.Dir
	require.NoError(t, restarted.VerifySignature(renewed, body), "after a restart the saved chain is outdated and is fetched again")
	require.Equal(t, 2, s.bucket.Fetches())

	s.clock = now.Add(time.Minute)
	require.NoError(t, s.verifier.VerifySignature(renewed, body))
	require.Equal(t, 3, s.bucket.Fetches())
	require.ErrorIs(t, s.verifier.VerifySignature(old, body), verify.Signature, "the old certificate is not valid any more")
	require.Equal(t, 3, s.bucket.Fetches())
}

// TestConcurrentRequestsShareRenewal sends many requests under a replaced certificate: all wait for one fetch.
func TestConcurrentRequestsShareRenewal(t *testing.T) {
	s := newFixture(t)
	require.NoError(t, s.verifier.VerifySignature(s.sign(body), body))
	s.bucket.Put(verifytest.CertificateURL, verifytest.PEMBundle(s.issue(verifytest.CertificateTemplate{Key: s.otherKey()}), s.authority.Intermediate))
	s.signer.Key, s.clock = s.otherKey(), now.Add(time.Minute)
	renewed := s.sign(body)
	release := make(chan struct{})
	s.bucket.Before = func(*http.Request) error { <-release; return nil }

	var waiting sync.WaitGroup
	var arrived, good atomic.Int32
	for range 100 {
		waiting.Go(func() {
			arrived.Add(1)
			if s.verifier.VerifySignature(renewed, body) == nil {
				good.Add(1)
			}
		})
	}
	require.Eventually(t, func() bool { return arrived.Load() == 100 }, 10*time.Second, time.Millisecond)
	close(release)
	waiting.Wait()
	require.EqualValues(t, 100, good.Load())
	require.Equal(t, 2, s.bucket.Fetches())
}

// TestForgedSignaturesCauseFewFetches sends wrong signatures with a cached URL. The bucket is first reachable and then not.
func TestForgedSignaturesCauseFewFetches(t *testing.T) {
	s := newFixture(t)
	genuine := s.sign(body)
	require.NoError(t, s.verifier.VerifySignature(genuine, body))
	for minute := range 10 {
		s.clock = now.Add(time.Duration(minute) * time.Minute)
		if minute == 5 {
			s.bucket.Before = func(*http.Request) error { return errors.New("bucket is down") }
		}
		for range 100 {
			require.ErrorIs(t, s.verifier.VerifySignature(genuine, []byte("forged")), verify.Signature)
		}
		require.NoError(t, s.verifier.VerifySignature(genuine, body))
		require.Equal(t, minute+1, s.bucket.Fetches())
	}
}

// TestFloodOfUnknownURLsCausesFewFetches sends invented URLs of the known shape or of another shape. They must cause few
// fetches, and genuine requests must be accepted.
func TestFloodOfUnknownURLsCausesFewFetches(t *testing.T) {
	for _, row := range []struct {
		claim, format string
		known         bool // the genuine certificate is cached before the flood
		fetches       int  // at most, without the fetch of the genuine certificate
	}{
		{"the genuine certificate is cached", "https://s3.amazonaws.com/echo.api/flood-%d.pem", true, 30},
		{"the genuine certificate is not cached", "https://s3.amazonaws.com/echo.api/flood-%d.pem", false, 30},
		{"known shape, the genuine certificate is cached", "https://s3.amazonaws.com/echo.api/echo-api-cert-%d.pem", true, 100 + 30},
		{"known shape, the genuine certificate is not cached", "https://s3.amazonaws.com/echo.api/echo-api-cert-%d-ats.pem", false, 100 + 30},
	} {
		t.Run(row.claim, func(t *testing.T) {
			s := newFixture(t)
			header := s.sign(body)
			if row.known {
				require.NoError(t, s.verifier.VerifySignature(header, body))
			}
			for i := range 5000 {
				rule := verify.RuleOf(s.verifier.VerifySignature(s.copyWithURL(header, fmt.Sprintf(row.format, i)), body))
				require.Contains(t, []verify.Rule{verify.CertificateChain, verify.CertificateFetch, verify.FetchLimit}, rule)
			}
			require.LessOrEqual(t, s.bucket.Fetches(), row.fetches+1)
			require.NoError(t, s.verifier.VerifySignature(header, body))
			require.LessOrEqual(t, s.bucket.Fetches(), row.fetches+1)
		})
	}
}

// copyWithURL returns a copy of header with another URL. It does not sign again, because signing is slow.
func (s *fixture) copyWithURL(header http.Header, url string) http.Header {
	other := header.Clone()
	other.Set("SignatureCertChainUrl", url)
	return other
}

// TestFetchLimitRefills uses all fetches of a minute, and checks how many more are available later.
func TestFetchLimitRefills(t *testing.T) {
	s := newFixture(t)
	header := s.sign(body)
	next := 0
	flood := func() (fetches int) {
		before := s.bucket.Fetches()
		for range 100 {
			next++
			_ = s.verifier.VerifySignature(s.copyWithURL(header, fmt.Sprintf("https://s3.amazonaws.com/echo.api/%d.pem", next)), body)
		}
		return s.bucket.Fetches() - before
	}
	require.Equal(t, 30, flood())
	require.Equal(t, 0, flood())
	s.clock = s.clock.Add(2 * time.Second)
	require.Equal(t, 1, flood())
	s.clock = s.clock.Add(time.Hour)
	require.Equal(t, 30, flood(), "after an hour, only the fetches of one minute are available")
	s.clock = s.clock.Add(-time.Hour)
	require.Equal(t, 0, flood(), "a clock that is set back adds no fetches")
	s.clock = s.clock.Add(2 * time.Second)
	require.Equal(t, 1, flood(), "a clock that is set back removes no fetches")
}

// TestCacheIsKeyedByURL repeats a test of Amazon's certification: a request with a valid URL, and then the same request with
// an invalid URL, which must be refused.
func TestCacheIsKeyedByURL(t *testing.T) {
	s := newFixture(t)
	header := s.sign(body)
	require.NoError(t, s.verifier.VerifySignature(header, body))
	require.ErrorIs(t, s.verifier.VerifySignature(s.signWithURL("https://s3.amazonaws.com/echo.api/other.pem"), body), verify.CertificateFetch)
	require.ErrorIs(t, s.verifier.VerifySignature(s.signWithURL("https://example.com/echo.api/echo-api-cert.pem"), body), verify.CertificateURL)
	require.NoError(t, s.verifier.VerifySignature(header, body))
	require.Equal(t, 2, s.bucket.Fetches())
}

// TestDatesAreCheckedAtEachUse sets the clock to a time when the cached certificate is expired, and then puts a new
// certificate at the same URL.
func TestDatesAreCheckedAtEachUse(t *testing.T) {
	s := newFixture(t)
	header := s.sign(body)
	require.NoError(t, s.verifier.VerifySignature(header, body))

	s.clock = now.AddDate(0, 0, 31)
	require.ErrorIs(t, s.verifier.VerifySignature(header, body), verify.CertificateDates)

	s.clock = s.clock.Add(time.Minute)
	// The authority's certificates have expired too.
	renewed, err := verifytest.NewAuthority(s.clock)
	require.NoError(t, err)
	leaf, err := renewed.Issue(verifytest.CertificateTemplate{Key: s.authority.Key})
	require.NoError(t, err)
	s.bucket.Put(verifytest.CertificateURL, verifytest.PEMBundle(leaf, renewed.Intermediate))
	s.verifier.Roots.AddCert(renewed.Root.Certificate)
	require.NoError(t, s.verifier.VerifySignature(header, body))

	s.clock = now
	require.Error(t, s.verifier.VerifySignature(header, body), "when the clock is set back, the new certificate is not valid yet")
}

// TestRefusesAfterIntermediateExpires has a cached chain whose intermediate expires before the leaf.
func TestRefusesAfterIntermediateExpires(t *testing.T) {
	s := newFixture(t)
	short := s.issue(verifytest.CertificateTemplate{CommonName: "Short", CA: true, Issuer: s.authority.Root, NotAfter: now.Add(time.Hour)})
	s.bucket.Put(verifytest.CertificateURL, verifytest.PEMBundle(s.issue(verifytest.CertificateTemplate{Issuer: short}), short))
	header := s.sign(body)
	require.NoError(t, s.verifier.VerifySignature(header, body))
	s.clock = now.Add(2 * time.Hour)
	require.ErrorIs(t, s.verifier.VerifySignature(header, body), verify.CertificateChain)
}

// TestRefusesBeforeIntermediateIsValid has a cached chain whose intermediate becomes valid later than the leaf, and sets the
// clock back.
func TestRefusesBeforeIntermediateIsValid(t *testing.T) {
	s := newFixture(t)
	young := s.issue(verifytest.CertificateTemplate{CommonName: "Young", CA: true, Issuer: s.authority.Root, NotBefore: now.Add(-time.Hour)})
	s.bucket.Put(verifytest.CertificateURL, verifytest.PEMBundle(s.issue(verifytest.CertificateTemplate{Issuer: young}), young))
	header := s.sign(body)
	require.NoError(t, s.verifier.VerifySignature(header, body))
	s.clock = now.Add(-2 * time.Hour)
	require.ErrorIs(t, s.verifier.VerifySignature(header, body), verify.CertificateChain)
}

// TestChainIsValidWhileOnePathIs has two intermediates with one key. The leaf must be accepted while either intermediate is
// valid.
func TestChainIsValidWhileOnePathIs(t *testing.T) {
	s := newFixture(t)
	long := s.issue(verifytest.CertificateTemplate{CommonName: "Crossed", CA: true, Issuer: s.authority.Root})
	short := s.issue(verifytest.CertificateTemplate{CommonName: "Crossed", CA: true, Issuer: s.authority.Root, Key: long.Key, NotAfter: now.Add(time.Hour)})
	leaf := s.issue(verifytest.CertificateTemplate{Issuer: long})
	for _, file := range [][]byte{verifytest.PEMBundle(leaf, long, short), verifytest.PEMBundle(leaf, short, long)} {
		s.clock, s.bucket = now, &verifytest.Bucket{}
		s.bucket.Put(verifytest.CertificateURL, file)
		v, header := s.newVerifier(), s.sign(body)
		require.NoError(t, v.VerifySignature(header, body))
		s.clock = now.Add(2 * time.Hour)
		require.NoError(t, v.VerifySignature(header, body))
		require.Equal(t, 1, s.bucket.Fetches(), "the path that ends last was cached")
	}
}
