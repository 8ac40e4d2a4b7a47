package feed_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"maps"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/feed"
)

// faultKinds returns every kind of errors.go by its name.
func faultKinds() map[string]error {
	return map[string]error{
		"ErrAddress": feed.ErrAddress, "ErrUnreachable": feed.ErrUnreachable, "ErrTimeout": feed.ErrTimeout, "ErrStatus": feed.ErrStatus,
		"ErrBlocked": feed.ErrBlocked, "ErrGone": feed.ErrGone, "ErrRedirect": feed.ErrRedirect, "ErrPrivate": feed.ErrPrivate, "ErrNotFeed": feed.ErrNotFeed,
		"ErrCutOff": feed.ErrCutOff, "ErrTooLarge": feed.ErrTooLarge, "ErrArchive": feed.ErrArchive, "ErrMalformed": feed.ErrMalformed,
	}
}

func TestEveryFaultKindHasRemedy(t *testing.T) {
	t.Parallel()
	require.Equal(t, declaredKinds(t), slices.Sorted(maps.Keys(faultKinds())), "name the new kind here, and its remedy in remedy.go")
	names := map[string]string{} // by remedy
	for name, kind := range faultKinds() {
		remedy := feed.Remedy(feed.NewFault(kind, nil, "is broken"))
		require.NotEmpty(t, remedy, "%s: add its remedy to kindRemedy in remedy.go", name)
		require.Empty(t, names[remedy], "%s has the remedy of another kind", name)
		names[remedy] = name
	}
	require.Empty(t, feed.Remedy(errors.New("the caller ended")))
	require.Empty(t, feed.Remedy(nil))
}

// declaredKinds returns the names of the kinds in errors.go, sorted.
func declaredKinds(t *testing.T) (names []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "errors.go", nil, 0)
	require.NoError(t, err)
	ast.Inspect(file, func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok && strings.HasPrefix(v.Names[0].Name, "Err") {
			names = append(names, v.Names[0].Name)
		}
		return true
	})
	slices.Sort(names)
	return names
}

// TestEveryFaultHasKnownKind reads each place that creates a fault. A fault of another kind would not have a remedy. The
// hub's two kinds do not need one, because polling continues.
func TestEveryFaultHasKnownKind(t *testing.T) {
	t.Parallel()
	known, places := append(slices.Collect(maps.Keys(faultKinds())), "ErrDenied", "ErrUnverified"), 0
	err := filepath.WalkDir("..", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		fileSet := token.NewFileSet()
		file, err := parser.ParseFile(fileSet, path, nil, 0)
		require.NoError(t, err)
		ast.Inspect(file, func(n ast.Node) bool {
			if kind := createdKind(file.Name.Name, n); kind != nil {
				places++
				require.Contains(t, known, lastName(kind), fileSet.Position(n.Pos()))
			}
			return true
		})
		return nil
	})
	require.NoError(t, err)
	require.Greater(t, places, 30, "the walk finds the places")
}

// createdKind returns the kind of the fault that n creates in a package, or nil.
func createdKind(inPackage string, n ast.Node) ast.Expr {
	switch n := n.(type) {
	case *ast.CallExpr:
		if lastName(n.Fun) == "NewFault" {
			return n.Args[0]
		}
	case *ast.CompositeLit:
		for _, field := range n.Elts {
			if pair, ok := field.(*ast.KeyValueExpr); ok && isFeedFault(inPackage, n.Type) && lastName(pair.Key) == "Kind" {
				return pair.Value
			}
		}
	}
	return nil
}

// isFeedFault reports whether a type, as written in a package, is Fault of package feed.
func isFeedFault(inPackage string, n ast.Expr) bool {
	if selector, ok := n.(*ast.SelectorExpr); ok {
		inPackage = lastName(selector.X)
	}
	return inPackage == "feed" && lastName(n) == "Fault"
}

// lastName returns "ErrGone" for feed.ErrGone. Within NewFault itself the kind is a parameter, which counts as known.
func lastName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.SelectorExpr:
		return e.Sel.Name
	case *ast.Ident:
		if e.Name == "kind" {
			return "ErrAddress"
		}
		return e.Name
	}
	return ""
}

func TestRemedyOfStatus(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		status int
		want   string
	}{
		{304, "purge the cache"},
		{400, "open the address in a browser"},
		{401, "${FEED_USER}:${FEED_PASSWORD}@"},
		{403, "User-Agent"},
		{404, "the feed's own address"},
		{406, "open the address in a browser"},
		{429, "the service tries again by itself; if this repeats, find out which other programs poll"},
		{451, "open the address in a browser"},
		{500, "the service tries again by itself; if this repeats, tell the publisher"},
		{503, "the service tries again by itself"},
	} {
		require.Contains(t, feed.Remedy(&feed.Fault{Kind: feed.ErrStatus, Status: row.status}), row.want, row.status)
	}
}

func TestRemedyOfConnection(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		claim string
		cause error
		want  string
	}{
		{"a host that does not exist", &net.DNSError{IsNotFound: true}, "correct the host name"},
		{"a resolver that fails", &net.OpError{Op: "dial", Err: &net.DNSError{IsTemporary: true}}, "check the DNS resolver"},
		{"no program listens", &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, "no program answers"},
		{"no route", &net.OpError{Op: "dial", Err: syscall.ENETUNREACH}, "no route"},
		{"no route to the host", &net.OpError{Op: "dial", Err: syscall.EHOSTUNREACH}, "no route"},
		{"the server resets the connection", &net.OpError{Op: "read", Err: syscall.ECONNRESET}, "may block this machine"},
		{"the server closes the connection", io.EOF, "may block this machine"},
		{"an expired certificate", &tls.CertificateVerificationError{Err: x509.CertificateInvalidError{Reason: x509.Expired}}, "check the clock"},
		{"a certificate of another kind", x509.CertificateInvalidError{Reason: x509.IncompatibleUsage}, "a valid certificate"},
		{"a certificate of another host", x509.HostnameError{Certificate: &x509.Certificate{}}, "use a host name of the certificate"},
		{"a CA that is not known", x509.UnknownAuthorityError{}, "the whole certificate chain"},
		{"HTTP at a port for TLS", tls.RecordHeaderError{RecordHeader: [5]byte([]byte("HTTP/"))}, "write http://"},
		{"another protocol", tls.RecordHeaderError{}, "refuses the TLS handshake"},
		{"a TLS alert", &net.OpError{Op: "remote error", Err: tls.AlertError(40)}, "refuses the TLS handshake"},
		{"a proxy that does not answer", &net.OpError{Op: "proxyconnect", Err: syscall.ECONNREFUSED}, "check the proxy"},
		{"a proxy that does not exist", &net.OpError{Op: "proxyconnect", Err: &net.OpError{Op: "dial", Err: &net.DNSError{IsNotFound: true}}}, "check the proxy"},
		{"a proxy with a wrong certificate", &net.OpError{Op: "proxyconnect", Err: x509.UnknownAuthorityError{}}, "check the proxy"},
		{"another cause", errors.New("malformed HTTP response"), "with curl"},
		{"an unknown cause", nil, "with curl"},
	} {
		require.Contains(t, feed.Remedy(feed.NewFault(feed.ErrUnreachable, row.cause, "cannot be reached")), row.want, row.claim)
	}
}

// TestRemedyOfFaultComesFirst checks that a fault's own remedy replaces the usual remedy of its kind.
func TestRemedyOfFaultComesFirst(t *testing.T) {
	t.Parallel()
	own := feed.NewFault(feed.ErrNotFeed, nil, "is a challenge").WithRemedy("let the path pass")
	require.Equal(t, "let the path pass", feed.Remedy(own))
	require.Equal(t, "is a challenge", own.Error(), "the remedy is not part of the error")
}
