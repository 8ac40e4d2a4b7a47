package fetch

import (
	"context"
	"net/http"
	"net/netip"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/feed"
)

func TestIsPublic(t *testing.T) {
	for addr, want := range map[string]bool{
		"8.8.8.8": true, "1.1.1.1": true, "100.63.255.255": true, "172.32.0.1": true, "192.0.1.1": true,
		"0.0.0.0": false, "0.1.2.3": false, "10.1.2.3": false, "100.64.0.1": false, "127.0.0.1": false,
		"127.9.9.9": false, "169.254.169.254": false, "172.16.0.1": false, "172.31.255.255": false,
		"192.0.0.1": false, "192.0.2.1": false, "192.88.99.1": false, "192.168.1.1": false, "198.18.0.1": false,
		"198.19.255.255": false, "198.51.100.1": false, "203.0.113.1": false, "224.0.0.1": false,
		"239.1.1.1": false, "240.0.0.1": false, "255.255.255.255": false,
		"2606:4700:4700::1111": true, "2a00:1450::1": true, "3ffe::1": true,
		"::": false, "::1": false, "::8.8.8.8": false, "::ffff:127.0.0.1": false, "::ffff:10.0.0.1": false,
		"::ffff:8.8.8.8": true, "64:ff9b::8.8.8.8": true, "64:ff9b::10.0.0.1": false, "64:ff9b::7f00:1": false,
		"64:ff9b:1::1": false, "100::1": false, "2001::1": false, "2001:db8::1": false, "2002:7f00:1::": false,
		"3fff::1": false, "5f00::1": false, "fc00::1": false, "fd12::1": false, "fe80::1": false,
		"fe80::1%eth0": false, "fec0::1": false, "ff02::1": false,
	} {
		t.Run(addr, func(t *testing.T) { require.Equal(t, want, isPublic(netip.MustParseAddr(addr))) })
	}
	require.False(t, isPublic(netip.Addr{}))
}

func TestIsNonPublicHost(t *testing.T) {
	for host, want := range map[string]bool{
		"example.com": false, "blog.example.co.uk.": false, "8.8.8.8": false, "[2606:4700::1]": false,
		"localhost": true, "LOCALHOST.": true, "a.localhost": true, "printer.local": true, "db.internal": true,
		"metadata.google.internal": true, "intranet": true, "127.0.0.1": true, "[::1]": true, "10.0.0.1": true,
		"2130706433": true, "0x7f.1": true, "127.1": true, "017700000001": true, "[::ffff:127.0.0.1]": true,
		"169.254.169.254": true, "router.home.arpa": true,
		"blog.box": false, "notfritz.box": false, "mshome.net.example": false, "blog.test": false, "blog.example": false, "mail.example": false,
	} {
		t.Run(host, func(t *testing.T) {
			require.Equal(t, want, isNonPublicURL(t, "http://"+host))
		})
	}
}

// isNonPublicURL reports whether the canonical host of a URL is not public. An invalid host is not public.
func isNonPublicURL(t testing.TB, s string) bool {
	u, err := url.Parse(s)
	require.NoError(t, err)
	host, err := feed.CanonicalHost(u.Hostname())
	return err != nil || isNonPublicHost(host)
}

func TestSameHost(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"http://a.test/x", "http://A.test/y", true},
		{"http://a.test/x", "http://a.test:80/y", true},
		{"http://a.test/x", "https://a.test/y", true},
		{"https://a.test", "https://a.test:443", true},
		{"http://a.test:8080", "http://a.test:8080/b", true},
		{"http://a.test", "http://a.test:6379", false},
		{"http://a.test", "http://a.test:443", false},
		{"http://a.test", "https://a.test:8443", false},
		{"http://a.test:8080", "https://a.test", false},
		{"http://a.test", "http://b.test", false},
		{"http://a.test", "http://a.test.evil.test", false},
		{"https://a.test", "http://a.test", false},
		{"https://müller.example", "https://xn--mller-kva.example", true},
		{"https://m%C3%BCller.example/", "https://MÜLLER.example.:443", true},
		{"https://例え.jp", "https://xn--r8jz45g.jp", true},
		{"https://xn--r8jz45g.jp", "https://例え。jp", true},
		{"http://127.0.0.1:80", "http://0x7f.1", true},
		{"https://[::ffff:8.8.8.8]", "https://8.8.8.8", true},
		{"https://[2606:4700:0::1]", "https://[2606:4700::1]:443", true},
		{"https://my_blog.example", "https://My_Blog.example", true},
		{"https://müller.example", "https://muller.example", false},
		{"https://a.test", "https://а.test", false},
		{"https://a..test", "https://a..test", false},
		{"https://[2606:4700::1%25lo]", "https://[2606:4700::1%25lo]", false},
	} {
		a, err := url.Parse(c.a)
		require.NoError(t, err)
		b, err := url.Parse(c.b)
		require.NoError(t, err)
		require.Equal(t, c.want, SameHost(a, b), "%s and %s", c.a, c.b)
	}
}

func TestChecksConnectedAddress(t *testing.T) {
	only := context.WithValue(context.Background(), publicOnlyKey{}, true)
	require.ErrorIs(t, checkDialAddress(only, "tcp4", "127.0.0.1:80", nil), errNotPublic)
	require.ErrorIs(t, checkDialAddress(only, "tcp6", "[::ffff:10.0.0.1]:80", nil), errNotPublic)
	require.ErrorIs(t, checkDialAddress(only, "tcp", "nonsense", nil), errNotPublic)
	require.NoError(t, checkDialAddress(only, "tcp4", "8.8.8.8:80", nil))
	require.NoError(t, checkDialAddress(context.Background(), "tcp4", "127.0.0.1:80", nil))
}

func TestGuardRequestWithProxy(t *testing.T) {
	request := func(u string) *http.Request {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, u, nil)
		require.NoError(t, err)
		return req
	}
	proxied := &http.Transport{Proxy: func(*http.Request) (*url.URL, error) { return url.Parse("http://10.0.0.1:3128") }}
	_, err := guardRequest(request("http://127.0.0.1/"), proxied)
	require.ErrorIs(t, err, errNotPublic)
	req, err := guardRequest(request("http://blog.test.example/"), proxied)
	require.NoError(t, err)
	require.Equal(t, false, req.Context().Value(publicOnlyKey{}), "the proxy itself may be private")
	req, err = guardRequest(request("http://blog.test.example/"), NewTransport(nil))
	require.NoError(t, err)
	require.Equal(t, true, req.Context().Value(publicOnlyKey{}))
}

func TestNumericHostNames(t *testing.T) {
	for host, want := range map[string]bool{
		"2130706433": true, "a.0": true, "a.9": true, "a.0x7f": true, "a.-x": false, "a.b": false, "a.b1": false, "a.b.": false,
	} {
		require.Equal(t, want, isNonPublicURL(t, "http://"+host), host)
	}
}
