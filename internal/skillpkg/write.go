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

// Changes lists the paths of files that Write wrote, removed, or kept because their owner changed them.
type Changes struct {
	Written      []string
	Removed      []string
	KeptModified []string
}

// ConflictError lists the files that Write would have to overwrite or remove. Write does so only if force is set.
type ConflictError struct {
	Modified []string // paths of existing files with content that Write did not write
	Stale    []string // paths of models of other locales that Write did not write; Amazon would import them too
}

// Error returns one line for each file.
func (e *ConflictError) Error() string {
	var lines []string
	for _, name := range e.Modified {
		lines = append(lines, name+" exists with content that this program did not write")
	}
	for _, name := range e.Stale {
		lines = append(lines, name+" has a locale that the skill does not have: Amazon would import it too")
	}
	return strings.Join(lines, "\n")
}

// Write writes the files to a folder, which it creates if necessary. It replaces its own earlier files, and removes its
// models of locales that the package no longer has. It keeps a file that the owner has changed, as long as the
// generated content is still the same. The owner can therefore edit the store texts while the categories stay up to
// date. It keeps the states file of Amazon's tool if this file names the same skill.
//
// If the owner has changed a file whose generated content has changed too, Write does not write any file and returns a
// *ConflictError. With force, it replaces every file that differs. It never touches other files of the folder.
//
// Write checks everything it can before it writes. It replaces each file atomically, the manifest and the record last.
// If the disk fills up, no file is partial, and another Write continues.
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
	slices.SortFunc(p.toWrite, compareNames) // the manifest has the last name: without it, the other files are not a package
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

// replaceFile replaces a file. Everyone may read it: a package is not secret, and another user may import it.
func replaceFile(name string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	return durable.Replace(name, content, 0o644)
}

// writePlan is what Write will do to a folder.
type writePlan struct {
	dir          string
	toWrite      []File
	toRemove     []string
	modified     []File   // generated files whose copy in the folder its owner has changed
	stale        []string // models of other locales that their owner wrote
	keptModified []string // paths of modified files that can stay
	conflict     bool     // some of the owner's files cannot stay
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
		content = endLastLine(content)
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

// endLastLine ends the last line of a text. "ask deploy" writes the manifest and its own files again, without this end.
func endLastLine(content []byte) []byte {
	if bytes.HasSuffix(content, []byte("}")) {
		return append(content, '\n')
	}
	return content
}

// findOtherModels finds models in the folder that are not in the package.
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
