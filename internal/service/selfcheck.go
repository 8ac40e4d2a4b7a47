package service

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"net/url"
	"slices"
	"sync/atomic"
	"time"

	"lastpost/internal/doctor"
	"lastpost/internal/server"
	"lastpost/internal/server/selfcheck"
)

// Times of the checks. The network is used at start, at a reload, and then with growing pauses up to a day: DNS or the network
// may come up after the service.
const (
	firstCheckPause = 10 * time.Minute
	dailyCheckPause = 24 * time.Hour
	changeInterval  = 2 * time.Second // between two looks for a renewed certificate or a polled feed
	observeTimeout  = time.Minute     // for lookup and connections together
)

// A selfChecker examines the running service with doctor's checks. It never delays a request, a reload or the start. Its zero
// value, and nil, have no results.
type selfChecker struct {
	network     doctor.Network
	selfRequest func() doctor.SelfRequest
	service     func() doctor.RunningService
	clocks      func() []doctor.ClockReading
	log         *slog.Logger
	onChange    func()
	random      func() float64 // of [0, 1), for the pauses

	results  atomic.Pointer[[]selfcheck.CheckState]
	answered atomic.Int64  // when Alexa's last request was answered, in seconds since 1970
	wanted   chan struct{} // receives a value at a reload

	// Only the goroutine of run uses the following fields.
	reach    doctor.Reach
	clock    doctor.Finding
	compared []doctor.ClockReading // in clock
	leaf     string                // the certificate at the last use of the network
	reported map[string]reportedFault
}

// A reportedFault is a fault that was logged.
type reportedFault struct {
	doctor.Finding
	since     time.Time
	disproved bool // Alexa's requests have disproved it, and the log says so
}

func newSelfChecker(s *service) *selfChecker {
	return &selfChecker{
		network: s.options.Network, log: s.log, random: rand.Float64, onChange: s.notifyInspector,
		selfRequest: func() doctor.SelfRequest {
			own := s.server.OwnRequests()
			return doctor.SelfRequest{Token: own.Token(), Seen: own.Arrived}
		},
		service: s.describeSelf, clocks: s.feedClocks,
		wanted: make(chan struct{}, 1), reported: map[string]reportedFault{},
	}
}

// describeSelf returns what the checks need to know about the service.
func (s *service) describeSelf() doctor.RunningService {
	s.mu.Lock()
	c := s.config
	s.mu.Unlock()
	return doctor.RunningService{
		Config: c, Listens: s.server.Addr(), Chain: s.server.PresentedChain(c.PublicHost()), Roots: s.options.Network.Roots,
		Now: time.Now(),
	}
}

// feedClocks compares this machine's clock with those of the feeds' servers that have answered since the start.
func (s *service) feedClocks() (readings []doctor.ClockReading) {
	for _, b := range s.currentBlogs() {
		status := b.Refresher.Status()
		if status.ServerTime.IsZero() {
			continue
		}
		source := "the server of " + b.Skill.Name + "'s feed"
		if u, err := url.Parse(status.URL); err == nil && u.Host != "" {
			source = u.Host
		}
		readings = append(readings, doctor.ClockReading{Source: source, Off: status.LastAttempt.Sub(status.ServerTime)})
	}
	return readings
}

// states returns the latest results, or nil before the first. It is safe for concurrent use.
func (c *selfChecker) states() []selfcheck.CheckState {
	if c == nil {
		return nil
	}
	if results := c.results.Load(); results != nil {
		return *results
	}
	return nil
}

// faults returns one text for each current fault.
func (c *selfChecker) faults() (texts []string) {
	for _, state := range c.states() {
		if state.IsFault() {
			texts = append(texts, state.Name+": "+state.Text)
		}
	}
	return texts
}

// observe notes a request that Alexa has signed and the service has answered: Alexa reaches the service. It does not block.
func (c *selfChecker) observe(x server.ObservedRequest) {
	if !x.Test && x.Err == nil {
		c.answered.Store(x.Began.Unix())
	}
}

// repeat makes run use the network again soon, after a reload. It does not wait.
func (c *selfChecker) repeat() {
	select {
	case c.wanted <- struct{}{}:
	default:
	}
}

// run examines the service at start, after each reload, with each new certificate, and at last daily, until ctx ends. In
// between, it judges again when a comparison of the clock has changed.
func (c *selfChecker) run(ctx context.Context) {
	changes := time.NewTicker(changeInterval)
	defer changes.Stop()
	for attempt, reloaded := 0, false; ctx.Err() == nil; attempt++ {
		c.examine(ctx, reloaded)
		if reloaded = c.waitForNext(ctx, changes.C, c.pause(attempt)); reloaded {
			attempt = -1
		}
	}
}

// pause returns the time until the next use of the network. While there is a fault, the checks are more frequent, so that its
// end is seen soon. The random part keeps services from all asking at the same time of the day.
func (c *selfChecker) pause(attempt int) time.Duration {
	pause := min(dailyCheckPause, firstCheckPause<<min(attempt, 10))
	if len(c.faults()) > 0 {
		pause = firstCheckPause
	}
	return time.Duration(float64(pause) * (0.9 + 0.2*c.random()))
}

// waitForNext waits for the pause, another certificate or a reload, and reports whether it was a reload. Meanwhile it follows
// changes that need no network.
func (c *selfChecker) waitForNext(ctx context.Context, changes <-chan time.Time, pause time.Duration) (reloaded bool) {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return false
		case <-timer.C:
			return false
		case <-c.wanted:
			return true
		case <-changes:
			if presentedLeaf(c.service()) != c.leaf { // the last use of the network saw another certificate
				return false
			}
			if c.hasChanged() {
				c.judge(ctx, false)
			}
		}
	}
}

// examine uses the network and judges the result.
func (c *selfChecker) examine(ctx context.Context, reloaded bool) {
	limited, cancel := context.WithTimeout(ctx, observeTimeout)
	defer cancel()
	service := c.service()
	c.leaf = presentedLeaf(service)
	c.reach = c.network.ObserveService(limited, service.Config, c.selfRequest())
	if ctx.Err() != nil { // the service stops, and the network's errors mean nothing
		return
	}
	c.compared = nil
	c.judge(ctx, reloaded)
}

// hasChanged reports whether a feed's server has told the time, or Alexa's requests disprove a fault.
func (c *selfChecker) hasChanged() bool {
	disproved := slices.ContainsFunc(c.states(), func(s selfcheck.CheckState) bool {
		return s.IsFault() && c.isDisproved(c.reported[s.Name], s.Text)
	})
	return disproved || !slices.Equal(c.clocks(), c.compared)
}

func presentedLeaf(s doctor.RunningService) string {
	if len(s.Chain) == 0 {
		return ""
	}
	return string(s.Chain[0].Raw)
}

// judge publishes the results of all checks, and logs the faults that have appeared or ended.
func (c *selfChecker) judge(ctx context.Context, reloaded bool) {
	service := c.service()
	if readings := c.clocks(); c.compared == nil || !slices.Equal(readings, c.compared) {
		c.clock, c.compared = c.network.ExamineClock(ctx, readings), readings
	}
	findings := append(service.Examine(c.reach), c.clock)
	var states []selfcheck.CheckState
	for _, f := range findings {
		f = c.report(f, service.Now, reloaded)
		states = append(states, selfcheck.CheckState{
			Name: f.Check, Level: levelOf(f.Verdict), Text: f.Message, Remedy: f.Remedy, Checked: service.Now,
		})
	}
	c.endMissing(findings)
	c.results.Store(&states)
	c.onChange()
}

func levelOf(v doctor.Verdict) selfcheck.CheckLevel {
	switch v {
	case doctor.OK:
		return selfcheck.CheckOK
	case doctor.Warn:
		return selfcheck.CheckWarn
	case doctor.Fail:
		return selfcheck.CheckFail
	}
	return selfcheck.CheckUnknown
}

// report logs a fault when it appears or gets worse, and when it has ended. It returns the finding to show. A check that cannot
// see the answer for a while does not end a fault, because the fault would be logged again.
func (c *selfChecker) report(f doctor.Finding, now time.Time, reloaded bool) doctor.Finding {
	before, known := c.reported[f.Check]
	fault := f.Verdict == doctor.Warn || f.Verdict == doctor.Fail
	switch {
	case fault && known && c.isDisproved(before, f.Message):
		c.logEnd(before)
		before.disproved = true
		c.reported[f.Check] = before
		return doctor.Finding{
			Verdict: doctor.Unknown, Check: f.Check, Message: "Alexa reaches the service, although this machine sees: " + f.Message,
		}
	case fault && (!known || before.disproved || before.Remedy != f.Remedy || before.Verdict == doctor.Warn && f.Verdict == doctor.Fail):
		c.logFault(f)
		c.reported[f.Check] = reportedFault{Finding: f, since: now}
	case known && (f.Verdict == doctor.OK || reloaded && !fault):
		c.logEnd(before)
		delete(c.reported, f.Check)
	}
	return f
}

// endMissing ends the faults of checks that do not apply any more, such as the chain of a certificate that is now self-signed.
func (c *selfChecker) endMissing(findings []doctor.Finding) {
	for name, fault := range c.reported {
		if !slices.ContainsFunc(findings, func(f doctor.Finding) bool { return f.Check == name }) {
			c.logEnd(fault)
			delete(c.reported, name)
		}
	}
}

func (c *selfChecker) logFault(f doctor.Finding) {
	level := slog.LevelWarn
	if f.Verdict == doctor.Fail {
		level = slog.LevelError
	}
	c.log.Log(context.Background(), level, "self-check found a fault", "check", f.Check, "problem", f.Message, "remedy", f.Remedy)
}

func (c *selfChecker) logEnd(fault reportedFault) {
	if !fault.disproved {
		c.log.Info("self-check: the fault has ended", "check", fault.Check, "problem", fault.Message)
	}
}

// Alexa's requests disprove a fault if one arrives this long after the fault appeared. Until then, resolvers may still have an
// old record, and Alexa may still have an open connection.
const (
	maxRecordAge     = 24 * time.Hour
	maxConnectionAge = 10 * time.Minute
)

// isDisproved reports whether Alexa's requests show that a fault does not exist. For example, a proxy with another certificate
// can be in front of a service that cannot see it. Requests do not prove anything about the clock or the certificate's end.
func (c *selfChecker) isDisproved(fault reportedFault, message string) bool {
	delays := map[string]time.Duration{
		doctor.DNSCheck: maxRecordAge, doctor.PortCheck: maxConnectionAge, doctor.CertificateHostCheck: maxConnectionAge,
		doctor.CertificatePathCheck: maxConnectionAge, doctor.CertificateTypeCheck: maxConnectionAge,
	}
	delay, possible := delays[fault.Check]
	return possible && fault.Message == message && time.Unix(c.answered.Load(), 0).After(fault.since.Add(delay))
}
