package main

import (
	"context"
	"net"
	"net/netip"
	"os"

	"lastpost/internal/doctor"
)

// testNetwork returns a network where every host name is this machine, every port is free, and every connection goes to
// $ENDPOINT.
func testNetwork() doctor.Network {
	ownAddresses := func() ([]netip.Addr, error) { return []netip.Addr{netip.MustParseAddr("203.0.113.10")}, nil } // for documentation (RFC 5737)
	return doctor.Network{
		LocalAddresses: ownAddresses,
		Lookup:         func(context.Context, string) ([]netip.Addr, error) { return ownAddresses() },
		Dial: func(ctx context.Context, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", os.Getenv("ENDPOINT"))
		},
		Listen: func(ctx context.Context, _ string) (net.Listener, error) {
			return new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
		},
	}
}
