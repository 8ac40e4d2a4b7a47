package main

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"lastpost/internal/doctor"
	"lastpost/internal/setup"
)

// testNetwork returns a network where every host name is this machine, every port is free, and every connection goes to
// $ENDPOINT. $SKILL_TEST_DNS has other addresses of all host names. It is "absent" if skill.example.com does not exist, and
// "down" if there is no resolver. $SKILL_TEST_OWN is this machine's address. $SKILL_TEST_CLOCK is how far the other servers' clocks are ahead.
func testNetwork() doctor.Network {
	ownAddresses := func() ([]netip.Addr, error) {
		return []netip.Addr{netip.MustParseAddr(cmp.Or(os.Getenv("SKILL_TEST_OWN"), "203.0.113.10"))}, nil // for documentation (RFC 5737)
	}
	return doctor.Network{
		LocalAddresses: ownAddresses,
		Lookup: func(_ context.Context, host string) (found []netip.Addr, err error) {
			switch addresses := os.Getenv("SKILL_TEST_DNS"); {
			case addresses == "down":
				return nil, &net.DNSError{Err: "server misbehaving", Name: host, IsTemporary: true}
			case addresses == "absent" && host == "skill.example.com":
				return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
			case addresses == "absent" || addresses == "":
				return ownAddresses()
			default:
				for text := range strings.FieldsSeq(addresses) {
					found = append(found, netip.MustParseAddr(text))
				}
				return found, nil
			}
		},
		Dial: func(ctx context.Context, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", os.Getenv("ENDPOINT"))
		},
		Listen: func(ctx context.Context, _ string) (net.Listener, error) {
			return new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
		},
		ServerTime: func(context.Context) (time.Time, error) {
			ahead, err := time.ParseDuration(os.Getenv("SKILL_TEST_CLOCK"))
			if err != nil {
				return time.Time{}, errors.New("no answer")
			}
			return time.Now().Add(ahead), nil
		},
	}
}

// testMachine returns a machine in the time zone $SKILL_TEST_ZONE. The program $SKILL_TEST_443 listens at port 443, and
// another program at each port of $SKILL_TEST_PORTS. All other ports are free.
func testMachine() setup.Machine {
	return setup.Machine{
		Network: testNetwork(),
		Zone:    func() string { return os.Getenv("SKILL_TEST_ZONE") },
		Listener: func(port int) (string, bool) {
			if program := os.Getenv("SKILL_TEST_443"); port == 443 && program != "" {
				return strings.TrimPrefix(program, "unknown"), true
			}
			return "", slices.Contains(strings.Fields(os.Getenv("SKILL_TEST_PORTS")), strconv.Itoa(port))
		},
	}
}
