package smapi

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
)

// Simulate begins to simulate an utterance, and returns the id of the simulation. It does not send the request again after a
// lost answer, because Amazon refuses two simulations at a time.
func (c *Client) Simulate(ctx context.Context, skillID, locale, text string) (id string, err error) {
	target, err := skillPath("v2", skillID, "stages", "development", "simulations")
	if err != nil {
		return "", err
	}
	body, err := json.Marshal(map[string]any{
		"input":   map[string]string{"content": text},
		"device":  map[string]string{"locale": locale},
		"session": map[string]string{"mode": "FORCE_NEW_SESSION"},
	})
	if err != nil {
		return "", err
	}
	var w struct {
		ID string `json:"id"`
	}
	k := call{name: callSimulate, method: http.MethodPost, path: target, body: body, once: true}
	result, err := c.doJSON(ctx, k, &w)
	if err != nil {
		return "", err
	}
	if !isSegment(w.ID) {
		return "", k.lostIfOnce(c.refusal(k, result).err)
	}
	return w.ID, nil
}

// Simulation returns the state of a simulation.
func (c *Client) Simulation(ctx context.Context, skillID, id string) (Simulation, error) {
	target, err := skillPath("v2", skillID, "stages", "development", "simulations", id)
	if err != nil {
		return Simulation{}, err
	}
	var w struct {
		ID     string `json:"id"`
		Status string `json:"status"`
		Result struct {
			Skill struct {
				Invocations []wireCall `json:"invocations"`
			} `json:"skillExecutionInfo"`
			Alexa struct {
				Responses []struct {
					Content struct {
						Caption string `json:"caption"`
					} `json:"content"`
				} `json:"alexaResponses"`
				Intents []struct {
					Name string `json:"name"`
				} `json:"consideredIntents"`
			} `json:"alexaExecutionInfo"`
			Error *wireProblem `json:"error"`
		} `json:"result"`
	}
	if _, err := c.doJSON(ctx, call{name: callSimulation, method: http.MethodGet, path: target}, &w); err != nil {
		return Simulation{}, err
	}
	s := Simulation{ID: id, Status: c.clean(w.Status), Problem: c.resultProblem(w.Result.Error)}
	for _, invocation := range w.Result.Skill.Invocations {
		s.Calls = append(s.Calls, c.skillCall(invocation))
	}
	for _, response := range w.Result.Alexa.Responses {
		if caption := response.Content.Caption; caption != "" {
			s.Speech = append(s.Speech, c.clean(caption))
		}
	}
	for _, intent := range w.Result.Alexa.Intents {
		s.Intents = append(s.Intents, c.clean(intent.Name))
	}
	return s, nil
}

// Invoke lets Amazon send a request to the skill. request is a request of Alexa.
func (c *Client) Invoke(ctx context.Context, skillID string, request []byte) (Invocation, error) {
	target, err := skillPath("v2", skillID, "stages", "development", "invocations")
	if err != nil {
		return Invocation{}, err
	}
	if !json.Valid(request) {
		return Invocation{}, errors.New(callInvoke + ": the request is not JSON")
	}
	body, err := json.Marshal(map[string]any{"endpointRegion": "default", "skillRequest": map[string]any{"body": json.RawMessage(request)}})
	if err != nil {
		return Invocation{}, err
	}
	var w struct {
		Status string `json:"status"`
		Result struct {
			Info  wireCall     `json:"skillExecutionInfo"`
			Error *wireProblem `json:"error"`
		} `json:"result"`
	}
	if _, err := c.doJSON(ctx, call{name: callInvoke, method: http.MethodPost, path: target, body: body, once: true}, &w); err != nil {
		return Invocation{}, err
	}
	return Invocation{Status: c.clean(w.Status), Call: c.skillCall(w.Result.Info), Problem: c.resultProblem(w.Result.Error)}, nil
}
