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
	notReloaded = "configuration not reloaded, the old one stays"
)

// rewrite writes the configuration anew, with other texts in the place of some, and gives the service the sign to reload.
// It returns when the log has the outcome once more.
func (r *rig) rewrite(outcome string, texts ...string) map[string]any {
	r.t.Helper()
	file := filepath.Join(r.dir, "skill.yaml")
	before := len(r.log.of(outcome))
	content, err := os.ReadFile(file)
	require.NoError(r.t, err)
	for i := 0; i < len(texts); i += 2 {
		require.Contains(r.t, string(content), texts[i])
		content = bytes.ReplaceAll(content, []byte(texts[i]), []byte(texts[i+1]))
	}
	require.NoError(r.t, os.WriteFile(file, content, 0o600))
	r.hangUp()
	require.Eventually(r.t, func() bool { return len(r.log.of(outcome)) > before }, 20*time.Second, 5*time.Millisecond, "no %q in the log:\n%s", outcome, r.log)
	return r.log.of(outcome)[before]
}

// sendToOther signs and posts to the path and the id of another skill.
func (r *rig) sendToOther() (int, string) {
	r.t.Helper()
	body := bytes.ReplaceAll(r.lastPost("2025-12-25"), []byte(rigSkillID), []byte(otherSkillID))
	header, err := r.signer.Sign(body)
	require.NoError(r.t, err)
	url := r.url
	defer func() { r.url = url }()
	r.url = strings.TrimSuffix(url, "halfelf") + "other"
	status, answer, err := r.post(r.t.Context(), header, bytes.NewReader(body))
	require.NoError(r.t, err)
	return status, answer
}

const otherSkillID = "amzn1.ask.skill.0d5cf4ae-6f1c-4a25-9c0b-2b3c4d5e6f71"

// TestReload changes what can be changed, time and again, while clients ask without a pause, none of whom gets anything but
// an answer.
func TestReload(t *testing.T) {
	t.Parallel()
	r := newRig(t, "{mode: self-signed}")
	r.start()
	r.ready()
	l := newLoad(t, r, 2, 4)
	other := fmt.Sprintf("\n  - {name: other, application_id: %s, invocation_name: night owl, feed: %q}\n", otherSkillID, r.feed.url)
	feed := "feed: " + r.feed.url + "\n"

	for range 3 {
		status, _ := r.sendToOther()
		require.Equal(t, http.StatusNotFound, status, "nobody has added it")
		r.rewrite(reloaded, feed, feed+other)
		require.Eventually(t, func() bool {
			status, answer := r.sendToOther()
			require.Equal(t, http.StatusOK, status)
			return strings.Contains(answer, "A quiet Christmas")
		}, 20*time.Second, 20*time.Millisecond, "one that was added fetches its posts, and answers")
		_, ready := r.get("/readyz")
		require.Contains(t, ready, "halfelf: ready, 10 posts\nother: ready, 10 posts\n")
		_, metrics := r.get("/metrics")
		require.Contains(t, metrics, `skill="other"`)

		r.rewrite(reloaded, other, "")
		status, _ = r.sendToOther()
		require.Equal(t, http.StatusNotFound, status, "it was removed")
		_, metrics = r.get("/metrics")
		require.NotContains(t, metrics, `skill="other"`)
	}

	_, answer := r.send(r.lastPost("2025-12-25"))
	require.Contains(t, answer, "A quiet Christmas")
	r.rewrite(reloaded, feed, feed+"    timezone: Pacific/Kiritimati\n")
	_, answer = r.send(r.lastPost("2025-12-26"))
	require.Contains(t, answer, "A quiet Christmas", "there it is the next day already")
	r.rewrite(reloaded, "half elf", "night owl")
	_, answer = r.send(requestOf(t, map[string]any{"type": "LaunchRequest", "requestId": "r", "timestamp": time.Now().UTC().Format(time.RFC3339), "locale": "en-US"}))
	require.Contains(t, answer, "night owl")

	require.Empty(t, l.end())
	require.Greater(t, l.answered.Load(), int64(100))
	require.Equal(t, 0, r.stop())
}

// TestReloadKeepsTheOld has configurations that a running service cannot take up, one after another.
func TestReloadKeepsTheOld(t *testing.T) {
	t.Parallel()
	r := newRig(t, "{mode: off}")
	r.start()
	r.ready()
	file := filepath.Join(r.dir, "skill.yaml")
	good, err := os.ReadFile(file)
	require.NoError(t, err)
	added := fmt.Sprintf("skills:\n  - {name: other, application_id: %s, invocation_name: night owl, feed: %q}", otherSkillID, r.feed.url)
	for _, row := range []struct {
		claim string
		texts []string
		error string
	}{
		{"a key that is none", []string{"listen: 127.0.0.1:0\n", "listen: 127.0.0.1:0\nlistne: x\n"}, file + ":3: listne: is not a key here"},
		{"another listener", []string{"listen: 127.0.0.1:0\n", "listen: 127.0.0.1:1\n"}, "listen: a reload cannot change this; restart the service"},
		{"two of them", []string{"data_dir: ", "log: {format: console}\ndata_dir: /elsewhere"}, "data_dir, log.format: a reload cannot change this"},
		{"a password that cannot be read, and a new skill", []string{`admin: {`, `admin: {password_file: nosuch, `, "skills:", added}, "admin.password_file: open nosuch"},
		{"a new skill whose archive is damaged, and another zone", []string{"half elf", "half elf\n    timezone: Asia/Tokyo", "skills:", added}, "data/archive/other.db: "},
	} {
		t.Run(row.claim, func(t *testing.T) {
			require.NoError(t, os.WriteFile(file, good, 0o600))
			write(t, filepath.Join(r.dir, "data", "archive", "other.db"), []byte("garbage"))
			line := r.rewrite(notReloaded, row.texts...)
			require.Contains(t, line["error"], row.error)
			require.Equal(t, "error", line["level"])
			status, answer := r.send(r.lastPost("2025-12-25"))
			require.Equal(t, http.StatusOK, status)
			require.Contains(t, answer, "A quiet Christmas")
			status, _ = r.sendToOther()
			require.Equal(t, http.StatusNotFound, status)
			status, _ = r.get("/readyz")
			require.Equal(t, http.StatusOK, status, "there is no password")
		})
	}
	require.NoError(t, os.WriteFile(file, good, 0o600))
	r.rewrite(reloaded)
	require.Equal(t, 0, r.stop())
}

// TestReloadOfTheRest changes what is no skill's.
func TestReloadOfTheRest(t *testing.T) {
	t.Parallel()
	authority, err := verifytest.NewAuthority(time.Now())
	require.NoError(t, err)
	dir := t.TempDir()
	var leaves []*verifytest.IssuedCertificate
	for _, name := range []string{"one", "two"} {
		leaf, err := authority.Issue(verifytest.CertificateTemplate{Names: []string{"localhost"}})
		require.NoError(t, err)
		leaves = append(leaves, leaf)
		write(t, filepath.Join(dir, name+".pem"), append(verifytest.PEMBundle(leaf), keyPEM(t, authority)...))
	}
	one, two := filepath.Join(dir, "one.pem"), filepath.Join(dir, "two.pem")
	r := newRig(t, fmt.Sprintf("{mode: files, cert_file: %s, key_file: %s}", one, one))
	r.start()
	r.ready()
	address := strings.TrimSuffix(strings.TrimPrefix(r.url, "https://"), "/alexa/halfelf")
	require.Equal(t, leaves[0].Raw, leafOf(t, address).Raw)
	line := r.rewrite(notReloaded, one, filepath.Join(dir, "three.pem"))
	require.Contains(t, line["error"], "three.pem: no such file")
	require.Equal(t, leaves[0].Raw, leafOf(t, address).Raw)
	r.rewrite(reloaded, filepath.Join(dir, "three.pem"), two)
	require.Equal(t, leaves[1].Raw, leafOf(t, address).Raw)

	write(t, filepath.Join(r.dir, "password"), []byte("sesame\n"))
	r.rewrite(reloaded, "admin: {", fmt.Sprintf("admin: {password_file: %s, ", filepath.Join(r.dir, "password")))
	status, _ := r.get("/readyz")
	require.Equal(t, http.StatusUnauthorized, status)
	status, _ = r.get("/healthz")
	require.Equal(t, http.StatusOK, status)

	r.send(r.lastPost(""))
	require.Len(t, r.log.of("request"), 1)
	r.rewrite(reloaded, "skills:", "log: {level: error}\nskills:")
	require.Eventually(t, func() bool {
		before := len(r.log.of("request"))
		r.send(r.lastPost(""))
		return len(r.log.of("request")) == before
	}, 20*time.Second, 20*time.Millisecond, "what is answered is in the log no more")
	r.rewrite(reloaded, "level: error", "level: info")
	require.Eventually(t, func() bool {
		before := len(r.log.of("request"))
		r.send(r.lastPost(""))
		return len(r.log.of("request")) > before
	}, 20*time.Second, 20*time.Millisecond)
	require.Equal(t, 0, r.stop())
}
