package server

import (
	"net"
	"net/http"
	"net/netip"

	"github.com/go-chi/chi/v5/middleware"
)

// A Proxy in front is believed about whose request it passes on. The zero one is believed in nothing.
type Proxy struct {
	Header  string         // in which it says so
	Trusted []netip.Prefix // its addresses
}

// clients tells whose a request is.
type clients func(*http.Request) string

// clients gives the peer's address, or where that is a trusted proxy, what it says: of a chain of proxies, as
// X-Forwarded-For has it, the last address that is not a trusted one, and of any other header the last value. Everything
// before that anybody may have written. What is no address is not believed, and the proxy's own is given.
//
// The way of a good request does not lead through here: it is only asked for what is said of a refused one.
func (p Proxy) clients() clients {
	if p.Header == "" || len(p.Trusted) == 0 {
		return peer
	}
	var trusted []string
	for _, prefix := range p.Trusted {
		trusted = append(trusted, prefix.String())
	}
	find := middleware.ClientIPFromHeader(p.Header, trusted...)
	if http.CanonicalHeaderKey(p.Header) == "X-Forwarded-For" {
		find = middleware.ClientIPFromXFF(trusted...)
	}
	return func(r *http.Request) (client string) {
		find(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			client = middleware.GetClientIP(r.Context())
		})).ServeHTTP(nil, r)
		if client == "" {
			return peer(r)
		}
		return client
	}
}

// peer is who connected.
func peer(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr.Unmap().String()
	}
	return host
}
