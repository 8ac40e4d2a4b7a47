package inspect_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/alexa"
	"lastpost/internal/inspect"
)

// A pageFixture is a Page with invented data.
type pageFixture struct {
	t    *testing.T
	page *inspect.Page
}

func newPageFixture(t *testing.T, exchanges ...inspect.ObservedExchange) *pageFixture {
	t.Helper()
	r := &inspect.RequestRecorder{BrokenRules: func(_, _ []byte) []string { return []string{"size"} }}
	observeInBatches(t, r, exchanges...)
	return &pageFixture{t, &inspect.Page{
		Recorder: r, Simulator: echoSimulator{}, Posts: fakePostSource(120), Now: func() time.Time { return began.Add(time.Minute) },
		Status: func() inspect.ServiceStatus {
			return inspect.ServiceStatus{Version: "v1.2.3", Started: began, Listener: ":443", Skills: []inspect.SkillStatus{{
				Name: "halfelf", Invocation: "half elf", Endpoint: "https://skill.example.com/alexa", Locales: []string{"en-US", "en-GB"}, Posts: 2,
				Newest: "A <b>title</b>", Published: began, NextPoll: began.Add(time.Hour),
			}}, TLS: "files", Certificates: []inspect.CertificateStatus{
				{Name: "skill.example.com", NotAfter: began.Add(100 * time.Hour)}, {Name: "other.example.com", Error: "the CA is down"}}}
		},
	}}
}

// get requests a page as a browser does.
func (d *pageFixture) get(path string) (int, string) {
	d.t.Helper()
	answer := d.do(httptest.NewRequest(http.MethodGet, "http://localhost:9090"+path, nil))
	return answer.Code, answer.Body.String()
}

func (d *pageFixture) do(r *http.Request) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	d.page.ServeHTTP(answer, r)
	return answer
}

// An echoSimulator starts conversations that answer with the locale and all earlier utterances. The utterance "fail"
// returns an error.
type echoSimulator struct{}

func (echoSimulator) StartConversation(skill, locale string, _ bool) (inspect.Conversation, error) {
	if skill != "halfelf" {
		return nil, errors.New("unknown skill")
	}
	return &echoConversation{locale: locale}, nil
}

type echoConversation struct {
	locale     string
	utterances []string
}

func (p *echoConversation) SendUtterance(_ context.Context, utterance string) (inspect.ConversationTurn, error) {
	if utterance == "fail" {
		return inspect.ConversationTurn{}, errors.New("no connection")
	}
	p.utterances = append(p.utterances, utterance)
	return inspect.ConversationTurn{Utterance: utterance, Speech: p.locale + ": " + strings.Join(p.utterances, ", "), Listening: true}, nil
}

func TestPagesShowTheirContent(t *testing.T) {
	failed := forgedExchange()
	failed.Status, failed.Rule = 500, "internal"
	d := newPageFixture(t, exchange("r1"), forgedExchange(), failed)
	for _, row := range []struct {
		claim, path string
		status      int
		want        []string
	}{
		{"status", "/", 200, []string{"https://skill.example.com/alexa", "<bdi>A &lt;b&gt;title", "in 59 minutes", "1 request", "in 4 days", "It expires soon", "none yet", "the CA is down", "Something is failing"}},
		{"the list", "/exchanges", 200, []string{"Last post: March 2026", "LastPostIntent", "3 of 3", "breaks a rule"}},
		{"a filter by outcome", "/exchanges?outcome=failed", 200, []string{"1 of 3"}},
		{"a filter for attention", "/exchanges?outcome=attention", 200, []string{"3 of 3"}},
		{"a filter by sender", "/exchanges?sender=alexa", 200, []string{"1 of 3"}},
		{"a filter by skill", "/exchanges?skill=another", 200, []string{"No exchange matches"}},
		{"a filter by words", "/exchanges?words=lastpost", 200, []string{"1 of 3"}},
		{"an exchange", "/exchanges/1", 200, []string{"passed", "handle", "3.00 ms", "curl &#39;https://skill.example.com/alexa&#39;", "of 8000 characters"}},
		{"a refused exchange", "/exchanges/2", 200, []string{"not reached", "not of these bytes", "something changes the body on its way", "Let it pass this path through unchanged"}},
		{"an exchange that is no longer stored", "/exchanges/99", 404, []string{"no longer stored"}},
		{"an invalid exchange ID", "/exchanges/x", 404, []string{"no longer stored"}},
		{"the form", "/ask", 200, []string{"en-GB", "halfelf"}},
		{"the form with an unknown conversation", "/ask?conversation=nonsense", 200, []string{"halfelf"}},
		{"an error of the archive", "/posts?words=fail", 500, []string{"the disk is gone"}},
		{"a post", "/posts/halfelf?id=a%26b", 200, []string{"First.", "Second, in en-US.", "2 turns", `data-locale="de"`, "09:26:53</time> from the feed"}},
		{"an error of the archive for one post", "/posts/halfelf?id=fail", 500, []string{"the disk is gone"}},
		{"an unknown post", "/posts/halfelf?id=x", 404, []string{"not in the archive"}},
		{"a post of an unknown skill", "/posts/another?id=a%26b", 404, []string{"not in the configuration"}},
		{"posts of an unknown skill", "/posts?skill=another", 404, []string{"not in the configuration"}},
		{"account linking is off", "/linking", 200, []string{"is off"}},
		{"a trace while account linking is off", "/linking/1", 404, []string{"is off"}},
		{"an unknown page", "/nothing", 404, []string{"Page not found"}},
		{"the style sheet", "/static/style.css", 200, []string{"color-scheme"}},
		{"the script", "/static/script.js", 200, []string{"EventSource"}},
		{"an unknown file", "/static/x", 404, nil},
	} {
		t.Run(row.claim, func(t *testing.T) {
			status, body := d.get(row.path)
			require.Equal(t, row.status, status, body)
			require.LessOrEqual(t, strings.Count(body, "<!DOCTYPE html>"), 1, "the error page does not follow a partial page")
			for _, want := range row.want {
				require.Contains(t, body, want)
			}
		})
	}
}

func TestStatusHelpsBeforeTheFirstCall(t *testing.T) {
	status, body := newPageFixture(t).get("/")
	require.Equal(t, 200, status)
	require.Contains(t, body, "Alexa has not called")
	require.Contains(t, body, "Port 443")
	_, body = newPageFixture(t, forgedExchange()).get("/")
	require.Contains(t, body, "broke the rule")
	require.Contains(t, body, "signature")
}

func TestHARFileHasMatchingExchanges(t *testing.T) {
	d := newPageFixture(t, exchange("r1"), exchange("r2"))
	for path, want := range map[string]int{"/exchanges.har": 2, "/exchanges.har?words=%22r2%22": 1, "/exchanges/1/har": 1} {
		_, body := d.get(path)
		var archive struct {
			Log struct {
				Version string
				Entries []struct {
					Time    float64
					Request struct {
						Method   string
						PostData struct{ Text string }
					}
					Timings struct{ Send, Wait, Receive float64 }
				}
			}
		}
		require.NoError(t, json.Unmarshal([]byte(body), &archive))
		require.Equal(t, "1.2", archive.Log.Version)
		require.Len(t, archive.Log.Entries, want)
		entry := archive.Log.Entries[0]
		require.Equal(t, "POST", entry.Request.Method)
		require.InDelta(t, entry.Time, entry.Timings.Send+entry.Timings.Wait+entry.Timings.Receive, 0.01)
		require.NotContains(t, body, "LISTENER")
		require.NotContains(t, body, "eyJ0")
	}
	status, body := d.get("/exchanges/99/har")
	require.Equal(t, http.StatusNotFound, status)
	require.NotContains(t, body, `"log"`)
}

func TestSendsSecurityHeaders(t *testing.T) {
	for _, path := range []string{"/", "/exchanges", "/nothing", "/static/script.js"} {
		header := newPageFixture(t).do(httptest.NewRequest(http.MethodGet, "http://localhost:9090"+path, nil)).Header()
		require.Contains(t, header.Get("Content-Security-Policy"), "default-src 'none'; script-src 'self';")
		require.NotContains(t, header.Get("Content-Security-Policy"), "unsafe")
		require.Equal(t, "nosniff", header.Get("X-Content-Type-Options"))
		require.Equal(t, "no-store", header.Get("Cache-Control"))
	}
}

// submitForm posts the form as a browser does, with additional headers.
func (d *pageFixture) submitForm(header map[string]string, form url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "http://localhost:9090/ask", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for name, value := range header {
		r.Header.Set(name, value)
	}
	return d.do(r)
}

func TestRefusesFormOfOtherOrigins(t *testing.T) {
	d := newPageFixture(t)
	form := url.Values{"skill": {"halfelf"}, "words": {"hello"}}
	for _, row := range []struct {
		claim  string
		header map[string]string
		want   int
	}{
		{"the same origin", map[string]string{"Sec-Fetch-Site": "same-origin"}, 303},
		{"another site", map[string]string{"Sec-Fetch-Site": "cross-site"}, 403},
		{"another port of this machine", map[string]string{"Sec-Fetch-Site": "same-site"}, 403},
		{"another site, in a browser without Sec-Fetch-Site", map[string]string{"Origin": "https://evil.example"}, 403},
		{"a sandboxed frame", map[string]string{"Origin": "null"}, 403},
		{"a program that is not a browser", nil, 303},
	} {
		t.Run(row.claim, func(t *testing.T) { require.Equal(t, row.want, d.submitForm(row.header, form).Code) })
	}
}

func TestContinuesConversation(t *testing.T) {
	d := newPageFixture(t)
	first := d.submitForm(nil, url.Values{"skill": {"halfelf"}, "words": {"one"}})
	require.Equal(t, http.StatusSeeOther, first.Code)
	id := strings.TrimPrefix(first.Header().Get("Location"), "/ask?conversation=")
	second := d.submitForm(nil, url.Values{"skill": {"halfelf"}, "words": {"two"}, "conversation": {id}})
	require.Equal(t, first.Header().Get("Location"), second.Header().Get("Location"))
	_, body := d.get(second.Header().Get("Location"))
	require.Contains(t, body, "en-US: one, two")
	other := d.submitForm(nil, url.Values{"skill": {"halfelf"}, "words": {"three"}, "conversation": {id}, "locale": {"en-GB"}})
	_, body = d.get(other.Header().Get("Location"))
	require.Contains(t, body, "en-GB: three", "another locale starts a new conversation")
	require.NotContains(t, body, "one, two")
	failed := d.submitForm(nil, url.Values{"skill": {"halfelf"}, "words": {"fail"}, "conversation": {id}})
	require.Equal(t, http.StatusBadGateway, failed.Code)
	require.Contains(t, failed.Body.String(), "no connection")
	require.Contains(t, d.submitForm(nil, url.Values{"skill": {"another"}}).Body.String(), "unknown skill")
	for range 10 {
		d.submitForm(nil, url.Values{"skill": {"halfelf"}, "words": {"x"}})
	}
	_, body = d.get("/ask?conversation=" + id)
	require.NotContains(t, body, "one, two", "the oldest conversation was deleted")
}

func TestStreamSendsEventsAndEnds(t *testing.T) {
	d := newPageFixture(t)
	r := &inspect.RequestRecorder{}
	d.page.Recorder = r
	ctx, cancel := context.WithCancel(t.Context())
	go r.Run(ctx)
	server := httptest.NewServer(d.page)
	defer server.Close()
	request, err := http.NewRequest(http.MethodGet, server.URL+"/events", nil)
	require.NoError(t, err)
	request.Header.Set("Accept", "text/event-stream")
	answer, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	require.Equal(t, "text/event-stream", answer.Header.Get("Content-Type"))
	r.Observe(exchange("r1"))
	buffer := make([]byte, 200)
	var received strings.Builder
	for !strings.Contains(received.String(), "data: update") {
		n, err := answer.Body.Read(buffer)
		require.NoError(t, err)
		received.Write(buffer[:n])
	}
	cancel()
	_, err = io.ReadAll(answer.Body)
	require.NoError(t, err, "the stream ends with the recorder")
	require.NoError(t, answer.Body.Close())
	request = httptest.NewRequest(http.MethodGet, "http://localhost:9090/events", nil)
	request.Header.Set("Accept", "text/event-stream")
	require.Equal(t, http.StatusServiceUnavailable, d.do(request).Code)
	status, _ := d.get("/events")
	require.Equal(t, http.StatusNotAcceptable, status, "the listener must be able to recognize event streams")
}

func TestCurlCommandIsQuoted(t *testing.T) {
	x := exchange("r1")
	x.Body = []byte(`{"request":{"said":"it's $(rm -rf) <b>"}}`)
	x.Request = alexa.Request{Type: "LaunchRequest"}
	_, body := newPageFixture(t, x).get("/exchanges/1")
	require.Contains(t, body, `it&#39;\&#39;&#39;s $(rm -rf) &lt;b&gt;`)
}
