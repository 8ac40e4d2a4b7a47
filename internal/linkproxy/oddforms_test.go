package linkproxy_test

import (
	"encoding/base64"
	"fmt"
	"log"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/stretchr/testify/require"

	"lastpost/internal/linkproxy"
	"lastpost/internal/linkproxy/lint"
	"lastpost/internal/linkproxy/trace"
)

// Tokens in a response with an unusual format are not stored, even if they look like ordinary words.
func TestMasksTokensInUnusualFormats(t *testing.T) {
	const one, two = "sesame.open", "quiet.please"
	wide := strings.Builder{}
	for _, unit := range utf16.Encode([]rune(`{"access_token":"` + one + `"}`)) {
		wide.Write([]byte{byte(unit), byte(unit >> 8)})
	}
	for name, row := range map[string]struct{ kind, body string }{
		"XML":                    {"application/xml", "<OAuth><access_token>" + one + "</access_token><refresh_token>" + two + "</refresh_token></OAuth>"},
		"YAML":                   {"text/plain", "access_token: " + one + "\nrefresh_token: " + two},
		"PHP":                    {"text/plain", "Array\n(\n [access_token] => " + one + "\n [refresh_token] => " + two + "\n)"},
		"JavaScript":             {"text/javascript", "{access_token: '" + one + "', pin: '" + two + "'}"},
		"after a warning":        {"text/html", "<b>Warning</b>: x<br>{\"access_token\":\"" + one + "\",\"id\":\"" + two + "\"}"},
		"an incomplete document": {"application/json", `{"access_token":"` + one + `","user":{"pin":"` + two},
		"UTF-16":                 {"application/json;charset=utf-16", wide.String()},
		"a page about tokens":    {"text/html", "<p>Your access token is " + one},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newHarness(t)
			s.server.TokenHandler = fixedResponse(200, row.kind, row.body)
			if row.kind != "text/html" {
				s.server.AuthorizeHandler = s.server.TokenHandler // as if the two URLs were swapped
			}
			s.run()
			for where, content := range s.storedTexts() {
				plain := strings.NewReplacer("\x00", "", `\u0000`, "").Replace(content)
				require.NotContains(t, plain, one, where)
				require.NotContains(t, plain, two, where)
			}
		})
	}
}

// Secrets are masked even if they have no name, are in an unusual place or have another encoding.
func TestMasksSecretsInUnusualPlaces(t *testing.T) {
	const word = "sesame.ö/open"
	lower := strings.ToLower(url.QueryEscape(word))
	for name, row := range map[string]struct {
		secret, header string
		answer         http.HandlerFunc
	}{
		"a fragment without a name": {"sesame.open", "", http.RedirectHandler(pitangui+"#sesame.open", http.StatusFound).ServeHTTP},
		"a query without a name":    {"sesame.open", "", http.RedirectHandler(pitangui+"?sesame.open", http.StatusFound).ServeHTTP},
		"escapes in lower case":     {lower, "", http.RedirectHandler(pitangui+"?error=access_denied&error_description=no+"+lower, http.StatusFound).ServeHTTP},
		"a cookie's path":           {"u-4711-0815-sesame-open", "", withHeader("Set-Cookie", "a=b; Path=/u-4711-0815-sesame-open", "")},
		"a header, and the page":    {"sesame.open", "", withHeader("X-Csrf-Token", "sesame.open", "<p>Say sesame.open")},
		"encoded credentials":       {base64.StdEncoding.EncodeToString([]byte("a:bcdef")), "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte("a:bcdef")) + "\n", echoHeaders},
	} {
		t.Run(name, func(t *testing.T) {
			s, e := newRecordingHarness(t, linkproxy.Proxied)
			e.handler = row.answer
			sendRaw(t, hostOf(t, s.proxyServer.URL), "GET /link/authorize?response_type=code&client_id=x&redirect_uri="+url.QueryEscape(pitangui)+"&state="+url.QueryEscape(word)+
				" HTTP/1.1\nHost: x\nConnection: close\n"+row.header+"\n")
			for where, content := range s.storedTexts() {
				require.NotContains(t, strings.ToLower(content), strings.ToLower(row.secret), where)
			}
		})
	}
}

func withHeader(name, value, page string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set(name, value)
		fixedResponse(200, "text/html", page)(w, r)
	}
}

// echoHeaders shows the request's header, as debug pages do.
func echoHeaders(w http.ResponseWriter, r *http.Request) {
	fixedResponse(400, "text/html", "<pre>"+fmt.Sprint(r.Header))(w, r)
}

// If an attacker sends a protocol word as a state, the word is not masked in other traces. Otherwise the masks would
// cause wrong findings.
func TestDoesNotMaskProtocolWords(t *testing.T) {
	s := newHarness(t)
	s.alexa.PKCE, s.alexa.Refreshes = true, true
	withMember("expires_in", 86400)(s)
	s.startProxy()
	for _, word := range []string{"refresh", "access_token", "_token", "application/json", "no-store", "Bearer", "redirect_uri", "expires_in", "3600", "86400", "Token", "json;"} {
		sendRaw(t, hostOf(t, s.proxyServer.URL), "GET /link/authorize?state="+url.QueryEscape(word)+"&other="+url.QueryEscape(word)+" HTTP/1.1\nHost: x\nConnection: close\n\n")
	}
	s.alexa.LinkAccount()
	for _, attempt := range s.stop() {
		if attempt.ClientID() != "" {
			require.Equal(t, "refreshed", attempt.Outcome())
			require.Empty(t, lint.Diagnose(attempt, time.Now()), s.log)
		}
	}
}

// The bytes after the Content-Length of a response are not printed. On a reused connection, net/http would print them to
// standard error.
func TestDoesNotPrintExtraResponseBytes(t *testing.T) {
	printed := &logBuffer{}
	log.SetOutput(printed)
	defer log.SetOutput(os.Stderr)
	s := newHarness(t)
	s.server.TokenHandler = func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		_, _ = conn.Write([]byte("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{\"access_token\":\"sesame.open\"}"))
		time.Sleep(50 * time.Millisecond)
		_ = conn.Close()
	}
	s.run()
	time.Sleep(50 * time.Millisecond)
	require.NotContains(t, printed.String(), "sesame.open")
}

// Lines of valid JSON that are not an exchange are skipped.
func TestSkipsLinesWithoutExchange(t *testing.T) {
	dir := t.TempDir()
	line := `{"id":"a","trace":"b","began":"2026-11-22T09:00:00Z"}`
	require.NoError(t, os.WriteFile(filepath.Join(dir, "traces.jsonl"), []byte("null\n{}\n[]\n{\"id\":\"a\"}\n"+line+"\n"), 0o600))
	traces, err := trace.ReadTraces(dir)
	require.NoError(t, err)
	require.Len(t, traces, 1)
	require.Equal(t, "b", traces[0].ID)
}

// If the flow of a browser has expired, the response explains how to start again.
func TestExpiredSignInGetsExplanation(t *testing.T) {
	s, _ := newRecordingHarness(t, linkproxy.Proxied)
	response := get(t, s, "/link/login", "EXPIREDKEY")
	require.Equal(t, http.StatusNotFound, response.status)
	require.Contains(t, response.body, "start it again")
}

// An attacker sends another person's challenge under another name. It is not masked, so it is still compared with the
// verifier.
func TestDoesNotMaskChallenge(t *testing.T) {
	s := newHarness(t)
	s.alexa.PKCE = true
	s.startProxy()
	sendRaw(t, hostOf(t, s.proxyServer.URL), "GET /link/authorize?other="+s.alexa.Challenge+" HTTP/1.1\nHost: x\nConnection: close\n\n")
	s.alexa.LinkAccount()
	for _, attempt := range s.stop() {
		if attempt.ClientID() != "" {
			require.Equal(t, "token issued", attempt.Outcome())
			require.Empty(t, lint.Diagnose(attempt, time.Now()), s.log)
		}
	}
}

// A page with letters that have another length in lower case does not cause a panic.
func TestAcceptsLettersThatChangeLength(t *testing.T) {
	s := newHarness(t)
	s.server.LoginPage = `<title>Sign in</title><meta name=x content="` + strings.Repeat("Ⱥ", 40) + `url=">`
	s.run()
	require.Len(t, s.stop(), 1)
}
