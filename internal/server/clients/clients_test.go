package clients

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestClientAddress trusts proxies at 10.0.0.0/8 and fd00::/8. The client's address must not come from a forged value.
func TestClientAddress(t *testing.T) {
	const xff, realIP = "X-Forwarded-For", "X-Real-Ip"
	for _, row := range []struct {
		claim  string
		header string // the trusted header
		peer   string
		sent   http.Header
		want   string
	}{
		{"without a trusted proxy", "", "192.0.2.1:5", http.Header{xff: {"198.51.100.7"}}, "192.0.2.1"},
		{"without a trusted proxy, from loopback", "", "127.0.0.1:5", http.Header{xff: {"198.51.100.7"}, realIP: {"198.51.100.7"}}, "127.0.0.1"},
		{"from the proxy", xff, "10.0.0.1:5", http.Header{xff: {"198.51.100.7"}}, "198.51.100.7"},
		{"in another letter case", "x-forwarded-for", "10.0.0.1:5", http.Header{xff: {"198.51.100.7"}}, "198.51.100.7"},
		{"from another peer", xff, "192.0.2.1:5", http.Header{xff: {"198.51.100.7"}}, "192.0.2.1"},
		{"from another peer, which names a proxy", xff, "192.0.2.1:5", http.Header{xff: {"10.0.0.9"}}, "192.0.2.1"},
		{"a forged value before the proxy's", xff, "10.0.0.1:5", http.Header{xff: {"203.0.113.9, 198.51.100.7"}}, "198.51.100.7"},
		{"a forged value in a separate header", xff, "10.0.0.1:5", http.Header{xff: {"203.0.113.9", "198.51.100.7"}}, "198.51.100.7"},
		{"two proxies", xff, "10.0.0.1:5", http.Header{xff: {"203.0.113.9, 198.51.100.7, 10.0.0.2"}}, "198.51.100.7"},
		{"a forged proxy address", xff, "10.0.0.1:5", http.Header{xff: {"10.0.0.77, 198.51.100.7"}}, "198.51.100.7"},
		{"only proxies", xff, "10.0.0.1:5", http.Header{xff: {"10.0.0.3, 10.0.0.2"}}, "10.0.0.1"},
		{"no header", xff, "10.0.0.1:5", http.Header{}, "10.0.0.1"},
		{"only commas", xff, "10.0.0.1:5", http.Header{xff: {" , ,"}}, "10.0.0.1"},
		{"garbage as the last value", xff, "10.0.0.1:5", http.Header{xff: {"198.51.100.7, unknown"}}, "10.0.0.1"},
		{"garbage before the proxy's value", xff, "10.0.0.1:5", http.Header{xff: {"<script>, 198.51.100.7"}}, "198.51.100.7"},
		{"an address with a port", xff, "10.0.0.1:5", http.Header{xff: {"198.51.100.7:1234"}}, "10.0.0.1"},
		{"a line break", xff, "10.0.0.1:5", http.Header{xff: {"198.51.100.7\nlevel=error"}}, "10.0.0.1"},
		{"IPv6", xff, "[fd00::1]:5", http.Header{xff: {"2001:db8::7"}}, "2001:db8::7"},
		{"IPv6 from another peer", xff, "[2001:db8::1]:5", http.Header{xff: {"2001:db8::7"}}, "2001:db8::1"},
		{"IPv6 in brackets", xff, "[fd00::1]:5", http.Header{xff: {"[2001:db8::7]"}}, "fd00::1"},
		{"a proxy as IPv4-mapped IPv6", xff, "[::ffff:10.0.0.1]:5", http.Header{xff: {"198.51.100.7, ::ffff:10.0.0.2"}}, "198.51.100.7"},
		{"a proxy with a zone", xff, "10.0.0.1:5", http.Header{xff: {"198.51.100.7, fd00::2%eth0"}}, "198.51.100.7"},
		{"a single address", realIP, "10.0.0.1:5", http.Header{realIP: {"198.51.100.7"}}, "198.51.100.7"},
		{"the last of several", realIP, "10.0.0.1:5", http.Header{realIP: {"203.0.113.9", "198.51.100.7"}}, "198.51.100.7"},
		{"a list in a single-value header", realIP, "10.0.0.1:5", http.Header{realIP: {"203.0.113.9, 198.51.100.7"}}, "10.0.0.1"},
		{"another header is ignored", realIP, "10.0.0.1:5", http.Header{xff: {"198.51.100.7"}}, "10.0.0.1"},
		{"a single address of a proxy", realIP, "10.0.0.1:5", http.Header{realIP: {"10.0.0.9"}}, "10.0.0.9"},
		{"an empty last value", realIP, "10.0.0.1:5", http.Header{realIP: {"203.0.113.9", ""}}, "10.0.0.1"},
		{"a single address from another peer", realIP, "192.0.2.1:5", http.Header{realIP: {"198.51.100.7"}}, "192.0.2.1"},
		{"a peer without an address", xff, "@", http.Header{xff: {"198.51.100.7"}}, "@"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			p := TrustedProxy{Header: row.header, Trusted: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}}
			r := &http.Request{RemoteAddr: row.peer, Header: row.sent}
			require.Equal(t, row.want, p.AddrFunc()(r))
		})
	}
	untrusting := TrustedProxy{Header: xff}
	require.Equal(t, "10.0.0.1", untrusting.AddrFunc()(&http.Request{RemoteAddr: "10.0.0.1:5", Header: http.Header{xff: {"198.51.100.7"}}}), "a header without trusted proxies is ignored")
}

func TestBlock(t *testing.T) {
	for client, want := range map[string]string{
		"192.0.2.7": "192.0.2.7", "::ffff:192.0.2.7": "192.0.2.7", "2001:db8:1:2:3::4": "2001:db8:1:2::/64", "fe80::1%eth0": "fe80::/64", "@": "@",
	} {
		require.Equal(t, want, Block(client))
	}
}

func BenchmarkClient(b *testing.B) {
	p := TrustedProxy{Header: "X-Forwarded-For", Trusted: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}}
	r := httptest.NewRequest(http.MethodPost, "/alexa", nil)
	r.Header.Set("X-Forwarded-For", "203.0.113.9, 198.51.100.7")
	for name, proxy := range map[string]TrustedProxy{"no proxy": {}, "proxy": p} {
		b.Run(name, func(b *testing.B) {
			client := proxy.AddrFunc()
			for b.Loop() {
				client(r)
			}
		})
	}
}
