package durable

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// Rewrite replaces the content of an existing regular file, like Replace. The file keeps its mode, and its owner and group.
// If name is a symbolic link, Rewrite replaces the file that it leads to. If this user may not give the new file to the old
// owner and group, Rewrite changes nothing, unless every user may read the file: else a service could not read it any more.
func Rewrite(name string, content []byte) error {
	target, err := filepath.EvalSymlinks(name)
	if err != nil {
		return err
	}
	before, err := os.Stat(target)
	if err != nil {
		return err
	}
	if !before.Mode().IsRegular() {
		return fmt.Errorf("%s is not a regular file", target)
	}
	return replace(target, content, func(file *os.File) error {
		const all = fs.ModePerm | fs.ModeSetuid | fs.ModeSetgid | fs.ModeSticky
		return errors.Join(keepOwner(file, before), keepAccessList(target, file.Name()), file.Chmod(before.Mode()&all))
	})
}

// keepOwner gives a new file to the owner and group of the old one.
func keepOwner(file *os.File, before fs.FileInfo) error {
	old, ok := before.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	created, err := file.Stat()
	if err != nil {
		return err
	}
	if now, ok := created.Sys().(*syscall.Stat_t); ok && now.Uid == old.Uid && now.Gid == old.Gid {
		return nil
	}
	err = file.Chown(int(old.Uid), int(old.Gid))
	if errors.Is(err, fs.ErrPermission) && before.Mode()&0o004 != 0 {
		return nil
	}
	return err
}
