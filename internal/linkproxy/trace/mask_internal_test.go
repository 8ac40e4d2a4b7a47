package trace

import (
	"bytes"
	"net/http"
	"net/url"
	"testing"
	"time"

	"lastpost/internal/redact"
)

// FuzzRedactExchange checks that no exchange causes a panic when it is masked, joined and written as an HTTP Archive.
func FuzzRedactExchange(f *testing.F) {
	f.Add("https://u:p@x/a?code=b#c", "Basic YTpi", "text/html", "<meta content='url='><form action=x><input name=a>", "a=b&c", 200, true)
	f.Add("/x", "Digest a=\"b\"", "application/json", `{"access_token":"x","expires_in":1}`, `{"a":["b"]}`, 302, false)
	f.Add("//a@b/c", "x", "multipart/form-data; boundary=B", "--B\r\n", "--B\r\n\r\n", 400, true)
	f.Fuzz(func(_ *testing.T, loc, auth, kind, content, body string, status int, token bool) {
		target, _ := url.Parse("https://as.example/oauth/authorize?x=" + url.QueryEscape(body))
		m := masker{redact.NewOAuthMasker([]byte("a"), []byte("b"))}
		h := http.Header{"Location": {loc}, "Set-Cookie": {auth}, "Content-Type": {kind}, "Refresh": {loc}}
		x := &RawExchange{Leg: LegAuthorize, Began: time.Now(), Method: "POST", LocalPath: "/link/authorize", Target: target, Status: status,
			RequestHeader: http.Header{"Authorization": {auth}, "Referer": {loc}, "Content-Type": {kind}, "Cookie": {auth}},
			RequestBody:   []byte(body), ResponseHeader: h, ResponseBody: []byte(content)}
		if token {
			x.Leg = LegToken
		}
		x.ReturnsToClient, x.OriginReason = status%2 == 0, loc
		k := m.redactExchange(x, false)
		k.Trace = "t"
		tr := Trace{ID: "t", Exchanges: []Exchange{k, k}}
		tr.Outcome()
		var out bytes.Buffer
		_ = WriteHAR(&out, "v", tr)
		j := &joiner{}
		j.assignTrace(&k)
		j.addExchange(k)
		j.assignTrace(&k)
	})
}
