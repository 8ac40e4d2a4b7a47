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

// clients tells whose a request is.
type clients func(*http.Request) string

// clients gives the peer's address, or where that is a trusted proxy, what it says: of a chain of proxies, as
// X-Forwarded-For has it, the last address that is not a trusted one, and of any other header the last value. Everything
// before that anybody may have written. What is no address is not believed, and the proxy's own is given.
//
// chi has the same in its middleware, which brings the handlers of net/http/pprof along and registers them for whoever serves
// http.DefaultServeMux: neither has a place in a program that faces the world.
//
// The way of a good request does not lead through here: it is only asked for what is said of a refused one, and by who
// links an account.
func (p TrustedProxy) clients() clients {
	if p.Header == "" || len(p.Trusted) == 0 {
		return peer
	}
	header := http.CanonicalHeaderKey(p.Header)
	chain := header == "X-Forwarded-For"
	return func(r *http.Request) string {
		connected := peer(r)
		if addr, err := netip.ParseAddr(connected); err != nil || !p.trusts(addr) {
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
			if addr = plain(addr); !chain || !p.trusts(addr) {
				return addr.String()
			}
		}
		return connected
	}
}

func (p TrustedProxy) trusts(addr netip.Addr) bool {
	return slices.ContainsFunc(p.Trusted, func(prefix netip.Prefix) bool { return prefix.Contains(addr) })
}

// plain is an address in its one form: neither IPv4 in IPv6's clothes nor the zone of a link make another of it.
func plain(addr netip.Addr) netip.Addr { return addr.Unmap().WithZone("") }

// peer is who connected.
func peer(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	if addr, err := netip.ParseAddr(host); err == nil {
		return plain(addr).String()
	}
	return host
}
