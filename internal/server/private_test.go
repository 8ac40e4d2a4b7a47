package server_test

import (
	"errors"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/server"
)

const plainText = "text/plain; charset=utf-8"

func TestReadiness(t *testing.T) {
	well := server.FeedStatus{Posts: 10}
	failing := server.FeedStatus{Posts: 7, Err: errors.New("feed.example.com: 503")}
	empty := server.FeedStatus{}
	down := server.FeedStatus{Err: errors.New("no such host")}
	for _, row := range []struct {
		claim    string
		one, two server.FeedStatus
		status   int
		want     string
	}{
		{"both have posts", well, well, 200, "one: ready, 10 posts\ntwo: ready, 10 posts\n"},
		{"a feed that fails does not matter while there are posts", well, failing, 200, "one: ready, 10 posts\ntwo: ready, 7 posts, feed: feed.example.com: 503\n"},
		{"the first has none", empty, well, 503, "one: not ready, 0 posts\ntwo: ready, 10 posts\n"},
		{"the second has none, and why", well, down, 503, "one: ready, 10 posts\ntwo: not ready, 0 posts, feed: no such host\n"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			w := newWorld(t)
			one, two := newSkill("one", "/one", skillID, nil), newSkill("two", "/two", otherID, nil)
			one.Feed = func() server.FeedStatus { return row.one }
			two.Feed = func() server.FeedStatus { return row.two }
			w.server.Skills = []server.ServedSkill{one, two}
			w.open()
			got := w.private("/readyz")
			require.Equal(t, row.status, got.status)
			require.Equal(t, certificateLine(w)+row.want, got.body)
			require.Equal(t, plainText, got.header.Get("Content-Type"))
			require.Equal(t, "ok\n", w.private("/healthz").body, "a process without posts lives")
		})
	}
}

// certificateLine is what readiness says of the certificate that worlds have.
func certificateLine(w *world) string {
	return "certificate: ready, valid until " + w.server.Certificate.NotAfter().Format(time.RFC3339) + "\n"
}

// TestReadinessTellsOfTheCertificate lets the clock pass its end.
func TestReadinessTellsOfTheCertificate(t *testing.T) {
	end := now.Add(365 * 24 * time.Hour)
	for _, row := range []struct {
		claim  string
		change func(*server.Server)
		status int
		want   string
	}{
		{"valid", func(*server.Server) {}, 200, "certificate: ready, valid until " + end.Format(time.RFC3339) + "\n"},
		{"ended", func(s *server.Server) { s.Now = func() time.Time { return end } }, 503, "certificate: not ready, ended " + end.Format(time.RFC3339) + "\n"},
		{"none, as a proxy has it", func(s *server.Server) { s.Certificate = nil }, 200, ""},
	} {
		t.Run(row.claim, func(t *testing.T) {
			w := newWorld(t)
			row.change(w.server)
			got := w.open().private("/readyz")
			require.Equal(t, row.status, got.status)
			require.Equal(t, row.want+"halfelf: ready, 3 posts\n", got.body)
		})
	}
}

func TestPrivatePaths(t *testing.T) {
	w := newWorld(t).open()
	for _, row := range []struct {
		path   string
		status int
	}{
		{"/healthz", 200},
		{"/readyz", 200},
		{"/metrics", 200},
		{"/healthz/", 404},
		{"/debug/pprof/", 404},
		{"/alexa", 404},
		{"/metrics/x", 404},
	} {
		t.Run(row.path, func(t *testing.T) {
			require.Equal(t, row.status, w.private(row.path).status)
			head, err := http.NewRequest(http.MethodHead, "http://"+w.server.PrivateAddr().String()+row.path, nil)
			require.NoError(t, err)
			got := w.do(head)
			require.Equal(t, row.status, got.status, "also for those who ask by HEAD whether all is well")
			require.Empty(t, got.body)
		})
	}
	require.Empty(t, w.log.loud())
}

func TestPassword(t *testing.T) {
	const password = "correct horse: battery" // a colon is part of it
	nobody := func(*http.Request) {}
	as := func(user, password string) func(*http.Request) {
		return func(r *http.Request) { r.SetBasicAuth(user, password) }
	}
	for _, row := range []struct {
		claim, path string
		sign        func(*http.Request)
		status      int
	}{
		{"health is open", "/healthz", nobody, 200},
		{"metrics with the password", "/metrics", as("admin", password), 200},
		{"readiness with the password", "/readyz", as("admin", password), 200},
		{"metrics without", "/metrics", nobody, 401},
		{"readiness without", "/readyz", nobody, 401},
		{"another user", "/metrics", as("root", password), 401},
		{"no user", "/metrics", as("", password), 401},
		{"another password", "/metrics", as("admin", "correct horse"), 401},
		{"a longer password", "/metrics", as("admin", password+"!"), 401},
		{"no password", "/metrics", as("admin", ""), 401},
		{"nothing at all", "/metrics", as("", ""), 401},
		{"another scheme", "/metrics", func(r *http.Request) { r.Header.Set("Authorization", "Bearer admin:"+password) }, 401},
	} {
		t.Run(row.claim, func(t *testing.T) {
			w := newWorld(t)
			w.server.Password = password
			w.open()
			r, err := http.NewRequest(http.MethodGet, "http://"+w.server.PrivateAddr().String()+row.path, nil)
			require.NoError(t, err)
			row.sign(r)
			got := w.do(r)
			require.Equal(t, row.status, got.status)
			require.Equal(t, map[int]string{401: `Basic realm="skill", charset="UTF-8"`}[row.status], got.header.Get("WWW-Authenticate"))
		})
	}
}

func TestRefusedPasswordTellsNothing(t *testing.T) {
	w := newWorld(t)
	w.server.Password = "secret"
	w.open()
	got := w.private("/metrics")
	require.Equal(t, "user name or password is wrong\n", got.body)
	require.Equal(t, plainText, got.header.Get("Content-Type"))
}

func TestNoPrivateListener(t *testing.T) {
	w := newWorld(t)
	w.server.PrivateAddress = ""
	w.open()
	require.Nil(t, w.server.PrivateAddr())
	require.Equal(t, said("Hello.", usualID), w.post(ask{}.body()).body)
}

func TestAddressInUse(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = taken.Close() })
	for _, row := range []struct {
		claim           string
		public, private string
		want            string
	}{
		{"of the public listener", taken.Addr().String(), "127.0.0.1:0", "public listener: listen tcp " + taken.Addr().String() + ": bind: address already in use"},
		{"of the private listener", freeAddress(t), taken.Addr().String(), "private listener: listen tcp " + taken.Addr().String() + ": bind: address already in use"},
		{"no port", "127.0.0.1", "", "public listener: listen tcp: address 127.0.0.1: missing port in address"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			w := newWorld(t)
			w.server.Address, w.server.PrivateAddress = row.public, row.private
			require.EqualError(t, w.server.Listen(t.Context()), row.want)
		})
	}
}

// TestPublicListenerIsGivenBack takes the public address again after the private one could not be had.
func TestPublicListenerIsGivenBack(t *testing.T) {
	w := newWorld(t)
	w.server.Address = freeAddress(t)
	w.server.PrivateAddress = w.server.Address
	require.ErrorContains(t, w.server.Listen(t.Context()), "private listener: ")
	w.server.PrivateAddress = "127.0.0.1:0"
	w.open()
	require.Equal(t, said("Hello.", usualID), w.post(ask{}.body()).body)
}

// freeAddress is one that nobody listens at, for the moment.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	return listener.Addr().String()
}
