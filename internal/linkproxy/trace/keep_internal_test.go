package trace

import (
	"bytes"
	"net/http"
	"net/url"
	"testing"
	"time"

	"lastpost/internal/redact"
)

// FuzzKeep has parties to account linking say what they like: nothing of it brings the service down, as the recorder has no
// one behind it who would catch it.
func FuzzKeep(f *testing.F) {
	f.Add("https://u:p@x/a?code=b#c", "Basic YTpi", "text/html", "<meta content='url='><form action=x><input name=a>", "a=b&c", 200, true)
	f.Add("/x", "Digest a=\"b\"", "application/json", `{"access_token":"x","expires_in":1}`, `{"a":["b"]}`, 302, false)
	f.Add("//a@b/c", "x", "multipart/form-data; boundary=B", "--B\r\n", "--B\r\n\r\n", 400, true)
	f.Fuzz(func(_ *testing.T, loc, auth, kind, content, body string, status int, token bool) {
		target, _ := url.Parse("https://as.example/oauth/authorize?x=" + url.QueryEscape(body))
		m := masker{redact.NewOAuth([]byte("a"), []byte("b"))}
		h := http.Header{"Location": {loc}, "Set-Cookie": {auth}, "Content-Type": {kind}, "Refresh": {loc}}
		x := &Passed{Leg: LegAuthorize, Began: time.Now(), Method: "POST", Asked: "/link/authorize", Target: target, Status: status,
			Header: http.Header{"Authorization": {auth}, "Referer": {loc}, "Content-Type": {kind}, "Cookie": {auth}},
			Body:   []byte(body), Answer: h, Content: []byte(content)}
		if token {
			x.Leg = LegToken
		}
		x.LeadsBack, x.Needs = status%2 == 0, loc
		k := m.keep(x, false)
		k.Trace = "t"
		tr := Trace{ID: "t", Exchanges: []Exchange{k, k}}
		tr.Outcome()
		var out bytes.Buffer
		_ = WriteHAR(&out, "v", tr)
		j := &joiner{}
		j.join(&k)
		j.add(k)
		j.join(&k)
	})
}
