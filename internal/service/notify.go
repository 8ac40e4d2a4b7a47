package service

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
)

// A notifier tells whoever started the service how it fares, as sd_notify(3) describes. A nil one tells nobody.
//
// daemon.SdNotify is not used: its write has no deadline, so that a full queue would stop a reload or the end of the
// service, and it needs NOTIFY_SOCKET to stay set.
type notifier struct {
	conn   net.Conn
	within time.Duration // between signs of life; 0: none are expected
}

// newNotifier connects to the socket that NOTIFY_SOCKET names, and gives nil where there is none. The variables are
// removed, as no other process is meant by them.
func newNotifier() (*notifier, error) {
	address := os.Getenv("NOTIFY_SOCKET")
	if address == "" {
		return nil, nil
	}
	if !strings.HasPrefix(address, "/") && !strings.HasPrefix(address, "@") {
		return nil, fmt.Errorf("NOTIFY_SOCKET: %q is no local socket", address)
	}
	conn, err := net.Dial("unixgram", address)
	if err != nil {
		return nil, fmt.Errorf("NOTIFY_SOCKET: %w", err)
	}
	within, err := daemon.SdWatchdogEnabled(true)
	if err != nil {
		within = 0 // a faulty value expects nothing
	}
	return &notifier{conn: conn, within: within}, os.Unsetenv("NOTIFY_SOCKET")
}

// send tells something, in VARIABLE=VALUE lines. That nobody hears it is not the service's to mend: without an expected
// message whoever expects it acts.
func (n *notifier) send(lines ...string) {
	if n == nil {
		return
	}
	_ = n.conn.SetWriteDeadline(time.Now().Add(time.Second))
	_, _ = n.conn.Write([]byte(strings.Join(lines, "\n")))
}

// ready tells that the service answers, or does so again after a reload.
func (n *notifier) ready(status string) { n.send(daemon.SdNotifyReady, statusLine(status)) }

// status tells how the service fares, in a line for people.
func (n *notifier) status(text string) { n.send(statusLine(text)) }

// reloading tells that the configuration is read again. The time lets systemd tell this reload from one before; a system
// without that clock reloads without being told of.
func (n *notifier) reloading() {
	if now := strings.TrimSpace(daemon.SdNotifyMonotonicUsec()); now != "" {
		n.send(daemon.SdNotifyReloading, now)
	}
}

// stopping tells that the service ends.
func (n *notifier) stopping() {
	n.send(daemon.SdNotifyStopping, "STATUS=ending, waiting for requests in flight")
}

// alive is the sign of life. It has the status with it, as that may have told the contrary.
func (n *notifier) alive(status string) { n.send(daemon.SdNotifyWatchdog, statusLine(status)) }

// watched is within which time signs of life are expected; 0: none are.
func (n *notifier) watched() time.Duration {
	if n == nil {
		return 0
	}
	return n.within
}

func (n *notifier) close() error {
	if n == nil {
		return nil
	}
	if err := n.conn.Close(); !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

// statusLine makes one line of a text, which may have been a publisher's.
func statusLine(text string) string {
	return "STATUS=" + strings.Join(strings.Fields(text), " ")
}
