package smapitest

import "net/http"

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

// FailSimulation sets the outcome of the next simulation.
func (a *Amazon) FailSimulation(outcome SimulationOutcome) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.simulated = outcome
}

type simulation struct{}

func (a *Amazon) simulate(*apiCall) answer { return refuse(http.StatusServiceUnavailable, "not yet") }
func (a *Amazon) simulationStatus(*apiCall) answer {
	return refuse(http.StatusServiceUnavailable, "not yet")
}
func (a *Amazon) invoke(*apiCall) answer { return refuse(http.StatusServiceUnavailable, "not yet") }
