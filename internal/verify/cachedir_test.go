package verify_test

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/verify"
	"lastpost/internal/verify/verifytest"
)

// TestZeroValueUsesSystemDefaults checks that an empty Verifier uses the system's clock and roots, and does not read files.
func TestZeroValueUsesSystemDefaults(t *testing.T) {
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
	require.Len(t, fileNames(t, "."), 1)
	bucket.Before = func(*http.Request) error { return errors.New("unreachable") }
	v = verify.Verifier{Roots: authority.Pool(), Transport: bucket}
	require.ErrorIs(t, v.VerifySignature(header, body), verify.CertificateFetch, "without Dir no file is read")
	bucket.Before = nil
	v = verify.Verifier{Roots: authority.Pool(), Transport: bucket, Dir: "/dev/null"}
	require.NoError(t, v.VerifySignature(header, body), "without Warn the problem is discarded")

	var trusting verify.Verifier
	trusting.Transport = bucket
	require.ErrorIs(t, trusting.VerifySignature(header, body), verify.CertificateChain, "the zero value trusts only the system's roots")
}

// TestRestartUsesSavedChain restarts while the bucket is unreachable. Genuine requests must be accepted.
func TestRestartUsesSavedChain(t *testing.T) {
	s := newFixture(t)
	dir := filepath.Join(t.TempDir(), "chains")
	s.verifier.Dir = dir
	header := s.sign(body)
	require.NoError(t, s.verifier.VerifySignature(header, body))
	require.Len(t, fileNames(t, dir), 1, "one chain and no temporary file")
	saved := filepath.Join(dir, fileNames(t, dir)[0])

	restart := func() (*verify.Verifier, *[]error) {
		v, warnings := s.newVerifier(), new([]error)
		v.Dir, v.Warn = dir, func(err error) { *warnings = append(*warnings, err) }
		return v, warnings
	}
	good, err := os.ReadFile(saved)
	require.NoError(t, err)
	s.bucket.Before = func(*http.Request) error { return errors.New("unreachable") }
	v, warnings := restart()
	require.NoError(t, v.VerifySignature(header, body))
	require.Equal(t, 1, s.bucket.Fetches())
	require.Empty(t, *warnings)

	forger, err := verifytest.NewAuthority(now)
	require.NoError(t, err)
	leaf, err := forger.Issue(verifytest.CertificateTemplate{})
	require.NoError(t, err)
	forged := verifytest.PEMBundle(leaf, forger.Intermediate, forger.Root)
	forgedHeader, err := verifytest.Signer{Key: forger.Key}.Sign(body)
	require.NoError(t, err)
	for claim, content := range map[string][]byte{
		"a forged chain":   forged,
		"half a file":      good[:100],
		"an empty file":    nil,
		"an endless file":  append(slices.Clone(good), make([]byte, 1<<20)...),
		"another name":     verifytest.PEMBundle(s.issue(verifytest.CertificateTemplate{Names: []string{"example.com"}}), s.authority.Intermediate),
		"an expired chain": verifytest.PEMBundle(s.issue(verifytest.CertificateTemplate{NotAfter: now.Add(-time.Second)}), s.authority.Intermediate),
	} {
		t.Run(claim, func(t *testing.T) {
			require.NoError(t, os.WriteFile(saved, content, 0o600))
			v, warnings := restart()
			require.ErrorIs(t, v.VerifySignature(forgedHeader, body), verify.CertificateFetch, "a changed file is not trusted")
			require.NotEmpty(t, *warnings, "a changed file is reported")
		})
	}

	s.bucket.Before = nil
	v, _ = restart()
	require.NoError(t, v.VerifySignature(header, body), "the chain is fetched when the bucket is reachable again")
	v, warnings = restart()
	require.NoError(t, v.VerifySignature(header, body), "the file was replaced")
	require.Empty(t, *warnings)
}

// TestLargestFileCanBeSavedAndLoaded saves a file of the maximum size and reads it again.
func TestLargestFileCanBeSavedAndLoaded(t *testing.T) {
	s := newFixture(t)
	s.verifier.Dir = t.TempDir()
	file, _ := s.bucket.Get(verifytest.CertificateURL)
	s.bucket.Put(verifytest.CertificateURL, append(slices.Clone(file), make([]byte, 64<<10-len(file))...))
	header := s.sign(body)
	require.NoError(t, s.verifier.VerifySignature(header, body))

	s.bucket.Before = func(*http.Request) error { return errors.New("unreachable") }
	restarted := s.newVerifier()
	restarted.Dir = s.verifier.Dir
	require.NoError(t, restarted.VerifySignature(header, body))
}

// TestUnwritableDirOnlyWarns has a Dir in which files cannot be saved. Requests must be accepted, the problems must be
// reported, and no temporary file may stay.
func TestUnwritableDirOnlyWarns(t *testing.T) {
	s := newFixture(t)
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
	require.ErrorContains(t, errors.Join(warnings...), "save certificate chain: mkdir")

	if runtime.GOOS == "linux" {
		require.NoError(t, verifier("/proc").VerifySignature(header, body))
		require.ErrorContains(t, errors.Join(warnings...), "save certificate chain: open")
	}

	dir := t.TempDir()
	require.NoError(t, verifier(dir).VerifySignature(header, body))
	require.Empty(t, warnings)
	saved := fileNames(t, dir)
	require.Len(t, saved, 1)
	require.NoError(t, os.Remove(filepath.Join(dir, saved[0])))
	require.NoError(t, os.Mkdir(filepath.Join(dir, saved[0]), 0o700))
	require.NoError(t, verifier(dir).VerifySignature(header, body))
	require.ErrorContains(t, errors.Join(warnings...), "is not a regular file")
	require.ErrorContains(t, errors.Join(warnings...), "save certificate chain: rename")
	require.Equal(t, saved, fileNames(t, dir), "no temporary file stays")
}

func fileNames(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}
