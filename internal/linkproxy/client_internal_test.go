package linkproxy

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestClientKeyIsAddressOrNetwork(t *testing.T) {
	for addr, want := range map[string]string{
		"198.51.100.7:443":          "198.51.100.7",
		"198.51.100.7":              "198.51.100.7", // set from a proxy's header
		"[::ffff:198.51.100.7]:443": "198.51.100.7",
		"[2001:db8:0:7::1]:443":     "2001:db8:0:7::/64",
		"2001:db8:0:7:ffff::9":      "2001:db8:0:7::/64",
		"[2001:db8:0:8::1]:443":     "2001:db8:0:8::/64",
		"[fe80::1%eth0]:443":        "fe80::/64",
		"@":                         "@",
		"":                          "",
	} {
		require.Equal(t, want, clientKey(&http.Request{RemoteAddr: addr}), addr)
	}
}
