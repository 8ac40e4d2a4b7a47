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

// TestCheckOfTheHealthy passes, and leaves no trace but itself.
func TestCheckOfTheHealthy(t *testing.T) {
	for _, row := range []struct {
		claim   string
		prepare func(*world)
	}{
		{"over TLS", func(*world) {}},
		{"without TLS", func(w *world) { w.server.Certificate = nil }},
		{"without a private listener", func(w *world) { w.server.PrivateAddress = "" }},
		{"at all addresses", func(w *world) { w.server.Address = ":0" }},
		{"at all addresses of IPv6 alone", func(w *world) {
			listener, err := net.Listen("tcp6", "[::]:0")
			require.NoError(w.t, err)
			w.server.Listener = listener
		}},
		{"while the feed is down", func(w *world) {
			w.server.Skills[0].Feed = func() server.FeedStatus { return server.FeedStatus{Err: net.ErrClosed} }
		}},
		{"where a skill panics, which does not hang", func(w *world) {
			w.server.Skills[0].Handler = handlerFunc(func(context.Context, *alexa.Envelope) *alexa.Response { panic("sprung") })
		}},
	} {
		t.Run(row.claim, func(t *testing.T) {
			w := newWorld(t)
			row.prepare(w)
			w.open()
			require.NoError(t, w.server.SelfCheck(t.Context()))
			if w.server.PrivateAddr() != nil {
				require.NotContains(t, w.private("/metrics").body, "lastpost_requests_total{")
			}
			require.Empty(t, w.requests())
			require.Empty(t, w.log.loud())
		})
	}
}

// TestCheckAmongDawdlers has every place taken by those who do not ask.
func TestCheckAmongDawdlers(t *testing.T) {
	w := newWorld(t)
	w.server.MaxConnections = 4
	w.open()
	for range 10 {
		w.tcp()
	}
	require.NoError(t, w.server.SelfCheck(t.Context()))
}

// TestCheckOfTheSick fails, in time, and says what is wrong.
func TestCheckOfTheSick(t *testing.T) {
	hang := make(chan struct{})
	t.Cleanup(func() { close(hang) })
	for _, row := range []struct {
		claim   string
		prepare func(*world)
		error   string
	}{
		{"a handler hangs", func(w *world) {
			w.server.Skills[0].Handler = handlerFunc(func(context.Context, *alexa.Envelope) *alexa.Response { <-hang; return nil })
		}, "the skill halfelf does not answer: context deadline exceeded"},
		{"the state of the posts cannot be read", func(w *world) {
			w.server.Skills[0].Feed = func() server.FeedStatus { <-hang; return server.FeedStatus{} }
		}, "the skill halfelf does not answer: context deadline exceeded"},
		{"the public listener is another's", func(w *world) { w.server.Listener = elsewhereListener(w.t) },
			"the public listener does not answer: it answers 200 and not 404"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			w := newWorld(t)
			w.server.Certificate = nil
			row.prepare(w)
			w.open()
			ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
			defer cancel()
			require.EqualError(t, w.server.SelfCheck(ctx), row.error)
			if ctx.Err() != nil {
				require.ErrorContains(t, w.server.SelfCheck(t.Context()), "a skill has not answered for a while", "one that hangs is enough")
			}
		})
	}
}

// TestCheckInACrowd has the own question go unanswered, as in a flood. Somebody else who has just connected gets an answer;
// one who was connected long before proves less.
func TestCheckInACrowd(t *testing.T) {
	own, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	client := &http.Client{Transport: &http.Transport{}}
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		response, err := client.Get("http://" + own.Addr().String())
		if err == nil {
			_, _ = io.Copy(io.Discard, response.Body)
			_ = response.Body.Close()
		}
		time.Sleep(100 * time.Millisecond) // until the service knows that it has answered
	}))
	t.Cleanup(elsewhere.Close)
	t.Cleanup(client.CloseIdleConnections)
	w := newWorld(t)
	w.server.Certificate = nil
	w.server.Listener = pretender{own, elsewhere.Listener.Addr()}
	w.open()
	require.NoError(t, w.server.SelfCheck(t.Context()))
	require.ErrorContains(t, w.server.SelfCheck(t.Context()), "the public listener does not answer", "it was the same connection")
}

// elsewhereListener says that it listens where somebody else answers.
func elsewhereListener(t testing.TB) net.Listener {
	t.Helper()
	other, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go func() {
		_ = http.Serve(other, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	}()
	t.Cleanup(func() { _ = other.Close() })
	own, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	return pretender{own, other.Addr()}
}

type pretender struct {
	net.Listener
	addr net.Addr
}

func (p pretender) Addr() net.Addr { return p.addr }
