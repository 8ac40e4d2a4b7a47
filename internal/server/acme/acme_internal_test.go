package acme

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/mholt/acmez/v3/acme"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
)

// validationProblem returns an error of the CA about the validation of the domain.
func validationProblem(kind string) error {
	problem := acme.Problem{Type: acme.ProblemTypeNamespace + kind, Status: 400, Detail: "why", Resource: acme.Authorization{}}
	return fmt.Errorf("[d] authorization failed: %w", problem)
}

// orderProblem returns an error of the CA about the order.
func orderProblem(kind string, status int, detail string) error {
	return fmt.Errorf("[d] creating new order: %w", acme.Problem{Type: acme.ProblemTypeNamespace + kind, Status: status, Detail: detail})
}

func accountProblem(kind string, status int) error {
	return fmt.Errorf("registering account [] with server: %w", acme.Problem{Type: acme.ProblemTypeNamespace + kind, Status: status})
}

func TestEachErrorHasRemedy(t *testing.T) {
	several := acme.Problem{Type: acme.ProblemTypeCompound, Status: 400, Subproblems: []acme.Subproblem{
		{Problem: acme.Problem{Type: acme.ProblemTypeCAA, Detail: "not us"}},
	}}
	unreachable := &url.Error{Op: "Get", URL: "https://ca", Err: &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}}
	for _, row := range []struct {
		claim string
		err   error
		bound bool
		want  string
	}{
		{"the port is closed", validationProblem("connection"), false, "let TCP port 443 of d through to this service"},
		{"a proxy ends TLS", validationProblem("tls"), false, "let TLS on port 443 of d through to this service unchanged"},
		{"no address", validationProblem("dns"), false, "give d an A or AAAA record"},
		{"another server answers", validationProblem("unauthorized"), false, "point the A and AAAA records of d only to this machine"},
		{"another server answers the challenge", validationProblem("incorrectResponse"), false, "point the A and AAAA records of d only to this machine"},
		{"another validation problem", validationProblem("malformed"), false, "check that the A and AAAA records of d point to this machine"},
		{"a limit with its end", orderProblem("rateLimited", 429, "too many, retry after 2026-12-24 18:00:00 UTC: see"), false, "wait until 2026-12-24 18:00:00 UTC: restarting does not help"},
		{"a limit with its end in another form", orderProblem("rateLimited", 429, "Retry after 2026-12-24T18:00:00Z"), false, "wait until 2026-12-24T18:00:00Z: restarting does not help"},
		{"a limit without an end", orderProblem("rateLimited", 429, "too many"), false, "wait until the CA's limit ends: restarting does not help"},
		{"a limit on accounts with a right key", accountProblem("rateLimited", 429), true, "wait until the CA's limit ends: "},
		{"an external account is required", accountProblem("externalAccountRequired", 403), false, "ask the CA for the key of an external account binding"},
		{"the key is wrong", accountProblem("unauthorized", 403), true, "compare tls.eab_key_id and the key in tls.eab_key_file"},
		{"the key's id is wrong", accountProblem("malformed", 400), true, "compare tls.eab_key_id and the key in tls.eab_key_file"},
		{"the CA fails during registration", accountProblem("serverInternal", 500), true, "wait: the CA has an internal error"},
		{"the address is wrong", accountProblem("invalidContact", 400), false, "set tls.email to an address that the CA accepts"},
		{"the kind of address is wrong", accountProblem("unsupportedContact", 400), false, "set tls.email to an address that the CA accepts"},
		{"a CAA record", orderProblem("caa", 403, ""), false, "add this CA to the CAA records of d"},
		{"a CAA record, among several problems", fmt.Errorf("x: %w", several), false, "add this CA to the CAA records of d"},
		{"a forbidden name", orderProblem("rejectedIdentifier", 400, ""), false, "this CA does not issue certificates for d"},
		{"new terms", fmt.Errorf("x: %w", acme.Problem{Type: acme.ProblemTypeUserActionRequired, Instance: "https://ca/terms"}), false, "do what the CA requires at https://ca/terms"},
		{"the CA fails", orderProblem("serverInternal", 500, ""), false, "wait: the CA has an internal error"},
		{"an unknown problem", orderProblem("badCSR", 400, ""), false, "see the CA's error"},
		{"the CA's server is not trusted", &url.Error{Err: &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}}, false, "this system does not trust the certificate of the CA's server"},
		{"the CA's name cannot be resolved", &url.Error{Err: &net.DNSError{IsNotFound: true}}, false, "check that this machine can resolve the name of the CA"},
		{"the CA is unreachable", fmt.Errorf("provisioning: %w", unreachable), false, "let this service reach the CA over HTTPS"},
		{"the CA does not answer", &url.Error{Err: context.DeadlineExceeded}, false, "let this service reach the CA over HTTPS"},
		{"the disk is full", errors.New("failed storage check: no room - storage is probably misconfigured"), false, "check that data_dir can be read and written"},
		{"the folder has another owner", fmt.Errorf("x: %w", &fs.PathError{Err: syscall.EACCES}), false, "check that data_dir can be read and written"},
		{"the key is damaged", fmt.Errorf("%w: no PEM", errUnusableFiles), false, "remove the folders named d below acme/certificates"},
		{"another error", errors.New("?"), false, "see the log at level debug"},
	} {
		t.Run(row.claim, func(t *testing.T) { require.Contains(t, remedyFor(row.err, "d", row.bound), row.want) })
	}
}

func TestBriefErrorUsesFirstSubproblem(t *testing.T) {
	several := acme.Problem{Type: acme.ProblemTypeCompound, Detail: "several", Subproblems: []acme.Subproblem{
		{Problem: acme.Problem{Type: acme.ProblemTypeCAA, Detail: "not us"}},
	}}
	require.Equal(t, "caa: not us", briefError(fmt.Errorf("at https://ca/order/1: %w", several)))
	require.Equal(t, "connection: why", briefError(validationProblem("connection")))
	require.Equal(t, "another error", briefError(errors.New("another error")))
}

func TestLockHasOneHolder(t *testing.T) {
	dir := t.TempDir()
	one, other := newStorage(dir), newStorage(dir)
	require.NoError(t, one.Lock(t.Context(), "name"))
	for _, s := range []*storage{one, other} {
		ok, err := s.TryLock(t.Context(), "name")
		require.NoError(t, err)
		require.False(t, ok)
	}
	ok, err := other.TryLock(t.Context(), "another name")
	require.NoError(t, err)
	require.True(t, ok)

	short, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, other.Lock(short, "name"), context.DeadlineExceeded)

	waited := make(chan error, 1)
	go func() { waited <- other.Lock(t.Context(), "name") }()
	require.NoError(t, one.Unlock(t.Context(), "name"))
	require.NoError(t, <-waited)
	require.EqualError(t, one.Unlock(t.Context(), "name"), "unlock name: it is not locked")
	require.NoError(t, other.Unlock(t.Context(), "name"))
	require.NoError(t, other.Unlock(t.Context(), "another name"))
	left, err := os.ReadDir(filepath.Join(dir, "locks"))
	require.NoError(t, err)
	require.Empty(t, left)
}

// TestDetectsRemovedLockFile opens the lock file before its holder removes it. isSameFile must return false for this file.
// Otherwise two holders could have the lock.
func TestDetectsRemovedLockFile(t *testing.T) {
	s := newStorage(t.TempDir())
	require.NoError(t, s.Lock(t.Context(), "name"))
	late, err := os.Open(s.lockFile("name"))
	require.NoError(t, err)
	require.True(t, isSameFile(late, s.lockFile("name")))
	require.NoError(t, s.Unlock(t.Context(), "name"))
	require.False(t, isSameFile(late, s.lockFile("name")))
	require.NoError(t, s.Lock(t.Context(), "name"))
	require.False(t, isSameFile(late, s.lockFile("name")), "another file has the name")
	require.NoError(t, late.Close())
	require.NoError(t, s.Unlock(t.Context(), "name"))
}

// TestKilledProcessReleasesLock kills a process that holds a lock. Another process must get the lock at once.
func TestKilledProcessReleasesLock(t *testing.T) {
	const variable = "LASTPOST_LOCK_IN"
	if dir := os.Getenv(variable); dir != "" {
		require.NoError(t, newStorage(dir).Lock(t.Context(), "name"))
		fmt.Println("locked")
		select {}
	}
	dir := t.TempDir()
	child := exec.Command(os.Args[0], "-test.run=^TestKilledProcessReleasesLock$")
	child.Env = append(os.Environ(), variable+"="+dir)
	out, err := child.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())
	_, err = fmt.Fscanln(out, new(string))
	require.NoError(t, err)
	s := newStorage(dir)
	ok, err := s.TryLock(t.Context(), "name")
	require.NoError(t, err)
	require.False(t, ok)

	require.NoError(t, child.Process.Kill())
	_ = child.Wait()
	ok, err = s.TryLock(t.Context(), "name")
	require.NoError(t, err)
	require.True(t, ok)
	require.NoError(t, s.Unlock(t.Context(), "name"))
}

// TestZapBridgeLogsAtDebug checks that certmagic's lines of all levels are logged at level debug.
func TestZapBridgeLogsAtDebug(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
	logger := newZapLogger(log).With(zap.String("cache", "c"))
	logger.Error("trouble", zap.Error(errors.New("why")), zap.String("msg", "m"), zap.String("message", "n"))
	require.Contains(t, out.String(), `"level":"DEBUG","msg":"acme","detail":"trouble","acme_level":"error","cache":"c"`)
	require.Contains(t, out.String(), `"error":"why"`)
	require.Contains(t, out.String(), `"acme_message":"n"`)

	out.Reset()
	log = slog.New(slog.NewJSONHandler(&out, nil))
	newZapLogger(log).Error("trouble", zap.Error(errors.New("why")))
	require.Empty(t, out.String())
}

func TestExistingAccountKeepsEmail(t *testing.T) {
	for _, row := range []struct {
		claim, configured string
		there             []string // emails of the existing accounts, the oldest first
		want              string
	}{
		{"no account exists: the configured email", "a@example.com", nil, "a@example.com"},
		{"the configured account exists", "a@example.com", []string{"a@example.com", "b@example.com"}, "a@example.com"},
		{"an email with a plus", "a+b@example.com", []string{"a_plus_b@example.com", "b@example.com"}, "a+b@example.com"},
		{"the email has changed", "a@example.com", []string{"b@example.com"}, "b@example.com"},
		{"the newest of several other accounts", "a@example.com", []string{"b@example.com", "c@example.com"}, "c@example.com"},
		{"the email was added", "a@example.com", []string{"default"}, ""},
		{"the email was removed", "", []string{"b@example.com"}, "b@example.com"},
		{"without an email, account without an email", "", []string{"default", "b@example.com"}, ""},
	} {
		t.Run(row.claim, func(t *testing.T) {
			a := &Manager{Email: row.configured, Dir: t.TempDir()}
			for i, name := range row.there {
				user := filepath.Join(a.Dir, "acme", "acme-v02.api.letsencrypt.org-directory", "users", name)
				require.NoError(t, os.MkdirAll(user, 0o700))
				at := time.Unix(int64(i), 0)
				require.NoError(t, os.Chtimes(user, at, at))
			}
			require.Equal(t, row.want, a.accountEmail())
		})
	}
}
