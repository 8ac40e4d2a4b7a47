package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// A notifier tells whoever started the service how it fares, as sd_notify(3) describes. A nil one tells nobody.
type notifier struct {
	conn   net.Conn
	within time.Duration // between signs of life; 0: none are expected
}

// newNotifier connects to the socket that NOTIFY_SOCKET names, and gives nil where there is none. The variables are
// removed, as no other process is meant by them.
func newNotifier(getenv func(string) (string, bool)) (*notifier, error) {
	address, _ := getenv("NOTIFY_SOCKET")
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
	n := &notifier{conn: conn, within: watchdogInterval(getenv)}
	return n, unsetEnv("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID")
}

// watchdogInterval is within which time signs of life are expected, as sd_watchdog_enabled(3) describes; 0: none are.
func watchdogInterval(getenv func(string) (string, bool)) time.Duration {
	if pid, set := getenv("WATCHDOG_PID"); set && pid != strconv.Itoa(os.Getpid()) {
		return 0
	}
	text, _ := getenv("WATCHDOG_USEC")
	micros, err := strconv.ParseInt(text, 10, 64)
	if err != nil || micros <= 0 {
		return 0
	}
	return time.Duration(micros) * time.Microsecond
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
func (n *notifier) ready(status string) { n.send("READY=1", statusLine(status)) }

// status tells how the service fares, in a line for people.
func (n *notifier) status(text string) { n.send(statusLine(text)) }

// reloading tells that the configuration is read again. The time lets systemd tell this reload from one before.
func (n *notifier) reloading() {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err != nil {
		return // the reload goes on without being told of
	}
	n.send("RELOADING=1", "MONOTONIC_USEC="+strconv.FormatInt(now.Nano()/1000, 10))
}

// stopping tells that the service ends.
func (n *notifier) stopping() { n.send("STOPPING=1", "STATUS=ending, waiting for requests in flight") }

// alive is the sign of life. It has the status with it, as that may have told the contrary.
func (n *notifier) alive(status string) { n.send("WATCHDOG=1", statusLine(status)) }

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
