package service

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"lastpost/internal/assembly"
	"lastpost/internal/config"
	"lastpost/internal/faultlog"
	"lastpost/internal/inspect"
	"lastpost/internal/linkproxy"
	"lastpost/internal/linkproxy/lint"
	"lastpost/internal/linkproxy/trace"
	"lastpost/internal/server"
)

// An accountLinking is the active account-linking proxy and its recorder. Nil means that account linking is off.
type accountLinking struct {
	config   config.AccountLinking
	proxy    *linkproxy.Proxy
	recorder *trace.Recorder
}

// newAccountLinking creates account linking from a configuration, or returns nil if it is off. before is the active account
// linking. newAccountLinking reuses its recorder, and its proxy too if the addresses are unchanged, so that open sign-ins
// continue.
func (s *service) newAccountLinking(c *config.Config, before *accountLinking) (l *accountLinking, err error) {
	a := c.AccountLinking
	if !a.Enabled() {
		return nil, nil
	}
	l = &accountLinking{config: a}
	if l.proxy, err = assembly.NewLinkProxy(a, isKubernetes(), s.log, s.server.Faults); err != nil {
		return nil, err
	}
	if before != nil {
		l.recorder = before.recorder
		if before.sameProxy(l) {
			l.proxy = before.proxy
			return l, nil
		}
	}
	if before == nil {
		if l.recorder, err = s.newTraceRecorder(c); err != nil {
			return nil, err
		}
	}
	l.proxy.Recorder = l.recorder
	return l, nil
}

// isKubernetes reports whether the service runs in a pod. Kubernetes sets this variable in each container.
func isKubernetes() bool { return os.Getenv("KUBERNETES_SERVICE_HOST") != "" }

// sameProxy reports whether the settings of the proxy are unchanged, so that open sign-ins can continue.
func (l *accountLinking) sameProxy(next *accountLinking) bool {
	a, b := l.config, next.config
	return a.Path == b.Path && a.AuthorizationURL == b.AuthorizationURL && a.TokenURL == b.TokenURL && a.Authorize == b.Authorize &&
		slices.Equal(a.AllowPaths, b.AllowPaths) && bytes.Equal(l.proxy.Secret, next.proxy.Secret)
}

// newTraceRecorder creates the recorder of link exchanges. Each changed trace is diagnosed, and its findings are
// logged.
func (s *service) newTraceRecorder(c *config.Config) (*trace.Recorder, error) {
	dir := assembly.LinkDir(c)
	log, err := lint.OpenFindingLog(dir, s.log, time.Now)
	if err != nil {
		return nil, fmt.Errorf("account linking: findings in %s: %w", dir, err)
	}
	log.AllowLine = func(rule string) bool { return s.server.Faults.AllowLine("link-"+rule, "") }
	onChange := func(t trace.Trace) error {
		defer s.notifyInspector()
		return log.LogFindings(t)
	}
	return trace.OpenRecorder(dir, trace.RecorderOptions{
		FullPeriod: c.AccountLinking.FullRecording(), Log: s.log, OnChange: onChange, Replicas: c.AccountLinking.KeyFile != "",
		Lines:     &faultlog.LineLimit{},
		OnUnknown: func(x trace.Exchange) { s.server.Faults.Report(unknownTokenFault(x)) },
	})
}

// unknownTokenFault describes a token request with a code or refresh token that was never issued through the proxy. A
// refused refresh token may also belong to a listener who linked before the proxy was in use, so the text does not claim
// to know the sender.
func unknownTokenFault(x trace.Exchange) faultlog.Fault {
	return faultlog.Fault{
		Kind: "link-unknown-token", SummaryOnly: true,
		Text: "account linking: token requests with an unknown code or refresh token were forwarded; the OAuth server issued no token",
		Remedy: "none if they come from strangers. If listeners must link again, their tokens are from before this proxy was in use: " +
			`run "skill link show ` + x.Trace + `" to see the last one`,
	}
}

// notifyInspector makes open inspector pages reload their data.
func (s *service) notifyInspector() {
	if s.recorder != nil {
		s.recorder.Notify()
	}
}

// serverLink returns the handler for the server, or nil if account linking is off.
func (l *accountLinking) serverLink() server.LinkHandler {
	if l == nil {
		return nil
	}
	return l.proxy
}

func (l *accountLinking) close() error {
	if l == nil {
		return nil
	}
	return l.recorder.Close()
}

// replaceLinking activates the account linking of a reload. Before this call, the server must have stopped using the old
// account linking.
func (s *service) replaceLinking(p *reloadPlan) {
	old := s.linking
	s.mu.Lock()
	s.linking = p.linking
	s.mu.Unlock()
	var err error
	switch {
	case p.linking == nil:
		err = old.close()
	case old != nil && old.config.FullRecording() != p.linking.config.FullRecording():
		err = p.linking.recorder.SetFullPeriod(p.linking.config.FullRecording())
	}
	if err != nil {
		s.log.Error("account linking not reloaded", "error", err.Error())
	}
	if old == nil || p.linking == nil || old.proxy != p.linking.proxy {
		logLinking(s.log, p.config)
	}
}

// A linkBrowser shows the recorded traces in the inspector.
type linkBrowser struct {
	config   *config.Config
	recorder *trace.Recorder
}

// linkBrowser returns the traces for the current configuration, or nil if account linking is off.
func (s *service) linkBrowser() inspect.LinkSource {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.linking == nil {
		return nil
	}
	return linkBrowser{config: s.config, recorder: s.linking.recorder}
}

func (v linkBrowser) Setup() inspect.LinkSetup {
	setup := inspect.LinkSetup{Record: v.config.AccountLinking.Record, FullUntil: v.recorder.FullUntil()}
	if v.config.AccountLinking.Record == "full" && setup.FullUntil.IsZero() {
		setup.Record = "redacted: full recording has expired"
	}
	setup.AuthorizationURI, setup.TokenURI = v.config.LinkURLs()
	return setup
}

// Traces reads all recorded traces from the disk. The recorder limits their number.
func (v linkBrowser) Traces(context.Context) ([]inspect.LinkTrace, error) {
	traces, err := trace.ReadTraces(assembly.LinkDir(v.config))
	var shown []inspect.LinkTrace
	for _, t := range traces {
		shown = append(shown, summarizeTrace(t))
	}
	return shown, err
}

func (v linkBrowser) Trace(_ context.Context, id string) (inspect.LinkTrace, bool, error) {
	t, ok, err := v.findTrace(id)
	if !ok {
		return inspect.LinkTrace{}, false, err
	}
	shown := summarizeTrace(t)
	for _, x := range t.Exchanges {
		shown.Legs = append(shown.Legs, inspectorLeg(x))
	}
	if guess := t.RelatedHint(); guess != "" { // where there is one, there are exchanges
		shown.Legs[0].Note = strings.TrimPrefix(shown.Legs[0].Note+"; "+guess, "; ")
	}
	return shown, true, nil
}

func (v linkBrowser) HAR(_ context.Context, id string) ([]byte, bool, error) {
	t, ok, err := v.findTrace(id)
	if !ok {
		return nil, false, err
	}
	var out bytes.Buffer
	err = trace.WriteHAR(&out, assembly.Version(), t)
	return out.Bytes(), true, err
}

// findTrace returns the trace with exactly this id.
func (v linkBrowser) findTrace(id string) (trace.Trace, bool, error) {
	traces, err := trace.ReadTraces(assembly.LinkDir(v.config))
	i := slices.IndexFunc(traces, func(t trace.Trace) bool { return t.ID == id })
	if err != nil || i < 0 {
		return trace.Trace{}, false, err
	}
	return traces[i], true, nil
}

// summarizeTrace returns a trace without its exchanges.
func summarizeTrace(t trace.Trace) inspect.LinkTrace {
	shown := inspect.LinkTrace{ID: t.ID, Began: t.Began(), Outcome: t.Outcome(), Failed: lint.Failed(t), Stranger: t.IsUnknown()}
	for _, f := range lint.Diagnose(t, time.Now()) {
		shown.Findings = append(shown.Findings, inspect.LinkFinding{
			Rule: f.Rule, Title: f.Title, Source: describeRuleSource(f), Seen: f.Seen, Responsible: string(f.Responsible), Remedy: f.Remedy,
			NoFault: !f.IsFault(),
		})
	}
	return shown
}

// describeRuleSource returns the document that defines the rule of a finding.
func describeRuleSource(f lint.Finding) string {
	if f.Row == 0 {
		return f.Source
	}
	return fmt.Sprintf("row %d of the manual's table, %s", f.Row, f.Source)
}

func inspectorLeg(x trace.Exchange) inspect.LinkLeg {
	leg := inspect.LinkLeg{
		Name: string(x.Leg), Began: x.Began, Took: time.Duration(x.DurationMS * float64(time.Millisecond)),
		Method: x.Method, URL: x.URL, Status: x.Status,
		RequestHeader: x.Request.Header, RequestBody: x.Request.DisplayText(),
		ResponseHeader: x.Response.Header, ResponseBody: x.Response.DisplayText(), Error: x.Error,
	}
	if x.Leg == trace.LegToken && x.Facts.Request.Get("grant_type") == "refresh_token" {
		leg.Name = "refresh"
	}
	var notes []string
	if x.JoinedBy != "" {
		notes = append(notes, "matched by its "+strings.ReplaceAll(x.JoinedBy, "_", " "))
	}
	if x.Handling != "" {
		notes = append(notes, "the browser was redirected; its later requests are not recorded")
	}
	leg.Note = strings.Join(notes, "; ")
	return leg
}
