package main

import (
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestAccountLinkingComesAndGoes reloads the real program with account linking and without.
func TestAccountLinkingComesAndGoes(t *testing.T) {
	t.Parallel()
	r := newRig(t, "{mode: off}")
	oauth := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = io.WriteString(w, `{"error":"invalid_client"}`)
	}))
	t.Cleanup(oauth.Close)
	roots, err := os.ReadFile(filepath.Join(r.dir, "roots.pem"))
	require.NoError(t, err)
	write(t, filepath.Join(r.dir, "roots.pem"), append(roots, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: oauth.Certificate().Raw})...))
	name := filepath.Join(r.dir, "skill.yaml")
	without, err := os.ReadFile(name)
	require.NoError(t, err)
	with := func(more string) []byte {
		return fmt.Appendf(without[:len(without):len(without)], "public_url: https://skill.example.com\naccount_linking: {authorization_url: %q, token_url: %q%s}\n", oauth.URL+"/a", oauth.URL+"/t", more)
	}

	r.start()
	require.Equal(t, http.StatusNotFound, r.token())
	require.NoFileExists(t, filepath.Join(r.dir, "data", "link"))

	write(t, name, with(""))
	r.hangUp()
	r.logged("account linking", "authorization_uri", "https://skill.example.com/link/authorize")
	require.Equal(t, "https://skill.example.com/link/token", r.log.of("account linking")[0]["access_token_uri"])
	require.Equal(t, http.StatusUnauthorized, r.token())
	r.logged("account linking: the client authentication is rejected", "rule", "client-authentication")

	write(t, name, with(", record: full, path: /oauth"))
	r.hangUp()
	r.log.wait(t, "account linking: PASSWORDS, CODES AND TOKENS ARE RECORDED IN CLEAR TEXT")
	r.logged("account linking", "access_token_uri", "https://skill.example.com/oauth/token")
	require.Equal(t, http.StatusNotFound, r.token(), "it is elsewhere now")

	write(t, name, without)
	r.hangUp()
	require.Eventually(t, func() bool { return len(r.log.of(reloaded)) == 3 }, 20*time.Second, 10*time.Millisecond)
	require.Equal(t, http.StatusNotFound, r.token())
	require.Equal(t, 1, strings.Count(r.skill("link", "list"), "client-authentication"))
	require.Equal(t, 0, r.stop())
	require.Empty(t, r.log.of("panic"))
}

// token asks for one, and gives the status.
func (r *rig) token() int {
	r.t.Helper()
	base := strings.TrimSuffix(r.url, "/alexa/halfelf")
	response, err := r.client.Post(base+"/link/token", "application/x-www-form-urlencoded", strings.NewReader("grant_type=authorization_code&code=abc"))
	require.NoError(r.t, err)
	require.NoError(r.t, response.Body.Close())
	return response.StatusCode
}

// logged waits for a line with a message and a value.
func (r *rig) logged(message, key, value string) {
	r.t.Helper()
	require.Eventually(r.t, func() bool {
		for _, line := range r.log.of(message) {
			if line[key] == value {
				return true
			}
		}
		return false
	}, 20*time.Second, 10*time.Millisecond, "%s", r.log)
}
