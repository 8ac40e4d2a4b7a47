package main

import (
	"context"
	"net"
	"net/netip"
	"os"
)

// publicAddress is that of this machine, to tests: one that is for documentation (RFC 5737).
func publicAddress() netip.Addr { return netip.MustParseAddr("203.0.113.10") }

// testOutside is a network in which every host is this machine, every port free, and $ENDPOINT behind each address.
func testOutside() outside {
	own := func() ([]netip.Addr, error) { return []netip.Addr{publicAddress()}, nil }
	return outside{
		own:    own,
		lookup: func(context.Context, string) ([]netip.Addr, error) { return own() },
		dial: func(ctx context.Context, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", os.Getenv("ENDPOINT"))
		},
		listen: func(ctx context.Context, _ string) (net.Listener, error) {
			return new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
		},
	}
}
