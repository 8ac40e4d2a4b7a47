package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/freeport"
	"lastpost/internal/smapi/smapitest"
	"lastpost/internal/smapi/smapitest/rules"
)

// A secretSearch collects everything that a deployment leaves behind where others could read it.
type secretSearch struct {
	*deployHarness
	found map[string]string // text by its origin
}

// deployWatched runs the command with --debug. Any exit status is right. It records both outputs and the process list.
func (s *secretSearch) deployWatched(claim string, args ...string) {
	s.t.Helper()
	cmd := s.command(append([]string{"deploy", "--debug"}, args...)...)
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	require.NoError(s.t, cmd.Start())
	arguments, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", cmd.Process.Pid))
	require.NoError(s.t, err)
	_ = cmd.Wait()
	s.found[claim] = output.String()
	s.found["the process list of "+claim] = string(arguments)
}

// change makes the next deployment import another package.
func (s *secretSearch) change(n int) {
	s.t.Helper()
	text := regexp.MustCompile(`title: .*`).ReplaceAllString(string(readFile(s.t, s.file)), fmt.Sprintf("title: Half Elf %d", n))
	writeFile(s.t, s.file, []byte(text))
}

// collectFiles adds the log of the service and each file, except the stored sign-in and the files that the operator wrote.
func (s *secretSearch) collectFiles(except ...string) {
	s.t.Helper()
	for _, root := range []string{s.dir, s.home} {
		err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) { // the running service has removed it
				return nil
			}
			for _, name := range except {
				if filepath.Base(path) == name {
					return nil
				}
			}
			if err == nil && entry.Type().IsRegular() {
				var content []byte
				content, err = os.ReadFile(path)
				s.found[path] = string(content)
			}
			return err
		})
		require.NoError(s.t, err)
	}
}

// requireNoSecret searches for each secret: as it is, as it is in a URL, and for a part of it, which a cut answer has. Of an
// upload URL, only the whole is secret.
func (s *secretSearch) requireNoSecret(secrets []string) {
	s.t.Helper()
	const part = 24
	var whole []string
	parts := map[string]bool{}
	for _, secret := range secrets {
		for _, form := range []string{secret, url.QueryEscape(secret), url.PathEscape(secret)} {
			whole = append(whole, form)
			for at := 0; !strings.HasPrefix(secret, "http") && at+part <= len(form); at++ {
				parts[form[at:at+part]] = true
			}
		}
	}
	for origin, text := range s.found {
		for _, form := range whole {
			if at := strings.Index(text, form); at >= 0 {
				s.t.Fatalf("%s has a secret:\n%s", origin, text[max(0, at-300):min(len(text), at+300)])
			}
		}
		for at := 0; at+part <= len(text); at++ {
			if parts[text[at:at+part]] {
				s.t.Fatalf("%s has a part of a secret:\n%s", origin, text[max(0, at-300):min(len(text), at+300)])
			}
		}
	}
}

// TestDeployTellsNoSecret deploys through each fault with --debug, also with answers that repeat a secret, and signs in. No
// token, code, client secret or upload URL is in any output, in the log, in the process list or in a file, except the sign-in.
func TestDeployTellsNoSecret(t *testing.T) {
	requireE2E(t)
	t.Parallel()
	d := newDeployHarness(t, `account_linking:
  authorization_url: https://auth.example.com/authorize
  token_url: https://auth.example.com/token
  client_id: alexa
  client_secret_file: linking-secret
`)
	s := &secretSearch{d, map[string]string{}}
	const linkingSecret = "juniper-branch-0815-and-24-more"
	writeFile(t, filepath.Join(d.dir, "linking-secret"), []byte(linkingSecret))
	d.startAndWait()
	d.waitUntilReady()
	d.signIn(testScopes()...)
	s.deployWatched("a creation", "--try", "open half elf")
	require.True(t, d.skill().Enabled)
	require.NotNil(t, d.skill().AccountLinking)
	s.deployWatched("a list", "--list")
	s.deployWatched("a dry run", "--dry-run")

	changes := 0
	for _, place := range []struct {
		claim  string
		part   smapitest.Part
		method string
		path   string
	}{
		{"the token", smapitest.PartLWA, http.MethodPost, ""},
		{"the upload address", smapitest.PartAPI, http.MethodPost, "/uploads"},
		{"the upload", smapitest.PartUpload, http.MethodPut, ""},
		{"the import", smapitest.PartAPI, http.MethodPost, "/imports"},
		{"the status", smapitest.PartAPI, http.MethodGet, "/imports/"},
		{"any read", smapitest.PartAPI, http.MethodGet, ""},
	} {
		for _, fault := range s.faults() {
			fault.Part, fault.Method, fault.Path, fault.Times = place.part, place.method, regexp.MustCompile(place.path+"[^/]*$"), 1
			if fault.Kind == smapitest.FaultStatus {
				fault.Times = -1
			}
			d.amazon.Fail(fault)
			changes++
			s.change(changes)
			s.deployWatched(fmt.Sprintf("%s, %s %d", place.claim, fault.Kind, fault.Status))
			d.amazon.Heal()
		}
	}
	d.amazon.FailImport(smapitest.ImportFailure{Resource: "Manifest", Errors: []rules.Violation{{Code: "INVALID", Message: "for " + d.secret}}})
	s.change(0)
	s.deployWatched("a refused package")
	d.amazon.ExpireAccessTokens()
	s.deployWatched("a success", "--force")
	d.amazon.ChangeClientSecret(d.clientID)
	s.deployWatched("another client secret")
	s.signInWithMistakes()
	d.amazon.RotateRefreshToken()
	s.deployWatched("a rotation")
	d.amazon.RemoveAccess(d.clientID)
	s.deployWatched("an access that was removed")
	require.Contains(t, s.found["an access that was removed"], "invalid_grant")
	require.Contains(t, s.found["a success"], "accountLinkingClient")

	s.collectFiles("amazon.json", "linking-secret")
	secrets := d.amazon.Secrets()
	require.Contains(t, secrets, linkingSecret)
	require.Greater(t, len(secrets), 50)
	s.requireNoSecret(secrets)
}

// faults are the ways in which a call can fail. Amazon's messages repeat the secrets that are known before.
func (s *secretSearch) faults() []smapitest.Fault {
	told := fmt.Sprintf("not accepted: client_secret=%s refresh_token=%s", s.secret, s.amazon.SignedInAs(s.clientID))
	return []smapitest.Fault{
		{Kind: smapitest.FaultStatus, Status: http.StatusBadRequest, Message: told}, {Kind: smapitest.FaultStatus, Status: http.StatusUnauthorized, Message: told},
		{Kind: smapitest.FaultStatus, Status: http.StatusForbidden, Message: told}, {Kind: smapitest.FaultHTML}, {Kind: smapitest.FaultCut},
		{Kind: smapitest.FaultLostAnswer}, {Kind: smapitest.FaultCutBody}, {Kind: smapitest.FaultBrokenBody}, {Kind: smapitest.FaultExpiredToken},
		{Kind: smapitest.FaultRedirect, To: "http://127.0.0.2:1/elsewhere"},
	}
}

// signInWithMistakes signs in with the new client secret, after an answer that is refused and one that is not Amazon's.
func (s *secretSearch) signInWithMistakes() {
	t, d := s.t.(*testing.T), s.deployHarness
	port := freeport.Port(t)
	d.amazon.AllowReturnURL(d.clientID, fmt.Sprintf("http://127.0.0.1:%d/cb", port))
	kept := d.vars[:len(d.vars):len(d.vars)]
	d.setVariables(fmt.Sprintf("SKILL_TEST_LOGIN_PORT=%d", port), "SKILL_LWA_CLIENT_SECRET="+d.amazon.ChangeClientSecret(d.clientID), "SKILL_LWA_REFRESH_TOKEN=")
	address := regexp.QuoteMeta(d.amazon.LWAURL) + `/ap/oa\?\S+\n`

	declined := startOnTerminal(t, d.command("deploy", "--debug", "--login"))
	returned, err := d.amazon.OperatorDeclines(strings.TrimSpace(declined.waitFor(address)))
	require.NoError(t, err)
	declined.answer("Paste it here", returned)
	s.found["a sign-in that was declined"] = declined.end(1)

	d.amazon.Fail(smapitest.Fault{Kind: smapitest.FaultBrokenBody, Part: smapitest.PartLWA, Times: -1})
	broken := startOnTerminal(t, d.command("deploy", "--debug", "--login"))
	returned, err = d.amazon.OperatorConsents(strings.TrimSpace(broken.waitFor(address)))
	require.NoError(t, err)
	broken.answer("Paste it here", returned)
	s.found["a sign-in with broken answers"] = broken.end(1)
	d.amazon.Heal()

	signedIn := startOnTerminal(t, d.command("deploy", "--debug", "--login"))
	returned, err = d.amazon.OperatorConsents(strings.TrimSpace(signedIn.waitFor(address)))
	require.NoError(t, err)
	signedIn.answer("Paste it here", strings.Replace(returned, "state=", "state=x", 1))
	signedIn.answer("This is the answer to another sign-in", returned)
	s.found["a sign-in"] = signedIn.end(0)
	d.vars = append(kept, d.vars[len(d.vars)-2], "SKILL_LWA_REFRESH_TOKEN=")
}
