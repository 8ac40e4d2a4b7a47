package service

import (
	"cmp"
	"context"
	"time"
)

const (
	statusEvery  = 5 * time.Second        // the line for people is looked at
	checkPause   = 100 * time.Millisecond // between a check of the service that failed and the next
	longestCheck = 5 * time.Second        // where no signs of life are expected
)

// tell tells whoever started the service how it fares, until ctx ends: that it is ready when it answers, then in a line
// how it is, and that it lives as long as it answers.
func (s *service) tell(ctx context.Context) {
	if s.notify == nil {
		return
	}
	defer s.notify.stopping()
	if !s.answers(ctx) {
		return
	}
	told := s.status()
	s.notify.ready(told)
	status := time.NewTicker(statusEvery)
	defer status.Stop()
	alive, stop := s.pulse()
	defer stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-alive:
			if s.answers(ctx) {
				told = s.status()
				s.notify.alive(told)
			}
		case <-status.C:
			if now := s.status(); now != told {
				told = now
				s.notify.status(told)
			}
		}
	}
}

// pulse ticks three times in the time within which a sign of life is expected; never where none is.
func (s *service) pulse() (<-chan time.Time, func()) {
	within := s.notify.watched()
	if within == 0 {
		return nil, func() {}
	}
	ticker := time.NewTicker(within / 3)
	return ticker.C, ticker.Stop
}

// answers returns true when the service answers itself, and false when ctx has ended. It does not give up, as one failure
// says little: a flood may have taken the connection. That no sign of life comes meanwhile is what a watchdog waits for. An
// answer may take as long as there is still time for it then: a service that is busy is slow to answer itself, too.
func (s *service) answers(ctx context.Context) bool {
	limit := cmp.Or(s.notify.watched()/2, longestCheck)
	complained := false
	for failures := 0; ctx.Err() == nil; failures++ {
		attempt, cancel := context.WithTimeout(ctx, limit)
		err := s.server.Check(attempt)
		lasted := attempt.Err() != nil // another one may not come to its end
		cancel()
		if err == nil {
			return true
		}
		if !complained && (lasted || failures > 0) && ctx.Err() == nil {
			complained = true
			s.log.Error("the service does not answer itself; if that lasts the watchdog ends it", "error", err.Error())
			s.notify.status("does not answer itself: " + err.Error())
		}
		select {
		case <-ctx.Done():
		case <-time.After(checkPause):
		}
	}
	return false
}
