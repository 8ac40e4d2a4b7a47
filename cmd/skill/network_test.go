package main

import (
	"context"
	"net"
	"net/netip"
	"os"

	"lastpost/internal/doctor"
)

// testNetwork is a network in which every host is this machine, every port free, and $ENDPOINT behind each address.
func testNetwork() doctor.Network {
	own := func() ([]netip.Addr, error) { return []netip.Addr{netip.MustParseAddr("203.0.113.10")}, nil } // for documentation (RFC 5737)
	return doctor.Network{
		LocalAddresses: own,
		Lookup:         func(context.Context, string) ([]netip.Addr, error) { return own() },
		Dial: func(ctx context.Context, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", os.Getenv("ENDPOINT"))
		},
		Listen: func(ctx context.Context, _ string) (net.Listener, error) {
			return new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
		},
	}
}
