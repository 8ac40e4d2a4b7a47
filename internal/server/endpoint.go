package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"lastpost/internal/alexa"
	"lastpost/internal/server/clients"
	"lastpost/internal/verify"
)

// The rules of this package, in addition to [BodyDigest] and the rules of package verify.
const (
	bodySize      verify.Rule = "body-size"      // 413
	bodyRead      verify.Rule = "body-read"      // incomplete, or too slow
	bodyBudget    verify.Rule = "body-budget"    // large, while other large bodies use all of the memory
	bodyMalformed verify.Rule = "body-malformed" // signed by Amazon, but not a valid request
	internalError verify.Rule = "internal"       // 500
)

// errTooLarge is the refusal of a body with more than maxBodyBytes.
var errTooLarge = fmt.Errorf("%w: more than %d bytes", bodySize, maxBodyBytes)

// An endpoint answers the requests to one skill.
type endpoint struct {
	skill      ServedSkill
	server     *Server
	clientAddr clients.AddrFunc
	verifier   *verify.Verifier
	isTest     bool // TestEndpoint created it
}

// TestEndpoint returns a handler like the skill's endpoint, but with another verifier, for a simulator that signs with its
// own key. No listener routes requests to this handler. The log marks its requests, and only the metric trials_total
// counts them.
func (s *Server) TestEndpoint(skill ServedSkill, verifier *verify.Verifier) http.Handler {
	return &endpoint{skill: skill, server: s, clientAddr: clients.PeerAddr, verifier: verifier, isTest: true}
}

// An ObservedRequest is one request and its answer, for [Server.Observe]. The observer owns Header, Body and Answer. They
// contain the user's IDs and tokens in clear text.
type ObservedRequest struct {
	Skill   string
	Test    bool // it came from [Server.TestEndpoint]
	Began   time.Time
	Header  http.Header
	Body    []byte
	Request alexa.Request // zero if the signature was not verified
	Status  int
	Rule    string // the rule that the request broke, or "internal"; "": the request was answered
	Err     error  // with all details
	Answer  []byte // also for a refused request

	// The duration of each stage. 0 means that the request did not reach the stage. Time between two stages counts for the
	// second stage.
	Read, Verify, Decode, Handle, Encode, Write time.Duration
}

// A requestRecord collects the data of one request while it is processed.
type requestRecord struct {
	ObservedRequest
	stageEnd      time.Time // when the last stage ended
	applicationID string    // of a verified request; "": not verified
}

// endStage sets the duration of the stage that ends now.
func (x *requestRecord) endStage(stage *time.Duration) {
	now := time.Now()
	*stage, x.stageEnd = now.Sub(x.stageEnd), now
}

// elapsed returns the time from the start of the request to the end of its last stage.
func (x *requestRecord) elapsed() time.Duration { return x.stageEnd.Sub(x.Began) }

// ServeHTTP answers one request, writes one log line and updates the metrics.
func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	defer e.server.limitBody(r, e.clientAddr, maxBodyBytes)()
	x := requestRecord{stageEnd: began}
	x.ObservedRequest = ObservedRequest{Skill: e.skill.Name, Test: e.isTest, Began: began, Header: r.Header, Status: http.StatusOK}
	x.Answer, x.Err = e.verifyAndHandle(w, r, &x)
	if x.Err != nil {
		x.Rule, x.Status = string(verify.RuleOf(x.Err)), errorStatus(x.Err)
		x.Answer = writeError(w, x.Status, errorMessage(x.Err))
	} else {
		w.Header().Set("Content-Type", "application/json;charset=UTF-8")
		w.Header().Set("Content-Length", strconv.Itoa(len(x.Answer))) // otherwise net/http sends more than 2 KiB in chunks
		_, _ = w.Write(x.Answer)                                      // an error means that the client has disconnected
	}
	x.endStage(&x.Write)
	if e.isTest {
		e.server.testRequests.Add(1)
	} else {
		e.server.metrics.countRequest(&e.skill, &x)
	}
	e.logRequest(r, &x)
	if !e.isTest {
		e.reportFaults(r, &x)
	}
	if e.server.Observe != nil {
		e.server.Observe(x.ObservedRequest)
	}
}

// verifyAndHandle processes a request to a skill in six steps: read, verify, decode, check the decoded values, handle,
// encode. If the signature is valid, it stores the decoded request in *x for the log.
func (e *endpoint) verifyAndHandle(w http.ResponseWriter, r *http.Request, x *requestRecord) ([]byte, error) {
	body, err := readBody(w, r)
	x.Body = body
	x.endStage(&x.Read)
	if err != nil {
		return nil, err
	}
	if err := checkContentDigest(r.Header, body); err != nil {
		return nil, err
	}
	err = e.verifier.VerifySignature(r.Header, body)
	x.endStage(&x.Verify)
	if err != nil {
		return nil, err
	}
	envelope, err := alexa.Decode(body)
	x.endStage(&x.Decode)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", bodyMalformed, err)
	}
	x.Request, x.applicationID = envelope.Request, envelope.Context.System.Application.ApplicationID
	if err := verify.CheckTimestamp(envelope.Request.Type, string(envelope.Request.Timestamp), e.server.Now()); err != nil {
		return nil, err
	}
	var sessionIDs []string
	if envelope.Session != nil {
		sessionIDs = []string{envelope.Session.Application.ApplicationID}
	}
	err = verify.CheckApplicationID(e.skill.ApplicationID, x.applicationID, sessionIDs...)
	if err != nil {
		return nil, err
	}
	protectConnection(r.Context())
	return e.callHandler(r.Context(), envelope, x)
}

// readBody reads the body up to its size limit. The server's ReadTimeout limits the time.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.ContentLength > maxBodyBytes {
		w.Header().Set("Connection", "close") // otherwise the server reads the body to find the next request
		return nil, errTooLarge
	}
	var body bytes.Buffer
	// Allocate for the usual size only: a sender could announce a large body and send nothing.
	body.Grow(int(min(max(r.ContentLength, 0), usualBodyBytes)) + bytes.MinRead)
	_, err := body.ReadFrom(http.MaxBytesReader(w, r.Body, maxBodyBytes))
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return nil, errTooLarge
	}
	if err == nil || errors.Is(err, errBodyBudget) {
		return body.Bytes(), err
	}
	return nil, fmt.Errorf("%w: after %d bytes: %w", bodyRead, body.Len(), err)
}

// callHandler calls the skill's handler. It turns a panic into an error, so that only this request fails.
func (e *endpoint) callHandler(ctx context.Context, envelope *alexa.Envelope, x *requestRecord) (answer []byte, err error) {
	defer func() {
		if panicValue := recover(); panicValue != nil {
			err = fmt.Errorf("%w: the handler panicked: %v", internalError, panicValue)
		}
	}()
	response, err := e.skill.Handler.Handle(ctx, envelope)
	x.endStage(&x.Handle)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", internalError, err)
	}
	answer, err = alexa.Encode(response)
	x.endStage(&x.Encode)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", internalError, err)
	}
	return answer, nil
}

// errorStatus returns the HTTP status for an error. Most refusals get 400, as Amazon's certification requires.
func errorStatus(err error) int {
	switch verify.RuleOf(err) {
	case bodySize:
		return http.StatusRequestEntityTooLarge
	case internalError:
		return http.StatusInternalServerError
	}
	return http.StatusBadRequest
}

// errorMessage returns the message for the sender. It states the rule, but not the details, which only the log contains.
func errorMessage(err error) string {
	switch rule := verify.RuleOf(err); rule {
	case bodySize:
		return "the body is too large"
	case bodyBudget:
		return "too many large bodies arrive at the same time"
	case bodyRead:
		return "the body is incomplete or arrived too slowly"
	case bodyMalformed:
		return "the body is not an Alexa request"
	case BodyDigest:
		return BodyChangedMessage
	case internalError:
		return "internal error"
	default:
		return rule.Error()
	}
}

// writeError writes an error as JSON and returns the written body.
func writeError(w http.ResponseWriter, status int, message string) []byte {
	type data struct {
		Status int `json:"status"`
	}
	body, _ := json.Marshal(struct { // strings and numbers cannot fail
		Message string `json:"message"`
		Data    data   `json:"data"`
	}{message, data{status}})
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.WriteHeader(status)
	_, _ = w.Write(body)
	return body
}
