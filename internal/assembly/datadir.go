package assembly

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// CheckDataDir finds out before anything depends on it that the data directory can be used.
func CheckDataDir(dir string) error {
	err := os.MkdirAll(dir, 0o700)
	if err == nil {
		var testFile *os.File
		if testFile, err = os.CreateTemp(dir, ".probe-*"); err == nil {
			err = errors.Join(testFile.Close(), os.Remove(testFile.Name()))
		}
	}
	if err == nil {
		err = checkFolders(dir)
	}
	if err != nil {
		return fmt.Errorf("data_dir %s: %w; %s", dir, err, dataDirRemedy(err))
	}
	return nil
}

// checkFolders finds folders that the service created as another user, for example in a container with another --user.
func checkFolders(dir string) error {
	for _, name := range []string{"archive", "acme", "chains", "link"} {
		folder, err := os.Open(filepath.Join(dir, name))
		if err == nil {
			err = folder.Close()
		}
		if errors.Is(err, fs.ErrPermission) {
			return err
		}
	}
	return nil
}

const otherDataDir = "set data_dir to a folder that this user can write to"

// dataDirRemedy returns the remedy for an error in the data directory.
func dataDirRemedy(err error) string {
	var failed *fs.PathError
	if !errors.Is(err, fs.ErrPermission) || !errors.As(err, &failed) {
		return otherDataDir
	}
	folder := failed.Path
	if _, err := os.Lstat(folder); err != nil {
		folder = filepath.Dir(folder) // the file that was not created
	}
	found, ok := ownerOf(folder)
	if !ok {
		return otherDataDir
	}
	return ownershipRemedy(folder, found, owner{os.Geteuid(), os.Getegid()})
}

// An owner is a user and a group, of a file or of this process.
type owner struct{ uid, gid int }

// ownershipRemedy says who must own a folder. A container shows its user nowhere else.
func ownershipRemedy(folder string, found, user owner) string {
	if found.uid == user.uid {
		return fmt.Sprintf("%s belongs to this user, uid %d: look at the permissions of the folder, and with SELinux at its label "+
			"(mount a container's folder with :Z)", folder, user.uid)
	}
	return fmt.Sprintf(`%s belongs to uid %d and gid %d, but this user has uid %d and gid %d: run "chown -R %d:%d" on it as root `+
		`(for a container, on its volume), or %s`, folder, found.uid, found.gid, user.uid, user.gid, user.uid, user.gid, otherDataDir)
}

// ownerOf returns the owner of a file. ok is false if it cannot be read.
func ownerOf(name string) (of owner, ok bool) {
	info, err := os.Stat(name)
	if err != nil {
		return owner{}, false
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return owner{}, false
	}
	return owner{int(stat.Uid), int(stat.Gid)}, true
}

// RestrictDataDir closes a data directory that every user may write to, if it belongs to this user. A new volume is such a
// folder, because the container image has to let each uid write there.
func RestrictDataDir(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if of, ok := ownerOf(dir); !ok || of.uid != os.Geteuid() || info.Mode()&0o002 == 0 {
		return nil
	}
	return os.Chmod(dir, 0o700)
}
