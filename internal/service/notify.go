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

// A notifier tells whoever started the service how it fares, as sd_notify(3) describes. A nil one tells nobody.
//
// daemon.SdNotify is not used: its write has no deadline, so that a full queue would stop a reload or the end of the
// service, and it needs NOTIFY_SOCKET to stay set.
type notifier struct {
	conn            net.Conn
	watchdogTimeout time.Duration // between signs of life; 0: none are expected
}

// newNotifier connects to the socket that NOTIFY_SOCKET names, and gives nil where there is none. The variables are
// removed, as no other process is meant by them.
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
		within = 0 // a faulty value expects nothing
	}
	return &notifier{conn: conn, watchdogTimeout: within}, os.Unsetenv("NOTIFY_SOCKET")
}

// sendLines tells something, in VARIABLE=VALUE lines. That nobody hears it is not the service's to mend: without an expected
// message whoever expects it acts.
func (n *notifier) sendLines(lines ...string) {
	if n == nil {
		return
	}
	_ = n.conn.SetWriteDeadline(time.Now().Add(time.Second))
	_, _ = n.conn.Write([]byte(strings.Join(lines, "\n")))
}

// notifyReady tells that the service answers, or does so again after a reload.
func (n *notifier) notifyReady(status string) {
	n.sendLines(daemon.SdNotifyReady, formatStatus(status))
}

// notifyStatus tells how the service fares, in a line for people.
func (n *notifier) notifyStatus(text string) { n.sendLines(formatStatus(text)) }

// notifyReloading tells that the configuration is read again. The time lets systemd tell this reload from one before; a system
// without that clock reloads without being told of.
func (n *notifier) notifyReloading() {
	if now := strings.TrimSpace(daemon.SdNotifyMonotonicUsec()); now != "" {
		n.sendLines(daemon.SdNotifyReloading, now)
	}
}

// notifyStopping tells that the service ends.
func (n *notifier) notifyStopping() {
	n.sendLines(daemon.SdNotifyStopping, "STATUS=stopping; waiting for open requests")
}

// notifyWatchdog is the sign of life. It has the status with it, as that may have told the contrary.
func (n *notifier) notifyWatchdog(status string) {
	n.sendLines(daemon.SdNotifyWatchdog, formatStatus(status))
}

// watchdogInterval is within which time signs of life are expected; 0: none are.
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

// formatStatus makes one line of a text, which may have been a publisher's.
func formatStatus(text string) string {
	return "STATUS=" + strings.Join(strings.Fields(text), " ")
}

const (
	statusInterval = 5 * time.Second        // the line for people is looked at
	retryPause     = 100 * time.Millisecond // between a check of the service that failed and the next
	maxCheckTime   = 5 * time.Second        // where no signs of life are expected
)

// notifySystemd tells whoever started the service how it fares, until ctx ends: that it is ready when it answers, then in a line
// how it is, and that it lives as long as it answers.
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

// watchdogTicker ticks three times in the time within which a sign of life is expected; never where none is.
func (s *service) watchdogTicker() (<-chan time.Time, func()) {
	within := s.notify.watchdogInterval()
	if within == 0 {
		return nil, func() {}
	}
	ticker := time.NewTicker(within / 3)
	return ticker.C, ticker.Stop
}

// waitUntilHealthy returns true when the service answers itself, and false when ctx has ended. It does not give up, as one failure
// says little: a flood may have taken the connection. That no sign of life comes meanwhile is what a watchdog waits for. An
// answer may take as long as there is still time for it then: a service that is busy is slow to answer itself, too.
func (s *service) waitUntilHealthy(ctx context.Context) bool {
	limit := cmp.Or(s.notify.watchdogInterval()/2, maxCheckTime)
	complained := false
	for failures := 0; ctx.Err() == nil; failures++ {
		attempt, cancel := context.WithTimeout(ctx, limit)
		err := s.server.SelfCheck(attempt)
		lasted := attempt.Err() != nil // another one may not come to its end
		cancel()
		if err == nil {
			return true
		}
		if !complained && (lasted || failures > 0) && ctx.Err() == nil {
			complained = true
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

// limitMemory lets the heap grow further before it is collected: the collector would else run every few hundred
// requests, at a cost that each of them bears. The heap stays within what the posts need, as they become more, and some room
// to work in. An operator's GOGC and GOMEMLIMIT go first.
func limitMemory(ctx context.Context, getenv func(string) (string, bool), posts func() int) {
	const percent = 1200             // of what is live; the limit is met first where that is much
	const room, post = 29 << 20, 250 // bytes; a post takes some 200 of them
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
