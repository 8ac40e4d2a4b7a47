package trace

import (
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/linkproxy/tlsproblem"

	"lastpost/internal/redact"
)

func TestDescribeStateChange(t *testing.T) {
	long := strings.Repeat("aB+%2f", 300)
	for _, row := range []struct{ claim, sent, got, want string }{
		{"unchanged", "abc", "abc", ""},
		{"missing", "abc", "", ""},
		{"another value", "abc", "xyz", ""},
		{"cut", long, long[:255], "its first 255 of 1,800 characters"},
		{"cut at the front", "abcdef", "def", "its last 3 of 6 characters"},
		{"longer", "abc", "abc==", "itself with 2 more characters"},
		{"lower case", "aBc", "abc", "itself with its letters in lower case"},
		{"other case", "aBc", "ABC", "itself with other upper and lower case"},
		{"spaces", "a+b", "a b", "itself with spaces instead of +"},
		{"decoded twice", "a%2Fb", "a/b", "itself, percent-decoded"},
		{"encoded twice", "a/b", "a%2Fb", "itself, percent-encoded twice"},
	} {
		t.Run(row.claim, func(t *testing.T) { require.Equal(t, row.want, describeStateChange(row.sent, row.got)) })
	}
}

func TestDescribeUnencoded(t *testing.T) {
	for _, row := range []struct{ location, want string }{
		{"?code=abc&state=x", ""},
		{"?code=a%2Bc&state=a+b", ""},
		{"?code=a+c&state=x", "+"},
		{"?state=x&code=a%zz", "%"},
		{"?code=a&bc&state=x", "&"},
		{"?code=a&", ""},
		{"?bare&code=a&state=x", ""},
		{"?code=a#bc", "#"},
		{"?code=a#_=_", ""},
		{"#code=a", ""},
	} {
		to, err := url.Parse("https://pitangui.amazon.com/" + row.location)
		require.NoError(t, err)
		require.Equal(t, row.want, describeUnencoded(to.RawQuery, to.Fragment), row.location)
	}
}

func TestReadsErrorTexts(t *testing.T) {
	for _, row := range []struct {
		status     int
		body, want string
	}{
		{403, `{"message":"Invalid client id or redirect uri"}`, "Invalid client id or redirect uri"},
		{200, `{"message":"Welcome back, Bob"}`, ""},
		{200, `{"user":{"message":"hello there"}}`, ""},
		{200, `{"success":false,"errors":[{"message":"wrong"},"worse"]}`, "wrong; worse"},
		{400, `{"error":{"code":400,"message":"redirect_uri_mismatch","details":{"x":"y"}}}`, "redirect_uri_mismatch"},
		{400, `{"error":"invalid_request","error_description":"no"}`, ""},
		{400, `{"errorCode":"E1","errorSummary":"It is wrong"}`, "E1; It is wrong"},
		{400, `{"detail":"Unknown client","token":"t0ken of the user"}`, "Unknown client"},
		{400, `["message"]`, ""},
		{400, `{"message":{"a":1}}`, ""},
	} {
		m := masker{redact.NewOAuthMasker(make([]byte, 32), make([]byte, 32))}
		require.Equal(t, row.want, m.findErrorText(row.status, []byte(row.body)), row.body)
	}
}

// A page's visible text does not contain templates, scripts and hidden elements. What follows them is visible again.
func TestHiddenTextIsNotVisible(t *testing.T) {
	for _, row := range []struct{ claim, page, want string }{
		{"a template", `a<template><p>no<template>no</template>no</template>b`, "a b"},
		{"nested elements", `a<div hidden>no<div>no</div>no</div>b`, "a b"},
		{"a style", `a<span style="color:red;display : none">no</span>b`, "a b"},
		{"aria-hidden", `a<span aria-hidden=true>no</span>b<span aria-hidden=false>c</span>`, "a b c"},
		{"noscript", `a<noscript>no</noscript>b`, "a b"},
		{"an element without an end tag", `a<input hidden>b<p hidden>c<br hidden>d`, "a b c d"},
		{"a script in a hidden element", `a<div hidden><script>x</script>no</div>b`, "a b"},
		{"found by a search", `a<div hidden=until-found>b</div>c`, "a b c"},
	} {
		t.Run(row.claim, func(t *testing.T) { require.Equal(t, row.want, ParsePage([]byte(row.page)).Text) })
	}
	require.Contains(t, ParsePage([]byte(`<div hidden><script>navigator.credentials.get()</script></div>`)).Script, "navigator.credentials")
}

func TestFindsTLSProblem(t *testing.T) {
	alert := func(op, text string) error { return &net.OpError{Op: op, Err: errors.New(text)} }
	for _, row := range []struct {
		claim, want string
		err         error
	}{
		{"an alert about the version", tlsproblem.Protocol, alert("remote error", "tls: protocol version not supported")},
		{"an alert about the suites", tlsproblem.Suite, alert("remote error", "tls: handshake failure")},
		{"a version that the server chose", tlsproblem.Protocol, errors.New("tls: server selected unsupported protocol version 301")},
		{"another error of the handshake", tlsproblem.Suite, errors.New("tls: server chose an unconfigured cipher suite")},
		{"not TLS", tlsproblem.Plain, tls.RecordHeaderError{Msg: "first record does not look like a TLS handshake"}},
		{"a certificate without certificates", tlsproblem.Certificate, &tls.CertificateVerificationError{Err: errors.New("x")}},
		{"a refused connection", "", alert("dial", "connection refused")},
		{"no error", "", nil},
	} {
		t.Run(row.claim, func(t *testing.T) {
			found := tlsproblem.Find(row.err, "auth.example.com")
			if row.want == "" {
				require.Nil(t, found)
				return
			}
			require.Equal(t, row.want, found.Kind)
			require.Equal(t, "auth.example.com", found.Host)
		})
	}
}

// Only a page or an empty body with a header is an answer of a firewall.
func TestFindsBotSigns(t *testing.T) {
	for _, row := range []struct{ claim, header, value, kind, body, want string }{
		{"a header", "Cf-Mitigated", "challenge", "text/html", "", "Cf-Mitigated: challenge"},
		{"another value", "Cf-Mitigated", "block", "text/html", "", ""},
		{"a page", "Server", "x", "text/html", "<TITLE>Request Rejected</TITLE>", `a page of a firewall ("Request Rejected")`},
		{"the same words in JSON", "Server", "x", "application/json", `{"message":"<title>Request Rejected</title>"}`, ""},
		{"a long value", "X-Datadome", strings.Repeat("a1", 300), "text/html", "", "X-Datadome: ……"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			h := http.Header{"Content-Type": {row.kind}}
			h.Set(row.header, row.value)
			require.Equal(t, row.want, findBotSign(&RawExchange{ResponseHeader: h}, []byte(row.body)))
		})
	}
}

func TestCookieFolders(t *testing.T) {
	for _, row := range []struct {
		name, folder string
		want         bool
	}{{"/a/b", "/a", true}, {"/a/b", "/a/", true}, {"/a", "/a", true}, {"/ab", "/a", false}, {"/b", "/a", false}, {"/a", "/", true}} {
		require.Equal(t, row.want, inFolder(row.name, row.folder), row)
	}
}
