package setup

import (
	"net"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

// newProc creates a process file system: nginx listens at port 443 of IPv4, and an unknown program at port 8080 of IPv6. A
// connection to port 9090 is not a listener.
func newProc(t *testing.T) string {
	t.Helper()
	proc := t.TempDir()
	const header = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
	for name, content := range map[string]string{
		"net/tcp": header + "   0: 00000000:01BB 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1234 1 0 100 0 0 10 0\n" +
			"   1: 0100007F:2382 0100007F:D431 01 00000000:00000000 00:00000000 00000000     0        0 99 1 0 100 0 0 10 0\n" + "   2: short\n",
		"net/tcp6":  header + "   0: 00000000000000000000000000000000:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 77 1 0\n",
		"10/comm":   "cat\n",
		"20/comm":   "nginx\n",
		"self/comm": "nonsense\n",
	} {
		require.NoError(t, os.MkdirAll(filepath.Join(proc, filepath.Dir(name), "fd"), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(proc, name), []byte(content), 0o600))
	}
	require.NoError(t, os.Symlink("socket:[5]", filepath.Join(proc, "10", "fd", "3")))
	require.NoError(t, os.Symlink("socket:[1234]", filepath.Join(proc, "20", "fd", "7")))
	return proc
}

func TestFindListener(t *testing.T) {
	proc := newProc(t)
	for _, row := range []struct {
		port      int
		program   string
		listening bool
	}{{443, "nginx", true}, {8080, "", true}, {9090, "", false}, {80, "", false}} {
		program, listening := findListener(proc, row.port)
		require.Equal(t, row.program, program, row.port)
		require.Equal(t, row.listening, listening, row.port)
	}
}

// TestFindsOwnListener finds a real listener, with and without the process file system.
func TestFindsOwnListener(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, l.Close()) }()
	port := l.Addr().(*net.TCPAddr).Port
	if runtime.GOOS == "linux" {
		program, listening := findListener("/proc", port)
		require.True(t, listening)
		require.Equal(t, "setup.test", program)
	}
	_, listening := findListener(t.TempDir(), port)
	require.Equal(t, runtime.GOOS == "linux", listening, "a loopback address is in the way of all addresses")
}

func TestProposedOwner(t *testing.T) {
	for program, want := range map[string]string{
		"nginx": "nginx", "caddy": "caddy", "traefik": "traefik", "apache2": "other", "docker-proxy": "other", "": "other",
		"lastpost": "lastpost", "skill": "lastpost", "systemd": "lastpost",
	} {
		i := Interview{Machine: Machine{Listener: func(int) (string, bool) { return program, true }}}
		owner, _ := i.proposeOwner()
		require.Equal(t, want, owner, program)
	}
	free := Interview{Machine: Machine{Listener: func(int) (string, bool) { return "", false }}}
	owner, _ := free.proposeOwner()
	require.Equal(t, "lastpost", owner)
	require.Equal(t, 8080, free.freePort(8080))

	own := Interview{Machine: Machine{Listener: func(port int) (string, bool) { return "lastpost", port == 8080 }}}
	require.Equal(t, 8080, own.freePort(8080), "a repeated run keeps the port of the running service")
}
