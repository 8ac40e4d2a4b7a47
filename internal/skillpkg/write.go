package skillpkg

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"lastpost/internal/durable"
)

// Exists are the files that Write would have to overwrite or remove, and does not unless it is forced to.
type Exists struct {
	Differing []string // paths of files that are there with other content
	Stale     []string // paths of models of locales that the package does not have, which Amazon would import too
}

// Error names them all.
func (e *Exists) Error() string {
	var lines []string
	for _, name := range e.Differing {
		lines = append(lines, name+" is there already, with other content")
	}
	for _, name := range e.Stale {
		lines = append(lines, name+" is of a locale that the skill does not have, and would be imported too")
	}
	return strings.Join(lines, "\n")
}

// Changes are the paths of what Write did.
type Changes struct {
	Written []string
	Removed []string
}

// Write puts the files into a folder, which is made where it is missing. A file that is there as it should be is left alone,
// and so is the memory of Amazon's tool where it is of the same skill.
//
// What is there with other content may be the owner's work: unless force is set, nothing is written then, and the error is
// *Exists. With force it is replaced, and the models of other locales are removed. A folder's other files stay in any case.
//
// All that can be known before is looked at before, each file is replaced as a whole, and the manifest comes last. So where
// the disk fills up in between, there is no half of a file, and to write again goes on where it ended.
func Write(dir string, files []File, force bool) (did Changes, err error) {
	pending, found, err := compare(dir, files)
	if err != nil {
		return did, err
	}
	if !force && len(found.Differing)+len(found.Stale) > 0 {
		return did, found
	}
	for _, f := range pending {
		name := filepath.Join(dir, filepath.FromSlash(f.Name))
		// The package is no secret, and not always imported by whoever made it.
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return did, err
		}
		if err := durable.Replace(name, f.Content, 0o644); err != nil {
			return did, err
		}
		did.Written = append(did.Written, name)
	}
	for _, name := range found.Stale {
		if err := os.Remove(name); err != nil {
			return did, err
		}
		did.Removed = append(did.Removed, name)
	}
	return did, nil
}

// compare looks at what is in the folder, and gives the files that are to be written, the manifest last.
func compare(dir string, files []File) (pending []File, found *Exists, err error) {
	found = &Exists{}
	for _, f := range files {
		name := filepath.Join(dir, filepath.FromSlash(f.Name))
		content, err := os.ReadFile(name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			pending = append(pending, f)
		case err != nil:
			return nil, nil, fmt.Errorf("%w: choose another folder", err)
		case f.Name == statesFile && sameSkill(content, f.Content) || bytes.Equal(content, f.Content):
		default:
			found.Differing = append(found.Differing, name)
			pending = append(pending, f)
		}
	}
	slices.SortStableFunc(pending, func(a, b File) int { return last(a) - last(b) })
	found.Stale, err = stale(dir, files)
	return pending, found, err
}

// last is 1 for the file without which the others are no package.
func last(f File) int {
	if f.Name == manifestFile {
		return 1
	}
	return 0
}

// stale are the models in the folder that the package does not have.
func stale(dir string, files []File) (names []string, err error) {
	models := filepath.Join(dir, filepath.FromSlash(modelDir))
	entries, err := os.ReadDir(models)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for _, entry := range entries {
		ours := slices.ContainsFunc(files, func(f File) bool { return f.Name == modelDir+"/"+entry.Name() })
		if !ours && filepath.Ext(entry.Name()) == ".json" {
			names = append(names, filepath.Join(models, entry.Name()))
		}
	}
	return names, err
}
