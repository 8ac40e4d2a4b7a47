package doctor

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"lastpost/internal/assembly"
	"lastpost/internal/config"
)

// checkDataDir checks whether this user can write to the data directory, and to the archives in it. It does not create a
// missing directory, because its owner would be the wrong user.
func checkDataDir(c *config.Config) Finding {
	const name = "data directory"
	switch _, err := os.Stat(c.DataDir); {
	case errors.Is(err, fs.ErrNotExist):
		return checkMissingDataDir(name, c.DataDir)
	case errors.Is(err, fs.ErrPermission): // for example with systemd's DynamicUser
		return Finding{Warn, name, c.DataDir + " is not readable by this user", runAsServiceUser}
	}
	if err := assembly.CheckDataDir(c.DataDir); err != nil {
		return Finding{Fail, name, err.Error(), ""}
	}
	archives := filepath.Join(c.DataDir, "archive")
	if err := tryToCreate(archives); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Finding{Fail, name, fmt.Sprintf("%s is not writable by this user: %v", archives, err),
			runAsServiceUser + "; if the service cannot write to it, give the folder to the service's user"}
	}
	return Finding{OK, name, c.DataDir + " is writable by this user", ""}
}

// checkMissingDataDir checks whether this user could create the data directory. It creates a folder with another name in
// the nearest existing folder above it, and removes it at once, because permissions do not show a read-only file system.
func checkMissingDataDir(name, dir string) Finding {
	const remedy = "set data_dir to a folder that can be created, or create it for the service's user"
	if _, err := os.Lstat(dir); err == nil {
		return Finding{Fail, name, dir + " is a link to a folder that does not exist", "create that folder for the service's user"}
	}
	parent := filepath.Dir(dir)
	for parent != filepath.Dir(parent) {
		if _, err := os.Lstat(parent); err == nil {
			break
		}
		parent = filepath.Dir(parent)
	}
	if err := tryToCreate(parent); err != nil {
		return Finding{Fail, name, dir + " does not exist and cannot be created: " + err.Error(), remedy}
	}
	return Finding{OK, name, dir + " does not exist yet: the service can create it when it starts", ""}
}

// tryToCreate creates a folder in dir and removes it.
func tryToCreate(dir string) error {
	folder, err := os.MkdirTemp(dir, ".probe-*")
	if err != nil {
		return err
	}
	return os.Remove(folder)
}
