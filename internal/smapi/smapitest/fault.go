package smapitest

import (
	"regexp"
	"time"

	"lastpost/internal/smapi/smapitest/rules"
)

// A FaultKind is how a call fails.
type FaultKind string

// The kinds of faults.
const (
	FaultStatus       FaultKind = "status"        // Status with a JSON body; the call does not act
	FaultCut          FaultKind = "cut"           // the connection ends before the call acts
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
}

// An ImportFailure makes the next import fail at a resource.
type ImportFailure struct {
	Resource string // Manifest, or InteractionModel.LOCALE
	Errors   []rules.Violation
	Warnings []rules.Violation // also without Errors: the import succeeds with them
}

// A SimulationOutcome replaces the result of the next simulation.
type SimulationOutcome string

// The outcomes of simulations that a test can choose.
const (
	SimulationUnexpected SimulationOutcome = "An unexpected error occurred."
	SimulationDisabled   SimulationOutcome = "Skill is currently disabled in development stage. " +
		"Please enable skill in order to call this API."
	SimulationUnresolved SimulationOutcome = "This utterance did not resolve to any intent in your skill. Please invoke your skill and " +
		"try again with a different utterance or update your interaction model to accept this utterance."
	SimulationEndless SimulationOutcome = "endless" // it stays IN_PROGRESS
)

// Fail adds a fault. The first fault that matches a call is used.
func (a *Amazon) Fail(f Fault) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.faults = append(a.faults, &f)
}

// FailImport makes the next import of a skill, or creation by import, fail.
func (a *Amazon) FailImport(f ImportFailure) {}

// FailSimulation sets the outcome of the next simulation.
func (a *Amazon) FailSimulation(outcome SimulationOutcome) {}
