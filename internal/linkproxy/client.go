package linkproxy

import (
	"net"
	"net/http"
	"net/netip"
)

// clientKey identifies the client in the limits per client. It is an IPv4 address or the /64 network of an IPv6
// address, because one attacker can use a whole /64. RemoteAddr is trusted: the server sets it from the header of a
// trusted proxy before it calls a [Proxy].
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
	network, _ := addr.Prefix(64) // never fails for an IPv6 address
	return network.String()
}
