package skillpkg

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func made(t *testing.T) []File {
	t.Helper()
	files, err := Make(book(t), answered())
	require.NoError(t, err)
	return files
}

// put writes a file as its owner might have.
func put(t *testing.T, dir, name, content string) string {
	t.Helper()
	file := filepath.Join(dir, filepath.FromSlash(name))
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
	require.NoError(t, os.WriteFile(file, []byte(content), 0o644))
	return file
}

func content(t *testing.T, file string) string {
	t.Helper()
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	return string(content)
}

func TestWhatIsWrittenIsThePackage(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "folder")
	did, err := Write(dir, made(t), false)
	require.NoError(t, err)
	require.Len(t, did.Written, 7)
	require.Equal(t, filepath.Join(dir, "skill-package", "skill.json"), did.Written[6], "the manifest comes last")
	for _, f := range made(t) {
		require.Equal(t, string(f.Content), content(t, filepath.Join(dir, f.Name)))
	}
	info, err := os.Stat(filepath.Join(dir, "skill-package", "skill.json"))
	require.NoError(t, err)
	require.Equal(t, fs.FileMode(0o644), info.Mode(), "it is no secret")

	did, err = Write(dir, made(t), false)
	require.NoError(t, err)
	require.Equal(t, Changes{}, did, "what is there already is left alone")
}

func TestNothingOfTheOwnersIsLost(t *testing.T) {
	dir := t.TempDir()
	manifest := put(t, dir, "skill-package/skill.json", "{}")
	model := put(t, dir, "skill-package/interactionModels/custom/de-DE.json", "{}")
	product := put(t, dir, "skill-package/isps/entitlement/book.json", "{}")
	_, err := Write(dir, made(t), false)
	var exists *Exists
	require.ErrorAs(t, err, &exists)
	require.Equal(t, &Exists{Differing: []string{manifest}, Stale: []string{model}}, exists)
	require.ErrorContains(t, err, manifest+" is there already, with other content\n"+model+" is of a locale that the skill does not have")
	require.NoFileExists(t, filepath.Join(dir, "ask-resources.json"), "nothing was written")
	require.Equal(t, "{}", content(t, manifest))

	did, err := Write(dir, made(t), true)
	require.NoError(t, err)
	require.Len(t, did.Written, 7)
	require.Equal(t, []string{model}, did.Removed)
	require.NotEqual(t, "{}", content(t, manifest))
	require.NoFileExists(t, model)
	require.FileExists(t, product, "what is no part of the package stays")
}

func TestTheMemoryOfAmazonsTool(t *testing.T) {
	const same = `{"askcliStatesVersion": "2020-03-31", "profiles": {"default": {"skillId": "amzn1.ask.skill.0d5cf4ae-6f1c-4a25-9c0b-2b3c4d5e6f70", "skillMetadata": {"lastDeployHash": "abc="}}}}`
	for _, row := range []struct {
		claim, found string
		refused      bool
	}{
		{"of the same skill is kept, with what was deployed", same, false},
		{"of another skill is refused", `{"profiles": {"default": {"skillId": "amzn1.ask.skill.1d5cf4ae-6f1c-4a25-9c0b-2b3c4d5e6f70"}}}`, true},
		{"without a skill is refused, as the tool would make a second one", `{"profiles": {}}`, true},
		{"that cannot be read is refused", `{`, true},
	} {
		t.Run(row.claim, func(t *testing.T) {
			dir := t.TempDir()
			file := put(t, dir, ".ask/ask-states.json", row.found)
			_, err := Write(dir, made(t), false)
			require.Equal(t, row.refused, err != nil)
			require.Equal(t, row.found, content(t, file))
			_, err = Write(dir, made(t), true)
			require.NoError(t, err)
			require.Equal(t, row.refused, content(t, file) != row.found)
			require.Contains(t, content(t, file), "0d5cf4ae", "now it is of this skill")
		})
	}
}

func TestAFolderThatIsNone(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "skill-package", "a file")
	_, err := Write(dir, made(t), true)
	require.ErrorContains(t, err, "choose another folder")
	_, err = os.Stat(filepath.Join(dir, "ask-resources.json"))
	require.True(t, errors.Is(err, fs.ErrNotExist), "nothing was written")
}
