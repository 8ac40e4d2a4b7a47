package service

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"lastpost/internal/assembly"
	"lastpost/internal/config"
	"lastpost/internal/inspect"
	"lastpost/internal/linkproxy/lint"
	"lastpost/internal/linkproxy/trace"
)

// A linkView shows the inspector what the account-linking proxy has kept.
type linkView struct {
	config   *config.Config
	recorder *trace.Recorder
}

// linked is the view of account linking as it is configured now; nil: it is off.
func (s *service) linked() inspect.Linking {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.linking == nil {
		return nil
	}
	return linkView{config: s.config, recorder: s.linking.recorder}
}

func (v linkView) Setup() inspect.LinkSetup {
	setup := inspect.LinkSetup{Record: v.config.AccountLinking.Record, FullUntil: v.recorder.FullUntil()}
	if v.config.AccountLinking.Record == "full" && setup.FullUntil.IsZero() {
		setup.Record = "redacted, as full recording has ended by itself"
	}
	setup.AuthorizationURI, setup.TokenURI = v.config.LinkURLs()
	return setup
}

// Traces reads what lies on the disk, which the recorder bounds.
func (v linkView) Traces(context.Context) ([]inspect.Trace, error) {
	traces, err := trace.Traces(assembly.LinkDir(v.config))
	var shown []inspect.Trace
	for _, t := range traces {
		shown = append(shown, outlineOf(t))
	}
	return shown, err
}

func (v linkView) Trace(_ context.Context, id string) (inspect.Trace, bool, error) {
	t, ok, err := v.find(id)
	if !ok {
		return inspect.Trace{}, false, err
	}
	shown := outlineOf(t)
	for _, x := range t.Exchanges {
		shown.Legs = append(shown.Legs, legOf(x))
	}
	if guess := t.Guess(); guess != "" { // where there is one, there are exchanges
		shown.Legs[0].Note = strings.TrimPrefix(shown.Legs[0].Note+"; "+guess, "; ")
	}
	return shown, true, nil
}

func (v linkView) HAR(_ context.Context, id string) ([]byte, bool, error) {
	t, ok, err := v.find(id)
	if !ok {
		return nil, false, err
	}
	var out bytes.Buffer
	err = trace.WriteHAR(&out, assembly.Version(), t)
	return out.Bytes(), true, err
}

// find gives the trace of that very id.
func (v linkView) find(id string) (trace.Trace, bool, error) {
	traces, err := trace.Traces(assembly.LinkDir(v.config))
	i := slices.IndexFunc(traces, func(t trace.Trace) bool { return t.ID == id })
	if err != nil || i < 0 {
		return trace.Trace{}, false, err
	}
	return traces[i], true, nil
}

// outlineOf is a trace without its exchanges.
func outlineOf(t trace.Trace) inspect.Trace {
	shown := inspect.Trace{ID: t.ID, Began: t.Began(), Outcome: t.Outcome()}
	for _, f := range lint.Diagnose(t, time.Now()) {
		shown.Findings = append(shown.Findings, inspect.Finding{
			Rule: f.Title + ruleSource(f), Seen: f.Seen, Whose: string(f.Fault), Remedy: f.Remedy,
		})
	}
	return shown
}

// ruleSource says which rule a finding is about, for who wants to read it.
func ruleSource(f lint.Finding) string {
	if f.Row == 0 {
		return fmt.Sprintf(" (%s, %s)", f.Rule, f.Source)
	}
	return fmt.Sprintf(" (%s, row %d of the manual's table, %s)", f.Rule, f.Row, f.Source)
}

func legOf(x trace.Exchange) inspect.Leg {
	leg := inspect.Leg{
		Name: string(x.Leg), Began: x.Began, Took: time.Duration(x.MS * float64(time.Millisecond)),
		Method: x.Method, URL: x.URL, Status: x.Status,
		RequestHeader: x.Request.Header, RequestBody: x.Request.Text(),
		ResponseHeader: x.Answer.Header, ResponseBody: x.Answer.Text(), Trouble: x.Error,
	}
	if x.Leg == trace.LegToken && x.Facts.Request.Get("grant_type") == "refresh_token" {
		leg.Name = "refresh"
	}
	var notes []string
	if x.Joined != "" {
		notes = append(notes, "known by its "+strings.ReplaceAll(x.Joined, "_", " "))
	}
	if x.Carried != "" {
		notes = append(notes, "the browser was sent on, and is seen no more")
	}
	leg.Note = strings.Join(notes, "; ")
	return leg
}
