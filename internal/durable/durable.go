// Package durable writes files atomically: a crash cannot leave a partial file. It does nothing else.
package durable

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// tempPrefix begins the names of temporary files.
const tempPrefix = ".new-"

// Replace writes a file with the given content and mode and replaces an existing file of that name. After a crash at
// any time, either the old or the new file exists. Replace creates missing folders. Only their owner can access them.
// The error names the step that failed.
func Replace(name string, content []byte, mode fs.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	return replace(name, content, func(file *os.File) error { return file.Chmod(mode) })
}

// replace writes a temporary file and gives it the name. prepare sets who can access it.
func replace(name string, content []byte, prepare func(*os.File) error) error {
	dir := filepath.Dir(name)
	file, err := os.CreateTemp(dir, tempPrefix+"*")
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	err = errors.Join(err, prepare(file), file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return SyncDir(dir)
}

// RemoveTemporary removes the temporary files that an interrupted Replace left in a folder. The caller makes sure that
// no other process writes to the folder at that time.
func RemoveTemporary(dir string) error {
	entries, err := os.ReadDir(dir)
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), tempPrefix) {
			err = errors.Join(err, os.Remove(filepath.Join(dir, entry.Name())))
		}
	}
	return err
}

// SyncDir flushes a folder, so that created and renamed files survive a crash. Flushing a file is not enough, because
// the folder stores its name.
func SyncDir(dir string) error {
	folder, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// RenameNoReplace renames file to name. If name exists, the error is fs.ErrExist. In both cases it removes the old
// name.
func RenameNoReplace(file, name string) error {
	err := os.Link(file, name)
	if err = errors.Join(err, os.Remove(file)); err != nil {
		return err
	}
	return SyncDir(filepath.Dir(name))
}
