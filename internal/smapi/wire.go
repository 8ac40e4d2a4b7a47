package smapi

import (
	"cmp"
	"encoding/json"
	"strings"
	"time"
)

// wireProblem is an error as SMAPI sends it. Only the parts of validationDetails that the errors show are read.
type wireProblem struct {
	Code    string      `json:"code"`
	Message string      `json:"message"`
	Details wireDetails `json:"validationDetails"`
}

type wireDetails struct {
	OriginalInstance struct {
		PropertyPath string `json:"propertyPath"`
	} `json:"originalInstance"`
	Reason struct {
		Type string `json:"type"`
	} `json:"reason"`
	RequiredProperty   string `json:"requiredProperty"`
	UnexpectedProperty string `json:"unexpectedProperty"`
	AgreementType      string `json:"agreementType"`
}

// UnmarshalJSON reads what has the documented form and ignores the rest. An error in an error would hide both.
func (p *wireProblem) UnmarshalJSON(document []byte) error {
	type plain wireProblem // without this method
	var text string
	if json.Unmarshal(document, &text) == nil {
		p.Message = text
		return nil
	}
	_ = json.Unmarshal(document, (*plain)(p))
	return nil
}

// maxProblems limits the problems of one list.
const maxProblems = 200

// problems returns the problems of a resource, without secrets.
func (c *Client) problems(resource string, list []wireProblem) []Problem {
	var found []Problem
	for _, w := range list[:min(len(list), maxProblems)] {
		p := Problem{Resource: c.clean(resource), Code: c.clean(w.Code), Message: c.clean(w.Message)}
		p.Path = c.clean(w.Details.OriginalInstance.PropertyPath)
		if property := cmp.Or(w.Details.RequiredProperty, w.Details.UnexpectedProperty); property != "" {
			p.Path = strings.TrimPrefix(p.Path+"."+c.clean(property), ".")
		}
		p.Reason = c.clean(cmp.Or(w.Details.AgreementType, w.Details.Reason.Type))
		found = append(found, p)
	}
	return found
}

type wireImport struct {
	Status string `json:"status"`
	Skill  struct {
		SkillID   string         `json:"skillId"`
		ETag      string         `json:"eTag"`
		Resources []wireResource `json:"resources"`
	} `json:"skill"`
	Errors   []wireProblem `json:"errors"`
	Warnings []wireProblem `json:"warnings"`
}

type wireResource struct {
	Name     string        `json:"name"`
	Action   string        `json:"action"`
	Status   string        `json:"status"`
	Errors   []wireProblem `json:"errors"`
	Warnings []wireProblem `json:"warnings"`
}

type wirePart struct {
	ETag string `json:"eTag"`
	Last struct {
		Status   string        `json:"status"`
		Errors   []wireProblem `json:"errors"`
		Warnings []wireProblem `json:"warnings"`
		Build    struct {
			Steps []struct {
				Name   string        `json:"name"`
				Status string        `json:"status"`
				Errors []wireProblem `json:"errors"`
			} `json:"steps"`
		} `json:"buildDetails"`
	} `json:"lastUpdateRequest"`
}

// part returns the state of a part of the skill.
func (c *Client) part(resource string, w wirePart) PartStatus {
	p := PartStatus{Status: c.clean(w.Last.Status), ETag: w.ETag}
	p.Errors, p.Warnings = c.problems(resource, w.Last.Errors), c.problems(resource, w.Last.Warnings)
	for _, step := range w.Last.Build.Steps {
		p.Steps = append(p.Steps, BuildStep{c.clean(step.Name), c.clean(step.Status), c.problems(resource, step.Errors)})
	}
	return p
}

type wireCall struct {
	Request struct {
		Endpoint string          `json:"endpoint"`
		Body     json.RawMessage `json:"body"`
	} `json:"invocationRequest"`
	Response struct {
		Body json.RawMessage `json:"body"`
	} `json:"invocationResponse"`
	Metrics struct {
		Milliseconds float64 `json:"skillExecutionTimeInMilliseconds"`
	} `json:"metrics"`
}

func (c *Client) skillCall(w wireCall) SkillCall {
	const longest = 1e6 // milliseconds
	return SkillCall{
		Endpoint: c.clean(w.Request.Endpoint), Request: w.Request.Body, Response: w.Response.Body,
		Duration: time.Duration(min(max(w.Metrics.Milliseconds, 0), longest) * float64(time.Millisecond)),
	}
}

// resultProblem returns the problem of a simulation or an invocation.
func (c *Client) resultProblem(w *wireProblem) Problem {
	if w == nil {
		return Problem{}
	}
	return c.problems("", []wireProblem{*w})[0]
}
