package inspect_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/alexa"
	"lastpost/internal/faultlog"
	"lastpost/internal/inspect"
)

// spokenExchange returns an answer to a question for last Tuesday.
func spokenExchange() inspect.ObservedExchange {
	x := exchange("r1")
	x.Request.Intent = alexa.Intent{Name: "PostOfDateIntent", Slots: map[string]alexa.Slot{"Date": {Name: "Date", Value: "2026-03-10"}}}
	x.Answer = []byte(`{"response":{"outputSpeech":{"type":"SSML","ssml":"<speak><p>Last Tuesday there was one post.</p><p>` +
		strings.Repeat("It was long. ", 40) + `The end.</p></speak>"},"reprompt":{"outputSpeech":{"ssml":"<speak>Read it?</speak>"}}}}`)
	return x
}

// inZones gives the fixture two skills in two time zones.
func (d *pageFixture) inZones(zones ...string) {
	d.t.Helper()
	var status inspect.ServiceStatus
	for i, name := range zones {
		zone, err := time.LoadLocation(name)
		require.NoError(d.t, err)
		status.Skills = append(status.Skills, inspect.SkillStatus{Name: []string{"halfelf", "other"}[i], Posts: 1, Zone: zone, LastPoll: began})
	}
	status.Started = began
	d.page.Status = func() inspect.ServiceStatus { return status }
}

func TestRowShowsTheExchangeInWords(t *testing.T) {
	d := newPageFixture(t, spokenExchange())
	d.inZones("America/New_York")
	_, page := d.get("/exchanges")
	row := page[strings.Index(page, `<li class="answered">`):]
	require.Regexp(t, `title="2026-03-14 09:26:53 UTC">05:26:53</time></span>\s+<span class="what"><bdi>Post of date: last Tuesday</bdi></span>`, row)
	require.Regexp(t, `answered</span>[\s\S]*“Last Tuesday there was one post. It was long\.[^”]{80,130}…”</span>\s+<span class="meta">status 200 · <bdi>PostOfDateIntent`, row)
}

// An exchange begins with the whole spoken text, also for browsers without scripts.
func TestExchangeBeginsWithSpokenText(t *testing.T) {
	d := newPageFixture(t, spokenExchange(), forgedExchange())
	_, page := d.get("/exchanges/1")
	main := page[strings.Index(page, "<main"):]
	require.Contains(t, main, "It was long. The end.</blockquote>")
	require.Less(t, strings.Index(main, "Alexa said</h2>"), strings.Index(main, "<section class=\"card\""))
	require.Contains(t, main, `<button type="button" class="play" data-listen="spoken" data-locale="en-US" hidden>Play</button>`)
	require.Contains(t, main, `After silence: “<span dir="auto">Read it?</span>”`)
	_, page = d.get("/exchanges/2")
	require.NotContains(t, page, "Alexa said")
	require.Contains(t, page, "A few such requests a day from strangers are normal")
	silent := exchange("r1")
	_, page = newPageFixture(t, silent).get("/exchanges/1")
	require.Contains(t, page, "Alexa said nothing")
	require.NotContains(t, page, "data-listen")
}

// TestTimesAreInTheZoneOfEachBlog has two blogs. Times of the whole service are in UTC then.
func TestTimesAreInTheZoneOfEachBlog(t *testing.T) {
	d := newPageFixture(t, spokenExchange())
	d.inZones("Europe/Berlin")
	_, page := d.get("/")
	require.Contains(t, page, "up since <time datetime=\"2026-03-14T09:26:53Z\" title=\"2026-03-14 09:26:53 UTC\">14 Mar 2026, 10:26:53</time>")
	require.Contains(t, page, "Times are in Europe/Berlin (CET). Point at a time to see it in UTC.")
	d.inZones("Europe/Berlin", "Asia/Tokyo")
	_, page = d.get("/")
	require.Contains(t, page, ">14 Mar 2026, 09:26:53</time>", "the service's start")
	require.Contains(t, page, `<span class="quiet">10:26:53</span>`, "the poll of the first blog")
	require.Contains(t, page, `<span class="quiet">18:26:53</span>`, "the poll of the second blog")
	require.Contains(t, page, "each blog&#39;s own time zone")
	_, page = d.get("/exchanges/1")
	require.Contains(t, page, "10:26:53</time> · halfelf")
}

// The page shows what the service found in itself, and what came from outside, with party and remedy.
func TestStatusShowsChecksAndFaults(t *testing.T) {
	d := newPageFixture(t)
	status := inspect.ServiceStatus{
		Skills: []inspect.SkillStatus{{Name: "halfelf", Posts: 1}},
		SelfChecks: []inspect.SelfCheckResult{
			{Name: "clock", Level: "ok", Text: "the clock is right", Checked: began},
			{Name: "dns", Level: "warn", Text: "an <old> AAAA record", Remedy: "Remove `it`.", Checked: began},
			{Name: "port", Level: "unknown", Text: "not examined", Checked: began},
		},
		Faults: []faultlog.Seen{
			{Fault: faultlog.Fault{Kind: "signature", Text: "offered \"<b>\"", Remedy: "Ask `it`."}, Count: 3, First: began, Last: began.Add(30 * time.Second)},
			{Fault: faultlog.Fault{Kind: "no-such-row", Skill: "halfelf", Text: "once"}, Count: 1, First: began, Last: began},
		},
	}
	d.page.Status = func() inspect.ServiceStatus { return status }
	_, page := d.get("/")
	for _, want := range []string{
		"<h1>Healthy, with 1 warning</h1>", "<strong>Self-check: dns</strong></p><p>an &lt;old&gt; AAAA record</p><p class=\"remedy\">Remove <code>it</code>.</p>",
		`<span class="mark answered">healthy</span> <strong>clock</strong>`, `<span class="mark plain">unknown</span> <strong>port</strong>`,
		`<a class="code" href="/manual/troubleshooting#row-signature">signature</a> <strong>3 times</strong>`,
		"offered &#34;&lt;b&gt;&#34;</p><p class=\"remedy small\">Ask <code>it</code>.</p>",
		`<span class="code">no-such-row</span> <strong>1 time</strong> <span class="quiet">halfelf</span>`,
	} {
		require.Contains(t, page, want)
	}
	require.Regexp(t, `first <time datetime="2026-03-14T09:26:53Z"[^>]*>09:26:53</time>, last <time datetime="2026-03-14T09:27:23Z"`, page)
	status.SelfChecks[1].Level = "fail"
	_, page = d.get("/")
	require.Contains(t, page, "<h1>Something is failing</h1>")
	status.SelfChecks = status.SelfChecks[:1]
	_, page = d.get("/")
	require.Contains(t, page, "<h1>Everything is healthy</h1>", "faults that strangers cause are not the service's state")
	require.NotContains(t, page, "What to do")
}

// Checks that cannot see the answer for the same reason are one line.
func TestStatusJoinsUnknownChecks(t *testing.T) {
	const proxy, host = "not checked: tls.mode is off, and the proxy has the certificate", "the public host is unknown"
	d := newPageFixture(t)
	d.page.Status = func() inspect.ServiceStatus {
		return inspect.ServiceStatus{SelfChecks: []inspect.SelfCheckResult{
			{Name: "certificate dates", Level: "unknown", Text: proxy}, {Name: "certificate path", Level: "unknown", Text: proxy},
			{Name: "dns", Level: "unknown", Text: host, Remedy: "set public_url"}, {Name: "port 443", Level: "unknown", Text: host, Remedy: "set public_url"},
			{Name: "clock", Level: "ok", Text: proxy}, {Name: "other", Level: "ok", Text: proxy},
		}}
	}
	_, page := d.get("/")
	require.Equal(t, 2, strings.Count(page, `<span class="mark plain">unknown</span>`))
	require.Contains(t, page, "<strong>certificate dates, certificate path</strong></p><p class=\"small\">"+proxy+"</p>")
	require.Contains(t, page, "<strong>dns, port 443</strong></p><p class=\"small\">"+host+"; set public_url</p>")
	require.Equal(t, 2, strings.Count(page, `<span class="mark answered">healthy</span>`), "other results stay separate")
}

// A hostilePost is the only post of a source.
type hostilePost struct{ post inspect.PostDetail }

func (s hostilePost) Posts(context.Context, string, string, int, int) ([]inspect.PostDetail, int, error) {
	return []inspect.PostDetail{s.post}, 1, nil
}

func (s hostilePost) Post(context.Context, string, string, string) (inspect.PostDetail, bool, error) {
	return s.post, true, nil
}

// visitPost returns the list of posts, and the page and the policy of a post.
func visitPost(t *testing.T, post inspect.PostDetail) (list, page, policy string) {
	t.Helper()
	d := newPageFixture(t)
	d.page.Posts = hostilePost{post: post}
	_, list = d.get("/posts")
	answer := d.do(httptest.NewRequest(http.MethodGet, "http://localhost:9090/posts/halfelf?id=x", nil))
	require.Equal(t, http.StatusOK, answer.Code)
	return list, answer.Body.String(), answer.Header().Get("Content-Security-Policy")
}

func TestPostsHaveRealLinksAndImages(t *testing.T) {
	const safe = `target="_blank" rel="noopener noreferrer" referrerpolicy="no-referrer"`
	list, page, policy := visitPost(t, inspect.PostDetail{ID: "x", Title: "A", Link: "https://blog.example/a?b&c", Image: "https://cdn.blog.example/a.png", Audio: "http://blog.example/a.mp3"})
	require.Contains(t, list, `<a class="out" href="https://blog.example/a?b&amp;c" `+safe)
	require.Contains(t, page, `<a href="https://blog.example/a?b&amp;c" `+safe)
	require.Contains(t, page, `<a href="http://blog.example/a.mp3" `+safe)
	require.Contains(t, page, `<img src="https://cdn.blog.example/a.png" alt="The image of the post" referrerpolicy="no-referrer" loading="lazy">`)
	require.Contains(t, policy, "; img-src https://cdn.blog.example 'self' data:; ")
}

// TestHostilePostsStayText has posts whose addresses would run code, hide their host, reach the operator's network or add to
// the policy of the page.
func TestHostilePostsStayText(t *testing.T) {
	for _, address := range []string{
		"javascript:alert(1)", "JAVASCRIPT:alert(1)", "\x01javascript:alert(1)", "data:text/html,<script>alert(1)</script>", "vbscript:a", "file:///etc/passwd",
		"https://bank.example@evil.example/", `"><script>alert(1)</script>`, "//evil.example/x", "https://a.example;script-src *", "https://[::1]:80\u202e/",
	} {
		list, page, policy := visitPost(t, inspect.PostDetail{ID: "x", Title: "A", Link: address, Image: address, Audio: address})
		for _, content := range []string{list, page} {
			require.NotRegexp(t, `(?i)<(a|img)[^>]+(href|src)="(javascript|data|vbscript|file|//|https://(bank|a\.example;|\[))`, content, address)
			require.NotContains(t, content, "<script>", address)
			require.NotContains(t, content, "ZgotmplZ", "a template has refused what Go code must refuse: %s", address)
			require.NotContains(t, content[strings.Index(content, "<main"):], "<img")
			require.NotContains(t, content, `class="out"`)
		}
		require.Contains(t, policy, "; img-src 'self' data:; ", address)
	}
	_, page, policy := visitPost(t, inspect.PostDetail{ID: "x", Image: "https://192.168.0.1/reboot"})
	require.NotContains(t, page, "<img")
	require.Contains(t, page, `<a href="https://192.168.0.1/reboot"`, "the operator may open it")
	require.Contains(t, page, "not shown")
	require.NotContains(t, policy, "192.168")
}

// Only the page of a post with an image allows another host.
func TestPolicyIsStrictElsewhere(t *testing.T) {
	d := newPageFixture(t)
	for _, path := range []string{"/", "/exchanges", "/ask", "/posts", "/linking", "/manual", "/manual/troubleshooting", "/nothing"} {
		policy := d.do(httptest.NewRequest(http.MethodGet, "http://localhost:9090"+path, nil)).Header().Get("Content-Security-Policy")
		require.Contains(t, policy, "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; ", path)
	}
}

// "New conversation" is a button that keeps the settings and sends nothing.
func TestNewConversationIsAButton(t *testing.T) {
	d := newPageFixture(t)
	_, page := d.get("/ask")
	require.NotContains(t, page, "New conversation")
	id := d.startConversation("one")
	_, page = d.get("/ask?conversation=" + id)
	require.Contains(t, page, `<input type="hidden" name="skill" value="halfelf"><input type="hidden" name="locale" value="en-US">`)
	require.Contains(t, page, `<button id="restart" form="restart-form">New conversation</button>`)
	_, page = d.get("/ask?skill=halfelf&locale=en-GB&screen=1")
	require.Contains(t, page, "<option selected>en-GB</option>")
	require.Contains(t, page, `value="1" checked>`)
	require.Contains(t, page, `name="conversation" value=""`)
	require.NotContains(t, page, "en-US: one")
}

// JSON is whole, however long it is, and a page of many small parts stays small.
func TestPageHasTheWholeJSON(t *testing.T) {
	long := exchange("r1")
	word := strings.Repeat("spoken ", 3000)
	long.Answer = []byte(`{"response":{"outputSpeech":{"ssml":"<speak>` + word + `</speak>"}}}`)
	many := exchange("r2")
	many.Body = []byte(`{"a":[` + strings.Repeat(`{"b":1},`, 5000) + `1]}`)
	d := newPageFixture(t, long, many)
	_, page := d.get("/exchanges/1")
	require.Contains(t, page, `&lt;speak&gt;`+word+`&lt;/speak&gt;`)
	_, page = d.get("/exchanges/2")
	require.Equal(t, 5000, strings.Count(page, `<span class="key">&#34;b&#34;</span>`))
	require.Contains(t, page, "Show the whole request, ")
	require.Less(t, len(page), 1500<<10)
}
