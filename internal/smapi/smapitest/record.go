package smapitest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
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

// maxBodyBytes limits the body of a request.
const maxBodyBytes = 32 << 20

// mask replaces a secret in the log.
const mask = "MASKED"

// Requests returns the exchanges so far, in the order of their ends.
func (a *Amazon) Requests() []Call {
	a.mu.Lock()
	defer a.mu.Unlock()
	masker := newMasker(slices.Concat(a.secrets, a.Login.Secrets()))
	masked := make([]Call, 0, len(a.requests))
	for _, call := range a.requests {
		call.Path, call.Query = masker.Replace(call.Path), masker.Replace(call.Query)
		call.Body, call.ResponseBody = masker.Replace(call.Body), masker.Replace(call.ResponseBody)
		call.Header, call.ResponseHeader = maskHeader(masker, call.Header), maskHeader(masker, call.ResponseHeader)
		masked = append(masked, call)
	}
	return masked
}

// Secrets returns every token, code, client secret, code verifier and upload URL so far. Outputs must not contain them.
func (a *Amazon) Secrets() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Concat(a.secrets, a.Login.Secrets())
}

// newMasker replaces secrets as they are, and as they are in forms and JSON.
func newMasker(secrets []string) *strings.Replacer {
	secrets = slices.Clone(secrets)
	slices.SortFunc(secrets, func(a, b string) int { return len(b) - len(a) }) // a secret can contain another
	var pairs []string
	for _, secret := range secrets {
		quoted, _ := json.Marshal(secret)
		for _, written := range []string{secret, url.QueryEscape(secret), url.PathEscape(secret), strings.Trim(string(quoted), `"`)} {
			pairs = append(pairs, written, mask)
		}
	}
	return strings.NewReplacer(pairs...)
}

func maskHeader(masker *strings.Replacer, header http.Header) http.Header {
	masked := http.Header{}
	for name, values := range header {
		for _, value := range values {
			switch scheme, _, hasScheme := strings.Cut(value, " "); {
			case name == "Authorization" && hasScheme:
				value = scheme + " " + mask
			case name == "Authorization":
				value = mask
			}
			masked.Add(name, masker.Replace(value))
		}
	}
	return masked
}

// record logs each exchange and applies the faults. The handler's answer goes into a buffer, so that a fault can lose it.
func (a *Amazon) record(part Part, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBodyBytes))
		if err != nil {
			http.Error(w, "the request body is cut or too large", http.StatusRequestEntityTooLarge)
			return
		}
		fault := a.takeFault(part, r)
		r.Body = io.NopCloser(bytes.NewReader(body))
		answer := httptest.NewRecorder()
		switch {
		case fault.actsNot():
			fault.answer(answer)
		case fault.Kind == FaultExpiredToken:
			a.ExpireToken(tokenOf(r))
			next.ServeHTTP(answer, r)
		default:
			a.wait(r, fault, FaultDelay)
			next.ServeHTTP(answer, r)
		}
		answer.Header().Set("X-Amzn-Requestid", newID(""))
		a.log(part, r, body, answer, fault.Kind)
		a.wait(r, fault, FaultHold)
		fault.send(w, r, answer)
	})
}

// log stores an exchange.
func (a *Amazon) log(part Part, r *http.Request, body []byte, answer *httptest.ResponseRecorder, fault FaultKind) {
	text := string(body)
	if part == PartUpload {
		text = fmt.Sprintf("(%d bytes)", len(body))
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.requests = append(a.requests, Call{
		Time: time.Now(), Part: part, Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery, Header: r.Header.Clone(), Body: text,
		Status: answer.Code, ResponseHeader: answer.Header().Clone(), ResponseBody: answer.Body.String(), Fault: fault,
	})
}
