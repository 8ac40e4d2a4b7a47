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

// TestOneFetchForOneURL lets 1,000 requests ask for one unknown certificate at once.
func TestOneFetchForOneURL(t *testing.T) {
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

// TestFailureIsShared lets requests that wait for a certificate share its failure too.
func TestFailureIsShared(t *testing.T) {
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

func TestFailuresAreRememberedForAWhile(t *testing.T) {
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

// TestDefiniteAnswersAreRememberedForAMinute has nothing at the URL, and then something that is no chain.
func TestDefiniteAnswersAreRememberedForAMinute(t *testing.T) {
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

// TestLongFloodOfUsualURLs makes up every URL of the usual shape, over and over, at 40 requests a second, and expects a
// certificate that nobody knows yet to be fetched at once, at whatever moment.
func TestLongFloodOfUsualURLs(t *testing.T) {
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

// TestRenewedInPlace puts a certificate of another key at the URL that is known.
func TestRenewedInPlace(t *testing.T) {
	s := newFixture(t)
	s.verifier.Dir = t.TempDir()
	old := s.sign(body)
	require.NoError(t, s.verifier.VerifySignature(old, body))

	s.bucket.Put(verifytest.CertificateURL, verifytest.PEMBundle(s.issue(verifytest.CertificateTemplate{Key: s.otherKey()}), s.authority.Intermediate))
	s.signer.Key = s.otherKey()
	renewed := s.sign(body)
	s.clock = now.Add(59 * time.Second)
	require.ErrorIs(t, s.verifier.VerifySignature(renewed, body), verify.Signature, "not asked for again so soon")
	require.Equal(t, 1, s.bucket.Fetches())

	restarted := s.newVerifier()
	restarted.Dir = s.verifier.Dir
	require.NoError(t, restarted.VerifySignature(renewed, body), "a restart knows only the old one, and asks")
	require.Equal(t, 2, s.bucket.Fetches())

	s.clock = now.Add(time.Minute)
	require.NoError(t, s.verifier.VerifySignature(renewed, body))
	require.Equal(t, 3, s.bucket.Fetches())
	require.ErrorIs(t, s.verifier.VerifySignature(old, body), verify.Signature, "the old one is no more")
	require.Equal(t, 3, s.bucket.Fetches())
}

// TestRenewedOnceForAll has many requests under a renewed certificate at once: all wait for the one fetch.
func TestRenewedOnceForAll(t *testing.T) {
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

// TestForgeriesDoNotRenew asks for a known certificate with wrong signatures, while the bucket is there and while it is not.
func TestForgeriesDoNotRenew(t *testing.T) {
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

// TestFlood sends made-up URLs, of the unusual and of the usual shape, and expects few fetches and a true request that
// is answered before, between and after them.
func TestFlood(t *testing.T) {
	for _, row := range []struct {
		claim, format string
		known         bool // the true certificate is known before the flood
		fetches       int  // at most, besides the one for the true certificate
	}{
		{"the true certificate is known", "https://s3.amazonaws.com/echo.api/flood-%d.pem", true, 30},
		{"the true certificate is unknown", "https://s3.amazonaws.com/echo.api/flood-%d.pem", false, 30},
		{"of the usual shape, the true certificate is known", "https://s3.amazonaws.com/echo.api/echo-api-cert-%d.pem", true, 100 + 30},
		{"of the usual shape, the true certificate is unknown", "https://s3.amazonaws.com/echo.api/echo-api-cert-%d-ats.pem", false, 100 + 30},
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

// copyWithURL is a copy of header with another URL; signing anew would be what takes long.
func (s *fixture) copyWithURL(header http.Header, url string) http.Header {
	other := header.Clone()
	other.Set("SignatureCertChainUrl", url)
	return other
}

// TestFetchLimitRefills spends a minute's fetches and waits for more.
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
	require.Equal(t, 30, flood(), "an hour's quiet saves up a minute's fetches, no more")
	s.clock = s.clock.Add(-time.Hour)
	require.Equal(t, 0, flood(), "a clock that is set back gives nothing")
	s.clock = s.clock.Add(2 * time.Second)
	require.Equal(t, 1, flood(), "and takes nothing")
}

// TestCacheIsKeyedByURL does what Amazon's certification does: a valid URL, then an invalid one, with the signature of
// the first.
func TestCacheIsKeyedByURL(t *testing.T) {
	s := newFixture(t)
	header := s.sign(body)
	require.NoError(t, s.verifier.VerifySignature(header, body))
	require.ErrorIs(t, s.verifier.VerifySignature(s.signWithURL("https://s3.amazonaws.com/echo.api/other.pem"), body), verify.CertificateFetch)
	require.ErrorIs(t, s.verifier.VerifySignature(s.signWithURL("https://example.com/echo.api/echo-api-cert.pem"), body), verify.CertificateURL)
	require.NoError(t, s.verifier.VerifySignature(header, body))
	require.Equal(t, 2, s.bucket.Fetches())
}

// TestDatesAreCheckedAtEachUse keeps a certificate in memory until it expires, and lets Amazon put a new one at the
// same URL.
func TestDatesAreCheckedAtEachUse(t *testing.T) {
	s := newFixture(t)
	header := s.sign(body)
	require.NoError(t, s.verifier.VerifySignature(header, body))

	s.clock = now.AddDate(0, 0, 31)
	require.ErrorIs(t, s.verifier.VerifySignature(header, body), verify.CertificateDates)

	s.clock = s.clock.Add(time.Minute)
	// The authority's own certificates have expired by now as well.
	renewed, err := verifytest.NewAuthority(s.clock)
	require.NoError(t, err)
	leaf, err := renewed.Issue(verifytest.CertificateTemplate{Key: s.authority.Key})
	require.NoError(t, err)
	s.bucket.Put(verifytest.CertificateURL, verifytest.PEMBundle(leaf, renewed.Intermediate))
	s.verifier.Roots.AddCert(renewed.Root.Certificate)
	require.NoError(t, s.verifier.VerifySignature(header, body))

	s.clock = now
	require.Error(t, s.verifier.VerifySignature(header, body), "the new one is not valid yet on a clock that is set back")
}

// TestIntermediateExpiresInMemory has a path to the root that ends before its leaf does.
func TestIntermediateExpiresInMemory(t *testing.T) {
	s := newFixture(t)
	short := s.issue(verifytest.CertificateTemplate{CommonName: "Short", CA: true, Issuer: s.authority.Root, NotAfter: now.Add(time.Hour)})
	s.bucket.Put(verifytest.CertificateURL, verifytest.PEMBundle(s.issue(verifytest.CertificateTemplate{Issuer: short}), short))
	header := s.sign(body)
	require.NoError(t, s.verifier.VerifySignature(header, body))
	s.clock = now.Add(2 * time.Hour)
	require.ErrorIs(t, s.verifier.VerifySignature(header, body), verify.CertificateChain)
}

// TestIntermediateBeginsInMemory has a path to the root that begins after its leaf does, and a clock that is set back.
func TestIntermediateBeginsInMemory(t *testing.T) {
	s := newFixture(t)
	young := s.issue(verifytest.CertificateTemplate{CommonName: "Young", CA: true, Issuer: s.authority.Root, NotBefore: now.Add(-time.Hour)})
	s.bucket.Put(verifytest.CertificateURL, verifytest.PEMBundle(s.issue(verifytest.CertificateTemplate{Issuer: young}), young))
	header := s.sign(body)
	require.NoError(t, s.verifier.VerifySignature(header, body))
	s.clock = now.Add(-2 * time.Hour)
	require.ErrorIs(t, s.verifier.VerifySignature(header, body), verify.CertificateChain)
}

// TestLongestPathCounts has two intermediates of one key: the leaf is good for as long as either is.
func TestLongestPathCounts(t *testing.T) {
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
		require.Equal(t, 1, s.bucket.Fetches(), "the path that still holds was known")
	}
}
