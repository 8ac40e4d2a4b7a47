package service

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
)

// A notifier sends the state of the service to systemd, as sd_notify(3) describes. A nil notifier sends nothing.
//
// It does not use daemon.SdNotify for two reasons. SdNotify writes without a deadline, so a full queue would block a reload
// or the shutdown. SdNotify also requires that NOTIFY_SOCKET stays set.
type notifier struct {
	conn            net.Conn
	watchdogTimeout time.Duration // systemd expects a watchdog message within this time; 0: systemd expects none
}

// newNotifier connects to the socket in NOTIFY_SOCKET, and returns nil if this variable is not set. It removes systemd's
// variables, so that child processes do not use them.
func newNotifier() (*notifier, error) {
	address := os.Getenv("NOTIFY_SOCKET")
	if address == "" {
		return nil, nil
	}
	if !strings.HasPrefix(address, "/") && !strings.HasPrefix(address, "@") {
		return nil, fmt.Errorf("NOTIFY_SOCKET: %q is not a local socket", address)
	}
	conn, err := net.Dial("unixgram", address)
	if err != nil {
		return nil, fmt.Errorf("NOTIFY_SOCKET: %w", err)
	}
	within, err := daemon.SdWatchdogEnabled(true)
	if err != nil {
		within = 0 // treat a faulty value as no watchdog
	}
	return &notifier{conn: conn, watchdogTimeout: within}, os.Unsetenv("NOTIFY_SOCKET")
}

// sendLines sends VARIABLE=VALUE lines. It ignores errors, because systemd restarts the service if a watchdog message is
// missing.
func (n *notifier) sendLines(lines ...string) {
	if n == nil {
		return
	}
	_ = n.conn.SetWriteDeadline(time.Now().Add(time.Second))
	_, _ = n.conn.Write([]byte(strings.Join(lines, "\n")))
}

// notifyReady reports that the service answers, after the start or after a reload.
func (n *notifier) notifyReady(status string) {
	n.sendLines(daemon.SdNotifyReady, formatStatus(status))
}

// notifyStatus sends a one-line status for operators.
func (n *notifier) notifyStatus(text string) { n.sendLines(formatStatus(text)) }

// notifyReloading reports that a reload starts, with the monotonic time, by which systemd distinguishes reloads. Without a
// monotonic clock it sends nothing.
func (n *notifier) notifyReloading() {
	if now := strings.TrimSpace(daemon.SdNotifyMonotonicUsec()); now != "" {
		n.sendLines(daemon.SdNotifyReloading, now)
	}
}

// notifyStopping reports that the service stops.
func (n *notifier) notifyStopping() {
	n.sendLines(daemon.SdNotifyStopping, "STATUS=stopping; waiting for open requests")
}

// notifyWatchdog sends the watchdog message. It includes the status, because the last status can be a failed
// self-check.
func (n *notifier) notifyWatchdog(status string) {
	n.sendLines(daemon.SdNotifyWatchdog, formatStatus(status))
}

// watchdogInterval returns the time within which systemd expects a watchdog message; 0 means that it expects none.
func (n *notifier) watchdogInterval() time.Duration {
	if n == nil {
		return 0
	}
	return n.watchdogTimeout
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

// formatStatus converts text to a single STATUS= line. The text can come from a publisher, and a line break in it would
// inject another variable.
func formatStatus(text string) string {
	return "STATUS=" + strings.Join(strings.Fields(text), " ")
}

const (
	statusInterval = 5 * time.Second        // between two checks of the status line
	retryPause     = 100 * time.Millisecond // after a failed self-check
	maxCheckTime   = 5 * time.Second        // without a watchdog
)

// notifySystemd reports the state of the service to systemd until ctx ends. It sends READY=1 after the first successful
// self-check, then status changes, and a watchdog message after each successful self-check.
func (s *service) notifySystemd(ctx context.Context) {
	if s.notify == nil {
		return
	}
	defer s.notify.notifyStopping()
	if !s.waitUntilHealthy(ctx) {
		return
	}
	reported := s.statusSummary()
	s.notify.notifyReady(reported)
	status := time.NewTicker(statusInterval)
	defer status.Stop()
	alive, stop := s.watchdogTicker()
	defer stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-alive:
			if s.waitUntilHealthy(ctx) {
				reported = s.statusSummary()
				s.notify.notifyWatchdog(reported)
			}
		case <-status.C:
			if now := s.statusSummary(); now != reported {
				reported = now
				s.notify.notifyStatus(reported)
			}
		}
	}
}

// watchdogTicker ticks three times per watchdog interval. Without a watchdog it never ticks.
func (s *service) watchdogTicker() (<-chan time.Time, func()) {
	within := s.notify.watchdogInterval()
	if within == 0 {
		return nil, func() {}
	}
	ticker := time.NewTicker(within / 3)
	return ticker.C, ticker.Stop
}

// waitUntilHealthy repeats the self-check until it succeeds, and returns false if ctx ends first. One failure does not
// prove that the service hangs, because a flood of requests can make the server close the check's connection. Meanwhile
// no watchdog message is sent, so systemd restarts the service if the failure lasts. A check can take half of the watchdog
// interval, because a busy service is slow to answer itself.
func (s *service) waitUntilHealthy(ctx context.Context) bool {
	limit := cmp.Or(s.notify.watchdogInterval()/2, maxCheckTime)
	logged := false
	for failures := 0; ctx.Err() == nil; failures++ {
		attempt, cancel := context.WithTimeout(ctx, limit)
		err := s.server.SelfCheck(attempt)
		timedOut := attempt.Err() != nil // the check used all of its time; the next one can do so, too
		cancel()
		if err == nil {
			return true
		}
		if !logged && (timedOut || failures > 0) && ctx.Err() == nil {
			logged = true
			s.log.Error("self-check failed; the watchdog ends the service if this continues", "error", err.Error())
			s.notify.notifyStatus("self-check failed: " + err.Error())
		}
		select {
		case <-ctx.Done():
		case <-time.After(retryPause):
		}
	}
	return false
}

// limitMemory lets the heap grow further before each garbage collection. With the defaults, the collector would run
// every few hundred requests. The memory limit follows the number of posts. GOGC and GOMEMLIMIT of the operator have
// priority.
func limitMemory(ctx context.Context, getenv func(string) (string, bool), posts func() int) {
	const percent = 1200             // of the live heap; a large heap reaches the memory limit first
	const room, post = 29 << 20, 250 // bytes; a post takes about 200 bytes
	if _, set := getenv("GOGC"); !set {
		debug.SetGCPercent(percent)
	}
	if _, set := getenv("GOMEMLIMIT"); set {
		return
	}
	ticker := time.NewTicker(time.Minute)
	defer ticker.Stop()
	for {
		debug.SetMemoryLimit(room + post*int64(posts()))
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}
