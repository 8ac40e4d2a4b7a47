package server

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// A TrustedProxy is a reverse proxy whose header names the client's address. The zero value trusts no proxy.
type TrustedProxy struct {
	Header  string         // the header with the client's address
	Trusted []netip.Prefix // the proxy's addresses
}

// clientAddrFunc returns the address of the client that sent a request.
type clientAddrFunc func(*http.Request) string

// newClientAddrFunc returns a function that returns the peer's address. If the peer is a trusted proxy, the function
// returns the address in the header instead: the last address in X-Forwarded-For that is not trusted, or the last value of
// any other header. A client can forge all earlier values. If the value is not an address, the function returns the proxy's
// address.
//
// chi's middleware does the same, but it imports net/http/pprof. That package registers handlers at http.DefaultServeMux,
// and a public service must not contain these handlers.
//
// The function is called only for refused requests and for account linking.
func (p TrustedProxy) newClientAddrFunc() clientAddrFunc {
	if p.Header == "" || len(p.Trusted) == 0 {
		return peerAddr
	}
	header := http.CanonicalHeaderKey(p.Header)
	chain := header == "X-Forwarded-For"
	return func(r *http.Request) string {
		connected := peerAddr(r)
		if addr, err := netip.ParseAddr(connected); err != nil || !p.isTrusted(addr) {
			return connected
		}
		values := r.Header[header]
		if chain {
			values = strings.Split(strings.Join(values, ","), ",")
		}
		for _, value := range slices.Backward(values) {
			value = strings.TrimSpace(value)
			if chain && value == "" {
				continue
			}
			addr, err := netip.ParseAddr(value)
			if err != nil {
				break
			}
			if addr = normalizeAddr(addr); !chain || !p.isTrusted(addr) {
				return addr.String()
			}
		}
		return connected
	}
}

func (p TrustedProxy) isTrusted(addr netip.Addr) bool {
	return slices.ContainsFunc(p.Trusted, func(prefix netip.Prefix) bool { return prefix.Contains(addr) })
}

// normalizeAddr returns addr in a single form: IPv4-mapped IPv6 as IPv4, and without a zone.
func normalizeAddr(addr netip.Addr) netip.Addr { return addr.Unmap().WithZone("") }

// peerAddr returns the address of the TCP peer.
func peerAddr(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	if addr, err := netip.ParseAddr(host); err == nil {
		return normalizeAddr(addr).String()
	}
	return host
}
