package server_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/alexa"
	"lastpost/internal/server"
)

const contentType = "application/json;charset=UTF-8"

func TestAnswersGenuineRequest(t *testing.T) {
	env := newTestEnv(t)
	var seen []*alexa.Envelope
	env.server.Skills[0].Handler = handlerFunc(func(ctx context.Context, e *alexa.Envelope) *alexa.Response {
		seen = append(seen, e)
		return respondWith("Hello.")(ctx, e)
	})
	env.open()

	body := requestSpec{}.body()
	got := env.sendSigned(body)
	got.header.Del("Date")
	require.Equal(t, httpResult{
		status: http.StatusOK,
		header: http.Header{"Content-Type": {contentType}, "Content-Length": {"146"}},
		body:   responseBody("Hello.", defaultRequestID),
	}, got)

	want, err := alexa.Decode(body)
	require.NoError(t, err)
	require.Equal(t, []*alexa.Envelope{want}, seen)
	require.Equal(t, userID, seen[0].Session.User.UserID)
	require.Equal(t, []logLine{{slog.LevelInfo, map[string]any{
		"message": "request", "skill": "halfelf", "request_id": defaultRequestID, "type": "IntentRequest", "intent": "LastPostIntent",
		"locale": "en-US", "status": int64(200), "rule": "",
	}}}, env.stopAndRequestLines())
}

// TestAnswersRequestWithoutSession sends a System.ExceptionEncountered request, which has no session. It must be answered.
func TestAnswersRequestWithoutSession(t *testing.T) {
	env := newTestEnv(t).open()
	body := `{"context":{"System":{"application":{"applicationId":"` + skillID + `"}}},"request":{"type":"System.ExceptionEncountered","requestId":"x","timestamp":"` +
		now.Format("2006-01-02T15:04:05Z") + `"}}`
	require.Equal(t, responseBody("Hello.", "x"), env.sendSigned([]byte(body)).body)
}

func TestSkillsAreSeparate(t *testing.T) {
	env := newTestEnv(t)
	env.server.Skills = []server.ServedSkill{
		newSkill("one", "/alexa/one", skillID, respondWith("One.")),
		newSkill("two", "/alexa/two", otherID, respondWith("Two.")),
	}
	env.open()
	const refused = `{"message":"the application id is not this skill's","data":{"status":400}}`
	for _, row := range []struct {
		claim, path string
		ask         requestSpec
		want        string
	}{
		{"the first skill answers its own request", "/alexa/one", requestSpec{application: skillID}, responseBody("One.", defaultRequestID)},
		{"the second skill answers its own request", "/alexa/two", requestSpec{application: otherID}, responseBody("Two.", defaultRequestID)},
		{"the first skill refuses the second's request", "/alexa/one", requestSpec{application: otherID}, refused},
		{"the second skill refuses the first's request", "/alexa/two", requestSpec{application: skillID}, refused},
		{"a session of the other skill is refused", "/alexa/one", requestSpec{application: skillID, session: otherID}, refused},
		{"a context of the other skill is refused", "/alexa/one", requestSpec{application: otherID, session: skillID}, refused},
	} {
		t.Run(row.claim, func(t *testing.T) {
			r := env.signedRequest(row.ask.body())
			r.URL.Path = row.path
			require.Equal(t, row.want, env.send(r).body)
		})
	}
}

func TestHandlerFaultGets500(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		claim   string
		handler handlerFunc
		want    string // in the log
	}{
		{
			"a handler that panics", func(context.Context, *alexa.Envelope) *alexa.Response { panic("the sky fell: " + otherID) },
			"internal: the handler panicked: the sky fell: " + otherID,
		},
		{
			"a handler that panics with a value that is not a string", func(context.Context, *alexa.Envelope) *alexa.Response { panic([]int{1, 2}) },
			"internal: the handler panicked: [1 2]",
		},
		{
			"a response that does not encode", respondWithAttribute("f", func() {}),
			"internal: alexa: encode session attributes: json: unsupported type: func()",
		},
		{
			"a response that is too large without its texts", respondWithAttribute("f", strings.Repeat("x", 24<<10)),
			"internal: alexa: response too large: 24636 bytes without its texts, limit 24576",
		},
		{
			"a response that panics when it is encoded", respondWithAttribute("f", panickingMarshaler{}),
			"internal: the handler panicked: sprung",
		},
	} {
		t.Run(row.claim, func(t *testing.T) {
			env := newTestEnv(t)
			env.server.Skills[0].Handler = failOnceThenRespond(row.handler)
			env.open()
			failed := env.sendSigned(requestSpec{}.body())
			require.Equal(t, http.StatusInternalServerError, failed.status)
			require.Equal(t, `{"message":"internal error","data":{"status":500}}`, failed.body)
			require.Equal(t, contentType, failed.header.Get("Content-Type"))
			require.Equal(t, responseBody("Hello.", "next"), env.sendSigned(requestSpec{id: "next"}.body()).body)

			lines := env.stopAndRequestLines()
			require.Len(t, lines, 2)
			require.Equal(t, logLine{slog.LevelError, map[string]any{
				"message": "request", "skill": "halfelf", "request_id": defaultRequestID, "type": "IntentRequest", "intent": "LastPostIntent",
				"locale": "en-US", "status": int64(500), "rule": "internal", "error": row.want,
			}}, lines[0])
			require.Equal(t, slog.LevelInfo, lines[1].level)
		})
	}
}

// A panickingMarshaler panics when it is encoded as JSON.
type panickingMarshaler struct{}

func (panickingMarshaler) MarshalJSON() ([]byte, error) { panic("sprung") }

func respondWithAttribute(key string, value any) handlerFunc {
	return func(context.Context, *alexa.Envelope) *alexa.Response {
		return &alexa.Response{Attributes: map[string]any{key: value}}
	}
}

// failOnceThenRespond returns a handler that calls fault at the first call and answers "Hello." afterwards.
func failOnceThenRespond(fault handlerFunc) handlerFunc {
	var calls atomic.Int32
	return func(ctx context.Context, e *alexa.Envelope) *alexa.Response {
		if calls.Add(1) == 1 {
			return fault(ctx, e)
		}
		return respondWith("Hello.")(ctx, e)
	}
}

// TestConcurrentRequestsGetOwnAnswers sends 1,000 requests at once over 100 connections. Each must get its own answer.
func TestConcurrentRequestsGetOwnAnswers(t *testing.T) {
	env := newTestEnv(t)
	env.useShortKey()
	env.open()
	env.client.Transport.(*http.Transport).MaxConnsPerHost = 100
	env.client.Transport.(*http.Transport).MaxIdleConnsPerHost = 100
	require.Equal(t, 1000, env.countCorrectAnswers(1000))
	require.Equal(t, 1, env.bucket.Fetches())
	require.Len(t, env.stopAndRequestLines(), 1000)
}

// TestHandlersRunConcurrently has a handler that answers only when all 1,000 requests have arrived. It uses plain HTTP,
// because so many TLS handshakes at once would exceed the time limit.
func TestHandlersRunConcurrently(t *testing.T) {
	env := newTestEnv(t)
	env.useShortKey()
	env.server.Certificate = nil
	var arriving sync.WaitGroup
	arriving.Add(1000)
	env.server.Skills[0].Handler = handlerFunc(func(ctx context.Context, e *alexa.Envelope) *alexa.Response {
		arriving.Done()
		arriving.Wait()
		return respondWith("Hello.")(ctx, e)
	})
	env.open()
	require.Equal(t, 1000, env.countCorrectAnswers(1000))
}

// countCorrectAnswers sends n requests at once and counts those that get their own answer.
func (env *testEnv) countCorrectAnswers(n int) int {
	var good atomic.Int32
	var group sync.WaitGroup
	for _, r := range env.distinctRequests(n) {
		group.Go(func() {
			if env.getsOwnAnswer(r) {
				good.Add(1)
			}
		})
	}
	group.Wait()
	return int(good.Load())
}

// distinctRequests returns n signed requests with different IDs.
func (env *testEnv) distinctRequests(n int) (requests []*http.Request) {
	for i := range n {
		id := fmt.Sprint("request-", i)
		r := env.signedRequest(requestSpec{id: id}.body())
		r.Header.Set("X-Id", id)
		requests = append(requests, r)
	}
	return requests
}

func (env *testEnv) getsOwnAnswer(r *http.Request) bool {
	response, err := env.client.Do(r)
	if err != nil {
		env.t.Errorf("request: %v", err)
		return false
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	return err == nil && string(body) == responseBody("Hello.", r.Header.Get("X-Id"))
}
