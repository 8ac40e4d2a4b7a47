package linkproxy

import (
	"net"
	"net/http"
	"net/netip"
)

// clientKey returns the client's IPv4 address, or the /64 network of its IPv6 address, because one attacker can use a
// whole /64. The limits for each client use it. An attacker cannot choose RemoteAddr: the server sets it from the
// connection, or from the header of a trusted proxy.
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

// siteOf returns the IPv6 /48 of a client, which is the largest network that providers give to one customer. Another client
// is its own site.
func siteOf(client string) string {
	network, err := netip.ParsePrefix(client)
	if err != nil {
		return client
	}
	site, _ := network.Addr().Prefix(48) // never fails for an IPv6 address
	return site.String()
}
