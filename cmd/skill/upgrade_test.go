package main

import (
	"archive/tar"
	"compress/gzip"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/archive"
	"lastpost/internal/feed"
	"lastpost/internal/server"
	"lastpost/internal/verify"
	"lastpost/internal/verify/verifytest"
)

// upgradeFacts describe the data directory of an older version.
type upgradeFacts struct {
	Program    string      // the output of "skill version"
	Made       time.Time   // when the data directory was packed
	Visited    string      // the ID of the newest post at the listener's visit
	Forgotten  string      // the ID of a post that the operator removed
	Categories []string    // the categories with the most posts
	Header     http.Header // of an accepted request
	Body       string      // of that request
	Root       []byte      // PEM of the root certificate of the request's signer
}

const (
	oldPost = `{"id":"old-1","published":"2019-03-14T09:00:00Z","title":"Zebra crossing","link":"https://blog.example/zebra",` +
		`"content":"<p>A zebra crosses the savannah.</p>","categories":["Savannah"],"image":"https://blog.example/zebra.jpg"}`
	oldEpisode = `{"id":"old-2","published":"2019-03-13T09:00:00Z","title":"Lion, the podcast","link":"https://blog.example/lion",` +
		`"content":"<p>A lion roars.</p>","categories":["savannah","Podcast"],"audio":{"url":"https://blog.example/lion.mp3","type":"audio/mpeg"}}`
	forgottenPost = `{"id":"old-3","published":"2019-03-12T09:00:00Z","title":"A slip","link":"https://blog.example/slip"}`
)

// TestMakeUpgradeData runs a released program and packs its data directory. testdata/upgrade/make runs this test and sets
// LASTPOST_OLD_PROGRAM.
func TestMakeUpgradeData(t *testing.T) {
	program := requireTool(t, "LASTPOST_OLD_PROGRAM")
	h := newHarness(t, "{mode: self-signed}")
	h.program = program
	oauth := newOAuthServer(t, h)
	posts := filepath.Join(h.dir, "posts.jsonl")
	writeFile(t, posts, []byte(oldPost+"\n"+oldEpisode+"\n"+forgottenPost+"\n"))
	h.runSkill("archive", "import", posts)
	h.runSkill("archive", "forget", "old-3")
	h.startAndWait()
	h.waitUntilReady()
	body := h.lastPostRequest("")
	header, err := h.signer.Sign(body)
	require.NoError(t, err)
	status, _ := h.sendSigned(body)
	require.Equal(t, http.StatusOK, status)
	for _, f := range []linkFault{linkFaults()[4], {}} { // a client authentication error; no fault
		oauth.linkAccount(h, f)
	}
	require.Eventually(t, func() bool { return strings.Contains(h.runSkill("link", "list"), "client-authentication") }, 10*time.Second, 50*time.Millisecond)
	require.Equal(t, 0, h.stop())

	a, err := archive.View(t.Context(), h.archiveFile())
	require.NoError(t, err)
	latest, ok := a.Latest()
	require.True(t, ok)
	known := upgradeFacts{Made: time.Now().UTC(), Visited: latest.ID, Forgotten: "old-3", Header: header, Body: string(body), Root: []byte{}}
	known.Categories, err = a.Categories(t.Context(), 100)
	require.NoError(t, err)
	require.NoError(t, a.Close())
	version, err := exec.CommandContext(t.Context(), program, "version").Output()
	require.NoError(t, err)
	known.Program = strings.TrimSpace(string(version))
	roots, err := os.ReadFile(filepath.Join(h.dir, "roots.pem"))
	require.NoError(t, err)
	first, _ := pem.Decode(roots)
	known.Root = pem.EncodeToMemory(first)
	content, err := json.MarshalIndent(known, "", "\t")
	require.NoError(t, err)
	pack := filepath.Join(h.dir, "pack")
	require.NoError(t, os.CopyFS(filepath.Join(pack, "data"), os.DirFS(filepath.Join(h.dir, "data"))))
	writeFile(t, filepath.Join(pack, "facts.json"), content)
	writeFile(t, filepath.Join(pack, "export.jsonl"), []byte(h.runSkill("archive", "export")))
	writeFile(t, filepath.Join(pack, "link.har"), []byte(h.runSkill("link", "export")))
	name, err := filepath.Abs(filepath.Join("testdata", "upgrade", os.Getenv("LASTPOST_OLD_NAME")+".tar.gz"))
	require.NoError(t, err)
	out, err := exec.CommandContext(t.Context(), "tar", "-C", pack, "--owner=0", "--group=0", "-czf", name, "data", "export.jsonl", "facts.json", "link.har").CombinedOutput()
	require.NoError(t, err, "%s", out)
}

// TestUpgrade starts the program with the data directory of each older version.
func TestUpgrade(t *testing.T) {
	t.Parallel()
	packed, err := filepath.Glob(filepath.Join("testdata", "upgrade", "*.tar.gz"))
	require.NoError(t, err)
	require.NotEmpty(t, packed)
	for _, name := range packed {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".tar.gz"), func(t *testing.T) {
			t.Parallel()
			u := newUpgradeHarness(t, name)
			u.requireCertificates()
			u.harness.startAndWait()
			require.Equal(t, 0, u.harness.stop(), "%s", u.harness.log)
			u.requireCalls()
			u.harness.startAndWait()
			u.requirePosts()
			u.requireAnswers()
			u.requireTraces()
			require.Equal(t, 0, u.harness.stop(), "%s", u.harness.log)
			require.Empty(t, u.harness.log.withMessage("panic"))
		})
	}
}

// TestCommandsBackUpOldArchive runs commands on an archive of version 1. They must back it up before the migration.
func TestCommandsBackUpOldArchive(t *testing.T) {
	t.Parallel()
	post := filepath.Join(t.TempDir(), "post.jsonl")
	writeFile(t, post, []byte(oldPost+"\n"))
	for name, args := range map[string][]string{"import": {"archive", "import", post}, "forget": {"archive", "forget", "post 7"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHarness(t, "{mode: off}")
			require.NoError(t, os.MkdirAll(filepath.Dir(h.archiveFile()), 0o700))
			writeFile(t, h.archiveFile(), unpackOldArchive(t))
			command := exec.CommandContext(t.Context(), h.program, append(args, "--config", filepath.Join(h.dir, "skill.yaml"))...)
			command.Env = h.env
			output, err := command.CombinedOutput()
			require.NoError(t, err, "%s", output)
			require.Contains(t, string(output), "copy="+h.archiveFile()+".before-1")
			require.FileExists(t, h.archiveFile()+".before-1")
		})
	}
}

// An upgradeHarness is the present program with the data directory of an older version.
type upgradeHarness struct {
	*upgradeFacts
	t       *testing.T
	harness *harness
	old     string // the folder with the unpacked files
}

func newUpgradeHarness(t *testing.T, packed string) *upgradeHarness {
	t.Helper()
	u := &upgradeHarness{t: t, harness: newHarness(t, "{mode: self-signed}"), old: t.TempDir(), upgradeFacts: &upgradeFacts{}}
	newOAuthServer(t, u.harness)
	u.harness.feed.setHandler(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
	unpackArchive(t, packed, u.old)
	require.NoError(t, os.CopyFS(filepath.Join(u.harness.dir, "data"), os.DirFS(filepath.Join(u.old, "data"))))
	require.NoError(t, json.Unmarshal(u.readPacked("facts.json"), u.upgradeFacts))
	return u
}

func unpackArchive(t *testing.T, name, dir string) {
	t.Helper()
	file, err := os.Open(name)
	require.NoError(t, err)
	defer func() { require.NoError(t, file.Close()) }()
	content, err := gzip.NewReader(file)
	require.NoError(t, err)
	for r := tar.NewReader(content); ; {
		entry, err := r.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		require.NoError(t, err)
		target := filepath.Join(dir, filepath.FromSlash(entry.Name))
		if entry.FileInfo().IsDir() {
			require.NoError(t, os.MkdirAll(target, 0o700))
			continue
		}
		content, err := io.ReadAll(r)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(target, content, 0o600))
	}
}

func (u *upgradeHarness) readPacked(name string) []byte {
	u.t.Helper()
	content, err := os.ReadFile(filepath.Join(u.old, filepath.FromSlash(name)))
	require.NoError(u.t, err)
	return content
}

// requireCertificates checks that the cached chain and the self-signed certificate stay in use, at the time of the old
// version. The chain must not be fetched again.
func (u *upgradeHarness) requireCertificates() {
	u.t.Helper()
	data := filepath.Join(u.harness.dir, "data")
	roots := x509.NewCertPool()
	require.True(u.t, roots.AppendCertsFromPEM(u.Root))
	unreachable := &verifytest.Bucket{Before: func(*http.Request) error { return errors.New("the bucket must not be used") }}
	v := verify.Verifier{Roots: roots, Transport: unreachable, Dir: filepath.Join(data, "chains"), Now: func() time.Time { return u.Made }}
	require.NoError(u.t, v.VerifySignature(u.Header, []byte(u.Body)))

	before := fileChecksum(u.t, filepath.Join(data, "self-signed.pem"))
	_, err := server.SelfSignedCertificate(data, []string{"localhost", "skill.example.com"}, u.Made)
	require.NoError(u.t, err)
	require.Equal(u.t, before, fileChecksum(u.t, filepath.Join(data, "self-signed.pem")), "the certificate is used again")
}

func fileChecksum(t *testing.T, name string) [sha256.Size]byte {
	t.Helper()
	content, err := os.ReadFile(name)
	require.NoError(t, err)
	return sha256.Sum256(content)
}

// requireCalls checks that the times of Alexa's last calls are unchanged.
func (u *upgradeHarness) requireCalls() {
	u.t.Helper()
	now, err := os.ReadFile(filepath.Join(u.harness.dir, "data", "last-calls.json"))
	require.NoError(u.t, err)
	require.JSONEq(u.t, string(u.readPacked("data/last-calls.json")), string(now))
}

// requirePosts compares each post with the old version's export. A later version may add fields.
func (u *upgradeHarness) requirePosts() {
	u.t.Helper()
	old, now := parseJSONLines(u.t, string(u.readPacked("export.jsonl"))), parseJSONLines(u.t, u.harness.runSkill("archive", "export"))
	require.Greater(u.t, len(old), 5)
	require.Len(u.t, now, len(old))
	for i := range old {
		for key, value := range old[i] {
			require.Equal(u.t, value, now[i][key], "%s of %s", key, old[i]["id"])
		}
	}
	require.Contains(u.t, u.harness.runSkill("archive", "search", "zebra"), "Zebra crossing")

	a, err := archive.Open(u.t.Context(), u.harness.archiveFile()) // while the service runs
	require.NoError(u.t, err)
	defer func() { require.NoError(u.t, a.Close()) }()
	categories, err := a.Categories(u.t.Context(), 100)
	require.NoError(u.t, err)
	require.Equal(u.t, u.Categories, categories)
	savannah, err := a.InCategory(u.t.Context(), "SAVANNAH", 0, 9)
	require.NoError(u.t, err)
	require.Len(u.t, savannah, 2)
	latest, ok := a.Latest()
	require.True(u.t, ok)
	last, known := a.Visit(feed.Listener{Account: testUserID()}, latest, time.Now())
	require.True(u.t, known, "the listener's visit is stored")
	require.Equal(u.t, u.Visited, last.ID)
	kept, err := a.Keep(u.t.Context(), feed.Batch{Entries: []feed.Entry{{Post: feed.Post{ID: u.Forgotten, Title: "A slip", Published: time.Now()}}}, Now: time.Now()})
	require.NoError(u.t, err)
	require.Zero(u.t, kept.New, "the removed post is not added again")
}

// parseJSONLines parses JSON objects, one a line.
func parseJSONLines(t *testing.T, text string) (found []map[string]any) {
	t.Helper()
	for line := range strings.Lines(text) {
		object := map[string]any{}
		require.NoError(t, json.Unmarshal([]byte(line), &object))
		found = append(found, object)
	}
	return found
}

// requireAnswers requests posts that are no longer in any feed.
func (u *upgradeHarness) requireAnswers() {
	u.t.Helper()
	for date, title := range map[string]string{"2019-03-14": "Zebra crossing", "2019-03-13": "Lion, the podcast"} {
		status, answer := u.harness.sendSigned(u.harness.lastPostRequest(date))
		require.Equal(u.t, http.StatusOK, status)
		require.Contains(u.t, answer, title)
	}
	address, err := url.Parse(u.harness.url)
	require.NoError(u.t, err)
	stored, _ := pem.Decode(u.readPacked("data/self-signed.pem"))
	leaf, err := x509.ParseCertificate(stored.Bytes)
	require.NoError(u.t, err)
	if time.Now().Before(leaf.NotAfter) { // the service replaces an expired certificate
		require.Equal(u.t, leaf.Raw, servedCertificate(u.t, address.Host).Raw)
	}
}

// requireTraces compares the recorded requests and responses of account linking with the old version's.
func (u *upgradeHarness) requireTraces() {
	u.t.Helper()
	old, now := harEntries(u.t, string(u.readPacked("link.har"))), harEntries(u.t, u.harness.runSkill("link", "export"))
	require.Greater(u.t, len(old), 3)
	require.Equal(u.t, old, now)
	require.Contains(u.t, u.harness.runSkill("link", "list"), "client-authentication")
}

// harEntries returns the entries of a HAR file.
func harEntries(t *testing.T, text string) []any {
	t.Helper()
	var har struct{ Log struct{ Entries []any } }
	require.NoError(t, json.Unmarshal([]byte(text), &har))
	return har.Log.Entries
}
