package doctor

import (
	"context"
	"crypto/x509"
	"net"
	"net/netip"
	"time"
)

// dialTimeout is how long a connection may take. A firewall that drops packets is told from a slow line by it.
const dialTimeout = 5 * time.Second

// A Network is what this machine reaches. Its zero value is the real one. A test gives another.
type Network struct {
	Lookup func(ctx context.Context, host string) ([]netip.Addr, error)    // nil: the system's resolver
	Dial   func(ctx context.Context, address string) (net.Conn, error)     // nil: TCP
	Listen func(ctx context.Context, address string) (net.Listener, error) // nil: TCP
	Own    func() ([]netip.Addr, error)                                    // this machine's addresses; nil: its interfaces'
	Roots  *x509.CertPool                                                  // nil: the system's
}

// addresses are those of a host, each once; an address is its own.
func (o Network) addresses(ctx context.Context, host string) ([]netip.Addr, error) {
	if address, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{address}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	if o.Lookup != nil {
		return o.Lookup(ctx, host)
	}
	found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	seen := map[netip.Addr]bool{}
	var addresses []netip.Addr
	for _, address := range found {
		if address = address.Unmap(); !seen[address] {
			seen[address] = true
			addresses = append(addresses, address)
		}
	}
	return addresses, err
}

// connect opens a connection, without any proxy in between.
func (o Network) connect(ctx context.Context, address string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	if o.Dial != nil {
		return o.Dial(ctx, address)
	}
	return new(net.Dialer).DialContext(ctx, "tcp", address)
}

// take listens at an address for a moment, to find out whether that can be done.
func (o Network) take(ctx context.Context, address string) error {
	listen := o.Listen
	if listen == nil {
		listen = func(ctx context.Context, address string) (net.Listener, error) {
			return new(net.ListenConfig).Listen(ctx, "tcp", address)
		}
	}
	listener, err := listen(ctx, address)
	if err != nil {
		return err
	}
	return listener.Close()
}

// ownAddresses are those of this machine's interfaces.
func (o Network) ownAddresses() ([]netip.Addr, error) {
	if o.Own != nil {
		return o.Own()
	}
	interfaces, err := net.InterfaceAddrs()
	var own []netip.Addr
	for _, i := range interfaces {
		if network, err := netip.ParsePrefix(i.String()); err == nil {
			own = append(own, network.Addr().Unmap().WithZone(""))
		}
	}
	return own, err
}
