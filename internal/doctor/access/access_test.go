package access

import (
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// publicTempDir returns a temporary folder that every user can reach.
func publicTempDir(t *testing.T) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	require.NoError(t, os.Chmod(filepath.Dir(dir), 0o755))
	require.NoError(t, os.Chmod(dir, 0o755))
	return dir
}

func makeFile(t *testing.T, name string, content string, mode fs.FileMode) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o755))
	require.NoError(t, os.WriteFile(name, []byte(content), 0o600))
	require.NoError(t, os.Chmod(name, mode))
}

// other returns a user that owns nothing.
func other(groups ...int) Account { return Account{Name: "other", UID: 61999, Groups: groups} }

// TestObstacle looks for what keeps a user from a file, as certbot stores it: a link to a folder that only root can enter.
func TestObstacle(t *testing.T) {
	t.Parallel()
	dir := publicTempDir(t)
	owner, group := userName(os.Geteuid()), os.Getegid()
	makeFile(t, filepath.Join(dir, "open", "cert.pem"), "", 0o644)
	makeFile(t, filepath.Join(dir, "open", "key.pem"), "", 0o600)
	makeFile(t, filepath.Join(dir, "open", "group.pem"), "", 0o640)
	makeFile(t, filepath.Join(dir, "closed", "key.pem"), "", 0o644)
	makeFile(t, filepath.Join(dir, "live", "skill", "readme"), "", 0o644)
	require.NoError(t, os.Symlink("../../closed/key.pem", filepath.Join(dir, "live", "skill", "link.pem")))
	require.NoError(t, os.Chmod(filepath.Join(dir, "closed"), 0o700))
	for _, row := range []struct {
		claim string
		user  Account
		file  string
		want  string
	}{
		{"a file for everyone", other(), "open/cert.pem", ""},
		{"a file of its owner", other(), "open/key.pem", "DIR/open/key.pem belongs to OWNER and has mode 0600"},
		{"a file of another group", other(61999), "open/group.pem", "DIR/open/group.pem belongs to OWNER and has mode 0640"},
		{"a file of the user's group", other(group), "open/group.pem", ""},
		{"a folder of its owner", other(), "closed/key.pem", "DIR/closed belongs to OWNER and has mode 0700"},
		{"a folder behind a link", other(), "live/skill/link.pem", "DIR/closed belongs to OWNER and has mode 0700"},
		{"the owner", Self(), "open/key.pem", ""},
		{"root", Account{}, "closed/key.pem", ""},
	} {
		t.Run(row.claim, func(t *testing.T) {
			got, err := row.user.obstacle(filepath.Join(dir, row.file))
			require.NoError(t, err)
			require.Equal(t, row.want, strings.ReplaceAll(strings.ReplaceAll(got, dir, "DIR"), owner, "OWNER"))
		})
	}
	got, err := other().obstacle(filepath.Join(dir, "missing", "key.pem"))
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.Empty(t, got)
}

// TestServiceAccount finds the service's user in the files of a system.
func TestServiceAccount(t *testing.T) {
	t.Parallel()
	const procs, status = "/sys/fs/cgroup/system.slice/skill.service/cgroup.procs", "/proc/4711/status"
	const unit, dropIn = "/usr/lib/systemd/system/skill.service", "/etc/systemd/system/skill.service.d/override.conf"
	const dynamic = "[Service]\nDynamicUser=yes\n"
	fromUnit := Account{Name: "the service's user, whom systemd creates (DynamicUser)", UID: dynamicUID, Groups: []int{dynamicUID}, systemd: true}
	self := Account{Name: "this user", UID: 61000}
	for _, row := range []struct {
		claim string
		files map[string]string
		self  Account
		want  Account
	}{
		{"no service", nil, self, self},
		{"a unit", map[string]string{unit: dynamic}, self, fromUnit},
		{"a unit with another user", map[string]string{unit: dynamic, dropIn: "[Service]\nUser=0\nGroup=61002\n"}, self,
			Account{Name: "the service's user, " + userName(0), UID: 0, Groups: []int{0, 61002}, systemd: true}},
		{"a unit with another group", map[string]string{unit: dynamic, dropIn: "[Service]\n#Group=1\nSupplementaryGroups=61003 61004\n"}, self,
			Account{Name: fromUnit.Name, UID: dynamicUID, Groups: []int{dynamicUID, 61003, 61004}, systemd: true}},
		{"an own unit without a user", map[string]string{unit: dynamic, "/etc/systemd/system/skill.service": "[Service]\n"}, self,
			Account{Name: "the service's user, root", systemd: true}},
		{"a running service", map[string]string{unit: dynamic, procs: "4711\n4712\n",
			status: "Name:\tlastpost\nUid:\t61001\t61001\t61001\t61001\nGid:\t61002\t61002\t61002\t61002\nGroups:\t61003 \n"}, self,
			Account{Name: "the service's user, uid 61001", UID: 61001, Groups: []int{61003, 61002}, systemd: true}},
		{"a service that has ended", map[string]string{unit: dynamic, procs: ""}, self, fromUnit},
		{"a process that cannot be seen", map[string]string{unit: dynamic, procs: "4711\n"}, self, fromUnit},
	} {
		t.Run(row.claim, func(t *testing.T) {
			root := publicTempDir(t)
			for name, content := range row.files {
				makeFile(t, root+name, content, 0o644)
			}
			got := Host{Root: root}.serviceAccount(row.self, filepath.Join(root, "missing"))
			if row.claim == "a unit with another user" { // root's groups differ between systems
				require.Contains(t, got.Groups, 61002)
				got.Groups = row.want.Groups
			}
			require.Equal(t, row.want, got)
		})
	}
}

// TestServiceAccountOfDataDir has no systemd, as in a container: the owner of the data directory counts.
func TestServiceAccountOfDataDir(t *testing.T) {
	t.Parallel()
	h, dir := Host{Root: publicTempDir(t)}, publicTempDir(t)
	require.Equal(t, Self(), h.serviceAccount(Self(), dir), "this user can write there")
	require.NoError(t, os.Chmod(dir, 0o777))
	require.Equal(t, other(), h.serviceAccount(other(), dir), "everyone can write there")
	require.NoError(t, os.Chmod(dir, 0o755))
	if os.Geteuid() == 0 {
		require.NoError(t, os.Chown(dir, 61005, 61006))
	}
	info, err := os.Stat(dir)
	require.NoError(t, err)
	owner := int(info.Sys().(*syscall.Stat_t).Uid)
	got := h.serviceAccount(other(), dir)
	require.Equal(t, owner, got.UID)
	require.True(t, got.guessed)
	require.Equal(t, owner, h.serviceAccount(Account{}, dir).UID, "to root")
}

// TestCheckFiles checks the messages and remedies for each user that may run the check.
func TestCheckFiles(t *testing.T) {
	t.Parallel()
	dir := publicTempDir(t)
	owner := userName(os.Geteuid())
	key := filepath.Join(dir, "key.pem")
	makeFile(t, key, "", 0o600)
	unit := publicTempDir(t)
	makeFile(t, unit+"/etc/systemd/system/skill.service", "[Service]\nDynamicUser=yes\n", 0o644)
	files := []ConfiguredFile{{"tls.key_file", key}, {"tls.eab_key_file", ""}, {"admin.password_file", filepath.Join(dir, "missing")}}
	for _, row := range []struct {
		claim  string
		system Host
		self   Account
		want   []Obstacle
	}{
		{"root, and a service of systemd", Host{Root: unit}, Account{}, []Obstacle{{true,
			"tls.key_file KEY cannot be read by the service's user, whom systemd creates (DynamicUser): KEY belongs to OWNER and has mode 0600",
			`let systemd hand it to the service with LoadCredential=, as the page "Lastpost under systemd" shows, or let the service's user read it`}}},
		{"the service's user itself", Host{Root: dir}, other(), []Obstacle{{true, "tls.key_file KEY cannot be read by other: KEY belongs to OWNER and has mode 0600",
			"let this user read it; if the service runs as another user, run this as that user, or as root"}}},
		{"a user who can read it", Host{Root: dir}, Self(), nil},
		{"a file that systemd hands over", Host{Root: unit, Credentials: dir + "/"}, Account{}, nil},
	} {
		t.Run(row.claim, func(t *testing.T) {
			got := row.system.CheckFiles(row.self, filepath.Join(dir, "data"), files)
			for i := range got {
				got[i].Message = strings.ReplaceAll(strings.ReplaceAll(got[i].Message, key, "KEY"), owner, "OWNER")
			}
			require.Equal(t, row.want, got)
		})
	}
	problems := Host{Root: unit}.CheckFiles(Account{}, dir, []ConfiguredFile{{ConfigurationKey, key}})
	require.Equal(t, "let this user read it, for example with: chmod 644 "+key+"; secrets belong into the environment, as ${NAME}", problems[0].Remedy)
}

// TestPortOwner looks for real listeners of this process, and for those of a system that has others.
func TestPortOwner(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"127.0.0.1:0", "[::1]:0"} {
		listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", address)
		if address == "[::1]:0" && err != nil {
			continue // this machine has no IPv6
		}
		require.NoError(t, err)
		port := listener.Addr().(*net.TCPAddr).Port
		require.Regexp(t, regexp.MustCompile(`^access\.test \(process `+strconv.Itoa(os.Getpid())+`\)$`), Host{}.PortOwner(port))
		message, remedy := Host{}.ListenProblem("admin.listen", port, syscall.EADDRINUSE)
		require.Equal(t, fmt.Sprintf("admin.listen: port %d is taken by access.test (process %d)", port, os.Getpid()), message)
		require.Equal(t, "stop it, or set admin.listen to another port", remedy)
		require.NoError(t, listener.Close())
		require.Empty(t, Host{}.PortOwner(port))
	}
	root := publicTempDir(t)
	const header = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
	makeFile(t, root+"/proc/net/tcp", header+
		"   0: 0100007F:0050 0100007F:9C40 01 00000000:00000000 00:00000000 00000000 61007        0 99 1 0 20 4 30 10 -1\n"+
		"   1: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000 61007        0 100 1 0 100 0 0 10 0\n"+
		"   2: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000 61007        0 101 1 0 100 0 0 10 0\n", 0o644)
	makeFile(t, root+"/proc/812/comm", "ngi\x1bnx\n", 0o644)
	require.NoError(t, os.MkdirAll(root+"/proc/812/fd", 0o755))
	require.NoError(t, os.Symlink("socket:[100]", root+"/proc/812/fd/6"))
	require.Equal(t, "ngi?nx (process 812)", Host{Root: root}.PortOwner(80))
	require.Equal(t, "a program of user uid 61007", Host{Root: root}.PortOwner(8080))
	require.Empty(t, Host{Root: root}.PortOwner(443))
	require.True(t, IsOurs("lastpost (process 1)"))
	require.False(t, IsOurs("nginx (process 812)"))
}

// TestListenProblem checks that each remedy fits the port: a right is needed below 1024 only.
func TestListenProblem(t *testing.T) {
	t.Parallel()
	message, remedy := Host{}.ListenProblem("tls.http_listen", 80, syscall.EACCES)
	require.Equal(t, "tls.http_listen: this user may not listen at port 80: permission denied", message)
	require.Contains(t, remedy, "CAP_NET_BIND_SERVICE")
	message, remedy = Host{}.ListenProblem("admin.listen", 9090, syscall.EACCES)
	require.Equal(t, "admin.listen: this user may not listen at port 9090: permission denied", message)
	require.NotContains(t, remedy, "CAP_NET_BIND_SERVICE")
	require.Contains(t, remedy, "SELinux")
	_, remedy = Host{}.ListenProblem("listen", 8443, syscall.EADDRNOTAVAIL)
	require.Equal(t, `set listen to an address of this machine, or to a port alone, such as ":8443"`, remedy)
	message, remedy = Host{}.ListenProblem("listen", 8443, nil)
	require.Empty(t, message+remedy)
}
