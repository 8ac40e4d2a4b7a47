package main

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/verify/verifytest"
)

const (
	reloaded    = "configuration reloaded"
	notReloaded = "configuration reload failed; keeping the old configuration"
)

// reloadAndWait replaces texts in the configuration, sends SIGHUP, and returns the next log line with the message outcome.
func (h *harness) reloadAndWait(message string, texts ...string) map[string]any {
	h.t.Helper()
	file := filepath.Join(h.dir, "skill.yaml")
	before := len(h.log.withMessage(message))
	content, err := os.ReadFile(file)
	require.NoError(h.t, err)
	for i := 0; i < len(texts); i += 2 {
		require.Contains(h.t, string(content), texts[i])
		content = bytes.ReplaceAll(content, []byte(texts[i]), []byte(texts[i+1]))
	}
	require.NoError(h.t, os.WriteFile(file, content, 0o600))
	h.sendHUP()
	require.Eventually(h.t, func() bool { return len(h.log.withMessage(message)) > before }, 20*time.Second, 5*time.Millisecond, "no %q in the log:\n%s", message, h.log)
	return h.log.withMessage(message)[before]
}

// sendToOtherSkill signs and posts to the path and the id of another skill.
func (h *harness) sendToOtherSkill() (int, string) {
	h.t.Helper()
	body := bytes.ReplaceAll(h.lastPostRequest("2025-12-25"), []byte(testSkillID), []byte(otherSkillID))
	header, err := h.signer.Sign(body)
	require.NoError(h.t, err)
	url := h.url
	defer func() { h.url = url }()
	h.url = strings.TrimSuffix(url, "halfelf") + "other"
	status, answer, err := h.post(h.t.Context(), header, bytes.NewReader(body))
	require.NoError(h.t, err)
	return status, answer
}

const otherSkillID = "amzn1.ask.skill.0d5cf4ae-6f1c-4a25-9c0b-2b3c4d5e6f71"

// TestReloadUnderLoad adds, removes and changes skills several times while clients send requests. Every request must succeed.
func TestReloadUnderLoad(t *testing.T) {
	t.Parallel()
	h := newHarness(t, "{mode: self-signed}")
	h.startAndWait()
	h.waitUntilReady()
	l := startLoad(t, h, 2, 4)
	other := fmt.Sprintf("\n  - {name: other, application_id: %s, invocation_name: night owl, feed: %q}\n", otherSkillID, h.feed.url)
	feed := "feed: " + h.feed.url + "\n"

	for range 3 {
		status, _ := h.sendToOtherSkill()
		require.Equal(t, http.StatusNotFound, status, "the skill is not configured yet")
		h.reloadAndWait(reloaded, feed, feed+other)
		require.Eventually(t, func() bool {
			status, answer := h.sendToOtherSkill()
			require.Equal(t, http.StatusOK, status)
			return strings.Contains(answer, "A quiet Christmas")
		}, 20*time.Second, 20*time.Millisecond, "an added skill fetches its posts and answers")
		_, ready := h.getPrivate("/readyz")
		require.Contains(t, ready, "halfelf: ready, 10 posts\nother: ready, 10 posts\n")
		_, metrics := h.getPrivate("/metrics")
		require.Contains(t, metrics, `skill="other"`)

		h.reloadAndWait(reloaded, other, "")
		status, _ = h.sendToOtherSkill()
		require.Equal(t, http.StatusNotFound, status, "the skill was removed")
		_, metrics = h.getPrivate("/metrics")
		require.NotContains(t, metrics, `skill="other"`)
	}

	_, answer := h.sendSigned(h.lastPostRequest("2025-12-25"))
	require.Contains(t, answer, "A quiet Christmas")
	h.reloadAndWait(reloaded, feed, feed+"    timezone: Pacific/Kiritimati\n")
	_, answer = h.sendSigned(h.lastPostRequest("2025-12-26"))
	require.Contains(t, answer, "A quiet Christmas", "in this time zone the post is from the next day")
	h.reloadAndWait(reloaded, feed, feed+"    greeting: Hello from the night owl\n")
	_, answer = h.sendSigned(requestWith(t, map[string]any{"type": "LaunchRequest", "requestId": "r", "timestamp": time.Now().UTC().Format(time.RFC3339), "locale": "en-US"}))
	require.Contains(t, answer, "Hello from the night owl.")

	require.Empty(t, l.stopAndReport())
	require.Greater(t, l.answered.Load(), int64(100))
	require.Equal(t, 0, h.stop())
}

// TestReloadKeepsOldConfiguration reloads configurations that a running service cannot apply. The old one must stay in use.
func TestReloadKeepsOldConfiguration(t *testing.T) {
	t.Parallel()
	h := newHarness(t, "{mode: off}")
	h.startAndWait()
	h.waitUntilReady()
	file := filepath.Join(h.dir, "skill.yaml")
	good, err := os.ReadFile(file)
	require.NoError(t, err)
	added := fmt.Sprintf("skills:\n  - {name: other, application_id: %s, invocation_name: night owl, feed: %q}", otherSkillID, h.feed.url)
	for _, row := range []struct {
		claim string
		texts []string
		error string
	}{
		{"an unknown key", []string{"listen: 127.0.0.1:0\n", "listen: 127.0.0.1:0\nlistne: x\n"}, file + ":3: listne: is an unknown key"},
		{"a changed listener", []string{"listen: 127.0.0.1:0\n", "listen: 127.0.0.1:1\n"}, "listen: a reload cannot change this. Restart the service"},
		{"two changed keys that need a restart", []string{"data_dir: ", "log: {format: console}\ndata_dir: /elsewhere"}, "data_dir, log.format: a reload cannot change this"},
		{"a language that the service does not speak", []string{"half elf", "half elf\n    locales: [" + localeWithoutTexts(t) + "]"},
			"locales of skill halfelf: the program does not speak the language of " + localeWithoutTexts(t)},
		{"an unreadable password file and a new skill", []string{`admin: {`, `admin: {password_file: nosuch, `, "skills:", added}, "admin.password_file: open nosuch"},
		{"a new skill with a damaged archive and a changed time zone", []string{"half elf", "half elf\n    timezone: Asia/Tokyo", "skills:", added}, "data/archive/other.db: "},
	} {
		t.Run(row.claim, func(t *testing.T) {
			require.NoError(t, os.WriteFile(file, good, 0o600))
			writeFile(t, filepath.Join(h.dir, "data", "archive", "other.db"), []byte("garbage"))
			line := h.reloadAndWait(notReloaded, row.texts...)
			require.Contains(t, line["error"], row.error)
			require.Equal(t, "error", line["level"])
			status, answer := h.sendSigned(h.lastPostRequest("2025-12-25"))
			require.Equal(t, http.StatusOK, status)
			require.Contains(t, answer, "A quiet Christmas")
			status, _ = h.sendToOtherSkill()
			require.Equal(t, http.StatusNotFound, status)
			status, _ = h.getPrivate("/readyz")
			require.Equal(t, http.StatusOK, status, "no password was set")
		})
	}
	require.NoError(t, os.WriteFile(file, good, 0o600))
	h.reloadAndWait(reloaded)
	require.Equal(t, 0, h.stop())
}

// TestReloadAppliesPronunciations reloads words with their pronunciation, and then removes them.
func TestReloadAppliesPronunciations(t *testing.T) {
	t.Parallel()
	h := newHarness(t, "{mode: off}")
	h.startAndWait()
	h.waitUntilReady()
	const key = "half elf\n    pronounce: [{word: quiet, alias: kwiet}, {word: Christmas, phoneme: ˈkɹɪsməs}]"
	h.reloadAndWait(reloaded, "half elf", key)
	_, answer := h.sendSigned(h.lastPostRequest("2025-12-25"))
	require.Contains(t, answer, `A <sub alias=\"kwiet\">quiet</sub> <phoneme alphabet=\"ipa\" ph=\"ˈkɹɪsməs\">Christmas</phoneme>`)
	require.Contains(t, answer, `"title":"A quiet Christmas"`, "not on the card")
	h.reloadAndWait(reloaded, key, "half elf")
	_, answer = h.sendSigned(h.lastPostRequest("2025-12-25"))
	require.Contains(t, answer, "A quiet Christmas.")
	require.Equal(t, 0, h.stop())
}

// TestReloadAppliesServerSettings reloads the certificate, the password and the log level.
func TestReloadAppliesServerSettings(t *testing.T) {
	t.Parallel()
	authority, err := verifytest.NewAuthority(time.Now())
	require.NoError(t, err)
	dir := t.TempDir()
	var leaves []*verifytest.IssuedCertificate
	for _, name := range []string{"one", "two"} {
		leaf, err := authority.Issue(verifytest.CertificateTemplate{Names: []string{"localhost"}})
		require.NoError(t, err)
		leaves = append(leaves, leaf)
		writeFile(t, filepath.Join(dir, name+".pem"), append(verifytest.PEMBundle(leaf), keyPEM(t, authority)...))
	}
	one, two := filepath.Join(dir, "one.pem"), filepath.Join(dir, "two.pem")
	h := newHarness(t, fmt.Sprintf("{mode: files, cert_file: %s, key_file: %s}", one, one))
	h.startAndWait()
	h.waitUntilReady()
	address := strings.TrimSuffix(strings.TrimPrefix(h.url, "https://"), "/alexa/halfelf")
	require.Equal(t, leaves[0].Raw, servedCertificate(t, address).Raw)
	line := h.reloadAndWait(notReloaded, one, filepath.Join(dir, "three.pem"))
	require.Contains(t, line["error"], "three.pem: no such file")
	require.Equal(t, leaves[0].Raw, servedCertificate(t, address).Raw)
	h.reloadAndWait(reloaded, filepath.Join(dir, "three.pem"), two)
	require.Equal(t, leaves[1].Raw, servedCertificate(t, address).Raw)

	writeFile(t, filepath.Join(h.dir, "password"), []byte("giraffe\n"))
	line = h.reloadAndWait(notReloaded, "admin: {", fmt.Sprintf("admin: {password_file: %s, ", filepath.Join(h.dir, "password")))
	require.Contains(t, line["error"], "the password has 7 characters, and at least 12 are required")
	writeFile(t, filepath.Join(h.dir, "password"), []byte("lamp giraffe tuesday\n"))
	h.reloadAndWait(reloaded, "skills:", "skills:")
	status, _ := h.getPrivate("/readyz")
	require.Equal(t, http.StatusUnauthorized, status)
	status, _ = h.getPrivate("/healthz")
	require.Equal(t, http.StatusOK, status)

	h.sendSigned(h.lastPostRequest(""))
	require.Len(t, h.log.withMessage("request"), 1)
	h.reloadAndWait(reloaded, "skills:", "log: {level: error}\nskills:")
	require.Eventually(t, func() bool {
		before := len(h.log.withMessage("request"))
		h.sendSigned(h.lastPostRequest(""))
		return len(h.log.withMessage("request")) == before
	}, 20*time.Second, 20*time.Millisecond, "requests are no longer logged")
	h.reloadAndWait(reloaded, "level: error", "level: info")
	require.Eventually(t, func() bool {
		before := len(h.log.withMessage("request"))
		h.sendSigned(h.lastPostRequest(""))
		return len(h.log.withMessage("request")) > before
	}, 20*time.Second, 20*time.Millisecond)
	require.Equal(t, 0, h.stop())
}
