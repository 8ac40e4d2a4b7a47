package smapi

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// An Error is an error that Amazon answered, or an answer that cannot be from Amazon. Its texts do not have secrets.
type Error struct {
	Call         string // such as "list the vendors"
	Method, Path string
	Status       int // the HTTP status
	Code         string
	Message      string
	Violations   []Problem
	RequestID    string // Amazon's support needs it
	Remedy       string
	Attempts     int // the number of requests that were sent; 0 or 1: one
}

// Error returns Amazon's message, each violation with its JSON path, the request id and the remedy.
func (e *Error) Error() string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s: %s %s", e.Call, e.Method, e.Path)
	if e.Status != 0 {
		fmt.Fprintf(&text, ": status %d", e.Status)
	}
	if e.Code != "" {
		text.WriteString(" " + e.Code)
	}
	text.WriteString(": " + sentence(e.Message))
	for _, v := range e.Violations {
		text.WriteString("\n  " + v.String())
	}
	if len(e.Violations) > 0 {
		text.WriteString("\n")
	} else {
		text.WriteString(" ")
	}
	if e.Attempts > 1 {
		fmt.Fprintf(&text, "The call was sent %d times. ", e.Attempts)
	}
	if e.RequestID != "" {
		fmt.Fprintf(&text, "Request id: %s. ", e.RequestID)
	}
	text.WriteString(e.Remedy)
	return strings.TrimRight(text.String(), " \n")
}

// String returns a problem as one line: the resource, the JSON path, the message and the code.
func (p Problem) String() string {
	parts := []string{}
	for _, part := range []string{p.Resource, p.Path, p.Message} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	text := strings.Join(parts, ": ")
	codes := []string{}
	for _, code := range []string{p.Code, p.Reason} {
		if code != "" {
			codes = append(codes, code)
		}
	}
	if len(codes) == 0 {
		return text
	}
	return strings.TrimSpace(text + " (" + strings.Join(codes, ", ") + ")")
}

// sentence returns a text that ends with a period.
func sentence(text string) string {
	if strings.HasSuffix(text, ".") || strings.HasSuffix(text, "!") || strings.HasSuffix(text, "?") {
		return text
	}
	return text + "."
}

// A LostAnswerError means that it is unknown whether Amazon acted: the request was sent, but no usable answer came.
type LostAnswerError struct{ Err error }

func (e *LostAnswerError) Error() string {
	return "it is unknown whether Amazon did this: " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *LostAnswerError) Unwrap() error { return e.Err }

// An ImportRunningError means that Amazon refused an import, because another import of the skill is running.
type ImportRunningError struct {
	ImportID string // "": Amazon did not say it
	Err      *Error
}

func (e *ImportRunningError) Error() string { return e.Err.Error() }

// Unwrap returns Amazon's answer.
func (e *ImportRunningError) Unwrap() error { return e.Err }

// IsNotFound reports whether an error means that the resource does not exist.
func IsNotFound(err error) bool { return Status(err) == http.StatusNotFound }

// Status returns the HTTP status of an *Error in err's chain, or 0.
func Status(err error) int {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Status
	}
	return 0
}
