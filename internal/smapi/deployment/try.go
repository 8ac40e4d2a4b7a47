package deployment

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"lastpost/internal/smapi"
)

// TrySpec describes a trial of a skill.
type TrySpec struct {
	SkillID  string
	Locale   string
	Text     string // such as "open half elf"
	Progress func(line string)
	Timing   TimeLimits
}

// TryResult is the result of a trial. A success proves that Alexa reaches the skill. A failure does not prove a fault.
type TryResult struct {
	Simulation TrialOutcome // from the text to the spoken answer
	Invocation TrialOutcome // Amazon sends a LaunchRequest to the endpoint
}

// A TrialOutcome is the result of one call of the skill.
type TrialOutcome struct {
	OK       bool
	Speech   string        // what Alexa says; "": unknown
	Request  string        // the type of the request that the skill received, or its intent; "": unknown
	Endpoint string        // the URL that Amazon called; "": unknown
	Duration time.Duration // of the skill's answer, as Amazon measured it; 0: unknown
	Cause    string        // of a failure, with its remedy
}

// Try sends a text to the skill as if a listener had said it, and then a LaunchRequest without speech recognition. A failure
// is in the result. The error is the context's only.
func Try(ctx context.Context, client *smapi.Client, s TrySpec) (result TryResult, err error) {
	t := trial{client, s, s.Timing.withDefaults()}
	if result.Simulation, err = t.simulate(ctx); err != nil {
		return result, err
	}
	result.Invocation, err = t.invoke(ctx)
	return result, err
}

type trial struct {
	client *smapi.Client
	spec   TrySpec
	timing TimeLimits
}

func (t trial) progress(line string) {
	if t.spec.Progress != nil {
		t.spec.Progress(line)
	}
}

// simulate lets Alexa recognize the text. Amazon refuses a second simulation at the same time.
func (t trial) simulate(ctx context.Context) (TrialOutcome, error) {
	t.progress(fmt.Sprintf("simulating %q in %s", t.spec.Text, t.spec.Locale))
	id := ""
	var last smapi.Simulation
	err := t.timing.poll(ctx, t.timing.Now(), t.timing.Simulation, func() (done bool, err error) {
		if id == "" {
			id, err = t.client.Simulate(ctx, t.spec.SkillID, t.spec.Locale, t.spec.Text)
			if smapi.Status(err) == http.StatusConflict {
				t.progress("another simulation is running: waiting")
				return false, nil
			}
			return false, err
		}
		last, err = t.client.Simulation(ctx, t.spec.SkillID, id)
		return err == nil && !last.Running(), err
	})
	switch {
	case ctx.Err() != nil:
		return TrialOutcome{}, ctx.Err()
	case errors.Is(err, ErrTimeout) && id == "":
		return TrialOutcome{Cause: fmt.Sprintf("Amazon runs another simulation of this account for more than %s: try again later",
			t.timing.Simulation)}, nil
	case errors.Is(err, ErrTimeout):
		return TrialOutcome{Cause: fmt.Sprintf("Amazon has not ended the simulation in %s. This does not prove a fault. %s",
			t.timing.Simulation, tryElsewhere)}, nil
	case err != nil:
		return TrialOutcome{Cause: err.Error()}, nil //nolint:nilerr // a failed trial is information
	}
	return simulationOutcome(last), nil
}

// tryElsewhere says how to try a skill without a simulation.
const tryElsewhere = "Say the words to a device of this Amazon account, or type them on the page Test of the developer console"

func simulationOutcome(s smapi.Simulation) TrialOutcome {
	outcome := TrialOutcome{OK: s.Succeeded(), Speech: strings.Join(s.Speech, " ")}
	if len(s.Calls) > 0 {
		outcome.fill(s.Calls[len(s.Calls)-1])
	}
	if !outcome.OK {
		outcome.Cause = failureCause(s.Problem.Message, tryElsewhere)
	}
	return outcome
}

// failureCause explains Amazon's message about a trial that failed. The remedy is for an unknown message.
func failureCause(message, remedy string) string {
	for _, known := range []struct{ part, remedy string }{
		{"currently disabled", "Run skill deploy, which enables the skill, and try again"},
		{"did not resolve to any intent", "Begin the words with \"open\" and the invocation name of this locale. Amazon also answers " +
			"this if the words belong to another skill or if the new model is not active yet: try again in a minute"},
		{"unexpected error", "Amazon also answers this for skills that work. It does not prove a fault. " + tryElsewhere},
		{"endpoint", checkEndpoint},
	} {
		if strings.Contains(strings.ToLower(message), known.part) {
			remedy = known.remedy
			break
		}
	}
	return cmp.Or(message, "Amazon does not say why it failed.") + " " + remedy
}

// checkEndpoint says how to find why an endpoint did not answer.
const checkEndpoint = "Amazon did not get a valid answer from the endpoint in 10 seconds. The log of the service shows each request " +
	"that arrived. If there is none, run skill check --url on another machine: it checks DNS, port, certificate and path"

// invoke lets Amazon send a LaunchRequest to the endpoint.
func (t trial) invoke(ctx context.Context) (TrialOutcome, error) {
	t.progress("invoking the skill")
	request, err := launchRequest(t.spec.SkillID, t.spec.Locale, t.timing.Now())
	if err != nil {
		return TrialOutcome{}, err
	}
	invocation, err := t.client.Invoke(ctx, t.spec.SkillID, request)
	if ctx.Err() != nil {
		return TrialOutcome{}, ctx.Err()
	}
	if err != nil {
		return TrialOutcome{Cause: err.Error()}, nil //nolint:nilerr // a failed trial is information
	}
	outcome := TrialOutcome{OK: invocation.Succeeded()}
	outcome.fill(invocation.Call)
	if !outcome.OK {
		outcome.Cause = failureCause(invocation.Problem.Message, checkEndpoint)
	}
	return outcome, nil
}

// fill adds what a call of the skill shows.
func (o *TrialOutcome) fill(call smapi.SkillCall) {
	o.Endpoint, o.Duration = call.Endpoint, call.Duration
	var request struct {
		Request struct {
			Type   string `json:"type"`
			Intent struct {
				Name string `json:"name"`
			} `json:"intent"`
		} `json:"request"`
	}
	if json.Unmarshal(call.Request, &request) == nil {
		o.Request = request.Request.Type
		if name := request.Request.Intent.Name; name != "" {
			o.Request += " " + name
		}
	}
	if o.Speech == "" {
		o.Speech = spokenText(call.Response)
	}
}

// tag is an element of SSML.
var tag = regexp.MustCompile(`<[^>]*>`)

// spokenText returns the speech of a response without SSML.
func spokenText(response []byte) string {
	var answer struct {
		Response struct {
			Speech struct {
				Text string `json:"text"`
				SSML string `json:"ssml"`
			} `json:"outputSpeech"`
		} `json:"response"`
	}
	if json.Unmarshal(response, &answer) != nil {
		return ""
	}
	speech := answer.Response.Speech
	if speech.Text == "" {
		speech.Text = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&quot;", `"`, "&apos;", "'", "&amp;", "&").
			Replace(tag.ReplaceAllString(speech.SSML, " "))
	}
	return strings.Join(strings.Fields(speech.Text), " ")
}

// launchRequest returns a request as Alexa sends it for "open NAME". Amazon signs it.
func launchRequest(skillID, locale string, now time.Time) ([]byte, error) {
	application := map[string]any{"applicationId": skillID}
	user := map[string]any{"userId": "amzn1.ask.account.TRIAL"}
	return json.Marshal(map[string]any{
		"version": "1.0",
		"session": map[string]any{"new": true, "sessionId": "amzn1.echo-api.session." + rand.Text(), "application": application,
			"user": user, "attributes": map[string]any{}},
		"context": map[string]any{"System": map[string]any{"application": application, "user": user,
			"device":      map[string]any{"deviceId": "amzn1.ask.device.TRIAL", "supportedInterfaces": map[string]any{}},
			"apiEndpoint": smapi.DefaultURL}},
		"request": map[string]any{"type": "LaunchRequest", "requestId": "amzn1.echo-api.request." + rand.Text(), "locale": locale,
			"timestamp": now.UTC().Format(time.RFC3339)},
	})
}
