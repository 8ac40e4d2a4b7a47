package service

import (
	"fmt"
	"time"

	"lastpost/internal/assembly"
	"lastpost/internal/config"
	"lastpost/internal/linkproxy"
	"lastpost/internal/linkproxy/lint"
	"lastpost/internal/linkproxy/trace"
	"lastpost/internal/server"
)

// A linking is the stand-in for an OAuth server at work. A nil one is off.
type linking struct {
	config   config.AccountLinking
	proxy    *linkproxy.Proxy
	recorder *trace.Recorder
}

// newLinking puts account linking together as a configuration says; nil where it is off. What was there before is used on
// as far as it goes: the recorder, and the sign-ins that are under way where the addresses stay.
func (s *service) newLinking(c *config.Config, before *linking) (l *linking, err error) {
	a := c.AccountLinking
	if !a.On() {
		return nil, nil
	}
	l = &linking{config: a}
	if before != nil {
		l.recorder = before.recorder
		if before.config.Path == a.Path && before.config.AuthorizationURL == a.AuthorizationURL &&
			before.config.TokenURL == a.TokenURL && before.config.Authorize == a.Authorize {
			l.proxy = before.proxy
			return l, nil
		}
	}
	if l.proxy, err = assembly.NewLinkProxy(a, s.log); err != nil {
		return nil, err
	}
	if before == nil {
		if l.recorder, err = s.newLinkRecorder(c); err != nil {
			return nil, err
		}
	}
	l.proxy.Recorder = l.recorder
	return l, nil
}

// newLinkRecorder records what passes, and diagnoses each trace that changes.
func (s *service) newLinkRecorder(c *config.Config) (*trace.Recorder, error) {
	dir := assembly.LinkDir(c)
	log, err := lint.OpenLog(dir, s.log, time.Now)
	if err != nil {
		return nil, fmt.Errorf("account linking: findings in %s: %w", dir, err)
	}
	return trace.Open(dir, trace.Options{Full: c.AccountLinking.Full(), Log: s.log, Changed: func(t trace.Trace) error {
		defer s.stir()
		return log.Note(t)
	}})
}

// stir has the pages of the inspector that are open look again.
func (s *service) stir() {
	if s.recorder != nil {
		s.recorder.Stir()
	}
}

// handler is what the server routes to; nil where account linking is off.
func (l *linking) handler() server.Link {
	if l == nil {
		return nil
	}
	return l.proxy
}

func (l *linking) close() error {
	if l == nil {
		return nil
	}
	return l.recorder.Close()
}

// takeLinking puts account linking as a reload has it in the place of what was there. No request is answered by the old
// one any more.
func (s *service) takeLinking(p *plan) {
	old := s.linking
	s.mu.Lock()
	s.linking = p.linking
	s.mu.Unlock()
	var err error
	switch {
	case p.linking == nil:
		err = old.close()
	case old != nil && old.config.Full() != p.linking.config.Full():
		err = p.linking.recorder.SetFull(p.linking.config.Full())
	}
	if err != nil {
		s.log.Error("account linking", "error", err.Error())
	}
	if old == nil || p.linking == nil || old.proxy != p.linking.proxy {
		logLinking(s.log, p.config)
	}
}
