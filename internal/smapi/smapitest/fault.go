package smapitest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"time"

	"lastpost/internal/smapi/smapitest/rules"
)

// A FaultKind is how a call fails.
type FaultKind string

// The kinds of faults.
const (
	FaultStatus       FaultKind = "status"        // Status with a JSON body; the call does not act
	FaultCut          FaultKind = "cut"           // the connection ends in the header of the answer; the call does not act
	FaultLostAnswer   FaultKind = "lost answer"   // the call acts, then the connection ends without an answer
	FaultCutBody      FaultKind = "cut body"      // the call acts, then the connection ends in the middle of the answer
	FaultHTML         FaultKind = "html"          // a proxy answers with a page; Status or 200; the call does not act
	FaultBrokenBody   FaultKind = "broken body"   // the call acts; the status is right, the JSON is cut
	FaultExpiredToken FaultKind = "expired token" // the access token of the call ends: 401
	FaultDelay        FaultKind = "delay"         // the call waits for Delay, then it acts
	FaultHold         FaultKind = "hold"          // the call acts, then the answer waits for Delay
	FaultRedirect     FaultKind = "redirect"      // 307 with the address To; the call does not act
)

// A Fault makes some calls fail.
type Fault struct {
	Kind   FaultKind
	Part   Part           // "": any
	Method string         // "": any
	Path   *regexp.Regexp // of the path without the query; nil: any
	Skip   int            // matching calls that succeed first
	Times  int            // calls that fail; 0: 1; negative: all

	Status     int               // FaultStatus: default 500
	Message    string            // FaultStatus: default by status
	Violations []rules.Violation // FaultStatus
	RetryAfter string            // header; "": none
	Delay      time.Duration     // FaultDelay, FaultHold
	To         string            // FaultRedirect

	failed int // calls so far
}

// Fail adds a fault. The first fault that matches a call is used.
func (a *Amazon) Fail(f Fault) {
	setDefault(&f.Times, 1)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.faults = append(a.faults, &f)
}

// Heal removes all faults.
func (a *Amazon) Heal() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.faults = nil
}

// FaultyCalls returns the number of calls that a fault has reached. A call with FaultDelay or FaultHold counts as soon as it waits.
func (a *Amazon) FaultyCalls() (count int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, f := range a.faults {
		count += f.failed
	}
	return count
}

// takeFault returns the fault of a call, or one without a kind.
func (a *Amazon) takeFault(part Part, r *http.Request) Fault {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, f := range a.faults {
		if !f.matches(part, r) || f.Times >= 0 && f.failed >= f.Times {
			continue
		}
		if f.Skip > 0 {
			f.Skip--
			continue
		}
		f.failed++
		return *f
	}
	return Fault{}
}

func (f *Fault) matches(part Part, r *http.Request) bool {
	return (f.Part == "" || f.Part == part) && (f.Method == "" || f.Method == r.Method) &&
		(f.Path == nil || f.Path.MatchString(r.URL.Path))
}

// actsNot reports whether the call does not reach its handler.
func (f Fault) actsNot() bool {
	return f.Kind == FaultStatus || f.Kind == FaultCut || f.Kind == FaultHTML || f.Kind == FaultRedirect
}

// answer writes the answer of a fault that does not act.
func (f Fault) answer(w *httptest.ResponseRecorder) {
	if f.RetryAfter != "" {
		w.Header().Set("Retry-After", f.RetryAfter)
	}
	switch f.Kind {
	case FaultStatus:
		setDefault(&f.Status, http.StatusInternalServerError)
		failure := refuse(f.Status, f.Message)
		failure.violations = f.Violations
		setDefault(&failure.message, map[int]string{
			http.StatusTooManyRequests:     "We are experiencing heavy traffic at the moment. Please try again later.",
			http.StatusInternalServerError: "An unexpected error occurred.",
		}[f.Status])
		setDefault(&failure.message, http.StatusText(f.Status))
		failure.write(w)
	case FaultHTML:
		setDefault(&f.Status, http.StatusOK)
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(f.Status)
		_, _ = w.WriteString("<!DOCTYPE html><html><head><title>Sign in to the network</title></head><body>Please sign in.</body></html>")
	case FaultRedirect:
		w.Header().Set("Location", f.To)
		w.WriteHeader(http.StatusTemporaryRedirect)
	}
}

// wait waits if the call has the kind of fault, until the client or the fake ends.
func (a *Amazon) wait(r *http.Request, f Fault, kind FaultKind) {
	if f.Kind != kind {
		return
	}
	select {
	case <-time.After(f.Delay):
	case <-r.Context().Done():
	case <-a.stopping.Done():
	}
}

// send sends the answer, or the part of it that the fault leaves.
func (f Fault) send(w http.ResponseWriter, r *http.Request, answer *httptest.ResponseRecorder) {
	body := answer.Body.Bytes()
	switch f.Kind {
	case FaultCut, FaultLostAnswer:
		cutConnection(w, f.Kind == FaultCut)
		return
	case FaultBrokenBody:
		body = body[:len(body)/2]
	}
	for name, values := range answer.Header() {
		w.Header()[name] = values
	}
	if r.Method != http.MethodHead && answer.Code != http.StatusNoContent {
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	}
	w.WriteHeader(answer.Code)
	if f.Kind == FaultCutBody {
		_, _ = w.Write(body[:len(body)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
	_, _ = w.Write(body)
}

// cutConnection ends the connection. With a part of the status line, Go's client does not repeat the request itself.
func cutConnection(w http.ResponseWriter, partly bool) {
	connection, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if partly {
		_, _ = fmt.Fprint(connection, "HTTP/1.1 2")
	}
	_ = connection.Close()
}
