package doctor

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"lastpost/internal/assembly"
	"lastpost/internal/config"
	"lastpost/internal/doctor/access"
)

// checkDataDir checks whether this user can write to the data directory, and to the archives in it. It does not create a
// missing directory, because its owner would be the wrong user.
func checkDataDir(c *config.Config) Finding {
	const name = "data directory"
	switch _, err := os.Stat(c.DataDir); {
	case errors.Is(err, fs.ErrNotExist):
		if problem, remedy := access.CheckMissing(c.DataDir); problem != "" {
			return Finding{Fail, name, problem, remedy}
		}
		return Finding{OK, name, c.DataDir + " does not exist yet: the service can create it when it starts", ""}
	case errors.Is(err, fs.ErrPermission): // for example with systemd's DynamicUser
		return Finding{Warn, name, c.DataDir + " is not readable by this user", access.RunAsRoot}
	}
	if err := assembly.CheckDataDir(c.DataDir); err != nil {
		return Finding{Fail, name, err.Error(), ""}
	}
	archives := filepath.Join(c.DataDir, "archive")
	if err := access.TryToCreate(archives); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Finding{Fail, name, fmt.Sprintf("%s is not writable by this user: %v", archives, err),
			access.RunAsRoot + "; if the service cannot write to it, give the folder to the service's user"}
	}
	return Finding{OK, name, c.DataDir + " is writable by this user", ""}
}
