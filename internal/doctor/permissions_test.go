package doctor

import (
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/config"
	"lastpost/internal/doctor/access"
	"lastpost/internal/freeport"
	"lastpost/internal/server"
)

// TestReportsTakenPorts has another program at each port of the service.
func TestReportsTakenPorts(t *testing.T) {
	t.Parallel()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	taken := listener.Addr().String()
	_, port, err := net.SplitHostPort(taken)
	require.NoError(t, err)
	free := "127.0.0.1:" + strconv.Itoa(freeport.Port(t))
	const owner = `doctor\.test \(process \d+\)`
	for _, row := range []struct {
		claim  string
		c      config.Config
		key    string
		remedy string
	}{
		{"the address behind a proxy", config.Config{Listen: taken, TLS: config.TLS{Mode: config.TLSOff}}, "listen", "stop it, or set listen to another port"},
		{"another port than 443", config.Config{Listen: taken, TLS: config.TLS{Mode: config.TLSFiles}}, "listen", "stop it, or set listen to another port"},
		{"the private listener", config.Config{Listen: free, Admin: config.Admin{Listen: taken}}, "admin.listen", "stop it, or set admin.listen to another port"},
		{"the port for the CA", config.Config{Listen: free, TLS: config.TLS{HTTPListen: taken}}, "tls.http_listen", "stop it, or set tls.http_listen to another port"},
		{"free ports", config.Config{Listen: free}, "", ""},
		{"any free port", config.Config{Listen: "127.0.0.1:0"}, "", ""},
	} {
		t.Run(row.claim, func(t *testing.T) {
			got := MachineCheck{Config: &row.c}.checkListeners(t.Context())
			if row.key == "" {
				require.Empty(t, got)
				return
			}
			require.Len(t, got, 1)
			require.Regexp(t, "^"+row.key+": port "+port+" is taken by "+owner+"$", got[0].Message)
			got[0].Message = ""
			require.Equal(t, Finding{Fail, "port " + port, "", row.remedy}, got[0])
		})
	}
}

// TestAcceptsOwnListeners has the running service at its ports.
func TestAcceptsOwnListeners(t *testing.T) {
	t.Parallel()
	p := newEndpointFixture(t)
	s := &server.Server{Address: "127.0.0.1:0", PrivateAddress: "127.0.0.1:0", Log: slog.New(slog.DiscardHandler)}
	p.serveSkill(s)
	m := MachineCheck{Config: &config.Config{Listen: s.Addr().String(), TLS: config.TLS{Mode: config.TLSOff},
		Admin: config.Admin{Listen: s.PrivateAddr().String()}}}
	require.Empty(t, m.checkListeners(t.Context()))
}

// TestReportsUnreadableFiles has files of root and a service with its own user.
func TestReportsUnreadableFiles(t *testing.T) {
	t.Parallel()
	dir := publicTempDir(t)
	unit := filepath.Join(dir, "host", "etc", "systemd", "system")
	require.NoError(t, os.MkdirAll(unit, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(unit, "skill.service"), []byte("[Service]\nDynamicUser=yes\n"), 0o600))
	key := filepath.Join(dir, "key.pem")
	makeFile(t, key)
	m := MachineCheck{
		Config: &config.Config{DataDir: dir, TLS: config.TLS{Mode: config.TLSFiles, CertFile: key, KeyFile: key}},
		File:   key, Host: access.Host{Root: filepath.Join(dir, "host")},
	}
	findings := m.checkFiles()
	require.Len(t, findings, 3)
	for i, name := range []string{"configuration", "tls.cert_file", "tls.key_file"} {
		require.Equal(t, "permissions", findings[i].Check)
		require.Equal(t, Fail, findings[i].Verdict)
		require.True(t, strings.HasPrefix(findings[i].Message, name+" "+key+" cannot be read by the service's user"), findings[i].Message)
	}
}

// TestReportsFilesOfAnotherUser runs the check as a user who cannot read the certificate. This says nothing about the service.
func TestReportsFilesOfAnotherUser(t *testing.T) {
	key := filepath.Join(publicTempDir(t), "key.pem")
	makeFile(t, key)
	require.NoError(t, os.Chmod(key, 0))
	c := &config.Config{TLS: config.TLS{Mode: config.TLSFiles, CertFile: key, KeyFile: key}}
	var got []Finding
	asUnprivilegedUser(t, func() { got = checkCertificate(c, time.Now()) })
	require.Len(t, got, 1)
	require.Contains(t, got[0].Message, "not examined, because this user cannot read it: certificate "+key)
	require.Contains(t, got[0].Message, "permission denied")
	got[0].Message = ""
	require.Equal(t, Finding{Warn, "certificate", "", "run this as the service's user, or as root"}, got[0])
}
