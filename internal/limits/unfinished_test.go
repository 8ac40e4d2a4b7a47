package limits

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"
)

// openHeaders opens n connections of an address, and counts received bytes of an unfinished header on each. ended returns how
// many of these connections were ended.
func openHeaders(a *Headers, address string, n, received int) (headers []*Header, ended func() int) {
	count := 0
	for range n {
		var h *Header
		h = a.Open(netip.MustParsePrefix(address+"/32"), func() { count++; h.Close() })
		h.Received(received)
		headers = append(headers, h)
	}
	return headers, func() int { return count }
}

// TestBoundsUnfinishedHeaders sends headers that do not end. Their sum stays within its bound, and only connections of the
// address with the most bytes are ended.
func TestBoundsUnfinishedHeaders(t *testing.T) {
	a := &Headers{}
	genuine, genuineEnded := openHeaders(a, "192.0.2.1", 300, 5<<10)
	large, largeEnded := openHeaders(a, "192.0.2.2", 1, 18<<10)
	flood, floodEnded := openHeaders(a, "198.51.100.7", 600, 18<<10)
	require.LessOrEqual(t, a.excess, maxUnfinishedExcess)
	require.Zero(t, genuineEnded())
	require.Zero(t, largeEnded(), "another address with a large header keeps its connection")
	require.Greater(t, floodEnded(), 300)

	for _, headers := range [][]*Header{genuine, large, flood} {
		for _, h := range headers {
			h.Close()
		}
	}
	require.Zero(t, a.excess, "closed connections are not counted")
	require.Empty(t, a.open)
}

// TestCompleteHeadersAreNotCounted ends the headers of connections, and sends bodies. Others can use the whole bound.
func TestCompleteHeadersAreNotCounted(t *testing.T) {
	a := &Headers{}
	headers, ended := openHeaders(a, "192.0.2.1", 100, 18<<10)
	for _, h := range headers {
		require.Zero(t, h.RefusedSize())
		h.Complete()
		require.Equal(t, 18<<10, h.RefusedSize())
		h.Accept()
		require.Zero(t, h.RefusedSize())
		h.Received(64 << 10) // a body
	}
	require.Zero(t, a.excess)
	require.Zero(t, ended())
}

// TestCountsHeadersThatCameWithTheLastRead begins a header while the last request is answered. It counts too: otherwise an
// attacker could hide it there.
func TestCountsHeadersThatCameWithTheLastRead(t *testing.T) {
	a := &Headers{}
	headers, ended := openHeaders(a, "192.0.2.1", 300, 100)
	for _, h := range headers {
		h.Complete()
		h.Received(16 << 10)
		h.Next()
		h.Received(1)
	}
	require.Greater(t, a.excess, maxUnfinishedExcess/2)
	require.LessOrEqual(t, a.excess, maxUnfinishedExcess)
	require.Positive(t, ended())
}
