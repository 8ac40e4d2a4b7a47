package main

import (
	"crypto/tls"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/linkproxy/linkproxytest"
)

// A ruleFault is a rule of RFC 6749 or RFC 7636, and a change to the OAuth server or to Alexa that breaks it.
type ruleFault struct {
	rule, fault string
	apply       func(*linkproxytest.OAuthServer, *linkproxytest.Alexa)
}

// ruleFaults returns a fault for each rule without a row in the table of docs/account-linking.md.
func ruleFaults() []ruleFault {
	type server = *linkproxytest.OAuthServer
	type alexa = *linkproxytest.Alexa
	back := func(change func(url.Values)) func(server, alexa) {
		return func(s server, _ alexa) { s.ChangeRedirect = func(_ *url.URL, v url.Values) { change(v) } }
	}
	token := func(answer http.HandlerFunc) func(server, alexa) {
		return func(s server, _ alexa) { s.TokenHandler = answer }
	}
	return []ruleFault{
		{"parameter-repeated", "console", func(_ server, a alexa) { a.ExtraQuery = "scope=email&" }},
		{"response-type", "console", func(_ server, a alexa) { a.ResponseType = "id_token" }},
		{"client-id", "console", func(_ server, a alexa) { a.ClientID = "" }},
		{"pkce-form", "console", func(_ server, a alexa) { a.PKCE, a.Verifier = true, "short" }},
		{"authorization-unreachable", "network", func(s server, _ alexa) {
			s.AuthorizeHandler = func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
		}},
		{"redirect-elsewhere", "OAuth server", func(s server, _ alexa) {
			s.ChangeRedirect = func(to *url.URL, _ url.Values) { to.Host = "layla.amazon.com" }
		}},
		{"authorization-error", "OAuth server", back(func(v url.Values) { v.Del("code"); v.Set("error", "server_error") })},
		{"server-tls", "OAuth server", func(s server, _ alexa) { s.TLS.MaxVersion = tls.VersionTLS11 }},
		{"plain-http", "OAuth server", func(s server, _ alexa) {
			s.AuthorizeHandler = func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, "http://auth.example.com/login", http.StatusFound)
			}
		}},
		{"cookies-lost", "OAuth server", func(s server, _ alexa) {
			s.AuthorizeHandler = func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Set-Cookie", "sid=4711-0815-session; Path=/; Secure; SameSite=Strict")
				http.Redirect(w, r, "/start", http.StatusFound)
			}
			s.Pages = map[string]http.HandlerFunc{"/start": linkproxytest.FixedResponse(400, "text/html", "<title>Error</title><p>Session not found")}
		}},
		{"code-encoding", "OAuth server", func(s server, _ alexa) {
			s.ChangeCode = func(string) string { return "Abc+def/Ghi==" }
			s.ChangeLocation = func(location string) string {
				return strings.Replace(location, "Abc%2Bdef%2FGhi%3D%3D", "Abc+def/Ghi==", 1)
			}
		}},
		{"token-blocked", "network", func(s server, _ alexa) {
			s.TokenHandler = func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Cf-Mitigated", "challenge")
				linkproxytest.FixedResponse(403, "text/html", "<title>Just a moment...</title>")(w, r)
			}
		}},
		{"declined", "none", back(func(v url.Values) { v.Del("code"); v.Set("error", "access_denied") })},
		{"authorization-answer", "OAuth server", back(func(v url.Values) { v.Del("code") })},
		{"token-redirect", "configuration", token(http.RedirectHandler("/oauth/token/", http.StatusPermanentRedirect).ServeHTTP)},
		{"token-request", "console", func(_ server, a alexa) { a.ConsoleMistake = "no grant type" }},
		{"credentials-in-url", "console", func(_ server, a alexa) { a.ConsoleMistake = "?client_secret=" + a.ClientSecret }},
		{"credentials-twice", "console", func(_ server, a alexa) { a.AuthMethod = "both" }},
		{"code-unchecked", "OAuth server", func(s server, a alexa) { a.RepeatsCode, s.TakesCodesTwice = true, true }},
		{"token-cache", "OAuth server", func(s server, _ alexa) {
			s.ChangeResponse = func(_ *int, h http.Header, _ map[string]any) { h.Set("Cache-Control", "private") }
		}},
		{"token-error", "OAuth server", token(linkproxytest.FixedResponse(400, "application/json", `{"error":"unsupported_grant_type"}`))},
		{"token-error-form", "OAuth server", token(linkproxytest.FixedResponse(502, "text/html", "<title>Bad Gateway</title>"))},
	}
}

// configureLinking makes the service proxy s. Call it before the start.
func (h *harness) configureLinking(s *linkproxytest.OAuthServer) {
	h.t.Helper()
	for name, more := range map[string][]byte{
		"roots.pem":  pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}),
		"skill.yaml": fmt.Appendf(nil, "public_url: https://skill.example.com\naccount_linking: {authorization_url: %[1]s/oauth/authorize, token_url: %[1]s/oauth/token}\n", s.URL),
	} {
		file := filepath.Join(h.dir, name)
		content, err := os.ReadFile(file)
		require.NoError(h.t, err)
		writeFile(h.t, file, append(content, more...))
	}
}

// linkAccount links an account through the running program as Alexa does. change breaks the rule under test.
func (h *harness) linkAccount(s *linkproxytest.OAuthServer, change func(*linkproxytest.OAuthServer, *linkproxytest.Alexa)) {
	h.t.Helper()
	a := linkproxytest.NewAlexa(h.t)
	base := strings.TrimSuffix(h.url, "/alexa/halfelf") + "/link"
	a.AuthorizeURL, a.TokenURL, a.Refreshes = base+"/authorize", base+"/token", true
	a.State += fmt.Sprint(time.Now().UnixNano()) // Alexa uses a new state for each attempt
	change(s, a)
	a.OpenBrowser()
	a.LinkWithConsoleURLs()
}

// TestReportsEachLinkingRule links accounts through the real program with one fault each. The log, the page and "skill link"
// must name the fault's rule, and no other.
func TestReportsEachLinkingRule(t *testing.T) {
	t.Parallel()
	for _, f := range ruleFaults() {
		t.Run(f.rule, func(t *testing.T) {
			t.Parallel()
			r, s := newHarness(t, "{mode: self-signed}"), linkproxytest.NewServer(t)
			r.configureLinking(s)
			r.startAndWait()
			r.linkAccount(s, f.apply)
			level, notes := "warn", 1
			if f.fault == "none" {
				level, notes = "info", 0
			}
			line := r.waitForLinkLine(f.rule, level)
			require.Equal(t, f.fault, line["fault"], "%v", line)
			trace := line["trace"].(string)
			findings := r.diagnoseTrace(trace, f.fault == "none")
			require.Len(t, findings, 1, findings)
			require.Equal(t, f.rule, findings[0]["rule"])
			require.EqualValues(t, 0, findings[0]["row"])
			_, page := r.getPrivate("/linking/" + trace)
			page = unescaped(page)
			for _, want := range []string{`">` + f.rule + "</a>, " + findings[0]["source"].(string) + ")", findings[0]["seen"].(string), "Responsible: " + f.fault + "<", findings[0]["remedy"].(string)} {
				requirePart(t, "the trace's page", page, want)
			}
			require.Equal(t, notes, strings.Count(page, `class="note warn"`), "findings on the trace's page")
			require.Equal(t, 0, r.stop())
			require.Equal(t, 1, strings.Count(r.log.String(), `"fault":`), "only one finding is logged")
		})
	}
}

func TestCorrectLinkHasNoFindings(t *testing.T) {
	t.Parallel()
	r, s := newHarness(t, "{mode: self-signed}"), linkproxytest.NewServer(t)
	r.configureLinking(s)
	r.startAndWait()
	for _, pkce := range []bool{false, true} {
		r.linkAccount(s, func(_ *linkproxytest.OAuthServer, a *linkproxytest.Alexa) { a.PKCE = pkce })
	}
	require.Eventually(t, func() bool { return strings.Count(r.runSkill("link", "list"), "\trefreshed\t-\n") == 2 }, 10*time.Second, 20*time.Millisecond)
	require.Contains(t, r.runSkill("link", "diagnose"), "no problems found")
	require.Equal(t, 0, r.stop())
	require.NotContains(t, r.log.String(), `"fault":`)
}

// TestLogsFindingsDueWhileStopped stops the real program before a code's token request arrives, and starts it after the
// limit. The next start logs the finding. Later starts do not, even if the program is killed.
func TestLogsFindingsDueWhileStopped(t *testing.T) {
	requireE2E(t)
	t.Parallel()
	r, s := newHarness(t, "{mode: self-signed}"), linkproxytest.NewServer(t)
	r.configureLinking(s)
	r.startAndWait()
	r.linkAccount(s, func(_ *linkproxytest.OAuthServer, a *linkproxytest.Alexa) { a.ConsoleMistake = "nowhere" })
	require.Equal(t, 0, r.stop())
	require.NotContains(t, r.log.String(), `"fault":`)

	file := filepath.Join(r.dir, "data", "link", "traces.jsonl")
	traces, err := os.ReadFile(file)
	require.NoError(t, err)
	began := regexp.MustCompile(`"began":"[^"]*"`)
	writeFile(t, file, began.ReplaceAll(traces, fmt.Appendf(nil, `"began":%q`, time.Now().Add(-2*time.Minute).UTC().Format(time.RFC3339Nano))))
	logged := 0
	for range 3 {
		r.startProcess() // with a new log file
		r.waitUntilListening()
		r.kill()
		logged += strings.Count(r.log.String(), `"rule":"no-token-request"`)
	}
	require.Equal(t, 1, logged)
}
