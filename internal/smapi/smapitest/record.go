package smapitest

import (
	"net/http"
	"time"
)

// A Part is one of the servers of the fake.
type Part string

// The parts.
const (
	PartAPI    Part = "api"
	PartLWA    Part = "lwa"
	PartUpload Part = "upload"
)

// A Call is one exchange. Secrets are masked in all its fields.
type Call struct {
	Time           time.Time
	Part           Part
	Method, Path   string
	Query          string
	Header         http.Header
	Body           string
	Status         int
	ResponseHeader http.Header
	ResponseBody   string
	Fault          FaultKind // "": none
}

// Requests returns the exchanges so far.
func (a *Amazon) Requests() []Call {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]Call(nil), a.requests...)
}

func (a *Amazon) record(part Part, next http.Handler) http.Handler { return next }
func (a *Amazon) serveAPI() http.Handler                           { return http.NotFoundHandler() }
func (a *Amazon) serveLWA() http.Handler                           { return http.NotFoundHandler() }
func (a *Amazon) serveUploads() http.Handler                       { return http.NotFoundHandler() }
