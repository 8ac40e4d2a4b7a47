package linkproxy_test

import (
	"fmt"
	"html"
	"net/http"
	"net/http/httputil"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/linkproxy"
)

// If an error page repeats the request, its secret is not stored, in any encoding of the request and of the page.
func TestMasksEchoedRequests(t *testing.T) {
	const form = "Content-Type: application/x-www-form-urlencoded\n"
	shows := map[string]struct {
		kind  string
		write func(string) string
	}{
		"as text":                   {"text/plain", func(s string) string { return s }},
		"as a page":                 {"text/html", html.EscapeString},
		"as a page, escaped by PHP": {"text/html", strings.NewReplacer("&", "&amp;", `"`, "&quot;", "'", "&#039;", "<", "&lt;").Replace},
	}
	for name, request := range map[string]string{
		"a form":                       form + "\nlogin=sesame.open&x=1",
		"a form, partly escaped":       form + "\nlogin=a/b%20%C3%A4sesame.open",
		"a form, escaped without need": form + "\nlogin=s%65same.open",
		"JSON":                         "Content-Type: application/json\n\n" + `{"a":["x\"sesame.open"]}`,
		"JSON as PHP writes it":        "Content-Type: application/json\n\n" + `{"a":"x\/sesame.open"}`,
		"JSON in ASCII":                "Content-Type: application/json\n\n" + `{"a":"x\u00fcsesame.open"}`,
		"Digest":                       "Authorization: Digest nonce=\"sesame.open\", uri=\"/\"\n\n",
		"an unknown scheme":            "Authorization: Negotiate sesame.open\n\n",
		"Bearer":                       "Authorization: Bearer sesame.open\n\n",
		"a cookie":                     "Cookie: a=sesame.open; b\n\n",
		"a cookie without a name":      "Cookie: sesame.open\n\n",
		"a user in the Referer":        "Referer: https://a:sesame.open@x.example/\n\n",
		"a form in parts":              "Content-Type: multipart/form-data; boundary=B\n\n--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nsesame.open\r\n--B--\r\n",
	} {
		for how, show := range shows {
			t.Run(name+", "+how, func(t *testing.T) {
				s, e := newRecordingHarness(t, linkproxy.Proxied)
				e.handler = func(w http.ResponseWriter, r *http.Request) {
					dump, err := httputil.DumpRequest(r, false)
					require.NoError(t, err)
					_, body, _ := strings.Cut(e.requests[len(e.requests)-1], "\r\n\r\n")
					fixedResponse(400, show.kind, "<p>"+show.write(string(dump)+body))(w, r)
				}
				header, body, _ := strings.Cut(request, "\n\n")
				body = strings.ReplaceAll(body, "\r\n", "\n") // sendRaw adds the \\r
				length := len(strings.ReplaceAll(body, "\n", "\r\n"))
				answer := sendRaw(t, hostOf(t, s.proxyServer.URL), fmt.Sprintf("POST /link/token HTTP/1.1\nHost: x\nConnection: close\n%s\nContent-Length: %d\n\n%s", strings.TrimSpace(header), length, body))
				require.Contains(t, answer, "400")
				for where, content := range s.storedTexts() {
					require.NotContains(t, content, "same.open", where)
				}
			})
		}
	}
}
