package archive

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"

	"lastpost/internal/durable"
)

// backupBeforeMigration copies the archive to NAME.before-N, where N is the file's version, if a pending migration
// rewrites posts. The backup gets its name when it is complete and on the disk. It replaces the backup of an earlier
// attempt. This loses nothing, because that attempt did not change the archive.
func (a *Archive) backupBeforeMigration(ctx context.Context, steps []migration) error {
	version, err := userVersion(ctx, a.writer)
	rewritesPosts := func(m migration) bool { return m.rewritesPosts }
	if err != nil || a.file == "" || version == 0 || version >= len(steps) || !slices.ContainsFunc(steps[version:], rewritesPosts) {
		return err
	}
	name := fmt.Sprintf("%s.before-%d", a.file, version)
	if err := a.writeBackup(ctx, name, version); err != nil {
		if current, versionErr := userVersion(ctx, a.writer); versionErr == nil && current != version {
			return nil // another process has made a backup, migrated the archive and removed our temporary file
		}
		return fmt.Errorf("back up to %s before the migration: %w", name, err)
	}
	a.backupFile = name
	return nil
}

// writeBackup writes a copy of the file, which must have the given version, to name.
func (a *Archive) writeBackup(ctx context.Context, name string, version int) (err error) {
	temp, err := createTemp(a.file)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(temp.Name()))
		}
	}()
	if _, err = a.writer.ExecContext(ctx, "VACUUM INTO ?", temp.Name()); err == nil {
		err = checkVersion(ctx, temp.Name(), version)
	}
	if err = errors.Join(err, temp.Sync(), temp.Close()); err != nil {
		return err
	}
	if err = os.Rename(temp.Name(), name); err != nil {
		return err
	}
	return durable.SyncDir(filepath.Dir(name))
}

// checkVersion returns an error if a backup does not have the given version. Another process may have migrated the
// archive before the copy.
func checkVersion(ctx context.Context, file string, version int) error {
	a, err := newArchive(file, "mode=ro&"+readerPragmas)
	if err != nil {
		return err
	}
	found, err := userVersion(ctx, a.reader)
	if err == nil && found != version {
		err = fmt.Errorf("copy has version %d, not %d", found, version)
	}
	return errors.Join(err, a.reader.Close(), a.writer.Close())
}

// LogBackup logs the backup that Open made before it rewrote posts, and how to restore it. It also logs the posts
// that the migration merged. If Open made none, it logs
// nothing. A nil log discards the message.
func (a *Archive) LogBackup(log *slog.Logger) {
	if a.backupFile == "" || log == nil {
		return
	}
	const restore = "stop the service, remove %[1]s-wal and %[1]s-shm, move %[2]s to %[1]s, and start the older version"
	log.Info("archive of an older version migrated; backup copy kept", "archive", a.file, "copy", a.backupFile,
		"restore", fmt.Sprintf(restore, a.file, a.backupFile))
	if n := a.migrated.Merged; n > 0 {
		log.Info("posts stored twice with http and https merged", "archive", a.file, "posts", n, "removed", a.migrated.MergedFile)
	}
}
