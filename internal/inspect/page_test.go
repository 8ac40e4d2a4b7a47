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

// A desk is a page with everything that it shows made up.
type desk struct {
	t    *testing.T
	page *inspect.Page
}

func newDesk(t *testing.T, exchanges ...inspect.ObservedExchange) *desk {
	t.Helper()
	r := &inspect.Recorder{BrokenRules: func(_, _ []byte) []string { return []string{"size"} }}
	observed(t, r, exchanges...)
	return &desk{t, &inspect.Page{
		Recorder: r, Simulator: parrot{}, Posts: shelf(120), Now: func() time.Time { return began.Add(time.Minute) },
		Status: func() inspect.ServiceStatus {
			return inspect.ServiceStatus{Version: "v1.2.3", Started: began, Listener: ":443", Skills: []inspect.SkillStatus{{
				Name: "halfelf", Invocation: "half elf", Endpoint: "https://skill.example.com/alexa", Locales: []string{"en-US", "en-GB"}, Posts: 2,
				Newest: "A <b>title</b>", Published: began, NextPoll: began.Add(time.Hour),
			}}, TLS: "files", Certificates: []inspect.CertificateStatus{
				{Name: "skill.example.com", NotAfter: began.Add(100 * time.Hour)}, {Name: "other.example.com", Error: "the CA is down"}}}
		},
	}}
}

// get asks for a page as a browser does.
func (d *desk) get(path string) (int, string) {
	d.t.Helper()
	answer := d.do(httptest.NewRequest(http.MethodGet, "http://localhost:9090"+path, nil))
	return answer.Code, answer.Body.String()
}

func (d *desk) do(r *http.Request) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	d.page.ServeHTTP(answer, r)
	return answer
}

// parrot repeats what is said, once.
type parrot struct{}

func (parrot) Begin(skill, locale string, _ bool) (inspect.Conversation, error) {
	if skill != "halfelf" {
		return nil, errors.New("there is no such skill")
	}
	return &parrotTalk{locale: locale}, nil
}

type parrotTalk struct {
	locale string
	said   []string
}

func (p *parrotTalk) Say(_ context.Context, words string) (inspect.Turn, error) {
	if words == "fail" {
		return inspect.Turn{}, errors.New("it failed")
	}
	p.said = append(p.said, words)
	return inspect.Turn{Utterance: words, Speech: p.locale + ": " + strings.Join(p.said, ", "), Listening: true}, nil
}

func TestPages(t *testing.T) {
	failed := forged()
	failed.Status, failed.Rule = 500, "internal"
	d := newDesk(t, exchange("r1"), forged(), failed)
	for _, row := range []struct {
		claim, path string
		status      int
		want        []string
	}{
		{"status", "/", 200, []string{"https://skill.example.com/alexa", "<bdi>A &lt;b&gt;title", "in 59 minutes", "1 request", "in 4 days", "soon", "none yet", "the CA is down", "wants an eye"}},
		{"the list", "/exchanges", 200, []string{"LastPostIntent Date=2026-03", "3 of 3", "breaks a rule"}},
		{"a filter of outcomes", "/exchanges?outcome=failed", 200, []string{"1 of 3"}},
		{"a filter of trouble", "/exchanges?outcome=troubled", 200, []string{"3 of 3"}},
		{"a filter of callers", "/exchanges?who=alexa", 200, []string{"1 of 3"}},
		{"a filter of skills", "/exchanges?skill=another", 200, []string{"Nothing fits"}},
		{"a filter of words", "/exchanges?words=lastpost", 200, []string{"1 of 3"}},
		{"one in detail", "/exchanges/1", 200, []string{"passed", "handle", "3.00 ms", "curl &#39;https://skill.example.com/alexa&#39;", "of 8000 characters"}},
		{"a refusal in detail", "/exchanges/2", 200, []string{"not reached", "not of these bytes", "in front changes bodies"}},
		{"one that is kept no more", "/exchanges/99", 404, []string{"not kept any more"}},
		{"one that never was", "/exchanges/x", 404, []string{"not kept any more"}},
		{"the form", "/ask", 200, []string{"en-GB", "halfelf"}},
		{"the form of no talk", "/ask?talk=nonsense", 200, []string{"halfelf"}},
		{"posts that cannot be read", "/posts?words=fail", 500, []string{"the disk is gone"}},
		{"a post", "/posts/halfelf?id=a%26b", 200, []string{"First.", "Second, in en-US.", "2 turns", `data-locale="de"`, "09:26:53 UTC</time> from the feed"}},
		{"a post that cannot be read", "/posts/halfelf?id=fail", 500, []string{"the disk is gone"}},
		{"no post", "/posts/halfelf?id=x", 404, []string{"no such post"}},
		{"a post of no skill", "/posts/another?id=a%26b", 404, []string{"no such skill"}},
		{"posts of no skill", "/posts?skill=another", 404, []string{"no such skill"}},
		{"linking that is off", "/linking", 200, []string{"is off"}},
		{"a trace of linking that is off", "/linking/1", 404, []string{"is off"}},
		{"no page", "/nothing", 404, []string{"no such page"}},
		{"the style", "/static/style.css", 200, []string{"color-scheme"}},
		{"the script", "/static/script.js", 200, []string{"EventSource"}},
		{"no file", "/static/x", 404, nil},
	} {
		t.Run(row.claim, func(t *testing.T) {
			status, body := d.get(row.path)
			require.Equal(t, row.status, status, body)
			require.LessOrEqual(t, strings.Count(body, "<!DOCTYPE html>"), 1, "it is one page")
			for _, want := range row.want {
				require.Contains(t, body, want)
			}
		})
	}
}

func TestNobodyHasCalled(t *testing.T) {
	status, body := newDesk(t).get("/")
	require.Equal(t, 200, status)
	require.Contains(t, body, "Alexa has not called")
	require.Contains(t, body, "Port 443")
	_, body = newDesk(t, forged()).get("/")
	require.Contains(t, body, "broke the rule")
	require.Contains(t, body, "signature")
}

func TestHAR(t *testing.T) {
	d := newDesk(t, exchange("r1"), exchange("r2"))
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

func TestPagesLoadNothingFromElsewhere(t *testing.T) {
	for _, path := range []string{"/", "/exchanges", "/nothing", "/static/script.js"} {
		header := newDesk(t).do(httptest.NewRequest(http.MethodGet, "http://localhost:9090"+path, nil)).Header()
		require.Contains(t, header.Get("Content-Security-Policy"), "default-src 'none'; script-src 'self';")
		require.NotContains(t, header.Get("Content-Security-Policy"), "unsafe")
		require.Equal(t, "nosniff", header.Get("X-Content-Type-Options"))
		require.Equal(t, "no-store", header.Get("Cache-Control"))
	}
}

// say sends the form.
func (d *desk) say(header map[string]string, form url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "http://localhost:9090/ask", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for name, value := range header {
		r.Header.Set(name, value)
	}
	return d.do(r)
}

func TestTheFormIsForThisPageAlone(t *testing.T) {
	d := newDesk(t)
	form := url.Values{"skill": {"halfelf"}, "words": {"hello"}}
	for _, row := range []struct {
		claim  string
		header map[string]string
		want   int
	}{
		{"from this page", map[string]string{"Sec-Fetch-Site": "same-origin"}, 303},
		{"from another", map[string]string{"Sec-Fetch-Site": "cross-site"}, 403},
		{"from another port of this machine", map[string]string{"Sec-Fetch-Site": "same-site"}, 403},
		{"from another, by a browser that says no more", map[string]string{"Origin": "https://evil.example"}, 403},
		{"from a sandboxed frame", map[string]string{"Origin": "null"}, 403},
		{"from a program", nil, 303},
	} {
		t.Run(row.claim, func(t *testing.T) { require.Equal(t, row.want, d.say(row.header, form).Code) })
	}
}

func TestAConversationIsCarriedOn(t *testing.T) {
	d := newDesk(t)
	first := d.say(nil, url.Values{"skill": {"halfelf"}, "words": {"one"}})
	require.Equal(t, http.StatusSeeOther, first.Code)
	talk := strings.TrimPrefix(first.Header().Get("Location"), "/ask?talk=")
	second := d.say(nil, url.Values{"skill": {"halfelf"}, "words": {"two"}, "talk": {talk}})
	require.Equal(t, first.Header().Get("Location"), second.Header().Get("Location"))
	_, body := d.get(second.Header().Get("Location"))
	require.Contains(t, body, "en-US: one, two")
	other := d.say(nil, url.Values{"skill": {"halfelf"}, "words": {"three"}, "talk": {talk}, "locale": {"en-GB"}})
	_, body = d.get(other.Header().Get("Location"))
	require.Contains(t, body, "en-GB: three", "another language is another conversation")
	require.NotContains(t, body, "one, two")
	failed := d.say(nil, url.Values{"skill": {"halfelf"}, "words": {"fail"}, "talk": {talk}})
	require.Equal(t, http.StatusBadGateway, failed.Code)
	require.Contains(t, failed.Body.String(), "it failed")
	require.Contains(t, d.say(nil, url.Values{"skill": {"another"}}).Body.String(), "no such skill")
	for range 10 {
		d.say(nil, url.Values{"skill": {"halfelf"}, "words": {"x"}})
	}
	_, body = d.get("/ask?talk=" + talk)
	require.NotContains(t, body, "one, two", "the oldest conversations are forgotten")
}

func TestEventsTellAndEnd(t *testing.T) {
	d := newDesk(t)
	r := &inspect.Recorder{}
	d.page.Recorder = r
	ctx, cancel := context.WithCancel(t.Context())
	go r.Run(ctx)
	server := httptest.NewServer(d.page)
	defer server.Close()
	asked, err := http.NewRequest(http.MethodGet, server.URL+"/events", nil)
	require.NoError(t, err)
	asked.Header.Set("Accept", "text/event-stream")
	answer, err := http.DefaultClient.Do(asked)
	require.NoError(t, err)
	require.Equal(t, "text/event-stream", answer.Header.Get("Content-Type"))
	r.Observe(exchange("r1"))
	buffer := make([]byte, 200)
	var heard strings.Builder
	for !strings.Contains(heard.String(), "data: news") {
		n, err := answer.Body.Read(buffer)
		require.NoError(t, err)
		heard.Write(buffer[:n])
	}
	cancel()
	_, err = io.ReadAll(answer.Body)
	require.NoError(t, err, "it ends with the recorder")
	require.NoError(t, answer.Body.Close())
	asked = httptest.NewRequest(http.MethodGet, "http://localhost:9090/events", nil)
	asked.Header.Set("Accept", "text/event-stream")
	require.Equal(t, http.StatusServiceUnavailable, d.do(asked).Code)
	status, _ := d.get("/events")
	require.Equal(t, http.StatusNotAcceptable, status, "a reload would wait for whom the listener does not know to watch")
}

func TestACommandIsOneWordAWord(t *testing.T) {
	x := exchange("r1")
	x.Body = []byte(`{"request":{"said":"it's $(rm -rf) <b>"}}`)
	x.Request = alexa.Request{Type: "LaunchRequest"}
	_, body := newDesk(t, x).get("/exchanges/1")
	require.Contains(t, body, `it&#39;\&#39;&#39;s $(rm -rf) &lt;b&gt;`)
}
