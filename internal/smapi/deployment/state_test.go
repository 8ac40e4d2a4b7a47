package deployment

import (
	"archive/zip"
	"bytes"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/skillpkg"
	"lastpost/internal/smapi/smapitest"
)

// readFolder returns the content of the files of a folder, none if it is missing.
func readFolder(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	entries, _ := os.ReadDir(dir)
	for _, entry := range entries {
		content, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		require.NoError(t, err)
		found[entry.Name()] = string(content)
	}
	return found
}

func TestUnusableStateFileStopsTheRun(t *testing.T) {
	for _, c := range []struct{ claim, content, want string }{
		{"a file of a newer version", `{"version":2,"phase":"thinking"}`, "newer version of this program"},
		{"a cut file", `{"version":1,"pha`, "skill deploy --list"},
		{"an empty file", "", "skill deploy --list"},
		{"an unknown phase", `{"version":1,"phase":"dancing"}`, `unknown phase "dancing"`},
		{"a file without a version", `{"phase":"done"}`, "damaged"},
		{"an array", "[]", "damaged"},
	} {
		t.Run(c.claim, func(t *testing.T) {
			f := newFixture(t, smapitest.Options{})
			name := filepath.Join(f.spec.StateDir, "half_elf-"+endpointKey(endpoint)+".json")
			require.NoError(t, os.MkdirAll(f.spec.StateDir, 0o700))
			require.NoError(t, os.WriteFile(name, []byte(c.content), 0o600))
			for _, dryRun := range []bool{true, false} {
				f.spec.DryRun = dryRun
				_, err := f.run()
				require.ErrorContains(t, err, c.want)
				require.ErrorContains(t, err, name)
			}
			require.Empty(t, f.amazon.Skills())
			content, err := os.ReadFile(name)
			require.NoError(t, err)
			require.Equal(t, c.content, string(content), "the file is kept")
		})
	}
}

func TestTwoRunsOfOneSkillExcludeEachOther(t *testing.T) {
	f := newFixture(t, smapitest.Options{})
	second := f.spec
	second.SaveID, second.Progress = nil, nil
	var err error
	f.spec.Progress = func(string) { _, err = Run(t.Context(), f.client, second) }
	f.deploy()
	require.ErrorContains(t, err, "another run deploys this skill")

	second.SkillID, second.Endpoint = f.spec.SkillID, "https://other.example.com/alexa"
	err, f.spec.Files = nil, packageFiles("New name", "en-US")
	f.deploy()
	require.ErrorContains(t, err, "another run deploys this skill", "also with another endpoint")

	third := f.spec
	third.SkillID, third.Endpoint, third.Progress, third.Name = "", "https://third.example.com/alexa", nil, "third"
	third.Files = packageWith("Third", third.Endpoint, "from a friend", "en-US")
	f.spec.Files, err = packageFiles("Newer name", "en-US"), os.ErrInvalid
	f.spec.Progress = func(string) {
		if err != nil {
			_, err = Run(t.Context(), f.client, third)
		}
	}
	f.deploy()
	require.NoError(t, err, "another skill is deployed at the same time")
	require.Len(t, f.amazon.Skills(), 2)
}

func TestStateFilesArePrivateAndNamedForPeople(t *testing.T) {
	f := newFixture(t, smapitest.Options{})
	f.spec.Name = "half elf/../[x]*"
	id := f.deploy().SkillID
	names := []string{}
	for name := range readFolder(t, f.spec.StateDir) {
		info, err := os.Stat(filepath.Join(f.spec.StateDir, name))
		require.NoError(t, err)
		require.Equal(t, fs.FileMode(0o600), info.Mode().Perm(), name)
		names = append(names, name)
	}
	require.Contains(t, names, "half_elf_____x__-"+skillKey(id)+".json")
	info, err := os.Stat(f.spec.StateDir)
	require.NoError(t, err)
	require.Equal(t, fs.FileMode(0o700), info.Mode().Perm())

	f.spec.Name = "renamed"
	require.False(t, f.deploy().Imported, "another name finds the same state")
	require.Len(t, readFolder(t, f.spec.StateDir), len(names))
}

func TestStateFolderMayHaveAnyName(t *testing.T) {
	f := newFixture(t, smapitest.Options{})
	f.spec.StateDir = filepath.Join(t.TempDir(), `a[b]*?\c`)
	f.deploy()
	require.False(t, f.deploy().Imported)
}

func TestLeftTemporaryFilesAreRemoved(t *testing.T) {
	f := newFixture(t, smapitest.Options{})
	require.NoError(t, os.MkdirAll(f.spec.StateDir, 0o700))
	left := filepath.Join(f.spec.StateDir, ".new-123")
	require.NoError(t, os.WriteFile(left, []byte("half"), 0o600))

	other, err := store{f.spec.StateDir, "other"}.lock()
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(left, []byte("half"), 0o600))
	f.deploy()
	require.FileExists(t, left, "another run may be writing")
	require.NoError(t, other.release())
	f.deploy()
	require.NoFileExists(t, left)
}

func TestArchiveIsReproducible(t *testing.T) {
	files := packageFiles("Half Elf", "en-US", "de-DE")
	archiveOf := func(files []skillpkg.File) ([]byte, string) {
		pkg, inside, err := newContent(files)
		require.NoError(t, err)
		raw, err := zipFiles(inside)
		require.NoError(t, err)
		return raw, pkg.Hash
	}
	first, hash := archiveOf(files)
	reversed := []skillpkg.File{}
	for _, file := range files {
		reversed = append([]skillpkg.File{file}, reversed...)
	}
	time.Sleep(10 * time.Millisecond)
	again, sameHash := archiveOf(reversed)
	require.Equal(t, first, again)
	require.Equal(t, hash, sameHash)

	archive, err := zip.NewReader(bytes.NewReader(first), int64(len(first)))
	require.NoError(t, err)
	var names []string
	for _, file := range archive.File {
		names = append(names, file.Name)
	}
	require.Equal(t, []string{"assets/images/icon-108.png", "interactionModels/custom/de-DE.json", "interactionModels/custom/en-US.json",
		"skill.json"}, names)
	manifest, err := archive.Open("skill.json")
	require.NoError(t, err)
	content, err := io.ReadAll(manifest)
	require.NoError(t, err)
	require.Equal(t, string(files[len(files)-1].Content), string(content))
}

func TestHashDependsOnNamesAndContents(t *testing.T) {
	hashes := map[string]bool{}
	for _, files := range [][]skillpkg.File{
		{{Name: "a", Content: []byte("b")}}, {{Name: "ab"}}, {{Name: "a"}, {Name: "b"}}, {{Name: "a", Content: []byte("c")}},
	} {
		hashes[hashFiles(files)] = true
	}
	require.Len(t, hashes, 4)
}

func TestPackageWithoutManifestIsRefused(t *testing.T) {
	f := newFixture(t, smapitest.Options{})
	f.spec.Files = f.spec.Files[:len(f.spec.Files)-1]
	_, err := f.run()
	require.ErrorContains(t, err, "skill-package/skill.json")
	require.Empty(t, f.amazon.Requests())
}

func TestChangesAreListedUpToALimit(t *testing.T) {
	changes := make([]DocumentChange, maxListed+2)
	text := (&EditedError{Changes: changes}).Error()
	require.Contains(t, text, "and 2 more")
	require.Equal(t, maxListed+3, len(strings.Split(text, "\n")))
}

// FuzzParseState checks that no file stops the program, and that an accepted state has a known phase.
func FuzzParseState(f *testing.F) {
	for _, seed := range []string{"", "{}", `{"version":1,"phase":"done"}`, `{"version":2}`, `{"version":1,"phase":"creating","before":["a"]}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		st, err := parseState("file", raw)
		if err == nil {
			require.True(t, isPhase(st.Phase))
			require.Equal(t, stateVersion, st.Version)
		}
	})
}
