package server_test

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/server"
)

// TestClient asks whose a request is, behind proxies at 10.0.0.0/8 and fd00::/8, and tries to deceive.
func TestClient(t *testing.T) {
	const xff, realIP = "X-Forwarded-For", "X-Real-Ip"
	for _, row := range []struct {
		claim  string
		header string // that is believed
		peer   string
		sent   http.Header
		want   string
	}{
		{"no proxy is believed", "", "192.0.2.1:5", http.Header{xff: {"198.51.100.7"}}, "192.0.2.1"},
		{"not even from loopback", "", "127.0.0.1:5", http.Header{xff: {"198.51.100.7"}, realIP: {"198.51.100.7"}}, "127.0.0.1"},
		{"the proxy says whose it is", xff, "10.0.0.1:5", http.Header{xff: {"198.51.100.7"}}, "198.51.100.7"},
		{"in another letter case", "x-forwarded-for", "10.0.0.1:5", http.Header{xff: {"198.51.100.7"}}, "198.51.100.7"},
		{"somebody else says so", xff, "192.0.2.1:5", http.Header{xff: {"198.51.100.7"}}, "192.0.2.1"},
		{"somebody else says it is the proxy", xff, "192.0.2.1:5", http.Header{xff: {"10.0.0.9"}}, "192.0.2.1"},
		{"the client has written before the proxy", xff, "10.0.0.1:5", http.Header{xff: {"203.0.113.9, 198.51.100.7"}}, "198.51.100.7"},
		{"in a header of its own", xff, "10.0.0.1:5", http.Header{xff: {"203.0.113.9", "198.51.100.7"}}, "198.51.100.7"},
		{"two proxies", xff, "10.0.0.1:5", http.Header{xff: {"203.0.113.9, 198.51.100.7, 10.0.0.2"}}, "198.51.100.7"},
		{"it claims to be a proxy", xff, "10.0.0.1:5", http.Header{xff: {"10.0.0.77, 198.51.100.7"}}, "198.51.100.7"},
		{"proxies alone", xff, "10.0.0.1:5", http.Header{xff: {"10.0.0.3, 10.0.0.2"}}, "10.0.0.1"},
		{"nothing is said", xff, "10.0.0.1:5", http.Header{}, "10.0.0.1"},
		{"nothing but commas", xff, "10.0.0.1:5", http.Header{xff: {" , ,"}}, "10.0.0.1"},
		{"garbage last", xff, "10.0.0.1:5", http.Header{xff: {"198.51.100.7, unknown"}}, "10.0.0.1"},
		{"garbage before is not looked at", xff, "10.0.0.1:5", http.Header{xff: {"<script>, 198.51.100.7"}}, "198.51.100.7"},
		{"with a port it is no address", xff, "10.0.0.1:5", http.Header{xff: {"198.51.100.7:1234"}}, "10.0.0.1"},
		{"a line for the log", xff, "10.0.0.1:5", http.Header{xff: {"198.51.100.7\nlevel=error"}}, "10.0.0.1"},
		{"IPv6", xff, "[fd00::1]:5", http.Header{xff: {"2001:db8::7"}}, "2001:db8::7"},
		{"IPv6 from somebody else", xff, "[2001:db8::1]:5", http.Header{xff: {"2001:db8::7"}}, "2001:db8::1"},
		{"IPv6 in brackets is none", xff, "[fd00::1]:5", http.Header{xff: {"[2001:db8::7]"}}, "fd00::1"},
		{"a proxy in IPv6's clothes", xff, "[::ffff:10.0.0.1]:5", http.Header{xff: {"198.51.100.7, ::ffff:10.0.0.2"}}, "198.51.100.7"},
		{"a zone does not make another of it", xff, "10.0.0.1:5", http.Header{xff: {"198.51.100.7, fd00::2%eth0"}}, "198.51.100.7"},
		{"a single address", realIP, "10.0.0.1:5", http.Header{realIP: {"198.51.100.7"}}, "198.51.100.7"},
		{"the last of several", realIP, "10.0.0.1:5", http.Header{realIP: {"203.0.113.9", "198.51.100.7"}}, "198.51.100.7"},
		{"a list is no single address", realIP, "10.0.0.1:5", http.Header{realIP: {"203.0.113.9, 198.51.100.7"}}, "10.0.0.1"},
		{"another header is not asked", realIP, "10.0.0.1:5", http.Header{xff: {"198.51.100.7"}}, "10.0.0.1"},
		{"a single address may be a proxy's own", realIP, "10.0.0.1:5", http.Header{realIP: {"10.0.0.9"}}, "10.0.0.9"},
		{"nothing is no single address, whatever stands before it", realIP, "10.0.0.1:5", http.Header{realIP: {"203.0.113.9", ""}}, "10.0.0.1"},
		{"a single address from somebody else", realIP, "192.0.2.1:5", http.Header{realIP: {"198.51.100.7"}}, "192.0.2.1"},
		{"a peer without an address", xff, "@", http.Header{xff: {"198.51.100.7"}}, "@"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			p := server.TrustedProxy{Header: row.header, Trusted: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}}
			r := &http.Request{RemoteAddr: row.peer, Header: row.sent}
			require.Equal(t, row.want, p.ClientAddrFunc()(r))
		})
	}
	nobody := server.TrustedProxy{Header: xff}
	require.Equal(t, "10.0.0.1", nobody.ClientAddrFunc()(&http.Request{RemoteAddr: "10.0.0.1:5", Header: http.Header{xff: {"198.51.100.7"}}}), "none is trusted")
}

// TestClientIsInTheLog sends a request through a proxy that is believed.
func TestClientIsInTheLog(t *testing.T) {
	env := newTestEnv(t)
	env.server.Proxy = server.TrustedProxy{Header: "X-Forwarded-For", Trusted: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}
	env.open()
	r := tamperedRequest(env)
	r.Header.Set("X-Forwarded-For", "203.0.113.9, 198.51.100.7")
	env.send(r)
	env.sendSigned(requestSpec{}.body())
	lines := env.stopAndRequestLines()
	require.Equal(t, "198.51.100.7", lines[0].attrs["client"])
	require.NotContains(t, lines[1].attrs, "client", "of those who are answered it is nobody's business")
}

func BenchmarkClient(b *testing.B) {
	p := server.TrustedProxy{Header: "X-Forwarded-For", Trusted: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}}
	r := httptest.NewRequest(http.MethodPost, "/alexa", nil)
	r.Header.Set("X-Forwarded-For", "203.0.113.9, 198.51.100.7")
	for name, proxy := range map[string]server.TrustedProxy{"no proxy": {}, "proxy": p} {
		b.Run(name, func(b *testing.B) {
			client := proxy.ClientAddrFunc()
			for b.Loop() {
				client(r)
			}
		})
	}
}
