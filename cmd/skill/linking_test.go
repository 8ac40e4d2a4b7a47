package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/verify/verifytest"
)

// linkClients are the authorization server's clients, one for each method of client authentication.
const linkClients = `[
{"client_id":"alexa-basic","client_secret":"s3cr3t-for-the-header","token_endpoint_auth_method":"client_secret_basic","grant_types":["authorization_code","refresh_token"],"redirect_uris":["https://pitangui.amazon.com/api/skill/link/M2VENDOR12345"]},
{"client_id":"alexa-body","client_secret":"s3cr3t-for-the-body","token_endpoint_auth_method":"client_secret_post","grant_types":["authorization_code","refresh_token"],"redirect_uris":["https://pitangui.amazon.com/api/skill/link/M2VENDOR12345"]}]`

// TestAccountLinkingWithForeignParties links accounts with a third-party authorization server (oidc-provider) and a strict
// third-party client (oauth4webapi), directly and through the service. Both must give the same result.
func TestAccountLinkingWithForeignParties(t *testing.T) {
	parties := os.Getenv("ACCOUNT_LINKING")
	if parties == "" {
		t.Skip("needs node, oidc-provider and oauth4webapi: run `make account-linking`, which names their folder in ACCOUNT_LINKING")
	}
	for name, row := range map[string]struct{ pages, authorize, handling string }{
		"portable login pages, proxied":                {"", "proxy", "page"},
		"portable login pages, default mode":           {"", "", "page"},
		"login pages with absolute URLs, default mode": {"own", "", "redirect"},
		"redirect mode":                                {"", "redirect", "redirect"},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLinkHarness(t, parties, row.pages)
			l.configure(row.authorize)
			l.startAndWait()
			output := l.runNode("linking.mjs")
			t.Logf("%s", output)
			require.Equal(t, 4, strings.Count(output, "the same through the proxy"))
			require.Equal(t, 0, l.stop())
			l.requireNoFindings(row.handling)
			l.requireNoSecrets()
		})
	}
}

// A linkHarness is the service as a proxy between Amazon's side and an authorization server.
type linkHarness struct {
	*harness
	folder  string
	issuer  string
	secrets string // the path of a file with all secret values, one a line
}

func newLinkHarness(t *testing.T, folder, pages string) *linkHarness {
	t.Helper()
	l := &linkHarness{harness: newHarness(t, "{mode: off}"), folder: folder}
	l.secrets = filepath.Join(t.TempDir(), "secrets")
	authority, err := verifytest.NewAuthority(time.Now())
	require.NoError(t, err)
	leaf, err := authority.Issue(verifytest.CertificateTemplate{Names: []string{"localhost"}})
	require.NoError(t, err)
	certs := t.TempDir()
	for name, content := range map[string][]byte{"cert.pem": verifytest.PEMBundle(leaf, authority.Intermediate), "key.pem": keyPEM(t, authority), "root.pem": verifytest.PEMBundle(authority.Root)} {
		writeFile(t, filepath.Join(certs, name), content)
	}
	roots, err := os.ReadFile(filepath.Join(l.dir, "roots.pem"))
	require.NoError(t, err)
	writeFile(t, filepath.Join(l.dir, "roots.pem"), append(roots, verifytest.PEMBundle(authority.Root)...))
	l.env = append(l.env, "CERT="+filepath.Join(certs, "cert.pem"), "KEY="+filepath.Join(certs, "key.pem"), "NODE_EXTRA_CA_CERTS="+filepath.Join(certs, "root.pem"),
		"CLIENTS="+linkClients, "OWN_PAGES="+pages, "SECRETS="+l.secrets)
	l.startProvider()
	return l
}

// startProvider starts the authorization server.
func (l *linkHarness) startProvider() {
	l.t.Helper()
	provider := exec.Command("node", filepath.Join(l.folder, "provider.mjs"))
	provider.Env = l.env
	provider.Stderr = os.Stderr
	output, err := provider.StdoutPipe()
	require.NoError(l.t, err)
	require.NoError(l.t, provider.Start())
	l.t.Cleanup(func() { _ = provider.Process.Kill(); _ = provider.Wait() })
	line, err := bufio.NewReader(output).ReadString('\n')
	require.NoError(l.t, err)
	l.issuer = strings.TrimSpace(line)
}

// configure makes the service proxy the authorization server and use its certificate.
func (l *linkHarness) configure(authorize string) {
	l.t.Helper()
	name := filepath.Join(l.dir, "skill.yaml")
	config, err := os.ReadFile(name)
	require.NoError(l.t, err)
	config = bytes.Replace(config, []byte("tls: {mode: off}"), fmt.Appendf(nil, "tls: {mode: files, cert_file: %q, key_file: %q}", l.environmentValue("CERT"), l.environmentValue("KEY")), 1)
	config = fmt.Appendf(config, "account_linking: {authorization_url: %s/auth, token_url: %s/token, authorize: %q}\n", l.issuer, l.issuer, authorize)
	writeFile(l.t, name, config)
}

func (l *linkHarness) environmentValue(name string) string {
	for _, v := range l.env {
		if value, ok := strings.CutPrefix(v, name+"="); ok {
			return value
		}
	}
	return ""
}

// runNode runs a Node.js script that plays Alexa, and returns its output.
func (l *linkHarness) runNode(script string) string {
	l.t.Helper()
	command := exec.CommandContext(l.t.Context(), "node", filepath.Join(l.folder, script))
	base := strings.Replace(strings.TrimSuffix(l.url, "/alexa/halfelf"), "127.0.0.1", "localhost", 1)
	command.Env = append(l.env, "ISSUER="+l.issuer, "LINK="+base+"/link")
	output, err := command.CombinedOutput()
	require.NoError(l.t, err, "%s\n%s", output, l.log)
	return string(output)
}

// requireNoFindings checks that each linked account has a trace without findings. In redirect mode only PKCE's verifier
// connects a token request with its authorization request. Without PKCE there are two traces, each marked as perhaps of the
// same attempt.
func (l *linkHarness) requireNoFindings(mode string) {
	l.t.Helper()
	want := map[string]map[string]int{
		"page":     {"refreshed: POST https://localhost": 4},
		"redirect": {"refreshed: the browser was redirected": 2, "refreshed: perhaps of the same attempt": 2, "browser redirected: perhaps of the same attempt": 2},
	}[mode]
	got := map[string]int{}
	for line := range strings.Lines(l.runSkill("link", "list")) {
		fields := strings.Split(strings.TrimSpace(line), "\t")
		require.Equal(l.t, "-", fields[4], line)
		require.Contains(l.t, l.runSkill("link", "diagnose", fields[1]), "no problems found")
		shown := l.runSkill("link", "show", fields[1])
		for _, text := range []string{"perhaps of the same attempt", "the browser was redirected", "POST https://localhost"} {
			if strings.Contains(shown, text) {
				got[fields[3]+": "+text]++
				break
			}
		}
	}
	require.Equal(l.t, want, got)
	require.Empty(l.t, l.log.withMessage("account linking: the link will not last"))
}

// requireNoSecrets checks that the log, the exports and the data directory contain none of the secrets.
func (l *linkHarness) requireNoSecrets() {
	l.t.Helper()
	text, err := os.ReadFile(l.secrets)
	require.NoError(l.t, err)
	texts := map[string]string{"the log": l.log.String(), "link export": l.runSkill("link", "export"), "link list": l.runSkill("link", "list"), "link show": l.runSkill("link", "show")}
	require.True(l.t, json.Valid([]byte(texts["link export"])))
	err = filepath.WalkDir(filepath.Join(l.dir, "data"), func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			content, err := os.ReadFile(path)
			texts[path] = string(content)
			return err
		}
		return err
	})
	require.NoError(l.t, err)
	secrets := strings.Split(string(text), "\n")
	require.Greater(l.t, len(secrets), 40)
	for where, content := range texts {
		for _, secret := range secrets {
			require.NotContains(l.t, content, secret, where)
		}
	}
}
