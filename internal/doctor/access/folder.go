package access

import (
	"os"
	"path/filepath"
)

// CheckMissing returns why this user cannot create a missing folder, or "". It creates a folder with another name in the
// nearest existing folder above it, and removes it at once, because permissions do not show a read-only file system.
func CheckMissing(dir string) (problem, remedy string) {
	if _, err := os.Lstat(dir); err == nil {
		return dir + " is a link to a folder that does not exist", "create that folder for the service's user"
	}
	parent := filepath.Dir(dir)
	for parent != filepath.Dir(parent) {
		if _, err := os.Lstat(parent); err == nil {
			break
		}
		parent = filepath.Dir(parent)
	}
	if err := TryToCreate(parent); err != nil {
		return dir + " does not exist and cannot be created: " + err.Error(),
			"set data_dir to a folder that can be created, or create it for the service's user"
	}
	return "", ""
}

// TryToCreate creates a folder in dir and removes it.
func TryToCreate(dir string) error {
	folder, err := os.MkdirTemp(dir, ".probe-*")
	if err != nil {
		return err
	}
	return os.Remove(folder)
}
