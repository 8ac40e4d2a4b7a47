package server_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/alexa"
	"lastpost/internal/server"
)

// TestSelfCheckPasses checks that the check passes and does not create log lines or metrics.
func TestSelfCheckPasses(t *testing.T) {
	for _, row := range []struct {
		claim   string
		prepare func(*testEnv)
	}{
		{"over TLS", func(*testEnv) {}},
		{"without TLS", func(env *testEnv) { env.server.Certificate = nil }},
		{"without a private listener", func(env *testEnv) { env.server.PrivateAddress = "" }},
		{"at all addresses", func(env *testEnv) { env.server.Address = ":0" }},
		{"at all addresses, only IPv6", func(env *testEnv) {
			listener, err := net.Listen("tcp6", "[::]:0")
			require.NoError(env.t, err)
			env.server.Listener = listener
		}},
		{"with a failing feed", func(env *testEnv) {
			env.server.Skills[0].Feed = func() server.FeedStatus { return server.FeedStatus{Err: net.ErrClosed} }
		}},
		{"with a skill that panics", func(env *testEnv) {
			env.server.Skills[0].Handler = handlerFunc(func(context.Context, *alexa.Envelope) *alexa.Response { panic("sprung") })
		}},
	} {
		t.Run(row.claim, func(t *testing.T) {
			env := newTestEnv(t)
			row.prepare(env)
			env.open()
			require.NoError(t, env.server.SelfCheck(t.Context()))
			if env.server.PrivateAddr() != nil {
				require.NotContains(t, env.getPrivate("/metrics").body, "lastpost_requests_total{")
			}
			require.Empty(t, env.stopAndRequestLines())
			require.Empty(t, env.log.visibleLines())
		})
	}
}

// TestSelfCheckWithFullListener uses up all connections with silent clients. The check must still pass.
func TestSelfCheckWithFullListener(t *testing.T) {
	env := newTestEnv(t)
	env.server.MaxConnections = 4
	env.open()
	for range 10 {
		env.dialTCP()
	}
	require.NoError(t, env.server.SelfCheck(t.Context()))
}

func TestSelfCheckFails(t *testing.T) {
	hang := make(chan struct{})
	t.Cleanup(func() { close(hang) })
	for _, row := range []struct {
		claim   string
		prepare func(*testEnv)
		error   string
	}{
		{"a handler hangs", func(env *testEnv) {
			env.server.Skills[0].Handler = handlerFunc(func(context.Context, *alexa.Envelope) *alexa.Response { <-hang; return nil })
		}, "the skill halfelf does not answer: context deadline exceeded"},
		{"the state of the posts cannot be read", func(env *testEnv) {
			env.server.Skills[0].Feed = func() server.FeedStatus { <-hang; return server.FeedStatus{} }
		}, "the skill halfelf does not answer: context deadline exceeded"},
		{"another server answers at the public address", func(env *testEnv) { env.server.Listener = newMisdirectedListener(env.t) },
			"the public listener does not answer: status 200, want 404"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			env := newTestEnv(t)
			env.server.Certificate = nil
			row.prepare(env)
			env.open()
			ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
			defer cancel()
			require.EqualError(t, env.server.SelfCheck(ctx), row.error)
			if ctx.Err() != nil {
				require.ErrorContains(t, env.server.SelfCheck(t.Context()), "an earlier check of a skill has not returned", "a second check does not call the skill while the first one hangs")
			}
		})
	}
}

// TestSelfCheckDuringFlood has a server that does not answer the check's own request, as in a flood. The check must pass
// if another new connection gets an answer. Answers on old connections do not count.
func TestSelfCheckDuringFlood(t *testing.T) {
	own, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	client := &http.Client{Transport: &http.Transport{}}
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		response, err := client.Get("http://" + own.Addr().String())
		if err == nil {
			_, _ = io.Copy(io.Discard, response.Body)
			_ = response.Body.Close()
		}
		time.Sleep(100 * time.Millisecond) // the service counts an answered connection only after the answer
	}))
	t.Cleanup(elsewhere.Close)
	t.Cleanup(client.CloseIdleConnections)
	env := newTestEnv(t)
	env.server.Certificate = nil
	env.server.Listener = listenerWithAddr{own, elsewhere.Listener.Addr()}
	env.open()
	require.NoError(t, env.server.SelfCheck(t.Context()))
	require.ErrorContains(t, env.server.SelfCheck(t.Context()), "the public listener does not answer", "an old connection does not count")
}

// newMisdirectedListener returns a listener whose Addr is the address of another server.
func newMisdirectedListener(t testing.TB) net.Listener {
	t.Helper()
	other, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go func() {
		_ = http.Serve(other, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	}()
	t.Cleanup(func() { _ = other.Close() })
	own, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	return listenerWithAddr{own, other.Addr()}
}

type listenerWithAddr struct {
	net.Listener
	addr net.Addr
}

func (p listenerWithAddr) Addr() net.Addr { return p.addr }
