// Package durable writes files that a crash cannot leave half-written. It does nothing else.
package durable

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// tempPrefix is how the names of files begin that have no content yet.
const tempPrefix = ".new-"

// Replace puts a file of this content and mode in the place of name: after a crash at any moment there is the old file
// or the new one. Folders that are missing are made, for their owner alone. The error names the step that failed.
func Replace(name string, content []byte, mode fs.FileMode) error {
	dir := filepath.Dir(name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	file, err := os.CreateTemp(dir, tempPrefix+"*")
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	err = errors.Join(err, file.Chmod(mode), file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return SyncDir(dir)
}

// RemoveTemporary removes what Replace had begun in a folder when the process was stopped. Nobody else may be writing there.
func RemoveTemporary(dir string) error {
	entries, err := os.ReadDir(dir)
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), tempPrefix) {
			err = errors.Join(err, os.Remove(filepath.Join(dir, entry.Name())))
		}
	}
	return err
}

// SyncDir makes new names last, which are the folder's content and not the files'.
func SyncDir(dir string) error {
	folder, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// RenameNoReplace gives a finished file its name, unless there is a file of that name already: then the error is fs.ErrExist. The
// old name is gone in either case.
func RenameNoReplace(file, name string) error {
	err := os.Link(file, name)
	if err = errors.Join(err, os.Remove(file)); err != nil {
		return err
	}
	return SyncDir(filepath.Dir(name))
}
