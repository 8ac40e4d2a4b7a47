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
func Write(dir string, files []File, force bool) (did Changes, err error) {
	p, err := planFor(dir, files)
	if err != nil {
		return did, err
	}
	switch {
	case force:
		p.pending, p.gone, p.kept = append(p.pending, p.theirs...), append(p.gone, p.stale...), nil
	case p.conflict:
		return did, &ConflictError{Modified: p.paths(p.theirs), Stale: p.stale}
	}
	slices.SortFunc(p.pending, byName) // the manifest is the last by name: without it the others are no package
	for _, f := range p.pending {
		if err := put(p.path(f), f.Content); err != nil {
			return did, err
		}
		did.Written = append(did.Written, p.path(f))
	}
	for _, name := range p.gone {
		if err := os.Remove(name); err != nil {
			return did, err
		}
		did.Removed = append(did.Removed, name)
	}
	did.KeptModified = p.kept
	return did, writeRecord(dir, files)
}

// put replaces a file. A package is no secret, and not always imported by whoever made it.
func put(name string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	return durable.Replace(name, content, 0o644)
}

// A plan is what is to be done to a folder.
type plan struct {
	dir      string
	pending  []File   // to be written
	gone     []string // to be removed
	theirs   []File   // that their owner has changed, as they are in the package
	stale    []string // models of other locales that are their owner's
	kept     []string // those of theirs that can stay
	conflict bool     // not all of them can
}

func (p *plan) path(f File) string { return filepath.Join(p.dir, filepath.FromSlash(f.Name)) }

func (p *plan) paths(files []File) (paths []string) {
	for _, f := range files {
		paths = append(paths, p.path(f))
	}
	return paths
}

func planFor(dir string, files []File) (*plan, error) {
	p := &plan{dir: dir}
	written, err := readRecord(dir)
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		content, err := os.ReadFile(p.path(f))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			p.pending = append(p.pending, f)
		case err != nil:
			return nil, fmt.Errorf("%w: choose another folder", err)
		case bytes.Equal(content, f.Content), f.Name == statesFile && sameSkill(content, f.Content):
		case written.has(f.Name, content):
			p.pending = append(p.pending, f)
		default:
			p.theirs = append(p.theirs, f)
			if written.has(f.Name, f.Content) {
				p.kept = append(p.kept, p.path(f))
			} else {
				p.conflict = true
			}
		}
	}
	return p, p.others(files, written)
}

// others finds the models in the folder that the package does not have.
func (p *plan) others(files []File, written record) error {
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
		if written.has(name, content) {
			p.gone = append(p.gone, path)
			continue
		}
		p.stale, p.conflict = append(p.stale, path), true
	}
	return err
}
