package doctor

import (
	"context"
	"net"
	"net/netip"
	"syscall"
)

// publicAddress is that of this machine, to tests: one that is for documentation (RFC 5737).
func publicAddress() netip.Addr { return netip.MustParseAddr("203.0.113.10") }

// testNetwork is a network in which every host is this machine, every port free, and nothing behind each address.
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
