package fetch

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"
)

var errNotPublic = errors.New("not a public address")

// nonPublicPrefixes is every prefix that is no part of the public internet (IANA's special-purpose registries,
// RFC 6890 and its successors). Of IPv6 only 2000::/3 is global unicast: the last three lines are the
// rest of it, with loopback, unique local, link-local, multicast and NAT64's local-use prefix in it.
func nonPublicPrefixes() []string {
	return []string{
		"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
		"192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",
		"198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
		"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
		"::/3",
		"4000::/2",
		"8000::/1",
	}
}

// isPublic tells whether an address belongs to the public internet. An IPv4 address within IPv6 (v4-mapped, or behind
// NAT64's well-known prefix of RFC 6052, by which a host without IPv4 reaches it) is judged as what it is.
func isPublic(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	if nat64 := netip.MustParsePrefix("64:ff9b::/96"); nat64.Contains(a) {
		b := a.As16()
		a = netip.AddrFrom4([4]byte(b[12:]))
	}
	for _, p := range nonPublicPrefixes() {
		if netip.MustParsePrefix(p).Contains(a) {
			return false
		}
	}
	return a.IsValid()
}

// SameHost tells whether b may be asked like a: the same name and port, or its step from http to https.
// Another port is another service: a name that its owner points at 127.0.0.1 must not get to choose one.
func SameHost(a, b *url.URL) bool {
	if !strings.EqualFold(a.Hostname(), b.Hostname()) {
		return false
	}
	return effectivePort(a) == effectivePort(b) || effectivePort(a) == "80" && effectivePort(b) == "443" && b.Scheme == "https"
}

func effectivePort(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	if u.Scheme == "https" {
		return "443"
	}
	return "80"
}

// isNonPublicHost tells whether a URL names a place that is not public, without asking DNS. It is all that
// can be known where a proxy looks the name up, and keeps the commonest targets of a forged redirect (the
// cloud's metadata address among them) from the proxy's own network.
func isNonPublicHost(u *url.URL) bool {
	host := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	if addr, err := netip.ParseAddr(host); err == nil {
		return !isPublic(addr)
	}
	for _, suffix := range []string{"localhost", "local", "internal", "home.arpa"} {
		if host == suffix || strings.HasSuffix(host, "."+suffix) {
			return true
		}
	}
	// A name without a dot is one of the local network; digits only are an IPv4 address in disguise
	// (http://2130706433/), which some resolvers read.
	last := host[strings.LastIndexByte(host, '.')+1:]
	return !strings.Contains(host, ".") || last != "" && last[0] >= '0' && last[0] <= '9'
}

// publicOnlyKey is the key of a request's context: true where its connections may lead to public addresses only.
type publicOnlyKey struct{}

// checkDialAddress stops a connection to an address that is not public. It sees the address that is really
// connected to, so that a name that resolves differently the second time gains nothing.
func checkDialAddress(ctx context.Context, _, address string, _ syscall.RawConn) error {
	if only, _ := ctx.Value(publicOnlyKey{}).(bool); !only {
		return nil
	}
	ap, err := netip.ParseAddrPort(address)
	if err != nil || !isPublic(ap.Addr()) {
		return errNotPublic
	}
	return nil
}

// NewTransport is the transport of feeds: one connection a request, so that nothing is left open between
// polls and no connection outlives the check that let it be made.
func NewTransport(resolver *net.Resolver) *http.Transport {
	dialer := &net.Dialer{Timeout: 15 * time.Second, ControlContext: checkDialAddress, Resolver: resolver}
	return &http.Transport{
		Proxy:                  proxyFromEnvironment,
		DialContext:            dialer.DialContext,
		ForceAttemptHTTP2:      true,
		DisableKeepAlives:      true,
		TLSHandshakeTimeout:    15 * time.Second,
		MaxResponseHeaderBytes: maxHeader,
	}
}

// proxyFromEnvironment is http.ProxyFromEnvironment without the proxy's URL in its error: it may hold a password.
func proxyFromEnvironment(req *http.Request) (*url.URL, error) {
	proxy, err := http.ProxyFromEnvironment(req)
	if err != nil {
		return nil, errors.New("HTTP_PROXY or HTTPS_PROXY is not the URL of a proxy")
	}
	return proxy, nil
}

// guardRequest prepares a request for an address that came out of a feed, a page or a redirect. Where a proxy carries it the
// connection is to the proxy, which the operator chose and which may be private: then the name is all that is judged.
func guardRequest(req *http.Request, carrier http.RoundTripper) (*http.Request, error) {
	if isNonPublicHost(req.URL) {
		return nil, errNotPublic
	}
	proxied := false
	if own, ok := carrier.(*http.Transport); ok && own.Proxy != nil {
		proxy, err := own.Proxy(req)
		if err != nil {
			return nil, err
		}
		proxied = proxy != nil
	}
	return req.WithContext(context.WithValue(req.Context(), publicOnlyKey{}, !proxied)), nil
}
