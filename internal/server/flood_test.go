package server_test

import (
	"bufio"
	"cmp"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/alexa"
)

// swift is what Alexa's listeners do not notice.
const swift = 100 * time.Millisecond

// swiftly sends proper requests, each on a connection of its own, and gives the median of what they take.
func (w *world) swiftly(t *testing.T, between func()) time.Duration {
	t.Helper()
	request := w.wire(ask{}.body())
	var took []time.Duration
	for range 21 {
		between()
		began := time.Now()
		conn := w.dial()
		conn.send(request)
		require.Equal(t, said("Hello.", usualID), conn.read().body)
		took = append(took, time.Since(began))
		require.NoError(t, conn.Close())
	}
	slices.Sort(took)
	return took[len(took)/2]
}

// TestDawdlersMakeRoom fills the places over and over with connections that ask for nothing.
func TestDawdlersMakeRoom(t *testing.T) {
	for _, row := range []struct {
		claim string
		sends string // of the dawdlers, after the handshake
	}{
		{"nothing", ""},
		{"half a header", header},
		{"half a body", header + "Content-Length: 100\r\n\r\n{"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			w := newWorld(t)
			w.server.MaxConnections = 20
			w.open()
			w.dawdlers(60, row.sends)
			require.Less(t, w.swiftly(t, func() { w.dawdlers(3, row.sends) }), swift)
		})
	}
}

func (w *world) dawdlers(n int, sends string) {
	for range n {
		w.dial().send(sends)
	}
}

// TestSilentDawdlersMakeRoom has those that do not even speak TLS.
func TestSilentDawdlersMakeRoom(t *testing.T) {
	w := newWorld(t)
	w.server.MaxConnections = 20
	w.open()
	require.Less(t, w.swiftly(t, func() {
		for range 100 {
			w.tcp()
		}
	}), swift)
}

// TestIdleMakeRoom has connections that were answered, and stay.
func TestIdleMakeRoom(t *testing.T) {
	w := newWorld(t)
	w.server.MaxConnections = 3
	w.open()
	for range 10 {
		conn := w.dial()
		conn.send(w.wire(ask{}.body()))
		require.Equal(t, said("Hello.", usualID), conn.read().body)
	}
}

// TestFloodOfOneAddress leaves the idle connection of another address alone, though it is the oldest.
func TestFloodOfOneAddress(t *testing.T) {
	w := newWorld(t)
	w.server.MaxConnections = 5
	w.open()
	first := w.dial()
	flooder := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}
	for range 50 {
		conn, err := flooder.DialContext(t.Context(), "tcp", w.server.Addr().String())
		require.NoError(t, err)
		t.Cleanup(func() { _ = conn.Close() })
	}
	w.quickly() // comes after them all, so that they were all let in before
	first.send(w.wire(ask{}.body()))
	require.Equal(t, said("Hello.", usualID), first.read().body)
}

// TestBusyConnectionsStay has whole requests under way while dawdlers fill the rest, and while there is no rest.
func TestBusyConnectionsStay(t *testing.T) {
	w := newWorld(t)
	w.server.MaxConnections = 5
	office := newOffice()
	w.server.Skills[0].Handler = office
	w.open()

	busy := office.occupy(w, "slow", 4)
	for range 50 {
		w.dial()
	}
	w.quickly()
	busy = append(busy, office.occupy(w, "slow", 1)...)
	for range 10 {
		requireClosed(t, w.tcp())
	}
	close(office.release)
	for _, conn := range busy {
		require.Equal(t, said("Hello.", "slow"), conn.read().body)
	}
	require.Len(t, w.requests(), 6)
}

// TestPlacesAreGivenBack spends the places on connections that end in every way, and then needs them all.
func TestPlacesAreGivenBack(t *testing.T) {
	w := newWorld(t)
	w.server.MaxConnections = 3
	office := newOffice()
	w.server.Skills[0].Handler = office
	w.open()
	for range 5 {
		for _, conn := range office.occupy(w, "gone", 3) {
			require.NoError(t, conn.Close())
		}
		for range 3 {
			<-office.left
		}
	}
	w.log.await(t, "request", 15)
	for range 5 {
		w.quickly()
	}
	busy := office.occupy(w, "slow", 3)
	close(office.release)
	for _, conn := range busy {
		require.Equal(t, said("Hello.", "slow"), conn.read().body)
	}
}

// An office is a handler that keeps requests of the ids "slow" and "gone" until release or until their listener leaves.
type office struct {
	entered, release, left chan struct{}
	response               *alexa.Response // nil: what says answers
}

func newOffice() *office {
	return &office{entered: make(chan struct{}), release: make(chan struct{}), left: make(chan struct{}, 100)}
}

// Handle answers.
func (o *office) Handle(ctx context.Context, e *alexa.Envelope) *alexa.Response {
	if e.Request.RequestID != "quick" {
		o.entered <- struct{}{}
		select {
		case <-o.release:
		case <-ctx.Done():
			o.left <- struct{}{}
		}
	}
	return cmp.Or(o.response, says("Hello.")(ctx, e))
}

// quickly asks over a connection of its own, which has given its place back when quickly returns.
func (w *world) quickly() {
	w.t.Helper()
	conn := w.dialPatiently()
	conn.send(strings.Replace(w.wire(ask{id: "quick"}.body()), "\r\n", "\r\nConnection: close\r\n", 1))
	require.Equal(w.t, said("Hello.", "quick"), conn.read().body)
	conn.ended()
}

// dialPatiently waits for a place, as one that was just left may not be free yet.
func (w *world) dialPatiently() *wire {
	w.t.Helper()
	var conn *tls.Conn
	require.Eventually(w.t, func() bool {
		conn = tls.Client(w.tcp(), w.tlsConfig())
		return conn.Handshake() == nil
	}, patience, time.Millisecond)
	return &wire{conn, w.t, bufio.NewReader(conn)}
}

// occupy gives connections whose requests the handler is at.
func (o *office) occupy(w *world, id string, n int) (busy []*wire) {
	for range n {
		conn := w.dialPatiently()
		conn.send(w.wire(ask{id: id}.body()))
		<-o.entered
		busy = append(busy, conn)
	}
	return busy
}

func requireClosed(t *testing.T, conn net.Conn) {
	t.Helper()
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(time.Second))) // well before a handshake would be given up
	_, err := io.ReadAll(conn)
	require.NotErrorIs(t, err, os.ErrDeadlineExceeded, "the connection is still open")
}

// TestForgersMakeRoom has forgers that ask as fast as they can and read no answer: whole requests are under way on their
// connections nearly always, and none that deserves a place.
func TestForgersMakeRoom(t *testing.T) {
	w := newWorld(t)
	w.server.MaxConnections = 3
	w.open()
	forged := strings.Repeat(header+"Content-Length: 2\r\n\r\n{}", 100)
	for range 3 {
		conn := w.dial()
		require.NoError(t, conn.NetConn().(*net.TCPConn).SetReadBuffer(4<<10))
		meanwhile(t, conn, func() { _ = flood(conn, forged) })
	}
	w.awaitStandstill()
	require.Less(t, w.swiftly(t, func() {}), swift)
}

// TestForgersWhoWaitMakeRoom has forgers whose certificate does not come, however long it is waited for.
func TestForgersWhoWaitMakeRoom(t *testing.T) {
	w := newWorld(t)
	w.server.MaxConnections = 3
	waiting, release := make(chan struct{}), make(chan struct{})
	defer close(release)
	w.bucket.Before = func(r *http.Request) error {
		if r.URL.Path == "/echo.api/elsewhere.pem" {
			close(waiting)
			<-release
		}
		return nil
	}
	w.open()
	require.Equal(t, said("Hello.", usualID), w.post(ask{}.body()).body)
	w.client.CloseIdleConnections()
	for range 3 {
		w.dial().send(header + "SignatureCertChainUrl: " + elsewhere + "\r\nSignature-256: AAAA\r\nContent-Length: 2\r\n\r\n{}")
	}
	<-waiting
	require.Less(t, w.swiftly(t, func() {}), swift)
}

// flood writes until the connection ends, and tells why it did.
func flood(conn io.Writer, text string) error {
	for {
		if _, err := io.WriteString(conn, text); err != nil {
			return err
		}
	}
}

// awaitStandstill waits until every connection is stuck, so that nothing is answered and logged any more.
func (w *world) awaitStandstill() {
	w.t.Helper()
	seen := 0
	require.Eventually(w.t, func() bool {
		before := seen
		seen = w.log.count()
		return seen > 0 && seen == before
	}, patience, 200*time.Millisecond)
}

// TestFlood has 500 connections that send a byte a second, and come again whenever they are cut off.
func TestFlood(t *testing.T) {
	before := runtime.NumGoroutine()
	w := newWorld(t).open()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var dawdlers sync.WaitGroup
	var ready sync.WaitGroup
	ready.Add(500)
	for i := range 500 {
		dawdlers.Go(func() { w.dawdle(ctx, i, ready.Done) })
	}
	ready.Wait()
	require.Greater(t, runtime.NumGoroutine(), 800, "two for each, as the server is in this process")
	require.Less(t, w.swiftly(t, func() {}), swift)

	cancel()
	dawdlers.Wait()
	require.NoError(t, w.close())
	left := func() bool { return runtime.NumGoroutine() <= before+1 } // which runs in one of its own
	require.Eventually(t, left, patience, 10*time.Millisecond, "goroutines are left")
}

// dawdle begins in one of three ways and goes on with a byte a second, over and over until ctx ends. It calls ready once,
// when its first connection stands.
func (w *world) dawdle(ctx context.Context, i int, ready func()) {
	ready = sync.OnceFunc(ready)
	begin := []func(net.Conn) io.Writer{
		func(conn net.Conn) io.Writer { return conn },
		func(conn net.Conn) io.Writer { return w.begun(conn, "") },
		func(conn net.Conn) io.Writer { return w.begun(conn, header+"Content-Length: 1000\r\n\r\n") },
	}[i%3]
	for ctx.Err() == nil {
		conn, err := net.Dial("tcp", w.server.Addr().String())
		if err != nil {
			w.t.Errorf("dawdler: %v", err)
			break
		}
		stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
		slow := begin(conn)
		ready()
		dribble(slow, strings.Repeat("\x16", 10))
		stop()
		_ = conn.Close()
	}
	ready()
}

// begun encrypts, and sends a beginning.
func (w *world) begun(conn net.Conn, text string) io.Writer {
	encrypted := tls.Client(conn, w.tlsConfig())
	_, _ = io.WriteString(encrypted, text) // where it fails, so will what follows
	return encrypted
}
