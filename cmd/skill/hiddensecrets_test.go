package main

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
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

// A secretList records the secrets that a test plants.
type secretList struct{ secrets []string }

func (p *secretList) secret(name string) string {
	secret := name + "7" + rand.Text()
	p.secrets = append(p.secrets, secret)
	return secret
}

// jwt returns a token of three parts, or an encrypted one of five, and records its parts.
func (p *secretList) jwt(parts int) string {
	token := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","kid":"` + p.secret("kid") + `"}`))
	p.secrets = append(p.secrets, token)
	for range parts - 1 {
		token += "." + p.secret("part")
	}
	return token
}

// addTo changes a request as Alexa sends it: it adds secrets in all the forms that Amazon and other programs use.
func (p *secretList) addTo(t *testing.T, request map[string]any) []byte {
	t.Helper()
	var body map[string]any
	require.NoError(t, json.Unmarshal(requestWith(t, request), &body))
	system := body["context"].(map[string]any)["System"].(map[string]any)
	system["user"].(map[string]any)["accessToken"] = p.jwt(3)
	system["apiAccessToken"] = p.jwt(5)
	body["context"].(map[string]any)["Advertising"] = map[string]any{"advertisingId": p.secret("ad"), "limitAdTracking": false}
	inner := fmt.Sprintf(`{"accessToken":%q,"user":{"user_id":%q},"url":"https://x.example/?access_token=%s&x=1"}`, p.secret("inner"), p.secret("user"), p.secret("url"))
	nested, err := json.Marshal(map[string]string{"body": inner})
	require.NoError(t, err)
	body["vendor"] = map[string]any{
		"user_id": p.secret("user"), "apiKey": p.secret("key"), "x-api-key": p.secret("key"), "api_key": 7_700_700_700, "text": inner, "deeper": string(nested),
		"list":    []string{"GET /cb?code=" + p.secret("code") + "&state=" + p.secret("state"), "token " + p.jwt(3) + ".", "refresh_token=" + p.secret("refresh")},
		"page":    `<input type="hidden" name="x" value="` + p.jwt(3) + `"> {&quot;clientSecret&quot;:&quot;` + p.secret("client") + `&quot;}`,
		"grant":   map[string]any{"type": "OAuth2.AuthorizationCode", "code": p.secret("grant")},
		"grantee": map[string]any{"type": "BearerToken", "token": p.secret("grantee")},
	}
	p.secrets = append(p.secrets, "7700700700")
	changed, err := json.Marshal(body)
	require.NoError(t, err)
	return changed
}

// acceptGrant returns the directive that Alexa.Authorization sends, with a code and a token.
func (p *secretList) acceptGrant() []byte {
	return fmt.Appendf(nil, `{"directive":{"header":{"namespace":"Alexa.Authorization","name":"AcceptGrant","payloadVersion":"3"},`+
		`"payload":{"grant":{"type":"OAuth2.AuthorizationCode","code":%q},"grantee":{"type":"BearerToken","token":%q}}}}`, p.secret("grant"), p.secret("grantee"))
}

// TestOutputsHidePlantedSecrets sends requests with secrets in many forms, genuine and forged. No page, export, log line,
// metric or file may contain one of them.
func TestOutputsHidePlantedSecrets(t *testing.T) {
	t.Parallel()
	h, p := newHarness(t, "{mode: self-signed}"), &secretList{}
	h.startAndWait()
	h.waitUntilReady()
	at := time.Now().UTC().Format(time.RFC3339)
	slot := map[string]any{"name": "Query", "value": "posts of access_token=" + p.secret("slot")}
	ended := map[string]any{"type": "SessionEndedRequest", "requestId": "r2", "timestamp": at, "locale": "en-US", "reason": "ERROR", "error": map[string]any{
		"type": "INVALID_RESPONSE", "message": "user amzn1.ask.account." + p.secret("ACCOUNT") + ` sent {\"accessToken\":\"` + p.secret("message") + `\"} ` + p.jwt(3)}}
	for _, request := range []map[string]any{
		{"type": "LaunchRequest", "requestId": "r1", "timestamp": at, "locale": "en-US"}, ended,
		{"type": "IntentRequest", "requestId": "r3", "timestamp": at, "locale": "en-US", "intent": map[string]any{"name": "SearchIntent", "slots": map[string]any{"Query": slot}}},
	} {
		status, _ := h.sendSigned(p.addTo(t, request))
		require.Equal(t, http.StatusOK, status)
	}
	grant := p.acceptGrant()
	header, err := h.signer.Sign(grant)
	require.NoError(t, err)
	forged := http.Header{
		"User-Agent": {"probe access_token=" + p.secret("agent") + " " + p.jwt(3)}, "Authorization": {"Bearer " + p.secret("bearer")},
		"X-Api-Key": {p.secret("key")}, "Cookie": {"session=" + p.secret("cookie")}, "Signaturecertchainurl": {"https://x.example/?access_token=" + p.secret("chain")},
		"Signature-256": {p.jwt(3)}, "X-" + p.jwt(3): {"x"},
	}
	for sent, headers := range map[string]http.Header{"signed": header, "forged": forged} {
		status, _, err := h.post(t.Context(), headers, bytes.NewReader(grant))
		require.NoError(t, err)
		require.Equal(t, http.StatusBadRequest, status, sent)
	}
	h.requestWrongPath(t, p)
	shown := h.collectOutputs(5)
	require.Contains(t, shown["the log"], "INVALID_RESPONSE")
	require.Contains(t, shown["/exchanges.har"], "masked:")
	requireHidden(t, shown, p.secrets)
}

// requestWrongPath sends a request that seems to come from Alexa to a path with a secret, because the log names the path.
func (h *harness) requestWrongPath(t *testing.T, p *secretList) {
	t.Helper()
	base := strings.TrimSuffix(h.url, "/alexa/halfelf")
	r, err := http.NewRequest(http.MethodPost, base+"/alexa/"+p.jwt(3)+"/access_token="+p.secret("path"), strings.NewReader("{}"))
	require.NoError(t, err)
	r.Header.Set("SignatureCertChainUrl", "https://s3.amazonaws.com/echo.api/echo-api-cert.pem")
	response, err := h.client.Do(r)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
}

// collectOutputs waits for a number of exchanges, stops the program, and returns all pages, exports, the log and all files.
func (h *harness) collectOutputs(exchanges int) map[string]string {
	h.t.Helper()
	require.Eventually(h.t, func() bool {
		status, _ := h.getPrivate("/exchanges/" + strconv.Itoa(exchanges))
		return status == http.StatusOK
	}, 30*time.Second, 50*time.Millisecond)
	paths := []string{"/", "/exchanges", "/exchanges.har", "/ask", "/posts", "/linking", "/metrics", "/readyz"}
	for n := range exchanges {
		paths = append(paths, fmt.Sprint("/exchanges/", n+1), fmt.Sprint("/exchanges/", n+1, "/har"))
	}
	shown := map[string]string{}
	for _, path := range paths {
		_, shown[path] = h.getPrivate(path)
	}
	_, list := h.getPrivate("/linking")
	for _, part := range strings.Split(list, `href="/linking/`)[1:] {
		path := "/linking/" + part[:strings.IndexByte(part, '"')]
		_, shown[path] = h.getPrivate(path)
		_, shown[path+"/har"] = h.getPrivate(path + "/har")
	}
	require.Equal(h.t, 0, h.stop())
	shown["the log"] = h.log.String()
	require.NoError(h.t, filepath.WalkDir(filepath.Join(h.dir, "data"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasSuffix(path, ".pem") {
			return err
		}
		content, err := os.ReadFile(path)
		shown[path] = string(content)
		return err
	}))
	return shown
}

// requireHidden checks that no output contains a secret, also in the encodings of URLs and Base64.
func requireHidden(t *testing.T, shown map[string]string, secrets []string) {
	t.Helper()
	require.Greater(t, len(secrets), 20)
	for where, text := range shown {
		for _, secret := range secrets {
			for _, form := range []string{secret, url.QueryEscape(secret), base64.StdEncoding.EncodeToString([]byte(secret))} {
				if at := strings.Index(text, form); at >= 0 {
					t.Fatalf("%s has the secret %s: …%s…", where, secret, text[max(0, at-200):min(len(text), at+100)])
				}
			}
		}
	}
}

// TestLinkingOutputsHidePlantedSecrets answers token requests and pages with secrets in many forms. No page, export, command,
// log line or file may contain one of them.
func TestLinkingOutputsHidePlantedSecrets(t *testing.T) {
	requireE2E(t)
	t.Parallel()
	h, p := newHarness(t, "{mode: self-signed}"), &secretList{}
	s := newOAuthServer(t, h)
	h.startAndWait()
	h.waitUntilReady()
	escaped, err := json.Marshal(`{"accessToken":"` + p.secret("inner") + `","user":{"user_id":"` + p.secret("user") + `"}}`)
	require.NoError(t, err)
	for _, f := range []linkFault{
		{path: "/token", answer: respondWith(200, "application/json", `{"accessToken":"`+p.secret("access")+`","token_type":"Bearer","user_id":"`+p.secret("user")+
			`","apiKey":"`+p.secret("key")+`","scope":"profile `+p.jwt(3)+`","id_token":"`+p.jwt(5)+`","data":`+string(escaped)+`}`)},
		{path: "/token", answer: respondWith(400, "application/json", `{"error":"invalid_grant","error_description":`+string(escaped)+`,"error_uri":"https://x.example/?access_token=`+
			p.secret("uri")+`"}`)},
		{path: "/token", answer: respondWith(400, "application/json", `{"error":"`+p.jwt(3)+`","error_description":"refresh_token=`+p.secret("short")+` apiKey: `+p.secret("key")+`"}`)},
		{path: "/token", answer: respondWith(500, "text/html", `<title>Error `+p.jwt(3)+`</title><p>access_token=`+p.secret("page")+` and {&quot;user_id&quot;:&quot;`+p.secret("user")+
			`&quot;}<form action="/retry?access_token=`+p.secret("action")+`"><input name="`+p.jwt(3)+`"></form>`)},
		{path: "/token", answer: respondWith(502, "text/plain", "upstream said {\\\"accessToken\\\":\\\""+p.secret("plain")+"\\\"} Bearer "+p.secret("bearer"))},
		{path: "/authorize", answer: respondWith(400, "text/html", "<p>The redirect URI does not match. client_secret="+p.secret("client")+" "+p.jwt(5))},
		{path: "/login", answer: redirectBackWith("error=access_denied&error_description=" + url.QueryEscape("token "+p.jwt(3)+" of user_id="+p.secret("user")))},
	} {
		s.linkAccount(h, f)
	}
	var list string
	require.Eventually(t, func() bool {
		_, list = h.getPrivate("/linking")
		return strings.Count(list, `href="/linking/`) >= 7
	}, 30*time.Second, 50*time.Millisecond)
	h.sendSigned(h.lastPostRequest(""))
	shown := h.collectOutputs(1)
	for _, command := range []string{"list", "show", "diagnose", "export"} {
		run := exec.Command(h.program, "link", command, "--config", filepath.Join(h.dir, "skill.yaml"))
		run.Env = h.env
		output, _ := run.CombinedOutput() // the status of diagnose is 1 if the trace has a fault
		require.NotEmpty(t, output, command)
		shown["skill link "+command] = string(output)
	}
	require.Contains(t, shown["skill link export"], "h~")
	requireHidden(t, shown, append(p.secrets, s.secrets...))
}
