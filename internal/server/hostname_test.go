package server_test

import (
	"bufio"
	"net"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestPrivateListenerRefusesRebinding sends Host headers as a browser does after DNS rebinding. An attacker's host name
// must be refused.
func TestPrivateListenerRefusesRebinding(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		claim, address, password, host string
		want                           int
	}{
		{"localhost", "127.0.0.1:0", "", "localhost:9090", 200},
		{"localhost in capitals, without a port", "127.0.0.1:0", "", "LOCALHOST", 200},
		{"localhost with a final dot", "127.0.0.1:0", "", "localhost.:9090", 200},
		{"the IPv4 loopback address", "127.0.0.1:0", "", "127.0.0.1:9090", 200},
		{"the IPv6 loopback address", "127.0.0.1:0", "", "[::1]:9090", 200},
		{"another IP address, such as a pod's", "127.0.0.1:0", "", "192.0.2.1:9090", 200},
		{"the name in admin.listen", "localhost.localdomain:0", "", "LocalHost.LocalDomain:9090", 200},
		{"an attacker's name", "127.0.0.1:0", "", "evil.example:9090", 421},
		{"an allowed name as prefix", "127.0.0.1:0", "", "localhost.evil.example", 421},
		{"an allowed name as suffix", "127.0.0.1:0", "", "evil-localhost", 421},
		{"an address as prefix", "127.0.0.1:0", "", "127.0.0.1.evil.example", 421},
		{"an address as a number", "127.0.0.1:0", "", "2130706433", 421},
		{"any name with a password", "127.0.0.1:0", "sesame", "metrics.example.com", 200},
	} {
		t.Run(row.claim, func(t *testing.T) {
			env := newTestEnv(t)
			env.server.PrivateAddress, env.server.Password = row.address, row.password
			env.server.Inspector = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
			if row.address != "127.0.0.1:0" { // not every machine can resolve this name
				env.server.PrivateListener = newLocalListener(t)
			}
			env.open()
			for path, want := range map[string]int{"/": row.want, "/events": row.want, "/readyz": row.want, "/metrics": row.want, "/healthz": 200} {
				r, err := http.NewRequest(http.MethodGet, "http://"+env.server.PrivateAddr().String()+path, nil)
				require.NoError(t, err)
				r.Host = row.host
				r.SetBasicAuth("admin", row.password)
				got := env.send(r)
				require.Equal(t, want, got.status, path)
				require.Equal(t, path != "/healthz", got.header.Get("X-Content-Type-Options") == "nosniff", path)
				if want == http.StatusMisdirectedRequest {
					require.NotContains(t, got.body, "halfelf", path)
				}
			}
		})
	}
}

// TestPrivateListenerAnswersWithoutHost sends HTTP/1.0 without Host, like some load balancers. It must be answered.
func TestPrivateListenerAnswersWithoutHost(t *testing.T) {
	env := newTestEnv(t).open()
	conn, err := net.Dial("tcp", env.server.PrivateAddr().String())
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	_, err = conn.Write([]byte("GET /readyz HTTP/1.0\r\n\r\n"))
	require.NoError(t, err)
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	require.Equal(t, http.StatusOK, answer.StatusCode)
}

func newLocalListener(t *testing.T) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	return listener
}
