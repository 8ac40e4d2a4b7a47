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

// Changes are the paths of what Write did, and of what it left as somebody else has made it.
type Changes struct {
	Written      []string
	Removed      []string
	KeptModified []string
}

// ConflictError are the files that Write would have to overwrite or remove, and does not unless it is forced to.
type ConflictError struct {
	Modified []string // paths of files that are there with content that is not from here
	Stale    []string // paths of such models, of locales that the package does not have, which Amazon would import too
}

// Error names them all.
func (e *ConflictError) Error() string {
	var lines []string
	for _, name := range e.Modified {
		lines = append(lines, name+" is there already, with content that is not from here")
	}
	for _, name := range e.Stale {
		lines = append(lines, name+" is of a locale that the skill does not have, and would be imported too")
	}
	return strings.Join(lines, "\n")
}

// Write puts the files into a folder, which is made where it is missing. What it wrote there before it replaces, or removes
// where it is a model of a locale that the package does not have any more. A file that its owner has changed since stays
// as it is, as long as the package's own is still the same: so the words of the store can be one's own, and the categories
// the blog's latest. The memory of Amazon's tool stays where it is of the same skill.
//
// Where a file is neither from here nor to be kept, nothing is written, and the error is *Exists; unless force is set, which
// replaces whatever differs. A folder's other files stay in any case.
//
// All that can be known before is looked at before, and each file is replaced as a whole, the manifest and the record of
// what was written last. So where the disk fills up in between, there is no half of a file, and to write again goes on
// where it ended.
func Write(dir string, files []File, force bool) (changes Changes, err error) {
	p, err := newWritePlan(dir, files)
	if err != nil {
		return changes, err
	}
	switch {
	case force:
		p.toWrite, p.toRemove, p.keptModified = append(p.toWrite, p.modified...), append(p.toRemove, p.stale...), nil
	case p.conflict:
		return changes, &ConflictError{Modified: p.paths(p.modified), Stale: p.stale}
	}
	slices.SortFunc(p.toWrite, compareNames) // the manifest is the last by name: without it the others are no package
	for _, f := range p.toWrite {
		if err := replaceFile(p.path(f), f.Content); err != nil {
			return changes, err
		}
		changes.Written = append(changes.Written, p.path(f))
	}
	for _, name := range p.toRemove {
		if err := os.Remove(name); err != nil {
			return changes, err
		}
		changes.Removed = append(changes.Removed, name)
	}
	changes.KeptModified = p.keptModified
	return changes, writeRecord(dir, files)
}

// replaceFile replaces a file. A package is no secret, and not always imported by whoever made it.
func replaceFile(name string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	return durable.Replace(name, content, 0o644)
}

// A plan is what is to be done to a folder.
type writePlan struct {
	dir          string
	toWrite      []File   // to be written
	toRemove     []string // to be removed
	modified     []File   // that their owner has changed, as they are in the package
	stale        []string // models of other locales that are their owner's
	keptModified []string // those of theirs that can stay
	conflict     bool     // not all of them can
}

func (p *writePlan) path(f File) string { return filepath.Join(p.dir, filepath.FromSlash(f.Name)) }

func (p *writePlan) paths(files []File) (paths []string) {
	for _, f := range files {
		paths = append(paths, p.path(f))
	}
	return paths
}

func newWritePlan(dir string, files []File) (*writePlan, error) {
	p := &writePlan{dir: dir}
	written, err := readRecord(dir)
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		content, err := os.ReadFile(p.path(f))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			p.toWrite = append(p.toWrite, f)
		case err != nil:
			return nil, fmt.Errorf("%w: choose another folder", err)
		case bytes.Equal(content, f.Content), f.Name == statesFile && isSameSkill(content, f.Content):
		case written.matches(f.Name, content):
			p.toWrite = append(p.toWrite, f)
		default:
			p.modified = append(p.modified, f)
			if written.matches(f.Name, f.Content) {
				p.keptModified = append(p.keptModified, p.path(f))
			} else {
				p.conflict = true
			}
		}
	}
	return p, p.findOtherModels(files, written)
}

// findOtherModels finds the models in the folder that the package does not have.
func (p *writePlan) findOtherModels(files []File, written record) error {
	models := filepath.Join(p.dir, filepath.FromSlash(modelDir))
	entries, err := os.ReadDir(models)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, entry := range entries {
		name := modelDir + "/" + entry.Name()
		if filepath.Ext(name) != ".json" || slices.ContainsFunc(files, func(f File) bool { return f.Name == name }) {
			continue
		}
		path := filepath.Join(models, entry.Name())
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if written.matches(name, content) {
			p.toRemove = append(p.toRemove, path)
			continue
		}
		p.stale, p.conflict = append(p.stale, path), true
	}
	return err
}
