package main

import (
	"compress/gzip"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A documentedSession types the commands of a page of the manual on a machine with the service. The machine is a folder.
type documentedSession struct {
	t       *testing.T
	harness *harness
	root    string            // stands for /
	config  string            // the configuration that commands read
	stdin   string            // typed into the next command
	install func(string)      // runs instead of a command that installs a package; nil: there is none
	paths   *strings.Replacer // leads the page's paths into root
}

// newDocumentedSession starts the service with the sample blog, a configuration in etc/skill and data in
// var/lib/private/skill.
func newDocumentedSession(t *testing.T) *documentedSession {
	t.Helper()
	h := newHarness(t, "{mode: off}")
	s := &documentedSession{t: t, harness: h, root: h.dir, config: "skill.yaml"}
	s.paths = strings.NewReplacer("-C / ", "-C "+h.dir+" ", "-C /\n", "-C "+h.dir+"\n", " /var/lib/private/", " "+h.dir+"/var/lib/private/")
	configuration := filepath.Join(h.dir, "skill.yaml")
	text, err := os.ReadFile(configuration)
	require.NoError(t, err)
	moved := filepath.Join(h.dir, "etc", "skill", "skill.yaml")
	require.NoError(t, os.MkdirAll(filepath.Dir(moved), 0o755))
	require.NoError(t, os.MkdirAll(filepath.Join(h.dir, "var", "lib", "private"), 0o755))
	writeFile(t, moved, []byte(strings.Replace(string(text), filepath.Join(h.dir, "data"), s.data(), 1)))
	require.NoError(t, os.Remove(configuration))
	require.NoError(t, os.Symlink(moved, configuration))

	installPackagedProgram(t, filepath.Join(h.dir, "bin"))
	return s
}

// installPackagedProgram makes a folder with the program, as the packages name it, and with a "sudo" that changes nothing.
func installPackagedProgram(t *testing.T, bin string) {
	t.Helper()
	require.NoError(t, os.Mkdir(bin, 0o755))
	program, err := os.Executable()
	require.NoError(t, err)
	require.NoError(t, os.Symlink(program, filepath.Join(bin, packagedName)))
	require.NoError(t, os.WriteFile(filepath.Join(bin, "sudo"), []byte("#!/bin/sh\nexec \"$@\"\n"), 0o755))
}

func (s *documentedSession) data() string {
	return filepath.Join(s.root, "var", "lib", "private", "skill")
}

// run types the commands of the first block below a heading, and compares what they print with the page.
func (s *documentedSession) run(page, heading string) {
	s.t.Helper()
	_, section, found := strings.Cut(readDocument(s.t, page), "\n## "+heading+"\n")
	require.True(s.t, found, "%s: no heading %q", page, heading)
	blocks := fencedBlocks(section, "")
	require.NotEmpty(s.t, blocks, "%s: %s", page, heading)
	for part := range strings.SplitSeq(strings.TrimPrefix(blocks[0], "$ "), "\n$ ") {
		command, want, _ := strings.Cut(part, "\n")
		got := s.typeCommand(command)
		if want = strings.TrimSpace(want); want != "" {
			require.Equal(s.t, want, strings.TrimSpace(got), command)
		}
	}
}

// typeCommand runs a command and returns its output. The harness plays systemd and curl, because a machine of CI may lack both.
func (s *documentedSession) typeCommand(command string) string {
	s.t.Helper()
	switch {
	case command == "sudo systemctl stop skill":
		require.Equal(s.t, 0, s.harness.stop(), "%s", s.harness.log)
		return ""
	case command == "sudo systemctl start skill":
		s.harness.startAndWait()
		s.harness.waitUntilReady()
		return ""
	case strings.HasPrefix(command, "curl -s localhost:9090/"):
		_, body := s.harness.getPrivate(strings.TrimPrefix(command, "curl -s localhost:9090"))
		return body
	case strings.HasPrefix(command, "sudo apt install "):
		require.NotNil(s.t, s.install, command)
		s.install(command)
		return ""
	}
	shell := exec.CommandContext(s.t.Context(), "sh", "-e", "-c", s.paths.Replace(command+"\n"))
	shell.Dir = s.root
	shell.Env = append(s.harness.env, "SKILL_CONFIG="+s.config, "PATH="+filepath.Join(s.root, "bin")+":"+os.Getenv("PATH"))
	shell.Stdin, s.stdin = strings.NewReader(s.stdin), ""
	output, err := shell.CombinedOutput()
	require.NoError(s.t, err, "%s: %s", command, output)
	return string(output)
}

// TestManualsBackup exports, imports, saves and restores as docs/backup.md says.
func TestManualsBackup(t *testing.T) {
	t.Parallel()
	s := newDocumentedSession(t)
	s.harness.startAndWait()
	s.harness.waitUntilReady()
	const page = "docs/backup.md"
	s.run(page, "The posts, while the service runs")
	s.run(page, "Everything, with a pause of a second")
	require.NoError(t, os.WriteFile(filepath.Join(s.data(), "archive", "halfelf.db"), []byte("damaged"), 0o600))
	s.run(page, "Restore")
	require.Equal(t, 0, s.harness.stop(), "%s", s.harness.log)
	require.FileExists(t, filepath.Join(s.data(), "serve.lock"))
}

// TestManualsGoingBack upgrades an archive of version 1 and puts its copy back, as docs/upgrade.md says.
func TestManualsGoingBack(t *testing.T) {
	t.Parallel()
	s := newDocumentedSession(t)
	archive := filepath.Join(s.data(), "archive", "halfelf.db")
	require.NoError(t, os.MkdirAll(filepath.Dir(archive), 0o700))
	old := unpackOldArchive(t)
	writeFile(t, archive, old)
	s.harness.startAndWait()
	s.harness.waitUntilReady()
	upgraded := s.harness.log.waitFor(t, "archive of an older version migrated; backup copy kept")
	for _, key := range []string{"archive", "copy", "restore"} {
		require.NotEmpty(t, upgraded[key], key)
	}
	installed := false
	s.install = func(command string) {
		require.Contains(t, command, "--allow-downgrades")
		require.Equal(t, sqliteVersion(old), sqliteVersion(readFile(t, archive)), "the archive is the older version's")
		require.NoFileExists(t, archive+"-wal")
		installed = true
	}
	s.run("docs/upgrade.md", "Go back a version")
	require.True(t, installed)
	require.Equal(t, 0, s.harness.stop(), "%s", s.harness.log)
}

// unpackOldArchive returns an archive of version 1.
func unpackOldArchive(t *testing.T) []byte {
	t.Helper()
	packed, err := os.Open(filepath.Join(top, "internal", "archive", "testdata", "version1.db.gz"))
	require.NoError(t, err)
	defer func() { require.NoError(t, packed.Close()) }()
	unpacked, err := gzip.NewReader(packed)
	require.NoError(t, err)
	content, err := io.ReadAll(unpacked)
	require.NoError(t, err)
	return content
}

// sqliteVersion returns the user version of a SQLite file: bytes 60 to 63 of its header.
func sqliteVersion(file []byte) []byte { return file[60:64] }

func readFile(t testing.TB, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(name)
	require.NoError(t, err)
	return content
}
