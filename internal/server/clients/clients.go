// Package clients finds out which client sent a request: the peer, or the client that a trusted proxy names. It does not
// judge clients.
package clients

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

// An AddrFunc returns the address of the client that sent a request.
type AddrFunc func(*http.Request) string

// AddrFunc returns a function that returns the peer's address. If the peer is a trusted proxy, the function
// returns the address in the header instead: the last address in X-Forwarded-For that is not trusted, or the last value of
// any other header. A client can forge all earlier values. If the value is not an address, the function returns the proxy's
// address.
//
// chi's middleware does the same, but it imports net/http/pprof. That package registers handlers at http.DefaultServeMux,
// and a public service must not contain these handlers.
//
// The function is called only for refused requests and for account linking.
func (p TrustedProxy) AddrFunc() AddrFunc {
	if p.Header == "" || len(p.Trusted) == 0 {
		return PeerAddr
	}
	header := http.CanonicalHeaderKey(p.Header)
	chain := header == "X-Forwarded-For"
	return func(r *http.Request) string {
		connected := PeerAddr(r)
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

// PeerAddr returns the address of the TCP peer.
func PeerAddr(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	if addr, err := netip.ParseAddr(host); err == nil {
		return normalizeAddr(addr).String()
	}
	return host
}

// Block returns the address block to which a client counts: one IPv4 address, or one IPv6 /64, which usually belongs to one
// customer of a provider. An attacker can use all of its addresses.
func Block(client string) string {
	addr, err := netip.ParseAddr(client)
	if err != nil {
		return client
	}
	if addr = normalizeAddr(addr); addr.Is4() {
		return addr.String()
	}
	prefix, _ := addr.Prefix(64) // fails only for more bits than the address has
	return prefix.String()
}
