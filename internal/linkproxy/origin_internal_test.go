package linkproxy

import (
	"net/http"
	"net/url"
	"testing"

	"lastpost/internal/linkproxy/trace"
)

// FuzzOriginReason checks that no response of the authorization server causes a panic in originReason and localLocation.
func FuzzOriginReason(f *testing.F) {
	f.Add("https://x.example/a?code=b#c", "text/html", "<meta http-equiv=refresh content='url='><form action=//x>", "default-src x", 200)
	f.Add("/x", "application/xhtml+xml", "<base href=/a><a href='?x'><iframe src=https://as.example/>", "form-action as.example", 302)
	f.Add("//a@b/c", "text/html", "<script>navigator.credentials</script>", "", 399)
	f.Fuzz(func(_ *testing.T, location, kind, content, policy string, status int) {
		target := &url.URL{Scheme: "https", Host: "as.example", Path: "/oauth/authorize"}
		p := &Proxy{Path: "/link", AuthorizationURL: target, TokenURL: target}
		x := &exchange{RawExchange: trace.RawExchange{LocalPath: "/link/authorize", Target: target, Status: status, ResponseBody: []byte(content), ResponseHeader: http.Header{
			"Location": {location}, "Content-Type": {kind}, "Refresh": {location}, "Content-Security-Policy": {policy}}}}
		x.ReturnsToClient = x.returnsToClient(location)
		p.originReason(x)
		if location != "" {
			p.localLocation(location, &url.URL{Path: "/link/authorize"}, target)
		}
	})
}
