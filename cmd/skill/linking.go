package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"

	"lastpost/internal/assembly"
	"lastpost/internal/config"
	"lastpost/internal/linkproxy"
	"lastpost/internal/server"
)

// A linking is the stand-in for an OAuth server at work. A nil one is off.
type linking struct {
	config   config.AccountLinking
	proxy    *linkproxy.Proxy
	recorder *linkproxy.Recorder
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
		if l.recorder, err = linkproxy.OpenRecorder(assembly.LinkDir(c), linkproxy.Options{Full: a.Full(), Log: s.log, Did: s.stir}); err != nil {
			return nil, err
		}
	}
	l.proxy.Recorder = l.recorder
	return l, nil
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

// logLinking says what Amazon's console is to be told.
func logLinking(log *slog.Logger, c *config.Config) {
	if !c.AccountLinking.On() {
		return
	}
	authorize, token := c.LinkURLs()
	if authorize == "" {
		authorize, token = "unknown: set public_url", "unknown: set public_url"
	}
	log.Info("account linking", "authorization_uri", authorize, "access_token_uri", token, "record", c.AccountLinking.Record)
}

// checkLinking says what Amazon's console wants to know, and whether the OAuth server can be reached as Amazon would.
func checkLinking(ctx context.Context, c *config.Config) (findings []finding) {
	const name = "account linking"
	a := c.AccountLinking
	if !a.On() {
		return nil
	}
	if authorize, token := c.LinkURLs(); authorize == "" {
		findings = append(findings, finding{warn, name, "what the world calls this service is not known", "set public_url"})
	} else {
		findings = append(findings, finding{good, name, "Authorization URI: " + authorize, ""}, finding{good, name, "Access Token URI: " + token, ""})
	}
	if a.Record == "full" {
		findings = append(findings, finding{warn, name, "passwords, codes and tokens are written down in clear for " + a.RecordFor, "set account_linking.record: redacted where that is not needed"})
	}
	for _, endpoint := range []struct{ key, url string }{{"authorization_url", a.AuthorizationURL}, {"token_url", a.TokenURL}} {
		findings = append(findings, checkOAuthServer(ctx, name, endpoint.key, endpoint.url))
	}
	return findings
}

func checkOAuthServer(ctx context.Context, name, key, text string) finding {
	u, err := url.Parse(text)
	if err != nil {
		return finding{fail, name, err.Error(), ""}
	}
	if err := linkproxy.Reach(ctx, u, nil); err != nil {
		return finding{fail, name, fmt.Sprintf("%s: %v", key, err), "Amazon would not get through either: see that the OAuth server runs, and sends its whole certificate chain"}
	}
	if u.Port() != "" && u.Port() != "443" {
		return finding{warn, name, fmt.Sprintf("%s answers at port %s, which Amazon does not call", key, u.Port()), "let it answer at 443 before you take this service out from between"}
	}
	return finding{good, name, fmt.Sprintf("%s: %s answers", key, u.Host), ""}
}
