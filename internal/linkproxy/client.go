package linkproxy

import (
	"net"
	"net/http"
	"net/netip"
)

// clientKey is whose a request is, as far as shares go: an address, and of IPv6 its /64, all of which one stranger has.
// RemoteAddr is believed, which whoever routes to a [Proxy] sets to what a trusted proxy in front says.
func clientKey(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	addr = addr.Unmap().WithZone("")
	if addr.Is4() {
		return addr.String()
	}
	network, _ := addr.Prefix(64) // of IPv6, which always has one
	return network.String()
}
