package service

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/config"
)

func TestIgnoresSocketsForOtherProcesses(t *testing.T) {
	for claim, vars := range map[string]map[string]string{
		"no variables":           {},
		"for the parent process": {"LISTEN_PID": strconv.Itoa(os.Getppid()), "LISTEN_FDS": "1"},
		"without LISTEN_PID":     {"LISTEN_FDS": "1"},
		"no sockets":             {"LISTEN_PID": strconv.Itoa(os.Getpid()), "LISTEN_FDS": "0"},
	} {
		t.Run(claim, func(t *testing.T) {
			for _, name := range []string{"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"} {
				t.Setenv(name, vars[name])
			}
			got, err := inheritSockets()
			require.NoError(t, err)
			require.Empty(t, got)
		})
	}
}

func TestAssignsSocketNames(t *testing.T) {
	for _, row := range []struct {
		claim string
		count int
		text  string
		want  []string
		error string
	}{
		{"a single socket with an unknown name is public", 1, "skill.socket", []string{publicSocket}, ""},
		{"a single socket without a name is public", 1, "", []string{publicSocket}, ""},
		{"a single socket keeps a known name", 1, "private", []string{privateSocket}, ""},
		{"three sockets in any order", 3, "http:public:private", []string{httpSocket, publicSocket, privateSocket}, ""},
		{"two sockets with the name of the unit", 2, "skill.socket:skill.socket", nil, `are named "skill.socket:skill.socket"; give each its own FileDescriptorName=`},
		{"two sockets with the same name", 2, "public:public", nil, `are named "public:public"`},
		{"fewer names than sockets", 2, "public", nil, `2 inherited sockets with 1 names`},
	} {
		t.Run(row.claim, func(t *testing.T) {
			got, err := assignSocketNames(row.count, row.text)
			require.Equal(t, row.want, got)
			if row.error != "" {
				require.ErrorContains(t, err, row.error)
				return
			}
			require.NoError(t, err)
		})
	}
}

func TestInheritedPrivateSocketMustFollowConfiguration(t *testing.T) {
	everywhere, loopback := &net.TCPAddr{IP: net.IPv4zero, Port: 9090}, &net.TCPAddr{IP: net.IPv6loopback, Port: 9090}
	require.NoError(t, checkPrivateAddress(config.Admin{Listen: ":1"}, loopback))
	require.NoError(t, checkPrivateAddress(config.Admin{Listen: ":1", PasswordFile: "f"}, everywhere))
	require.ErrorContains(t, checkPrivateAddress(config.Admin{Listen: ":1"}, everywhere), "0.0.0.0:9090 is not a loopback address: this requires admin.password_file")
	require.ErrorContains(t, checkPrivateAddress(config.Admin{}, loopback), "admin.listen is empty")
}

// TestRefusesFaultySocketVariables checks that a faulty LISTEN_FDS is an error, and that the variables are removed.
func TestRefusesFaultySocketVariables(t *testing.T) {
	for _, count := range []string{"two", "-1", ""} {
		t.Run(count, func(t *testing.T) {
			t.Setenv("LISTEN_PID", strconv.Itoa(os.Getpid()))
			t.Setenv("LISTEN_FDS", count)
			t.Setenv("LISTEN_FDNAMES", "public")
			_, err := inheritSockets()
			require.EqualError(t, err, fmt.Sprintf("LISTEN_FDS: %q is not a number of sockets", count))
			for _, name := range []string{"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"} {
				_, set := os.LookupEnv(name)
				require.False(t, set, name)
			}
		})
	}
}
