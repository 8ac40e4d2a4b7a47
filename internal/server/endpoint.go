package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"lastpost/internal/alexa"
	"lastpost/internal/verify"
)

// Rules of the edge itself, beside those of package verify and [BodyDigest].
const (
	bodySize      verify.Rule = "body-size"      // 413
	bodyRead      verify.Rule = "body-read"      // cut off, or too slow
	bodyMalformed verify.Rule = "body-malformed" // signed, and yet no request
	internalError verify.Rule = "internal"       // 500
)

// errTooLarge is a body of more than maxBody bytes.
var errTooLarge = fmt.Errorf("%w: more than %d bytes", bodySize, maxBodyBytes)

// publicRoutes routes the public listener.
func (s *Server) publicRoutes(snapshot *configSnapshot) http.Handler {
	client := snapshot.Proxy.newClientAddrFunc()
	notFound := func(w http.ResponseWriter, r *http.Request) {
		if snapshot.Link != nil && snapshot.Link.Claims(r) {
			snapshot.serveLink(w, r, client)
			return
		}
		s.writeNotFound(w, r, client)
	}
	router := chi.NewRouter()
	router.NotFound(notFound)
	router.MethodNotAllowed(func(w http.ResponseWriter, r *http.Request) { writeMethodNotAllowed(router, w, r, notFound) })
	for _, skill := range snapshot.Skills {
		router.Method(http.MethodPost, skill.Path, &endpoint{skill: skill, server: s, clientAddr: client, verifier: s.Verifier})
		if skill.Hub != nil {
			router.Handle(HubPath+skill.Name+"/{token}", skill.Hub)
		}
		if skill.Briefing != nil {
			router.Method(http.MethodGet, BriefingPath+skill.Name+".json", skill.Briefing)
			router.Method(http.MethodHead, BriefingPath+skill.Name+".json", skill.Briefing)
		}
	}
	return router
}

// writeMethodNotAllowed names the methods that a path has. To chi, a method that it does not know is not allowed anywhere, not even
// where nothing is.
func writeMethodNotAllowed(router chi.Router, w http.ResponseWriter, r *http.Request, notFound http.HandlerFunc) {
	var allowed []string
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost} {
		if router.Match(chi.NewRouteContext(), method, r.URL.EscapedPath()) {
			allowed = append(allowed, method)
		}
	}
	message := "this is to be read"
	switch {
	case len(allowed) == 0:
		notFound(w, r)
		return
	case slices.Equal(allowed, []string{http.MethodPost}):
		message = "Alexa posts"
	case slices.Contains(allowed, http.MethodPost):
		message = "there is no such method"
	}
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	writeError(w, http.StatusMethodNotAllowed, message)
}

// writeNotFound leaves a line where it may be Alexa who was sent to a wrong path: her operator would else see nothing at all.
func (s *Server) writeNotFound(w http.ResponseWriter, r *http.Request, client clientAddrFunc) {
	if r.Header.Get("SignatureCertChainUrl") != "" {
		s.Log.WarnContext(r.Context(), "no skill has this path", "path", clipForLog(r.URL.Path), "client", client(r),
			"remedy", "compare the endpoint in Amazon's console with the skills' paths")
	}
	writeError(w, http.StatusNotFound, "there is nothing here")
}

// clipForLog keeps what a sender wrote from filling the log.
func clipForLog(text string) string {
	const maxLength = 300
	if len(text) <= maxLength {
		return text
	}
	return strings.ToValidUTF8(text[:maxLength], "") + "…"
}

// endpoint answers the requests to one skill.
type endpoint struct {
	skill      ServedSkill
	server     *Server
	clientAddr clientAddrFunc
	verifier   *verify.Verifier
	isTest     bool // see Trial
}

// TestEndpoint answers for one skill as its endpoint does, but believes another verifier: that of somebody who plays Alexa with
// a key of his own. It is on no listener. Its requests are marked in the log, and count in no metric but that of trials.
func (s *Server) TestEndpoint(skill ServedSkill, verifier *verify.Verifier) http.Handler {
	return &endpoint{skill: skill, server: s, clientAddr: peerAddr, verifier: verifier, isTest: true}
}

// An Exchange is one request and its answer, for [Server.Observe]. Header, body and answer are the observer's from then
// on. They hold the listener's ids and tokens in clear.
type ObservedRequest struct {
	Skill   string
	Test    bool // it came by way of [Server.Trial]
	Began   time.Time
	Header  http.Header
	Body    []byte
	Request alexa.Request // zero until the request was verified
	Status  int
	Rule    string // that a refused request broke, or of what went wrong; "": it was answered
	Err     error  // in full
	Answer  []byte // also that of a refusal

	// How long each stage took; 0: it was not reached. What stands between two stages counts for the second.
	Read, Verify, Decode, Handle, Encode, Write time.Duration
}

// requestRecord is what is known of one request so far.
type requestRecord struct {
	ObservedRequest
	stageEnd time.Time // when the last stage ended
}

// endStage ends a stage.
func (x *requestRecord) endStage(stage *time.Duration) {
	now := time.Now()
	*stage, x.stageEnd = now.Sub(x.stageEnd), now
}

// elapsed is the time from the beginning to the end of the last stage.
func (x *requestRecord) elapsed() time.Duration { return x.stageEnd.Sub(x.Began) }

// ServeHTTP answers one request, and leaves one line in the log and one count in the metrics.
func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	x := requestRecord{ObservedRequest{Skill: e.skill.Name, Test: e.isTest, Began: began, Header: r.Header, Status: http.StatusOK}, began}
	x.Answer, x.Err = e.verifyAndHandle(w, r, &x)
	if x.Err != nil {
		x.Rule, x.Status = string(verify.RuleOf(x.Err)), errorStatus(x.Err)
		x.Answer = writeError(w, x.Status, errorMessage(x.Err))
	} else {
		w.Header().Set("Content-Type", "application/json;charset=UTF-8")
		w.Header().Set("Content-Length", strconv.Itoa(len(x.Answer))) // else what is longer than 2 KiB goes in chunks
		_, _ = w.Write(x.Answer)                                      // where it fails there is nobody left to tell
	}
	x.endStage(&x.Write)
	if e.isTest {
		e.server.testRequests.Add(1)
	} else {
		e.server.metrics.countRequest(&e.skill, &x)
	}
	e.logRequest(r, &x)
	if e.server.Observe != nil {
		e.server.Observe(x.ObservedRequest)
	}
}

// verifyAndHandle is the way of a request: read, verify, decode, check what the decoded says, handle, encode. No route leads
// round it. As soon as the request is known to be genuine it is put into *x, for the log.
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
	x.Request = envelope.Request
	if err := verify.CheckTimestamp(envelope.Request.Type, envelope.Request.Timestamp, e.server.Now()); err != nil {
		return nil, err
	}
	var sessionIDs []string
	if envelope.Session != nil {
		sessionIDs = []string{envelope.Session.Application.ApplicationID}
	}
	err = verify.CheckApplicationID(e.skill.ApplicationID, envelope.Context.System.Application.ApplicationID, sessionIDs...)
	if err != nil {
		return nil, err
	}
	protectConnection(r.Context())
	return e.callHandler(r.Context(), envelope, x)
}

// readBody reads the whole body within its limit; how long it may take is the server's ReadTimeout.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.ContentLength > maxBodyBytes {
		w.Header().Set("Connection", "close") // or else the server would read on in search of the next request
		return nil, errTooLarge
	}
	var body bytes.Buffer
	// Room for what Alexa sends, and not for what somebody else announces.
	body.Grow(int(min(max(r.ContentLength, 0), usualBodyBytes)) + bytes.MinRead)
	_, err := body.ReadFrom(http.MaxBytesReader(w, r.Body, maxBodyBytes))
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return nil, errTooLarge
	}
	if err != nil {
		return nil, fmt.Errorf("%w: after %d bytes: %w", bodyRead, body.Len(), err)
	}
	return body.Bytes(), nil
}

// callHandler turns a panic, which is a fault of this program, into an error: one request fails, and no more.
func (e *endpoint) callHandler(ctx context.Context, envelope *alexa.Envelope, x *requestRecord) (answer []byte, err error) {
	defer func() {
		if panicValue := recover(); panicValue != nil {
			err = fmt.Errorf("%w: the handler panicked: %v", internalError, panicValue)
		}
	}()
	response := e.skill.Handler.Handle(ctx, envelope)
	x.endStage(&x.Handle)
	answer, err = alexa.Encode(response)
	x.endStage(&x.Encode)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", internalError, err)
	}
	return answer, nil
}

// errorStatus is 400 for whatever a sender does wrong, as Amazon's certification asks for.
func errorStatus(err error) int {
	switch verify.RuleOf(err) {
	case bodySize:
		return http.StatusRequestEntityTooLarge
	case internalError:
		return http.StatusInternalServerError
	}
	return http.StatusBadRequest
}

// errorMessage is what the sender is told: which rule, and nothing of what stands in the log.
func errorMessage(err error) string {
	switch rule := verify.RuleOf(err); rule {
	case bodySize:
		return "the body is too large"
	case bodyRead:
		return "the body did not arrive whole and in time"
	case bodyMalformed:
		return "the body is not a request of Alexa's"
	case BodyDigest:
		return BodyChangedMessage
	case internalError:
		return "internal error"
	default:
		return rule.Error()
	}
}

// writeError gives what it has written.
func writeError(w http.ResponseWriter, status int, message string) []byte {
	type data struct {
		Status int `json:"status"`
	}
	body, _ := json.Marshal(struct { // strings and numbers always encode
		Message string `json:"message"`
		Data    data   `json:"data"`
	}{message, data{status}})
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.WriteHeader(status)
	_, _ = w.Write(body)
	return body
}

// logRequest writes the one line of the request. It names no user and no device.
func (e *endpoint) logRequest(r *http.Request, x *requestRecord) {
	level := slog.LevelInfo
	attrs := []slog.Attr{
		slog.String("skill", e.skill.Name), slog.String("request_id", x.Request.RequestID),
		slog.String("type", x.Request.Type), slog.String("intent", x.Request.Intent.Name), slog.String("locale", x.Request.Locale),
		slog.Int("status", x.Status), slog.String("rule", x.Rule),
		slog.Float64("ms", float64(x.elapsed().Microseconds())/1000),
	}
	if e.isTest {
		attrs = append(attrs, slog.Bool("test", true))
	}
	if x.Err != nil {
		level = slog.LevelWarn
		attrs = append(attrs, slog.String("error", clipForLog(x.Err.Error())))
	}
	if x.Status >= http.StatusInternalServerError {
		level = slog.LevelError
	} else if x.Err != nil {
		attrs = append(attrs, slog.String("client", e.clientAddr(r)))
	}
	e.server.Log.LogAttrs(r.Context(), level, "request", attrs...)
}
