package service

import (
	"context"
	"flag"
	"log/slog"
	"net"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/alexa"
	"lastpost/internal/server"
	"lastpost/internal/verify"
)

// TestMain runs eight parallel tests at once, because some wait for the watchdog.
func TestMain(m *testing.M) {
	if err := flag.Set("test.parallel", "8"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// A hangingService is a service that can hang in three places. A call hangs while the channel stored for its place is open.
type hangingService struct {
	handle, feed, accept atomic.Pointer[chan struct{}]
	net.Listener
}

func waitIfHanging(on *atomic.Pointer[chan struct{}]) {
	if hang := on.Load(); hang != nil {
		<-*hang
	}
}

// Handle answers like a skill, or hangs.
func (p *hangingService) Handle(context.Context, *alexa.Envelope) (*alexa.Response, error) {
	waitIfHanging(&p.handle)
	return &alexa.Response{}, nil
}

func (p *hangingService) status() server.FeedStatus {
	waitIfHanging(&p.feed)
	return server.FeedStatus{}
}

// Accept accepts a connection, and then it may hang.
func (p *hangingService) Accept() (net.Conn, error) {
	conn, err := p.Listener.Accept()
	waitIfHanging(&p.accept)
	return conn, err
}

// newHangingService starts a service with a watchdog interval of one second.
func newHangingService(t *testing.T, systemd *supervisor) *hangingService {
	t.Helper()
	var err error
	p := &hangingService{}
	p.Listener, err = net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	conn, err := net.Dial("unixgram", systemd.conn.LocalAddr().String())
	require.NoError(t, err)
	s := &service{log: slog.New(slog.DiscardHandler), notify: &notifier{conn: conn, watchdogTimeout: time.Second}}
	s.server = &server.Server{Listener: p, PrivateAddress: "127.0.0.1:0", Verifier: &verify.Verifier{}, Skills: []server.ServedSkill{{
		Name: "halfelf", Path: "/alexa", Handler: p, Feed: p.status,
	}}}
	require.NoError(t, s.server.Listen(t.Context()))
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 2)
	go func() { ended <- s.server.Serve(ctx) }()
	go func() { s.notifySystemd(ctx); ended <- nil }()
	t.Cleanup(func() {
		stop()
		for _, hang := range []*atomic.Pointer[chan struct{}]{&p.handle, &p.feed, &p.accept} {
			hang.Store(nil)
		}
		_ = p.Close()
	})
	return p
}
