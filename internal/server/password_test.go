package server_test

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/server"
)

const testPassword = "lamp giraffe tuesday"

// signIn requests a private page with a password. from is the client's address on loopback.
func (env *testEnv) signIn(from, password string) httpResult {
	env.t.Helper()
	r, err := http.NewRequest(http.MethodGet, "http://"+env.server.PrivateAddr().String()+"/readyz", nil)
	require.NoError(env.t, err)
	r.SetBasicAuth(server.AdminUser, password)
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	transport := &http.Transport{DialContext: dialer.DialContext, DisableKeepAlives: true}
	client := &http.Client{Transport: transport}
	answer, err := client.Do(r)
	require.NoError(env.t, err)
	return readResult(env.t, answer)
}

// passwordEnv returns an environment with a password and a clock that the test moves.
func passwordEnv(t *testing.T) (env *testEnv, pass func(time.Duration)) {
	t.Helper()
	env = newTestEnv(t)
	var mu sync.Mutex
	at := now
	env.server.Password = testPassword
	env.server.Now = func() time.Time { mu.Lock(); defer mu.Unlock(); return at }
	return env.open(), func(d time.Duration) { mu.Lock(); defer mu.Unlock(); at = at.Add(d) }
}

func TestWrongPasswordBlocksOnlyItsClient(t *testing.T) {
	t.Parallel()
	env, pass := passwordEnv(t)
	require.Equal(t, http.StatusUnauthorized, env.signIn("127.0.0.2", "lamp giraffe monday").status)
	blocked := env.signIn("127.0.0.2", testPassword)
	require.Equal(t, http.StatusTooManyRequests, blocked.status)
	require.Equal(t, "1", blocked.header.Get("Retry-After"))
	require.Equal(t, http.StatusOK, env.signIn("127.0.0.3", testPassword).status, "another client does not wait")
	pass(250 * time.Millisecond)
	require.Equal(t, http.StatusOK, env.signIn("127.0.0.2", testPassword).status)
}

// TestRequestsWithoutPasswordAreNotAttempts sends the requests of browsers that do not have the password yet.
func TestRequestsWithoutPasswordAreNotAttempts(t *testing.T) {
	t.Parallel()
	env, _ := passwordEnv(t)
	for range 10 {
		require.Equal(t, http.StatusUnauthorized, env.getPrivate("/readyz").status)
	}
	require.Equal(t, http.StatusOK, env.signIn("127.0.0.1", testPassword).status)
	require.Empty(t, env.server.Faults.Seen())
	require.Empty(t, env.log.visibleLines())
}

func TestWrongPasswordsAreReported(t *testing.T) {
	t.Parallel()
	env, pass := passwordEnv(t)
	for range 3 {
		env.signIn("127.0.0.2", "lamp giraffe monday")
		env.signIn("127.0.0.2", "lamp giraffe monday")
		pass(time.Second)
	}
	counts := map[string]uint64{}
	for _, seen := range env.server.Faults.Seen() {
		counts[seen.Kind] = seen.Count
		require.Contains(t, seen.Remedy, "correct its password")
	}
	require.Equal(t, map[string]uint64{"wrong-password": 3, "password-blocked": 3}, counts)
	lines := env.log.visibleLines()
	require.NotEmpty(t, lines)
	for _, line := range lines {
		require.NotContains(t, fmt.Sprint(line), "giraffe")
	}
}

func faultCount(env *testEnv) (count uint64) {
	for _, seen := range env.server.Faults.Seen() {
		count += seen.Count
	}
	return count
}

// TestDelayEndsWithReload checks that delayed answers do not block a reload, which waits for all requests.
func TestDelayEndsWithReload(t *testing.T) {
	t.Parallel()
	env, pass := passwordEnv(t)
	for range 5 {
		before := faultCount(env)
		answered := make(chan int)
		go func() { answered <- env.signIn("127.0.0.2", "lamp giraffe monday").status }()
		require.Eventually(t, func() bool { return faultCount(env) > before }, testTimeout, time.Millisecond)
		env.server.UpdateSettings(server.Settings{Skills: env.server.Skills, Password: testPassword})
		require.Equal(t, http.StatusUnauthorized, <-answered)
		pass(10 * time.Second)
	}
}

// TestPrivateConnectionsAreBounded opens many connections that send nothing. Another client must still get an answer, and the
// oldest connections must be closed.
func TestPrivateConnectionsAreBounded(t *testing.T) {
	t.Parallel()
	env, _ := passwordEnv(t)
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP("127.0.0.2")}}
	var idle []net.Conn
	for range 100 {
		conn, err := dialer.Dial("tcp", env.server.PrivateAddr().String())
		require.NoError(t, err)
		t.Cleanup(func() { _ = conn.Close() })
		idle = append(idle, conn)
	}
	require.Equal(t, http.StatusOK, env.signIn("127.0.0.3", testPassword).status)
	require.NoError(t, idle[0].SetReadDeadline(time.Now().Add(30*time.Second)))
	_, err := idle[0].Read(make([]byte, 1))
	require.Error(t, err)
	require.NotErrorIs(t, err, os.ErrDeadlineExceeded, "the server has closed it")
}
