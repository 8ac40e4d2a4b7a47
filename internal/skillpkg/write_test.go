package skillpkg

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func buildFiles(t *testing.T, categories ...string) []File {
	t.Helper()
	s := validSpec()
	s.Types[0].Values = append(s.Types[0].Values, categories...)
	return buildFilesFor(t, s)
}

func buildFilesFor(t *testing.T, s Spec) []File {
	t.Helper()
	files, err := Build(loadCatalog(t), s)
	require.NoError(t, err)
	return files
}

// writeOwnerFile writes a file as the owner might have.
func writeOwnerFile(t *testing.T, dir, name, content string) string {
	t.Helper()
	file := filepath.Join(dir, filepath.FromSlash(name))
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
	require.NoError(t, os.WriteFile(file, []byte(content), 0o644))
	return file
}

func readFile(t *testing.T, file string) string {
	t.Helper()
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	return string(content)
}

func TestWritePackage(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "folder")
	changes, err := Write(dir, buildFiles(t), false)
	require.NoError(t, err)
	require.Len(t, changes.Written, 7)
	require.Equal(t, filepath.Join(dir, "skill-package", "skill.json"), changes.Written[6], "the manifest comes last")
	for _, f := range buildFiles(t) {
		require.Equal(t, string(f.Content), readFile(t, filepath.Join(dir, f.Name)))
	}
	info, err := os.Stat(filepath.Join(dir, "skill-package", "skill.json"))
	require.NoError(t, err)
	require.Equal(t, fs.FileMode(0o644), info.Mode(), "everyone may read it")

	changes, err = Write(dir, buildFiles(t), false)
	require.NoError(t, err)
	require.Equal(t, Changes{}, changes, "identical files stay")
}

func TestReplacesUnmodifiedFiles(t *testing.T) {
	dir := t.TempDir()
	_, err := Write(dir, buildFiles(t), false)
	require.NoError(t, err)
	models := []string{filepath.Join(dir, "skill-package/interactionModels/custom/en-GB.json"), filepath.Join(dir, "skill-package/interactionModels/custom/en-US.json")}

	changes, err := Write(dir, buildFiles(t, "Gardening"), false)
	require.NoError(t, err)
	require.Equal(t, Changes{Written: models}, changes, "the blog has a new category")
	require.Contains(t, readFile(t, models[0]), "Gardening")

	s := validSpec()
	s.Locales = []string{"en-US"}
	changes, err = Write(dir, buildFilesFor(t, s), false)
	require.NoError(t, err)
	require.Equal(t, models[:1], changes.Removed, "the locale en-GB was removed")
	require.NoFileExists(t, models[0])
}

// TestReplacesFilesAfterAskDeploy has files as "ask deploy" leaves them: without the end of the last line.
func TestReplacesFilesAfterAskDeploy(t *testing.T) {
	dir := t.TempDir()
	_, err := Write(dir, buildFiles(t), false)
	require.NoError(t, err)
	for _, name := range []string{"ask-resources.json", "skill-package/skill.json"} {
		text := readFile(t, filepath.Join(dir, name))
		require.True(t, strings.HasSuffix(text, "}\n"))
		writeOwnerFile(t, dir, name, strings.TrimSuffix(text, "\n"))
	}
	changes, err := Write(dir, buildFiles(t), false)
	require.NoError(t, err)
	require.Equal(t, Changes{}, changes, "nothing has changed")

	changed := validSpec()
	changed.Title = "Another title"
	changes, err = Write(dir, buildFilesFor(t, changed), false)
	require.NoError(t, err)
	require.Contains(t, changes.Written, filepath.Join(dir, "skill-package", "skill.json"))
}

func TestKeepsModifiedFiles(t *testing.T) {
	dir := t.TempDir()
	_, err := Write(dir, buildFiles(t), false)
	require.NoError(t, err)
	manifest := writeOwnerFile(t, dir, "skill-package/skill.json", "{}")

	changes, err := Write(dir, buildFiles(t, "Gardening"), false)
	require.NoError(t, err)
	require.Equal(t, []string{manifest}, changes.KeptModified, "the generated manifest is unchanged")
	require.Len(t, changes.Written, 2, "the models are updated")
	require.Equal(t, "{}", readFile(t, manifest))
	changes, err = Write(dir, buildFiles(t, "Gardening"), false)
	require.NoError(t, err)
	require.Equal(t, Changes{KeptModified: []string{manifest}}, changes, "also the next time")

	s := validSpec()
	s.Title = "Another Elf"
	_, err = Write(dir, buildFilesFor(t, s), false)
	require.Equal(t, &ConflictError{Modified: []string{manifest}}, err, "both versions have changed")
	require.Equal(t, "{}", readFile(t, manifest))
	changes, err = Write(dir, buildFilesFor(t, s), true)
	require.NoError(t, err)
	require.Contains(t, changes.Written, manifest)
	require.Contains(t, readFile(t, manifest), "Another Elf")
}

func TestRefusesToOverwriteForeignFiles(t *testing.T) {
	dir := t.TempDir()
	manifest := writeOwnerFile(t, dir, "skill-package/skill.json", "{}")
	model := writeOwnerFile(t, dir, "skill-package/interactionModels/custom/de-DE.json", "{}")
	product := writeOwnerFile(t, dir, "skill-package/isps/entitlement/book.json", "{}")
	_, err := Write(dir, buildFiles(t), false)
	require.Equal(t, &ConflictError{Modified: []string{manifest}, Stale: []string{model}}, err)
	require.EqualError(t, err, manifest+" exists with content that this program did not write\n"+
		model+" has a locale that the skill does not have: Amazon would import it too")
	require.NoFileExists(t, filepath.Join(dir, "ask-resources.json"), "nothing was written")
	require.NoFileExists(t, filepath.Join(dir, recordFile))
	require.Equal(t, "{}", readFile(t, manifest))

	changes, err := Write(dir, buildFiles(t), true)
	require.NoError(t, err)
	require.Len(t, changes.Written, 7)
	require.Equal(t, []string{model}, changes.Removed)
	require.NotEqual(t, "{}", readFile(t, manifest))
	require.NoFileExists(t, model)
	require.FileExists(t, product, "other files stay")
}

func TestStatesFile(t *testing.T) {
	const same = `{"askcliStatesVersion": "2020-03-31", "profiles": {"default": {"skillId": "amzn1.ask.skill.0d5cf4ae-6f1c-4a25-9c0b-2b3c4d5e6f70", "skillMetadata": {"lastDeployHash": "abc="}}}}`
	for _, row := range []struct {
		claim, found string
		refused      bool
	}{
		{"of the same skill is kept", same, false},
		{"of another skill is refused", `{"profiles": {"default": {"skillId": "amzn1.ask.skill.1d5cf4ae-6f1c-4a25-9c0b-2b3c4d5e6f70"}}}`, true},
		{"without a skill is refused: the tool would create a second skill", `{"profiles": {}}`, true},
		{"with invalid JSON is refused", `{`, true},
	} {
		t.Run(row.claim, func(t *testing.T) {
			dir := t.TempDir()
			file := writeOwnerFile(t, dir, ".ask/ask-states.json", row.found)
			_, err := Write(dir, buildFiles(t), false)
			require.Equal(t, row.refused, err != nil)
			require.Equal(t, row.found, readFile(t, file))
			_, err = Write(dir, buildFiles(t), true)
			require.NoError(t, err)
			require.Equal(t, row.refused, readFile(t, file) != row.found)
			require.Contains(t, readFile(t, file), "0d5cf4ae", "names this skill")
			_, err = Write(dir, buildFiles(t), false)
			require.NoError(t, err)
		})
	}
}

func TestRefusesUnusableFolder(t *testing.T) {
	for _, row := range []struct{ claim, name, content, want string }{
		{"a file instead of a folder", "skill-package", "a file", "choose another folder"},
		{"an invalid record", recordFile, "{", "remove it. All existing files then count as changed"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			dir := t.TempDir()
			writeOwnerFile(t, dir, row.name, row.content)
			_, err := Write(dir, buildFiles(t), true)
			require.ErrorContains(t, err, row.want)
			require.NoFileExists(t, filepath.Join(dir, "ask-resources.json"), "nothing was written")
		})
	}
}
