package doctor

import (
	"context"
	"net"
	"net/netip"
	"syscall"
)

// publicAddress is this machine's address in tests (RFC 5737).
func publicAddress() netip.Addr { return netip.MustParseAddr("203.0.113.10") }

// testNetwork returns a network in which every host resolves to this machine, all ports are free, and no server runs.
func testNetwork() Network {
	own := func() ([]netip.Addr, error) { return []netip.Addr{publicAddress()}, nil }
	return Network{
		LocalAddresses: own,
		Lookup:         func(context.Context, string) ([]netip.Addr, error) { return own() },
		Dial:           func(context.Context, string) (net.Conn, error) { return nil, syscall.ECONNREFUSED },
		Listen: func(ctx context.Context, _ string) (net.Listener, error) {
			return new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
		},
	}
}
