package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"io/fs"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A linkFault is a fault in account linking and the expected finding.
type linkFault struct {
	row         int
	rule, fault string

	path   string // of the OAuth server's endpoint with the fault
	answer http.HandlerFunc
	omits  string

	swapped, implicit, verifierWithoutChallenge bool // mistakes in the console
}

// linkFaults returns one fault for each row of the table in docs/account-linking.md.
func linkFaults() []linkFault {
	invalid := func(status int, code string) http.HandlerFunc {
		return respondWith(status, "application/json", `{"error":"`+code+`"}`)
	}
	return []linkFault{
		{row: 1, rule: "redirect-uri", fault: "OAuth server", path: "/authorize", answer: respondWith(400, "text/html", "<title>Error</title><p>The redirect URI does not match the registered ones.")},
		{row: 2, rule: "state", fault: "OAuth server", omits: "state"},
		{row: 3, rule: "scope-or-client", fault: "console", path: "/login", answer: redirectBackWith("error=invalid_scope")},
		{row: 4, rule: "no-token-request", fault: "network", path: "/token", answer: func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }},
		{row: 5, rule: "client-authentication", fault: "console", path: "/token", answer: invalid(401, "invalid_client")},
		{row: 6, rule: "token-answer", fault: "OAuth server", path: "/token", answer: respondWith(200, "text/html", "<title>Hello</title>")},
		{row: 7, rule: "token-slow", fault: "OAuth server", path: "/token", answer: func(_ http.ResponseWriter, r *http.Request) {
			select {
			case <-r.Context().Done():
			case <-time.After(10 * time.Second):
			}
		}},
		{row: 8, rule: "urls-swapped", fault: "console", swapped: true},
		{row: 9, rule: "refresh", fault: "OAuth server", omits: "refresh_token"},
		{row: 10, rule: "invalid-grant", fault: "OAuth server", path: "/token", answer: invalid(400, "invalid_grant")},
		{row: 11, rule: "pkce", fault: "console", verifierWithoutChallenge: true},
		{row: 12, rule: "login-page", fault: "OAuth server", path: "/authorize", answer: respondWith(403, "text/html", "<title>Error 403: disallowed_useragent</title>")},
		{row: 13, rule: "implicit", fault: "OAuth server", implicit: true, path: "/login", answer: redirectBackWith("access_token=token-in-the-query-0123456789&token_type=Bearer")},
	}
}

// linkAccount plays Alexa's side of account linking through the proxy: the browser, then Amazon's servers.
func (s *oauthServer) linkAccount(h *harness, f linkFault) {
	h.t.Helper()
	s.setFault(f)
	base := strings.TrimSuffix(h.url, "/alexa/halfelf") + "/link"
	state := s.newSecret("state")
	query := url.Values{"client_id": {linkClient}, "response_type": {"code"}, "scope": {"profile"}, "state": {state}, "redirect_uri": {linkRedirect}}
	if f.implicit {
		query.Set("response_type", "token")
	}
	jar, err := cookiejar.New(nil)
	require.NoError(h.t, err)
	browser := &http.Client{Jar: jar, Transport: h.client.Transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := browser.Get(base + "/authorize?" + query.Encode())
	require.NoError(h.t, err)
	require.NoError(h.t, answer.Body.Close())
	if answer.StatusCode != http.StatusOK {
		return
	}
	answer, err = browser.PostForm(base+"/login", url.Values{"state": {state}, "username": {s.newSecret("alice")}, "password": {s.newSecret("password")}})
	require.NoError(h.t, err)
	require.NoError(h.t, answer.Body.Close())
	back, err := answer.Location()
	require.NoError(h.t, err)
	if code := back.Query().Get("code"); code != "" {
		s.requestTokens(h, base, f, url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {linkRedirect}})
	}
}

// requestTokens plays Amazon's servers: it requests tokens, and refreshes them if it gets a refresh token.
func (s *oauthServer) requestTokens(h *harness, base string, f linkFault, form url.Values) {
	h.t.Helper()
	if f.verifierWithoutChallenge {
		form.Set("code_verifier", s.newSecret("verifier-of-forty-three-characters"))
	}
	if f.swapped {
		base += "/authorize"
	} else {
		base += "/token"
	}
	request, err := http.NewRequest(http.MethodPost, base, strings.NewReader(form.Encode()))
	require.NoError(h.t, err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	secret := s.newSecret("client")
	request.SetBasicAuth(linkClient, secret)
	answer, err := h.client.Do(request)
	require.NoError(h.t, err)
	body, err := io.ReadAll(answer.Body)
	require.NoError(h.t, err)
	require.NoError(h.t, answer.Body.Close())
	var tokens map[string]any
	_ = json.Unmarshal(body, &tokens) // an invalid body has no tokens
	if token, ok := tokens["refresh_token"].(string); ok && form.Get("grant_type") != "refresh_token" {
		s.requestTokens(h, base[:strings.LastIndex(base, "/")], linkFault{}, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}})
	}
}

// TestReportsEachLinkingFault links accounts through the real program, with one fault for each row of the table. The log, the
// page and "skill link" must name the rule, the responsible party and the remedy, and must not contain secrets.
func TestReportsEachLinkingFault(t *testing.T) {
	requireE2E(t)
	t.Parallel()
	h := newHarness(t, "{mode: self-signed}")
	s := newOAuthServer(t, h)
	h.startAndWait()
	printed := h.log.waitFor(t, "account linking")
	require.Equal(t, "https://skill.example.com/link/authorize", printed["authorization_uri"])
	require.Equal(t, "https://skill.example.com/link/token", printed["access_token_uri"])
	for i, f := range linkFaults() {
		require.Equal(t, i+1, f.row)
		s.linkAccount(h, f)
		line := h.waitForWarning(f.rule)
		require.Equal(t, f.fault, line["fault"], "%v", line)
		trace := line["trace"].(string)
		findings := h.diagnoseTrace(trace, false)
		require.Len(t, findings, 1, findings)
		require.EqualValues(t, f.row, findings[0]["row"])
		require.Equal(t, f.rule, findings[0]["rule"])
		h.requireShown(trace, findings[0])
	}
	s.linkAccount(h, linkFault{})
	require.Eventually(t, func() bool {
		_, list := h.getPrivate("/linking")
		return strings.Contains(list, "no findings") && strings.Contains(list, "refreshed")
	}, 10*time.Second, 20*time.Millisecond, "a correct link has no findings")
	_, list := h.getPrivate("/linking")
	require.Equal(t, len(linkFaults()), strings.Count(list, "1 finding<"))
	shown := h.traceTexts(list)
	require.Equal(t, 0, h.stop())
	s.requireNoSecrets(h, shown)
}

// waitForWarning waits for a warning with a rule in the log, and returns the line.
func (h *harness) waitForWarning(rule string) map[string]any {
	h.t.Helper()
	return h.waitForLinkLine(rule, "warn")
}

// waitForLinkLine waits for a line with a rule and a level in the log, and returns it.
func (h *harness) waitForLinkLine(rule, level string) (found map[string]any) {
	h.t.Helper()
	require.Eventually(h.t, func() bool {
		for text := range strings.Lines(h.log.String()) {
			line := map[string]any{}
			if json.Unmarshal([]byte(text), &line) == nil && line["rule"] == rule && line["level"] == level {
				found = line
			}
		}
		return found != nil
	}, 30*time.Second, 20*time.Millisecond, "the log does not name %s", rule)
	return found
}

// diagnoseTrace returns the findings of "skill link diagnose" for a trace. The exit status must be 0 if none is a fault,
// otherwise 1.
func (h *harness) diagnoseTrace(trace string, noFault bool) (findings []map[string]any) {
	h.t.Helper()
	command := exec.Command(h.program, "link", "diagnose", trace, "--json", "--config", filepath.Join(h.dir, "skill.yaml"))
	command.Env = h.env
	output, err := command.Output()
	require.Equal(h.t, noFault, err == nil, "the exit status is 1 if there are faults")
	require.NoError(h.t, json.Unmarshal(output, &findings), "%s", output)
	return findings
}

// requireShown checks that the trace's page shows its requests and the finding, and no other finding.
func (h *harness) requireShown(trace string, finding map[string]any) {
	h.t.Helper()
	status, page := h.getPrivate("/linking/" + trace)
	require.Equal(h.t, http.StatusOK, status)
	page = unescaped(page)
	for _, want := range []string{finding["title"].(string), finding["rule"].(string), "row " + strconv.Itoa(int(finding["row"].(float64))) + " of", finding["seen"].(string),
		"Responsible: " + finding["fault"].(string) + "<", finding["remedy"].(string), ">authorize</h2>", "GET https://localhost"} {
		requirePart(h.t, "the trace's page", page, want)
	}
	require.Equal(h.t, 1, strings.Count(page, `class="note warn"`), "findings on the trace's page")
}

func unescaped(page string) string {
	return strings.NewReplacer("&#34;", `"`, "&#39;", "'", "&lt;", "<", "&gt;", ">", "&#43;", "+", "&amp;", "&").Replace(page)
}

// traceTexts returns all pages and HAR exports of traces by path.
func (h *harness) traceTexts(list string) map[string]string {
	h.t.Helper()
	shown := map[string]string{"/linking": list}
	for _, part := range strings.Split(list, `href="/linking/`)[1:] {
		path := "/linking/" + part[:strings.IndexByte(part, '"')]
		status, har := h.getPrivate(path + "/har")
		require.Equal(h.t, http.StatusOK, status)
		require.True(h.t, json.Valid([]byte(har)))
		_, page := h.getPrivate(path)
		shown[path], shown[path+"/har"] = page, har
	}
	require.Len(h.t, shown, 2*(len(linkFaults())+1)+1)
	return shown
}

// requireNoSecrets checks that the pages, the log, the exports and the data directory contain none of the secrets.
func (s *oauthServer) requireNoSecrets(r *harness, shown map[string]string) {
	r.t.Helper()
	shown["the log"], shown["skill link show"], shown["skill link export"] = r.log.String(), r.runSkill("link", "show"), r.runSkill("link", "export")
	require.NoError(r.t, filepath.WalkDir(filepath.Join(r.dir, "data"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		shown[path] = string(content)
		return err
	}))
	require.Contains(r.t, shown[filepath.Join(r.dir, "data", "link", "traces.jsonl")], "h~", "secrets are masked in the trace file")
	secrets := append(s.secrets, "token-in-the-query-0123456789")
	require.Greater(r.t, len(secrets), 80)
	for where, text := range shown {
		for _, secret := range secrets {
			require.NotContains(r.t, text, secret, where)
			require.NotContains(r.t, text, base64.StdEncoding.EncodeToString([]byte(linkClient+":"+secret)), where)
		}
	}
}

// TestTracePagesFollowConfiguration removes account linking from the configuration of the running program, and restores it.
func TestTracePagesFollowConfiguration(t *testing.T) {
	requireE2E(t)
	t.Parallel()
	h := newHarness(t, "{mode: self-signed}")
	s := newOAuthServer(t, h)
	h.startAndWait()
	s.linkAccount(h, linkFaults()[4])
	trace := "/linking/" + h.waitForWarning("client-authentication")["trace"].(string)
	file := filepath.Join(h.dir, "skill.yaml")
	on, err := os.ReadFile(file)
	require.NoError(t, err)
	off, _, _ := bytes.Cut(on, []byte("account_linking:"))
	for _, step := range []struct {
		config []byte
		list   string
		status int
	}{{off, "proxy is off", 404}, {on, "https://skill.example.com/link/token", 200}} {
		writeFile(t, file, step.config)
		h.sendHUP()
		require.Eventually(t, func() bool {
			_, list := h.getPrivate("/linking")
			return strings.Contains(list, step.list)
		}, 10*time.Second, 20*time.Millisecond)
		for _, path := range []string{trace, trace + "/har"} {
			status, _ := h.getPrivate(path)
			require.Equal(t, step.status, status, path)
		}
	}
	require.Equal(t, 0, h.stop())
}
