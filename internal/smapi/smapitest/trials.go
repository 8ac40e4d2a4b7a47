package smapitest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"lastpost/internal/smapi/smapitest/rules"
)

// A SimulationOutcome replaces the result of the next simulation.
type SimulationOutcome string

// The outcomes of simulations. The first three are Amazon's messages.
const (
	SimulationUnexpected SimulationOutcome = "An unexpected error occurred."
	SimulationDisabled   SimulationOutcome = "Skill is currently disabled in development stage. " +
		"Please enable skill in order to call this API."
	SimulationUnresolved SimulationOutcome = "This utterance did not resolve to any intent in your skill. Please invoke your skill and " +
		"try again with a different utterance or update your interaction model to accept this utterance."
	SimulationEndless SimulationOutcome = "endless" // it stays IN_PROGRESS
)

// endpointFailure is Amazon's message if the endpoint does not answer as it should.
const endpointFailure = "The remote endpoint could not be called, or the response it returned was invalid."

// simulationLife is the time after which a simulation without an end does not block others.
const simulationLife = 5 * time.Minute

// FailSimulation sets the outcome of the next simulation.
func (a *Amazon) FailSimulation(outcome SimulationOutcome) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.simulated = outcome
}

// A simulation is a trial of an utterance.
type simulation struct {
	id, skillID string
	started     time.Time
	polls       int
	status      string
	result      map[string]any
}

func (s *simulation) running(now time.Time) bool {
	return s.status == inProgress && now.Before(s.started.Add(simulationLife))
}

// The statuses of trials.
const (
	trialSucceeded = "SUCCESSFUL"
	trialFailed    = failed
)

// simulationBody is the body of a simulation's request.
type simulationBody struct {
	Input struct {
		Content string `json:"content"`
	} `json:"input"`
	Device struct {
		Locale string `json:"locale"`
	} `json:"device"`
	Session struct {
		Mode string `json:"mode"`
	} `json:"session"`
	Simulation map[string]any `json:"simulation"`
}

// simulate starts a simulation. Only one runs at a time.
func (a *Amazon) simulate(c *apiCall) answer {
	var body simulationBody
	if refused := c.decode(&body, true); refused != nil {
		return *refused
	}
	switch {
	case strings.TrimSpace(body.Input.Content) == "" || body.Device.Locale == "":
		return refuse(http.StatusBadRequest, "input.content and device.locale must not be empty.")
	case !slices.Contains([]string{"", "DEFAULT", "FORCE_NEW_SESSION"}, body.Session.Mode):
		return refuse(http.StatusBadRequest, "session.mode is invalid.")
	}
	for _, other := range a.simulations {
		if other.running(a.now()) {
			return refuse(http.StatusConflict, "This requests conflicts with another one currently being processed.")
		}
	}
	made := &simulation{id: newID(""), skillID: c.skill.id, started: a.now(), status: inProgress}
	a.simulations[made.id] = made
	outcome := a.simulated
	a.simulated = ""
	intent, resolved := rules.RecognizedIntent{}, false
	if found := c.skill.models[body.Device.Locale]; found != nil {
		intent, resolved = rules.Recognize(found.content, body.Input.Content, body.Session.Mode == "DEFAULT")
	}
	switch {
	case outcome == SimulationEndless:
		return made.startedView()
	case outcome == "" && !c.skill.enabled:
		outcome = SimulationDisabled
	case outcome == "" && !resolved:
		outcome = SimulationUnresolved
	}
	if outcome != "" {
		made.status, made.result = trialFailed, map[string]any{"error": message(string(outcome))}
		return made.startedView()
	}
	a.runSimulation(made, a.endpointOf(c.skill), envelope(c.skill.id, body.Device.Locale, intent), intent)
	return made.startedView()
}

// startedView is the answer to the start of a simulation, even if it has ended already.
func (s *simulation) startedView() answer {
	return s.runningView().with("Location", "/v2/skills/"+s.skillID+"/stages/development/simulations/"+s.id)
}

func (s *simulation) runningView() answer {
	return reply(http.StatusOK, map[string]any{"id": s.id, "status": inProgress})
}

// view answers with the state of the simulation.
func (s *simulation) view() answer {
	if s.status == inProgress {
		return s.runningView()
	}
	return reply(http.StatusOK, map[string]any{"id": s.id, "status": s.status, "result": s.result})
}

func message(text string) map[string]any { return map[string]any{"message": text} }

// runSimulation calls the endpoint in the background. The fake waits for it when it closes.
func (a *Amazon) runSimulation(s *simulation, target endpoint, body []byte, intent rules.RecognizedIntent) {
	if a.stopping.Err() != nil {
		return
	}
	a.serving.Go(func() {
		called := target.call(a.stopping, body)
		a.mu.Lock()
		defer a.mu.Unlock()
		considered := []rules.RecognizedIntent{}
		if intent.Name != "" {
			considered = append(considered, intent)
		}
		s.status = trialSucceeded
		s.result = map[string]any{
			"skillExecutionInfo": map[string]any{"invocations": []any{called.view()}},
			"alexaExecutionInfo": map[string]any{"alexaResponses": called.speech(), "consideredIntents": considered},
			"error":              nil,
		}
		if called.failure != "" {
			s.status, s.result["error"] = trialFailed, message(called.failure)
		}
	})
}

// simulationStatus answers with the state of a simulation. It is in progress at the first request.
func (a *Amazon) simulationStatus(c *apiCall) answer {
	found := a.simulations[c.vars["simulation"]]
	if found == nil || found.skillID != c.skill.id {
		return refuse(http.StatusNotFound, "Simulation with id %s does not exist.", c.vars["simulation"])
	}
	if found.polls++; found.polls == 1 {
		return found.startedView()
	}
	return found.view()
}

// invoke calls the endpoint with the body of the request, without recognition.
func (a *Amazon) invoke(c *apiCall) answer {
	var body struct {
		Region  string `json:"endpointRegion"`
		Request struct {
			Body json.RawMessage `json:"body"`
		} `json:"skillRequest"`
	}
	if refused := c.decode(&body, true); refused != nil {
		return *refused
	}
	if !slices.Contains([]string{"NA", "EU", "FE", "default"}, body.Region) || !strings.HasPrefix(string(body.Request.Body), "{") {
		return refuse(http.StatusBadRequest, "endpointRegion or skillRequest.body is invalid.")
	}
	a.mu.Lock()
	target, enabled := a.endpointOf(c.skill), c.skill.enabled
	a.mu.Unlock()
	if !enabled {
		failure := map[string]any{"error": message(string(SimulationDisabled))}
		return reply(http.StatusOK, map[string]any{"status": trialFailed, "result": failure})
	}
	called := target.call(c.Context(), body.Request.Body)
	result := map[string]any{"skillExecutionInfo": called.view()}
	status := trialSucceeded
	if called.failure != "" {
		status, result["error"] = trialFailed, message(called.failure)
	}
	return reply(http.StatusOK, map[string]any{"status": status, "result": result})
}
