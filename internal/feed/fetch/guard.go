package fetch

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/net/http/httpproxy"

	"lastpost/internal/feed"
)

var errNotPublic = errors.New("not a public address")

// nonPublicPrefixes returns the address ranges outside the public internet (IANA's special-purpose registries, RFC 6890
// and its successors), and the address of Azure's host. In IPv6 only 2000::/3 is global unicast. The last three lines
// are all other IPv6 addresses, including loopback, unique local, link-local, multicast and the local-use prefix of
// NAT64.
func nonPublicPrefixes() []string {
	return []string{
		"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
		"192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",
		"198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
		"168.63.129.16/32", // each virtual machine of Azure reaches its host at this address
		"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
		"::/3",
		"4000::/2",
		"8000::/1",
	}
}

// isPublic reports whether an address belongs to the public internet. An address with a zone belongs to a local link. An
// IPv4 address embedded in IPv6 is checked as IPv4: v4-mapped, or with the well-known NAT64 prefix (RFC 6052). Otherwise
// an attacker could reach private IPv4 addresses by their IPv6 forms.
func isPublic(a netip.Addr) bool {
	if a.Zone() != "" {
		return false
	}
	a = a.Unmap()
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

// SameHost reports whether b has the same host name and port as a, in any spelling of the name. It also returns true if
// only the schemes differ: b is https on port 443. Another port is another service, and an attacker whose name resolves
// to 127.0.0.1 must not choose a local port.
func SameHost(a, b *url.URL) bool {
	if !feed.SameHostName(a, b) {
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

// privateDomains returns domains that are never in the public DNS, and domains of local networks. The first line has
// special-use names (RFC 6761, 6762, 7686, 8375, 9476). The second line has private top-level domains (RFC 6762, appendix
// G) and others that ICANN does not delegate, because local networks use them. The third line has the names of routers,
// of Windows' connection sharing, and of services in Kubernetes, Docker and Consul.
func privateDomains() []string {
	return []string{
		"localhost", "local", "internal", "home.arpa", "invalid", "onion", "alt",
		"intranet", "private", "corp", "home", "lan", "mail", "localdomain", "localnet", "domain", "workgroup", "router", "gateway",
		"fritz.box", "mshome.net", "svc", "docker", "consul",
	}
}

func isPrivateName(host string) bool {
	return slices.ContainsFunc(privateDomains(), func(domain string) bool { return host == domain || strings.HasSuffix(host, "."+domain) })
}

// isNonPublicHost reports whether a canonical host (feed.CanonicalHost) is certainly not public, without a DNS lookup.
// If a proxy resolves the name, this is the only possible check. It stops forged redirects to common targets in the
// proxy's network, such as the cloud's metadata address.
func isNonPublicHost(host string) bool {
	if addr, err := netip.ParseAddr(host); err == nil {
		return !isPublic(addr)
	}
	if isPrivateName(host) {
		return true
	}
	// A name without a dot belongs to the local network. No public top-level domain begins with a digit, and lenient
	// readers may take such a name for an IPv4 address.
	last := host[strings.LastIndexByte(host, '.')+1:]
	return !strings.Contains(host, ".") || last != "" && last[0] >= '0' && last[0] <= '9'
}

// publicOnlyKey is a context key. Its value is true if the request may connect only to public addresses.
type publicOnlyKey struct{}

// checkDialAddress refuses a connection to an address that is not public. It checks the address of the actual
// connection. So it also stops DNS rebinding, an attack with a different answer to a second lookup.
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

// NewTransport returns the transport for feeds. It uses each connection for one request, so a connection cannot be
// reused without a new address check.
func NewTransport(resolver *net.Resolver) *http.Transport {
	dialer := &net.Dialer{Timeout: 15 * time.Second, ControlContext: checkDialAddress, Resolver: resolver}
	return &http.Transport{
		Proxy:                  proxyFromEnvironment(),
		DialContext:            dialer.DialContext,
		ForceAttemptHTTP2:      true,
		DisableKeepAlives:      true,
		TLSHandshakeTimeout:    15 * time.Second,
		MaxResponseHeaderBytes: maxHeader,
	}
}

// proxyFromEnvironment is like http.ProxyFromEnvironment. That function ignores a proxy that is not a URL, so that
// requests bypass the proxy. This one returns an error, without the proxy's URL: it may contain a password.
func proxyFromEnvironment() func(*http.Request) (*url.URL, error) {
	env := httpproxy.FromEnvironment()
	find := env.ProxyFunc()
	return func(req *http.Request) (*url.URL, error) {
		name, stated := "HTTP_PROXY", env.HTTPProxy
		if req.URL.Scheme == "https" {
			name, stated = "HTTPS_PROXY", env.HTTPSProxy
		}
		proxy, err := find(req.URL)
		if err != nil || stated != "" && !isProxyURL(stated) {
			return nil, &net.OpError{Op: "proxyconnect", Err: errors.New(name + " is not the URL of a proxy")}
		}
		return proxy, nil
	}
}

// isProxyURL reports whether httpproxy can read a proxy's URL. It puts http:// in front of an invalid URL too. Then the
// path begins with the rest of that URL.
func isProxyURL(stated string) bool {
	only := httpproxy.Config{HTTPSProxy: stated}
	proxy, err := only.ProxyFunc()(&url.URL{Scheme: "https", Host: "blog.example"})
	return err == nil && proxy != nil && !strings.HasPrefix(proxy.Path, "//")
}

// guardRequest restricts a request to a URL from a feed, a page or a redirect to public hosts (against SSRF). With a
// proxy, the connection goes to the proxy, which may be private. Then only the host name is checked.
func guardRequest(req *http.Request, transport http.RoundTripper) (*http.Request, error) {
	if isNonPublicHost(req.URL.Hostname()) {
		return nil, errNotPublic
	}
	proxied := false
	if own, ok := transport.(*http.Transport); ok && own.Proxy != nil {
		proxy, err := own.Proxy(req)
		if err != nil {
			return nil, err
		}
		proxied = proxy != nil
	}
	return req.WithContext(context.WithValue(req.Context(), publicOnlyKey{}, !proxied)), nil
}
