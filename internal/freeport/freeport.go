// Package freeport finds ports for tests that open a listener later. It does not hold the port.
package freeport

import (
	"math/rand/v2"
	"net"
	"strconv"
	"testing"
)

// Linux takes ports from 32768 upwards for ":0" and for outgoing connections. A port below is not given to another test
// between Port and the listener of the test.
const first, end = 15_000, 32_000

// Port returns a port of loopback without a listener.
func Port(t testing.TB) int {
	t.Helper()
	for range 100 {
		port := first + rand.IntN(end-first)
		listener, err := net.Listen("tcp", address(port))
		if err != nil {
			continue
		}
		if err := listener.Close(); err != nil {
			t.Fatal(err)
		}
		return port
	}
	t.Fatalf("no free port from %d to %d", first, end-1)
	return 0
}

// Address returns an address of loopback without a listener, such as "127.0.0.1:20000".
func Address(t testing.TB) string {
	t.Helper()
	return address(Port(t))
}

func address(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }
