package server_test

import (
	"errors"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/freeport"
	"lastpost/internal/server"
)

const plainText = "text/plain; charset=utf-8"

func TestReadiness(t *testing.T) {
	well := server.FeedStatus{Posts: 10}
	failing := server.FeedStatus{Posts: 7, Err: errors.New("feed.example.com: 503")}
	empty := server.FeedStatus{}
	down := server.FeedStatus{Err: errors.New("no such host"), Remedy: "correct the host name in feed"}
	older := server.FeedStatus{Posts: 10, OlderPosts: "older posts cannot be fetched: answered 500", OlderPostsRetry: now}
	remedied := older
	remedied.OlderPostsRemedy = "tell the publisher"
	warned := server.FeedStatus{Posts: 10, Warnings: []string{"the posts carry -0500; set timezone", "enclosures that are not episodes: 1; publish MP3"}}
	for _, row := range []struct {
		claim    string
		one, two server.FeedStatus
		status   int
		want     string
	}{
		{"both have posts", well, well, 200, "one: ready, 10 posts\ntwo: ready, 10 posts\n"},
		{"a failing feed with posts", well, failing, 200, "one: ready, 10 posts\ntwo: ready, 7 posts, feed: feed.example.com: 503\n"},
		{"the first without posts", empty, well, 503, "one: not ready, 0 posts\ntwo: ready, 10 posts\n"},
		{"the second without posts and with an error", well, down, 503, "one: ready, 10 posts\ntwo: not ready, 0 posts, feed: no such host; correct the host name in feed\n"},
		{"the backfill of one failed", older, well, 200, "one: ready, 10 posts, older posts cannot be fetched: answered 500; next attempt: " +
			now.UTC().Format(time.RFC3339) + "\ntwo: ready, 10 posts\n"},
		{"a failed backfill with a remedy", remedied, well, 200, "one: ready, 10 posts, older posts cannot be fetched: answered 500; tell the publisher; next attempt: " +
			now.UTC().Format(time.RFC3339) + "\ntwo: ready, 10 posts\n"},
		{"warnings", warned, well, 200, "one: ready, 10 posts, warning: the posts carry -0500; set timezone, warning: enclosures that are not episodes: 1; " +
			"publish MP3\ntwo: ready, 10 posts\n"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			env := newTestEnv(t)
			one, two := newSkill("one", "/one", skillID, nil), newSkill("two", "/two", otherID, nil)
			one.Feed = func() server.FeedStatus { return row.one }
			two.Feed = func() server.FeedStatus { return row.two }
			env.server.Skills = []server.ServedSkill{one, two}
			env.open()
			got := env.getPrivate("/readyz")
			require.Equal(t, row.status, got.status)
			require.Equal(t, certificateLine(env)+row.want, got.body)
			require.Equal(t, plainText, got.header.Get("Content-Type"))
			require.Equal(t, "ok\n", env.getPrivate("/healthz").body, "a process without posts is healthy")
		})
	}
}

// certificateLine returns the readiness line of the test certificate.
func certificateLine(env *testEnv) string {
	return "certificate: ready, valid until " + env.server.Certificate.NotAfter().Format(time.RFC3339) + "\n"
}

func TestReadinessShowsCertificate(t *testing.T) {
	begin, end := now.Add(-time.Hour), now.Add(365*24*time.Hour)
	for _, row := range []struct {
		claim  string
		change func(*server.Server)
		status int
		want   string
	}{
		{"valid", func(*server.Server) {}, 200, "certificate: ready, valid until " + end.Format(time.RFC3339) + "\n"},
		{"not yet valid", func(s *server.Server) { s.Now = func() time.Time { return begin.Add(-time.Second) } }, 503, "certificate: not ready, valid from " + begin.Format(time.RFC3339) + "\n"},
		{"expired", func(s *server.Server) { s.Now = func() time.Time { return end } }, 503, "certificate: not ready, expired " + end.Format(time.RFC3339) + "\n"},
		{"none, behind a proxy", func(s *server.Server) { s.Certificate = nil }, 200, ""},
	} {
		t.Run(row.claim, func(t *testing.T) {
			env := newTestEnv(t)
			row.change(env.server)
			got := env.open().getPrivate("/readyz")
			require.Equal(t, row.status, got.status)
			require.Equal(t, row.want+"halfelf: ready, 3 posts\n", got.body)
		})
	}
}

func TestPrivatePaths(t *testing.T) {
	env := newTestEnv(t).open()
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
			require.Equal(t, row.status, env.getPrivate(row.path).status)
			head, err := http.NewRequest(http.MethodHead, "http://"+env.server.PrivateAddr().String()+row.path, nil)
			require.NoError(t, err)
			got := env.send(head)
			require.Equal(t, row.status, got.status, "HEAD gets the same status")
			require.Empty(t, got.body)
		})
	}
	require.Empty(t, env.log.visibleLines())
}

func TestPasswordProtectsPrivatePages(t *testing.T) {
	t.Parallel()
	const password = "correct horse: battery" // a password may contain a colon
	anonymous := func(*http.Request) {}
	as := func(user, password string) func(*http.Request) {
		return func(r *http.Request) { r.SetBasicAuth(user, password) }
	}
	for _, row := range []struct {
		claim, path string
		sign        func(*http.Request)
		status      int
	}{
		{"health is open", "/healthz", anonymous, 200},
		{"metrics with the password", "/metrics", as("admin", password), 200},
		{"readiness with the password", "/readyz", as("admin", password), 200},
		{"metrics without a password", "/metrics", anonymous, 401},
		{"readiness without a password", "/readyz", anonymous, 401},
		{"another user", "/metrics", as("root", password), 401},
		{"an empty user name", "/metrics", as("", password), 401},
		{"another password", "/metrics", as("admin", "correct horse"), 401},
		{"a longer password", "/metrics", as("admin", password+"!"), 401},
		{"no password", "/metrics", as("admin", ""), 401},
		{"empty user name and password", "/metrics", as("", ""), 401},
		{"another scheme", "/metrics", func(r *http.Request) { r.Header.Set("Authorization", "Bearer admin:"+password) }, 401},
	} {
		t.Run(row.claim, func(t *testing.T) {
			env := newTestEnv(t)
			env.server.Password = password
			env.open()
			r, err := http.NewRequest(http.MethodGet, "http://"+env.server.PrivateAddr().String()+row.path, nil)
			require.NoError(t, err)
			row.sign(r)
			got := env.send(r)
			require.Equal(t, row.status, got.status)
			require.Equal(t, map[int]string{401: `Basic realm="skill", charset="UTF-8"`}[row.status], got.header.Get("WWW-Authenticate"))
		})
	}
}

func TestWrongPasswordAnswerIsPlainText(t *testing.T) {
	env := newTestEnv(t)
	env.server.Password = "lamp giraffe tuesday"
	env.open()
	got := env.getPrivate("/metrics")
	require.Equal(t, "user name or password is wrong\n", got.body)
	require.Equal(t, plainText, got.header.Get("Content-Type"))
}

func TestPrivateListenerIsOptional(t *testing.T) {
	env := newTestEnv(t)
	env.server.PrivateAddress = ""
	env.open()
	require.Nil(t, env.server.PrivateAddr())
	require.Equal(t, responseBody("Hello.", defaultRequestID), env.sendSigned(requestSpec{}.body()).body)
}

func TestListenReportsBadAddress(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = taken.Close() })
	for _, row := range []struct {
		claim           string
		public, private string
		want            string
	}{
		{"the public address is in use", taken.Addr().String(), "127.0.0.1:0", "public listener: listen tcp " + taken.Addr().String() + ": bind: address already in use"},
		{"the private address is in use", freeport.Address(t), taken.Addr().String(), "private listener: listen tcp " + taken.Addr().String() + ": bind: address already in use"},
		{"an address without a port", "127.0.0.1", "", "public listener: listen tcp: address 127.0.0.1: missing port in address"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			env := newTestEnv(t)
			env.server.Address, env.server.PrivateAddress = row.public, row.private
			require.EqualError(t, env.server.Listen(t.Context()), row.want)
		})
	}
}

// TestFailedListenClosesPublicListener checks that the public address can be opened again after Listen has failed at the
// private address.
func TestFailedListenClosesPublicListener(t *testing.T) {
	env := newTestEnv(t)
	env.server.Address = freeport.Address(t)
	env.server.PrivateAddress = env.server.Address
	require.ErrorContains(t, env.server.Listen(t.Context()), "private listener: ")
	env.server.PrivateAddress = "127.0.0.1:0"
	env.open()
	require.Equal(t, responseBody("Hello.", defaultRequestID), env.sendSigned(requestSpec{}.body()).body)
}
