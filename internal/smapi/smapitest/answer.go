package smapitest

import (
	"encoding/json"
	"fmt"
	"net/http"

	"lastpost/internal/smapi/smapitest/rules"
)

// An answer is what the API answers.
type answer struct {
	status int
	header map[string]string
	body   any // nil: none

	message    string // of an error
	violations []rules.Violation
}

// reply is a success with a body.
func reply(status int, body any) answer { return answer{status: status, body: body} }

// accept is a success without a body and with a relative address.
func accept(status int, location string) answer {
	return answer{status: status, header: map[string]string{"Location": location}}
}

// refuse is an error.
func refuse(status int, format string, args ...any) answer {
	if len(args) > 0 {
		format = fmt.Sprintf(format, args...)
	}
	return answer{status: status, message: format}
}

// with adds a header.
func (a answer) with(name, value string) answer {
	if a.header == nil {
		a.header = map[string]string{}
	}
	a.header[name] = value
	return a
}

// because adds violations.
func (a answer) because(violations ...rules.Violation) answer {
	a.violations = violations
	return a
}

// write sends the answer. Every error has a JSON body.
func (a answer) write(w http.ResponseWriter) {
	for name, value := range a.header {
		w.Header().Set(name, value)
	}
	body := a.body
	if a.message != "" {
		failure := map[string]any{"message": a.message}
		if len(a.violations) > 0 {
			failure["violations"] = a.violations
		}
		body = failure
		if a.status == http.StatusUnauthorized {
			w.Header().Set("WWW-Authenticate", `Bearer realm="SMAPI"`)
		}
	}
	if body == nil {
		w.WriteHeader(a.status)
		return
	}
	if w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", "application/json")
	}
	w.WriteHeader(a.status)
	_ = json.NewEncoder(w).Encode(body)
}
