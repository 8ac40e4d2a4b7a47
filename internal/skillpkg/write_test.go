package skillpkg

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func made(t *testing.T, categories ...string) []File {
	t.Helper()
	s := answered()
	s.Types[0].Values = append(s.Types[0].Values, categories...)
	return madeOf(t, s)
}

func madeOf(t *testing.T, s Spec) []File {
	t.Helper()
	files, err := Build(book(t), s)
	require.NoError(t, err)
	return files
}

// owner writes a file as the owner might have.
func owner(t *testing.T, dir, name, content string) string {
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

func TestWhatWasWrittenIsReplaced(t *testing.T) {
	dir := t.TempDir()
	_, err := Write(dir, made(t), false)
	require.NoError(t, err)
	models := []string{filepath.Join(dir, "skill-package/interactionModels/custom/en-GB.json"), filepath.Join(dir, "skill-package/interactionModels/custom/en-US.json")}

	did, err := Write(dir, made(t, "Gardening"), false)
	require.NoError(t, err)
	require.Equal(t, Changes{Written: models}, did, "the blog has a new category")
	require.Contains(t, content(t, models[0]), "Gardening")

	s := answered()
	s.Locales = []string{"en-US"}
	did, err = Write(dir, madeOf(t, s), false)
	require.NoError(t, err)
	require.Equal(t, models[:1], did.Removed, "the skill is not offered in Britain any more")
	require.NoFileExists(t, models[0])
}

func TestWordsOfTheOwnersStay(t *testing.T) {
	dir := t.TempDir()
	_, err := Write(dir, made(t), false)
	require.NoError(t, err)
	manifest := owner(t, dir, "skill-package/skill.json", "{}")

	did, err := Write(dir, made(t, "Gardening"), false)
	require.NoError(t, err)
	require.Equal(t, []string{manifest}, did.KeptModified, "our own has not changed")
	require.Len(t, did.Written, 2, "and the models follow the blog")
	require.Equal(t, "{}", content(t, manifest))
	did, err = Write(dir, made(t, "Gardening"), false)
	require.NoError(t, err)
	require.Equal(t, Changes{KeptModified: []string{manifest}}, did, "again and again")

	s := answered()
	s.Title = "Another Elf"
	_, err = Write(dir, madeOf(t, s), false)
	require.Equal(t, &ConflictError{Modified: []string{manifest}}, err, "both have changed, and neither may be lost")
	require.Equal(t, "{}", content(t, manifest))
	did, err = Write(dir, madeOf(t, s), true)
	require.NoError(t, err)
	require.Contains(t, did.Written, manifest)
	require.Contains(t, content(t, manifest), "Another Elf")
}

func TestNothingOfTheOwnersIsLost(t *testing.T) {
	dir := t.TempDir()
	manifest := owner(t, dir, "skill-package/skill.json", "{}")
	model := owner(t, dir, "skill-package/interactionModels/custom/de-DE.json", "{}")
	product := owner(t, dir, "skill-package/isps/entitlement/book.json", "{}")
	_, err := Write(dir, made(t), false)
	require.Equal(t, &ConflictError{Modified: []string{manifest}, Stale: []string{model}}, err)
	require.EqualError(t, err, manifest+" is there already, with content that is not from here\n"+
		model+" is of a locale that the skill does not have, and would be imported too")
	require.NoFileExists(t, filepath.Join(dir, "ask-resources.json"), "nothing was written")
	require.NoFileExists(t, filepath.Join(dir, recordFile))
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
			file := owner(t, dir, ".ask/ask-states.json", row.found)
			_, err := Write(dir, made(t), false)
			require.Equal(t, row.refused, err != nil)
			require.Equal(t, row.found, content(t, file))
			_, err = Write(dir, made(t), true)
			require.NoError(t, err)
			require.Equal(t, row.refused, content(t, file) != row.found)
			require.Contains(t, content(t, file), "0d5cf4ae", "now it is of this skill")
			_, err = Write(dir, made(t), false)
			require.NoError(t, err)
		})
	}
}

func TestAFolderThatIsNone(t *testing.T) {
	for _, row := range []struct{ claim, name, content, want string }{
		{"a file where a folder should be", "skill-package", "a file", "choose another folder"},
		{"a record that is none", recordFile, "{", "remove it, and what was written is compared with nothing"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			dir := t.TempDir()
			owner(t, dir, row.name, row.content)
			_, err := Write(dir, made(t), true)
			require.ErrorContains(t, err, row.want)
			require.NoFileExists(t, filepath.Join(dir, "ask-resources.json"), "nothing was written")
		})
	}
}
