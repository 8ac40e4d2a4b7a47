package server

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// A Proxy in front is believed about whose request it passes on. The zero one is believed in nothing.
type TrustedProxy struct {
	Header  string         // in which it says so
	Trusted []netip.Prefix // its addresses
}

// clientAddrFunc tells whose a request is.
type clientAddrFunc func(*http.Request) string

// newClientAddrFunc gives the peer's address, or where that is a trusted proxy, what it says: of a chain of proxies, as
// X-Forwarded-For has it, the last address that is not a trusted one, and of any other header the last value. Everything
// before that anybody may have written. What is no address is not believed, and the proxy's own is given.
//
// chi has the same in its middleware, which brings the handlers of net/http/pprof along and registers them for whoever serves
// http.DefaultServeMux: neither has a place in a program that faces the world.
//
// The way of a good request does not lead through here: it is only asked for what is said of a refused one, and by who
// links an account.
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

// normalizeAddr is an address in its one form: neither IPv4 in IPv6's clothes nor the zone of a link make another of it.
func normalizeAddr(addr netip.Addr) netip.Addr { return addr.Unmap().WithZone("") }

// peerAddr is who connected.
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
