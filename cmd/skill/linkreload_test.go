package main

import (
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestReloadTurnsAccountLinkingOnAndOff(t *testing.T) {
	t.Parallel()
	h := newHarness(t, "{mode: off}")
	oauth := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/a" {
			http.Redirect(w, r, linkRedirect+"?code=abc&state="+url.QueryEscape(r.URL.Query().Get("state")), http.StatusFound)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = io.WriteString(w, `{"error":"invalid_client"}`)
	}))
	t.Cleanup(oauth.Close)
	roots, err := os.ReadFile(filepath.Join(h.dir, "roots.pem"))
	require.NoError(t, err)
	writeFile(t, filepath.Join(h.dir, "roots.pem"), append(roots, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: oauth.Certificate().Raw})...))
	name := filepath.Join(h.dir, "skill.yaml")
	without, err := os.ReadFile(name)
	require.NoError(t, err)
	with := func(more string) []byte {
		return fmt.Appendf(without[:len(without):len(without)], "public_url: https://skill.example.com\naccount_linking: {authorization_url: %q, token_url: %q%s}\n", oauth.URL+"/a", oauth.URL+"/t", more)
	}

	h.startAndWait()
	require.Equal(t, http.StatusNotFound, h.postToken())
	require.NoFileExists(t, filepath.Join(h.dir, "data", "link"))

	writeFile(t, name, with(""))
	h.sendHUP()
	h.waitForLog("account linking", "authorization_uri", "https://skill.example.com/link/authorize")
	require.Equal(t, "https://skill.example.com/link/token", h.log.withMessage("account linking")[0]["access_token_uri"])
	require.Equal(t, http.StatusFound, h.signInToLink())
	require.Equal(t, http.StatusUnauthorized, h.postToken())
	h.waitForLog("account linking: the client authentication is rejected", "rule", "client-authentication")

	writeFile(t, name, with(", record: full, path: /oauth"))
	h.sendHUP()
	h.log.waitFor(t, "account linking: PASSWORDS, CODES AND TOKENS ARE RECORDED IN CLEAR TEXT")
	h.waitForLog("account linking", "access_token_uri", "https://skill.example.com/oauth/token")
	require.Equal(t, http.StatusNotFound, h.postToken(), "the path has changed")

	writeFile(t, name, without)
	h.sendHUP()
	require.Eventually(t, func() bool { return len(h.log.withMessage(reloaded)) == 3 }, 20*time.Second, 10*time.Millisecond)
	require.Equal(t, http.StatusNotFound, h.postToken())
	require.Equal(t, 1, strings.Count(h.runSkill("link", "list"), "client-authentication"))
	require.Equal(t, 0, h.stop())
	require.Empty(t, h.log.withMessage("panic"))
}

// signInToLink requests the authorization endpoint as a browser, and returns the status. It does not follow redirects.
func (h *harness) signInToLink() int {
	h.t.Helper()
	query := url.Values{"client_id": {linkClient}, "response_type": {"code"}, "state": {"A2SAAEAEl7pZ4v1Qx"}, "redirect_uri": {linkRedirect}}
	browser := *h.client
	browser.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	response, err := browser.Get(strings.TrimSuffix(h.url, "/alexa/halfelf") + "/link/authorize?" + query.Encode())
	require.NoError(h.t, err)
	require.NoError(h.t, response.Body.Close())
	return response.StatusCode
}

// postToken sends a token request and returns the status.
func (h *harness) postToken() int {
	h.t.Helper()
	base := strings.TrimSuffix(h.url, "/alexa/halfelf")
	response, err := h.client.Post(base+"/link/token", "application/x-www-form-urlencoded", strings.NewReader("grant_type=authorization_code&code=abc"))
	require.NoError(h.t, err)
	require.NoError(h.t, response.Body.Close())
	return response.StatusCode
}

// waitForLog waits for a log line with a message and an attribute.
func (h *harness) waitForLog(message, key, value string) {
	h.t.Helper()
	require.Eventually(h.t, func() bool {
		for _, line := range h.log.withMessage(message) {
			if line[key] == value {
				return true
			}
		}
		return false
	}, 20*time.Second, 10*time.Millisecond, "%s", h.log)
}
