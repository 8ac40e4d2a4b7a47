package verify_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
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
	s := newScene(t)
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
	s := newScene(t)
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
	s := newScene(t)
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
	s := newScene(t)
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
	s := newScene(t)
	header := s.sign(body)
	next := 0
	for second := range 300 {
		s.clock = now.Add(time.Duration(second) * time.Second)
		for range 40 {
			next++
			url := fmt.Sprintf("https://s3.amazonaws.com/echo.api/echo-api-cert-%d%s.pem", next%100, []string{"", "-ats"}[next/100%2])
			require.Error(t, s.verifier.VerifySignature(s.fromUnsigned(header, url), body))
		}
		if second%60 == 59 {
			later := fmt.Sprintf("https://s3.amazonaws.com/echo.api/echo-api-cert-0%d.pem", second/60)
			s.bucket.Put(later, verifytest.Bundle(s.issue(verifytest.Template{}), s.authority.Intermediate))
			require.NoError(t, s.verifier.VerifySignature(s.fromUnsigned(header, later), body), "after %d s", second)
		}
	}
	require.LessOrEqual(t, s.bucket.Fetches(), 5*(200+1))
}

// TestRenewedInPlace puts a certificate of another key at the URL that is known.
func TestRenewedInPlace(t *testing.T) {
	s := newScene(t)
	s.verifier.Dir = t.TempDir()
	old := s.sign(body)
	require.NoError(t, s.verifier.VerifySignature(old, body))

	s.bucket.Put(verifytest.CertificateURL, verifytest.Bundle(s.issue(verifytest.Template{Key: s.otherKey()}), s.authority.Intermediate))
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
	s := newScene(t)
	require.NoError(t, s.verifier.VerifySignature(s.sign(body), body))
	s.bucket.Put(verifytest.CertificateURL, verifytest.Bundle(s.issue(verifytest.Template{Key: s.otherKey()}), s.authority.Intermediate))
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
	s := newScene(t)
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
			s := newScene(t)
			header := s.sign(body)
			if row.known {
				require.NoError(t, s.verifier.VerifySignature(header, body))
			}
			for i := range 5000 {
				rule := verify.RuleOf(s.verifier.VerifySignature(s.fromUnsigned(header, fmt.Sprintf(row.format, i)), body))
				require.Contains(t, []verify.Rule{verify.CertificateChain, verify.CertificateFetch, verify.FetchLimit}, rule)
			}
			require.LessOrEqual(t, s.bucket.Fetches(), row.fetches+1)
			require.NoError(t, s.verifier.VerifySignature(header, body))
			require.LessOrEqual(t, s.bucket.Fetches(), row.fetches+1)
		})
	}
}

// fromUnsigned is a copy of header with another URL; signing anew would be what takes long.
func (s *scene) fromUnsigned(header http.Header, url string) http.Header {
	other := header.Clone()
	other.Set("SignatureCertChainUrl", url)
	return other
}

// TestFetchLimitRefills spends a minute's fetches and waits for more.
func TestFetchLimitRefills(t *testing.T) {
	s := newScene(t)
	header := s.sign(body)
	next := 0
	flood := func() (fetches int) {
		before := s.bucket.Fetches()
		for range 100 {
			next++
			_ = s.verifier.VerifySignature(s.fromUnsigned(header, fmt.Sprintf("https://s3.amazonaws.com/echo.api/%d.pem", next)), body)
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
	s := newScene(t)
	header := s.sign(body)
	require.NoError(t, s.verifier.VerifySignature(header, body))
	require.ErrorIs(t, s.verifier.VerifySignature(s.from("https://s3.amazonaws.com/echo.api/other.pem"), body), verify.CertificateFetch)
	require.ErrorIs(t, s.verifier.VerifySignature(s.from("https://example.com/echo.api/echo-api-cert.pem"), body), verify.CertificateURL)
	require.NoError(t, s.verifier.VerifySignature(header, body))
	require.Equal(t, 2, s.bucket.Fetches())
}

// TestDatesAreCheckedAtEachUse keeps a certificate in memory until it expires, and lets Amazon put a new one at the
// same URL.
func TestDatesAreCheckedAtEachUse(t *testing.T) {
	s := newScene(t)
	header := s.sign(body)
	require.NoError(t, s.verifier.VerifySignature(header, body))

	s.clock = now.AddDate(0, 0, 31)
	require.ErrorIs(t, s.verifier.VerifySignature(header, body), verify.CertificateDates)

	s.clock = s.clock.Add(time.Minute)
	// The authority's own certificates have expired by now as well.
	renewed, err := verifytest.NewAuthority(s.clock)
	require.NoError(t, err)
	leaf, err := renewed.Issue(verifytest.Template{Key: s.authority.Key})
	require.NoError(t, err)
	s.bucket.Put(verifytest.CertificateURL, verifytest.Bundle(leaf, renewed.Intermediate))
	s.verifier.Roots.AddCert(renewed.Root.Certificate)
	require.NoError(t, s.verifier.VerifySignature(header, body))

	s.clock = now
	require.Error(t, s.verifier.VerifySignature(header, body), "the new one is not valid yet on a clock that is set back")
}

// TestIntermediateExpiresInMemory has a path to the root that ends before its leaf does.
func TestIntermediateExpiresInMemory(t *testing.T) {
	s := newScene(t)
	short := s.issue(verifytest.Template{CommonName: "Short", CA: true, Issuer: s.authority.Root, NotAfter: now.Add(time.Hour)})
	s.bucket.Put(verifytest.CertificateURL, verifytest.Bundle(s.issue(verifytest.Template{Issuer: short}), short))
	header := s.sign(body)
	require.NoError(t, s.verifier.VerifySignature(header, body))
	s.clock = now.Add(2 * time.Hour)
	require.ErrorIs(t, s.verifier.VerifySignature(header, body), verify.CertificateChain)
}

// TestIntermediateBeginsInMemory has a path to the root that begins after its leaf does, and a clock that is set back.
func TestIntermediateBeginsInMemory(t *testing.T) {
	s := newScene(t)
	young := s.issue(verifytest.Template{CommonName: "Young", CA: true, Issuer: s.authority.Root, NotBefore: now.Add(-time.Hour)})
	s.bucket.Put(verifytest.CertificateURL, verifytest.Bundle(s.issue(verifytest.Template{Issuer: young}), young))
	header := s.sign(body)
	require.NoError(t, s.verifier.VerifySignature(header, body))
	s.clock = now.Add(-2 * time.Hour)
	require.ErrorIs(t, s.verifier.VerifySignature(header, body), verify.CertificateChain)
}

// TestLongestPathCounts has two intermediates of one key: the leaf is good for as long as either is.
func TestLongestPathCounts(t *testing.T) {
	s := newScene(t)
	long := s.issue(verifytest.Template{CommonName: "Crossed", CA: true, Issuer: s.authority.Root})
	short := s.issue(verifytest.Template{CommonName: "Crossed", CA: true, Issuer: s.authority.Root, Key: long.Key, NotAfter: now.Add(time.Hour)})
	leaf := s.issue(verifytest.Template{Issuer: long})
	for _, file := range [][]byte{verifytest.Bundle(leaf, long, short), verifytest.Bundle(leaf, short, long)} {
		s.clock, s.bucket = now, &verifytest.Bucket{}
		s.bucket.Put(verifytest.CertificateURL, file)
		v, header := s.newVerifier(), s.sign(body)
		require.NoError(t, v.VerifySignature(header, body))
		s.clock = now.Add(2 * time.Hour)
		require.NoError(t, v.VerifySignature(header, body))
		require.Equal(t, 1, s.bucket.Fetches(), "the path that still holds was known")
	}
}

// TestZeroValues uses the system's clock, and leaves no file behind.
func TestZeroValues(t *testing.T) {
	authority, signer, bucket, err := verifytest.NewAlexa(time.Now())
	require.NoError(t, err)
	header, err := signer.Sign(body)
	require.NoError(t, err)
	t.Chdir(t.TempDir())
	v := verify.Verifier{Roots: authority.Pool(), Transport: bucket}
	require.NoError(t, v.VerifySignature(header, body))
	left, err := os.ReadDir(".")
	require.NoError(t, err)
	require.Empty(t, left)

	v = verify.Verifier{Roots: authority.Pool(), Transport: bucket, Dir: "."}
	require.NoError(t, v.VerifySignature(header, body))
	require.Len(t, names(t, "."), 1)
	bucket.Before = func(*http.Request) error { return errors.New("out of reach") }
	v = verify.Verifier{Roots: authority.Pool(), Transport: bucket}
	require.ErrorIs(t, v.VerifySignature(header, body), verify.CertificateFetch, "without a folder nothing is read")
	bucket.Before = nil
	v = verify.Verifier{Roots: authority.Pool(), Transport: bucket, Dir: "/dev/null"}
	require.NoError(t, v.VerifySignature(header, body), "nobody is warned, and nothing fails")

	var trusting verify.Verifier
	trusting.Transport = bucket
	require.ErrorIs(t, trusting.VerifySignature(header, body), verify.CertificateChain, "the zero value trusts the system's roots alone")
}

// TestRestart starts anew while the bucket is out of reach.
func TestRestart(t *testing.T) {
	s := newScene(t)
	dir := filepath.Join(t.TempDir(), "chains")
	s.verifier.Dir = dir
	header := s.sign(body)
	require.NoError(t, s.verifier.VerifySignature(header, body))
	require.Len(t, names(t, dir), 1, "one chain and no temporary file")
	kept := filepath.Join(dir, names(t, dir)[0])

	restart := func() (*verify.Verifier, *[]error) {
		v, warnings := s.newVerifier(), new([]error)
		v.Dir, v.Warn = dir, func(err error) { *warnings = append(*warnings, err) }
		return v, warnings
	}
	good, err := os.ReadFile(kept)
	require.NoError(t, err)
	s.bucket.Before = func(*http.Request) error { return errors.New("out of reach") }
	v, warnings := restart()
	require.NoError(t, v.VerifySignature(header, body))
	require.Equal(t, 1, s.bucket.Fetches())
	require.Empty(t, *warnings)

	forger, err := verifytest.NewAuthority(now)
	require.NoError(t, err)
	leaf, err := forger.Issue(verifytest.Template{})
	require.NoError(t, err)
	forged := verifytest.Bundle(leaf, forger.Intermediate, forger.Root)
	forgedHeader, err := verifytest.Signer{Key: forger.Key}.Sign(body)
	require.NoError(t, err)
	for claim, content := range map[string][]byte{
		"a forged chain":   forged,
		"half a file":      good[:100],
		"nothing":          nil,
		"an endless file":  append(slices.Clone(good), make([]byte, 1<<20)...),
		"another's leaf":   verifytest.Bundle(s.issue(verifytest.Template{Names: []string{"example.com"}}), s.authority.Intermediate),
		"an expired chain": verifytest.Bundle(s.issue(verifytest.Template{NotAfter: now.Add(-time.Second)}), s.authority.Intermediate),
	} {
		t.Run(claim, func(t *testing.T) {
			require.NoError(t, os.WriteFile(kept, content, 0o600))
			v, warnings := restart()
			require.ErrorIs(t, v.VerifySignature(forgedHeader, body), verify.CertificateFetch, "a file that was tampered with is worth nothing")
			require.NotEmpty(t, *warnings, "and is reported")
		})
	}

	s.bucket.Before = nil
	v, _ = restart()
	require.NoError(t, v.VerifySignature(header, body), "once the bucket is back")
	v, warnings = restart()
	require.NoError(t, v.VerifySignature(header, body), "and the file was replaced")
	require.Empty(t, *warnings)
}

// TestLargestFile keeps a file of the largest size, and reads it again.
func TestLargestFile(t *testing.T) {
	s := newScene(t)
	s.verifier.Dir = t.TempDir()
	file, _ := s.bucket.Get(verifytest.CertificateURL)
	s.bucket.Put(verifytest.CertificateURL, append(slices.Clone(file), make([]byte, 64<<10-len(file))...))
	header := s.sign(body)
	require.NoError(t, s.verifier.VerifySignature(header, body))

	s.bucket.Before = func(*http.Request) error { return errors.New("out of reach") }
	restarted := s.newVerifier()
	restarted.Dir = s.verifier.Dir
	require.NoError(t, restarted.VerifySignature(header, body))
}

// TestUnwritableDir still answers, says what it could not keep, and leaves nothing half-written.
func TestUnwritableDir(t *testing.T) {
	s := newScene(t)
	header := s.sign(body)
	var warnings []error
	verifier := func(dir string) *verify.Verifier {
		warnings = nil
		v := s.newVerifier()
		v.Dir, v.Warn = dir, func(err error) { warnings = append(warnings, err) }
		return v
	}

	inFile := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(inFile, nil, 0o600))
	require.NoError(t, verifier(filepath.Join(inFile, "chains")).VerifySignature(header, body))
	require.ErrorContains(t, errors.Join(warnings...), "keep the certificate chain for the next start: mkdir")

	if runtime.GOOS == "linux" {
		require.NoError(t, verifier("/proc").VerifySignature(header, body))
		require.ErrorContains(t, errors.Join(warnings...), "keep the certificate chain for the next start: open")
	}

	dir := t.TempDir()
	require.NoError(t, verifier(dir).VerifySignature(header, body))
	require.Empty(t, warnings)
	kept := names(t, dir)
	require.Len(t, kept, 1)
	require.NoError(t, os.Remove(filepath.Join(dir, kept[0])))
	require.NoError(t, os.Mkdir(filepath.Join(dir, kept[0]), 0o700))
	require.NoError(t, verifier(dir).VerifySignature(header, body))
	require.ErrorContains(t, errors.Join(warnings...), "is no file")
	require.ErrorContains(t, errors.Join(warnings...), "keep the certificate chain for the next start: rename")
	require.Equal(t, kept, names(t, dir), "no temporary file stays")
}

func names(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

// TestBucketOverHTTPS fetches from a real server that misbehaves.
func TestBucketOverHTTPS(t *testing.T) {
	s := newScene(t)
	file := verifytest.Bundle(s.issue(verifytest.Template{}), s.authority.Intermediate)
	forever := make(chan struct{})
	t.Cleanup(func() { close(forever) })
	for _, row := range []struct {
		claim string
		serve http.HandlerFunc
		want  verify.Rule
	}{
		{"the file", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(file) }, accepted},
		{"not found", http.NotFound, verify.CertificateFetch},
		{"the file with another status", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusPartialContent)
			_, _ = w.Write(file)
		}, verify.CertificateFetch},
		{"a redirect to the file", func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/echo.api/there.pem" {
				_, _ = w.Write(file)
				return
			}
			http.Redirect(w, r, "/echo.api/there.pem", http.StatusFound)
		}, verify.CertificateFetch},
		{"cut off", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100000")
			_, _ = w.Write(file)
		}, verify.CertificateFetch},
		{"endless", func(w http.ResponseWriter, _ *http.Request) {
			for block := append(file, make([]byte, 4096)...); ; {
				if _, err := w.Write(block); err != nil {
					return
				}
			}
		}, verify.CertificateFetch},
		{"hanging before the header", func(_ http.ResponseWriter, r *http.Request) {
			select {
			case <-forever:
			case <-r.Context().Done():
			}
		}, verify.CertificateFetch},
		{"hanging within the body", func(w http.ResponseWriter, r *http.Request) {
			_, _ = w.Write(file)
			_ = http.NewResponseController(w).Flush()
			select {
			case <-forever:
			case <-r.Context().Done():
				// To return would end the body properly, which the client may see before it has hung up.
				panic(http.ErrAbortHandler)
			}
		}, verify.CertificateFetch},
	} {
		t.Run(row.claim, func(t *testing.T) {
			t.Parallel()
			v := s.newVerifier()
			v.Transport = dialTo(t, row.serve)
			began := time.Now()
			require.Equal(t, row.want, verify.RuleOf(v.VerifySignature(s.sign(body), body)))
			require.Less(t, time.Since(began), verify.FetchTimeout+2*time.Second)
		})
	}
}

// dialTo gives a transport that reaches a server of this test, whatever the host.
func dialTo(t *testing.T, handler http.Handler) http.RoundTripper {
	t.Helper()
	server := httptest.NewTLSServer(handler)
	t.Cleanup(server.Close)
	roots := server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	dialer := tls.Dialer{Config: &tls.Config{RootCAs: roots, ServerName: "example.com"}}
	transport := &http.Transport{}
	transport.DialTLSContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return dialer.DialContext(ctx, network, server.Listener.Addr().String())
	}
	t.Cleanup(transport.CloseIdleConnections)
	return transport
}
