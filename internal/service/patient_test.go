package service

import (
	"context"
	"log/slog"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/alexa"
	"lastpost/internal/server"
	"lastpost/internal/verify"
)

// A patient is a service that can be made to hang in several places. What hangs does so until its channel is closed.
type patient struct {
	handle, feed, accept atomic.Pointer[chan struct{}]
	net.Listener
}

func wait(on *atomic.Pointer[chan struct{}]) {
	if hang := on.Load(); hang != nil {
		<-*hang
	}
}

// Handle answers as a skill does.
func (p *patient) Handle(context.Context, *alexa.Envelope) *alexa.Response {
	wait(&p.handle)
	return &alexa.Response{}
}

func (p *patient) status() server.FeedStatus {
	wait(&p.feed)
	return server.FeedStatus{}
}

// Accept has the kernel accept connections, and nobody take them.
func (p *patient) Accept() (net.Conn, error) {
	conn, err := p.Listener.Accept()
	wait(&p.accept)
	return conn, err
}

// newPatient starts a service that is watched within a second.
func newPatient(t *testing.T, systemd *supervisor) *patient {
	t.Helper()
	var err error
	p := &patient{}
	p.Listener, err = net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	conn, err := net.Dial("unixgram", systemd.conn.LocalAddr().String())
	require.NoError(t, err)
	s := &service{log: slog.New(slog.DiscardHandler), notify: &notifier{conn: conn, within: time.Second}}
	s.server = &server.Server{Listener: p, PrivateAddress: "127.0.0.1:0", Verifier: &verify.Verifier{}, Skills: []server.ServedSkill{{
		Name: "halfelf", Path: "/alexa", Handler: p, Feed: p.status,
	}}}
	require.NoError(t, s.server.Listen(t.Context()))
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 2)
	go func() { ended <- s.server.Serve(ctx) }()
	go func() { s.tell(ctx); ended <- nil }()
	t.Cleanup(func() {
		stop()
		for _, hang := range []*atomic.Pointer[chan struct{}]{&p.handle, &p.feed, &p.accept} {
			hang.Store(nil)
		}
		_ = p.Close()
	})
	return p
}
