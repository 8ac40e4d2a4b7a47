package server_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/alexa"
	"lastpost/internal/server"
)

// newFaultEnv returns an environment with two skills whose public addresses are known.
func newFaultEnv(t *testing.T) *testEnv {
	env := newTestEnv(t)
	elf, dwarf := newSkill("halfelf", "/alexa", skillID, respondWith("Hello.")), newSkill("dwarf", "/dwarf", otherID, respondWith("Hello."))
	elf.URL, dwarf.URL = "https://"+serverName+"/alexa", "https://"+serverName+"/dwarf"
	elf.EpisodeID = func(token string) string { return "post of " + token }
	env.server.Skills = []server.ServedSkill{elf, dwarf}
	return env
}

const unknownID = "amzn1.ask.skill.33333333-3333-3333-3333-333333333333"

// sendAs sends a signed request after a change.
func sendAs(env *testEnv, body []byte, change func(*http.Request)) httpResult {
	r := env.signedRequest(body)
	change(r)
	return env.send(r)
}

func toPath(path string) func(*http.Request) { return func(r *http.Request) { r.URL.Path = path } }

// setBody replaces the sent body.
func setBody(r *http.Request, body []byte) {
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
}

// TestNamesEndpointFaults plants each fault of an endpoint. It must be one fault, with these texts in the log and the metric.
func TestNamesEndpointFaults(t *testing.T) {
	const setEndpoint = "set the endpoint in Amazon's console to https://skill.example.com/alexa"
	for _, row := range []struct {
		claim       string
		send        func(*testEnv) httpResult
		status      int
		kind, skill string
		texts       []string // in the log line
	}{
		{"a wrong path", func(env *testEnv) httpResult { return sendAs(env, requestSpec{}.body(), toPath("/alexa/typo")) },
			404, "wrong-path", "halfelf", []string{`"/alexa/typo"`, `"/alexa"`, `"/dwarf"`, setEndpoint, "127.0.0.1"}},
		{"the root path", func(env *testEnv) httpResult { return sendAs(env, requestSpec{}.body(), toPath("/")) },
			404, "wrong-path", "halfelf", []string{`"/"`, setEndpoint}},
		{"the path of the token endpoint", func(env *testEnv) httpResult { return sendAs(env, requestSpec{}.body(), toPath("/link/token")) },
			404, "wrong-path", "halfelf", []string{`"/link/token"`, setEndpoint}},
		{"a path of another method", func(env *testEnv) httpResult {
			return sendAs(env, requestSpec{}.body(), toPath("/briefing/halfelf.json"))
		},
			405, "wrong-path", "halfelf", []string{`"/briefing/halfelf.json"`, setEndpoint}},
		{"a wrong method", func(env *testEnv) httpResult {
			return sendAs(env, requestSpec{}.body(), func(r *http.Request) { r.Method = http.MethodPut })
		}, 405, "wrong-method", "halfelf", []string{"PUT", "POST", "in front of the service"}},
		{"an unknown method", func(env *testEnv) httpResult {
			return sendAs(env, requestSpec{}.body(), func(r *http.Request) { r.Method = "SEND" })
		}, 405, "wrong-method", "halfelf", []string{"SEND"}},
		{"a wrong host, at the right path", func(env *testEnv) httpResult {
			return sendAs(env, requestSpec{}.body(), func(r *http.Request) { r.Host = "old.example.com" })
		}, 200, "wrong-host", "halfelf", []string{`"old.example.com"`, serverName, setEndpoint, "was answered"}},
		{"a wrong host and a wrong path", func(env *testEnv) httpResult {
			return sendAs(env, requestSpec{}.body(), func(r *http.Request) { r.Host, r.URL.Path = "old.example.com", "/x" })
		}, 404, "wrong-path", "halfelf", []string{`"old.example.com"`, `"/x"`, setEndpoint}},
		{"another skill's path", func(env *testEnv) httpResult {
			return sendAs(env, requestSpec{application: otherID}.body(), toPath("/alexa"))
		},
			400, "wrong-skill", "dwarf", []string{`"/alexa"`, "halfelf", "set the endpoint in Amazon's console to https://skill.example.com/dwarf"}},
		{"an application id that no skill has", func(env *testEnv) httpResult { return env.sendSigned(requestSpec{application: unknownID}.body()) },
			400, "unknown-skill", "halfelf", []string{unknownID, skillID, "application_id", "If it is not yours"}},
		{"an application id that no skill has, at a wrong path", func(env *testEnv) httpResult {
			return sendAs(env, requestSpec{application: unknownID}.body(), toPath("/x"))
		},
			404, "unknown-skill", "", []string{unknownID, `"/x"`, "application_id"}},
		{"a wrong clock", func(env *testEnv) httpResult {
			return env.sendSigned(requestSpec{timestamp: now.Add(-time.Hour).Format(time.RFC3339)}.body())
		}, 400, "stale-timestamp", "halfelf", []string{"1h0m0s from now", "timedatectl"}},
		{"a wrong clock and a wrong path", func(env *testEnv) httpResult {
			return sendAs(env, requestSpec{timestamp: now.Add(time.Hour).Format(time.RFC3339)}.body(), toPath("/x"))
		}, 404, "stale-timestamp", "halfelf", []string{"-1h0m0s from now", "timedatectl"}},
		{"a body that a proxy wrote again", func(env *testEnv) httpResult {
			body := requestSpec{}.body()
			return sendAs(env, body, func(r *http.Request) { setBody(r, append(body, '\n')) })
		}, 400, "body-rewritten", "halfelf", []string{"white space around the body", "forward bodies unchanged"}},
	} {
		t.Run(row.claim, func(t *testing.T) {
			env := newFaultEnv(t)
			env.server.Skills[0].Briefing, env.server.Link = http.NotFoundHandler(), pathLinkHandler{}
			env.open()
			require.Equal(t, row.status, row.send(env).status)
			requireOneFault(t, env, row.kind, row.skill, row.texts)
		})
	}
}

// requireOneFault waits for the fault and compares log, metric and state.
func requireOneFault(t *testing.T, env *testEnv, kind, skill string, texts []string) {
	t.Helper()
	require.Eventually(t, func() bool { return len(env.server.Faults.Seen()) > 0 }, testTimeout, time.Millisecond)
	seen := env.server.Faults.Seen()
	require.Len(t, seen, 1)
	require.Equal(t, kind, seen[0].Kind)
	require.Equal(t, skill, seen[0].Skill)
	require.EqualValues(t, 1, seen[0].Count)
	require.Equal(t, map[string]string{fmt.Sprintf(`lastpost_faults_total{kind=%q,skill=%q}`, kind, skill): "1"}, env.metricSamples("lastpost_faults_total"))
	var lines []logLine
	for _, line := range env.log.visibleLines() {
		if line.attrs["fault"] == kind {
			lines = append(lines, line)
		}
	}
	require.Len(t, lines, 1)
	text := fmt.Sprint(lines[0].attrs)
	for _, part := range texts {
		require.Contains(t, text, part)
	}
	for _, id := range []string{"LISTENER", "KITCHEN"} {
		require.NotContains(t, fmt.Sprint(env.log.allLines(), seen), id)
	}
}

// reportBody returns a request with other members.
func reportBody(members string) []byte {
	body := string(requestSpec{kind: "KIND"}.body())
	return []byte(strings.Replace(body, `"type":"KIND"`, members, 1))
}

// TestNamesAmazonsReports sends Amazon's reports. Each is answered without speech, and is one fault with Amazon's words.
func TestNamesAmazonsReports(t *testing.T) {
	for _, row := range []struct {
		claim, members, kind string
		texts                []string
	}{
		{"the end of a session", `"type":"SessionEndedRequest","reason":"ERROR","error":{"type":"INVALID_RESPONSE","message":"bad SSML of amzn1.ask.account.LISTENER"}`,
			"invalid-response", []string{"INVALID_RESPONSE", "bad SSML", "report it", defaultRequestID}},
		{"an exception", `"type":"System.ExceptionEncountered","error":{"type":"INTERNAL_SERVICE_ERROR","message":"oops"},"cause":{"requestId":"r0"}`,
			"amazon-internal", []string{"INTERNAL_SERVICE_ERROR", `"oops"`, `"r0"`}},
		{"a failed playback", `"type":"AudioPlayer.PlaybackFailed","token":"p1","error":{"type":"MEDIA_ERROR_INVALID_REQUEST","message":"404"}`,
			"playback-failed", []string{"MEDIA_ERROR_INVALID_REQUEST", `"404"`, "post of p1"}},
		{"an error of a screen", `"type":"Alexa.Presentation.APL.RuntimeError","errors":[{"type":"LIST_ERROR","reason":"INVALID_OPERATION","message":"no list"}]`,
			"screen-error", []string{"LIST_ERROR", "INVALID_OPERATION", `"no list"`}},
	} {
		t.Run(row.claim, func(t *testing.T) {
			env := newFaultEnv(t)
			env.server.Skills[0].Handler = handlerFunc(func(context.Context, *alexa.Envelope) *alexa.Response { return &alexa.Response{} })
			env.open()
			got := env.sendSigned(reportBody(row.members))
			require.Equal(t, http.StatusOK, got.status)
			require.Equal(t, `{"version":"1.0","response":{}}`, got.body)
			requireOneFault(t, env, row.kind, "halfelf", row.texts)
		})
	}
}

// TestStrangersCannotCauseFaults sends requests that are not Alexa's, or are for another skill or time. None is a fault of an
// endpoint.
func TestStrangersCannotCauseFaults(t *testing.T) {
	report := reportBody(`"type":"SessionEndedRequest","reason":"ERROR","error":{"type":"INVALID_RESPONSE","message":"x"}`)
	forged := func(path string, body []byte) func(*testEnv) *http.Request {
		return func(env *testEnv) *http.Request {
			r := env.signedRequest(requestSpec{}.body())
			r.URL.Path = path
			setBody(r, body)
			return r
		}
	}
	for claim, request := range map[string]func(*testEnv) *http.Request{
		"a report with a forged signature":     forged("/alexa", report),
		"a wrong path with a forged signature": forged("/x", report),
		"a wrong path without a signature": func(env *testEnv) *http.Request {
			r := forged("/x", report)(env)
			r.Header.Del("Signature-256")
			return r
		},
		"a scanner": func(env *testEnv) *http.Request {
			r := forged("/wp-login.php", nil)(env)
			r.Header = http.Header{}
			return r
		},
		"a GET that looks like Alexa's": func(env *testEnv) *http.Request { r := forged("/alexa", nil)(env); r.Method = http.MethodGet; return r },
		"another host with a forged signature": func(env *testEnv) *http.Request {
			r := forged("/alexa", report)(env)
			r.Host = "old.example.com"
			return r
		},
		"a rewritten body of another skill": func(env *testEnv) *http.Request {
			body := requestSpec{application: unknownID}.body()
			r := env.signedRequest(body)
			setBody(r, append(body, '\n'))
			return r
		},
		"a rewritten body that is old": func(env *testEnv) *http.Request {
			body := requestSpec{timestamp: "2020-01-01T00:00:00Z"}.body()
			r := env.signedRequest(body)
			setBody(r, append(body, '\n'))
			return r
		},
		"another body under a genuine signature":   forged("/alexa", []byte(`{}`)),
		"an old request of another skill":          signedSpec(requestSpec{application: unknownID, timestamp: "2020-01-01T00:00:00Z"}),
		"half a body to a wrong path":              forged("/x", requestSpec{}.body()[:40]),
		"a body that is too large to a wrong path": forged("/x", make([]byte, 70_000)),
	} {
		t.Run(claim, func(t *testing.T) {
			env := newFaultEnv(t).open()
			require.GreaterOrEqual(t, env.send(request(env)).status, 400)
			require.NoError(t, env.close())
			require.Empty(t, env.server.Faults.Seen())
		})
	}
}

// TestFaultlessConversationNamesNoFault sends requests of a faultless skill, directly and through proxies that change Host.
func TestFaultlessConversationNamesNoFault(t *testing.T) {
	env := newFaultEnv(t).open()
	for _, host := range []string{"", serverName, serverName + ":443", strings.ToUpper(serverName) + ".", "skill:8080", "10.0.0.7", "[::1]:443", "localhost", "backend.internal:8443"} {
		for _, spec := range []requestSpec{{}, {kind: "LaunchRequest"}, {kind: "SessionEndedRequest"}, {kind: "Something.New"}, {kind: "AudioPlayer.PlaybackStarted"}} {
			got := sendAs(env, spec.body(), func(r *http.Request) { r.Host = host })
			require.Equal(t, http.StatusOK, got.status)
		}
	}
	require.Equal(t, http.StatusOK, sendAs(env, requestSpec{}.body(), func(r *http.Request) {
		r.Host = "backend.example.net"
		r.Header.Set("X-Forwarded-Host", serverName)
	}).status)
	require.Equal(t, http.StatusOK, sendAs(env, requestSpec{application: otherID}.body(), toPath("/dwarf")).status)
	require.NoError(t, env.close())
	require.Empty(t, env.server.Faults.Seen())
	for _, line := range env.log.visibleLines() {
		require.Equal(t, slog.LevelInfo, line.level, line)
	}
}

// TestUnverifiedRequestToWrongPathIsLogged checks that the log says of an unverified request only that it looks like Alexa's.
func TestUnverifiedRequestToWrongPathIsLogged(t *testing.T) {
	env := newFaultEnv(t).open()
	r := env.signedRequest(requestSpec{}.body())
	r.URL.Path = "/alexa/typo"
	setBody(r, []byte(`{}`))
	require.Equal(t, http.StatusNotFound, env.send(r).status)
	lines := env.log.linesWithMessage("no skill has this path; the request looks like Alexa's, but is not verified")
	require.Len(t, lines, 1)
	require.Equal(t, slog.LevelWarn, lines[0].level)
	require.Equal(t, "/alexa/typo", lines[0].attrs["path"])
	require.Contains(t, lines[0].attrs["error"], "signature")
}

// TestTimestampInMilliseconds sends timestamps as numbers over HTTP.
func TestTimestampInMilliseconds(t *testing.T) {
	env := newFaultEnv(t).open()
	send := func(value string) int {
		body := bytes.Replace(requestSpec{timestamp: "TIME"}.body(), []byte(`"TIME"`), []byte(value), 1)
		return env.sendSigned(body).status
	}
	ms := now.UnixMilli()
	for value, want := range map[string]int{
		fmt.Sprint(ms): 200, fmt.Sprint(ms - 150_000): 200, fmt.Sprint(ms + 150_000): 200, fmt.Sprint(ms - 150_001): 400, fmt.Sprint(ms + 150_001): 400,
		fmt.Sprint(ms / 1000): 400, fmt.Sprintf("%d.5", ms): 400, fmt.Sprintf("%de3", ms/1000): 400, fmt.Sprint(-ms): 400, "0": 400,
		"99999999999999999999999": 400, "null": 400, "[]": 400, fmt.Sprintf(`"%d"`, ms): 400,
	} {
		require.Equal(t, want, send(value), value)
	}
}

// TestRefusalLinesAreLimited floods the endpoint with refused requests of two rules. Beyond the limit, lines have level debug.
func TestRefusalLinesAreLimited(t *testing.T) {
	env := newFaultEnv(t).open()
	const flood = 40
	for range flood {
		env.send(withoutHeader("Signature-256")(env))
		env.send(tamperedRequest(env))
		unrouted := tamperedRequest(env)
		unrouted.URL.Path = "/x"
		env.send(unrouted)
	}
	env.sendSigned(requestSpec{}.body())
	require.NoError(t, env.close())
	byRule := map[any]int{}
	for _, line := range env.log.visibleLines() {
		byRule[line.attrs["rule"]]++
	}
	require.Equal(t, 5, byRule["signature-header"])
	require.Equal(t, 5, byRule["signature"])
	require.Equal(t, 1, byRule[""], "an answered request has its line")
	require.Len(t, env.log.linesWithMessage("request"), 2*flood+1, "at level debug every line stays")
	summaries := env.log.linesWithMessage("more of the same within a minute; log lines omitted")
	require.Len(t, summaries, 3)
	omitted := map[any]any{}
	for _, line := range summaries {
		omitted[line.attrs["fault"]] = line.attrs["count"]
	}
	require.Equal(t, map[any]any{"refusal signature-header": uint64(35), "refusal signature": uint64(35), "refusal path": uint64(35)}, omitted)
}
