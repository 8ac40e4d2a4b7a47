package freeport_test

import (
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/freeport"
)

func TestAddressIsFree(t *testing.T) {
	listener, err := net.Listen("tcp", freeport.Address(t))
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	require.Less(t, freeport.Port(t), 32_768, "below the ports that Linux takes itself")
}
