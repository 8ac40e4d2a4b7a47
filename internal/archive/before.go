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

// copyBefore copies the archive beside itself, as NAME.before-N for a file of version N, if a step to come rewrites posts.
// The copy gets its name when it is whole and on the disk. A copy of an earlier attempt is replaced: the file, still of
// version N, has what the copy has, and what was kept since.
func (a *Archive) copyBefore(ctx context.Context, steps []migration) error {
	version, err := userVersion(ctx, a.writer)
	rewrites := func(m migration) bool { return m.rewrites }
	if err != nil || a.file == "" || version == 0 || version >= len(steps) || !slices.ContainsFunc(steps[version:], rewrites) {
		return err
	}
	name := fmt.Sprintf("%s.before-%d", a.file, version)
	if err := a.copyTo(ctx, name, version); err != nil {
		if now, unknown := userVersion(ctx, a.writer); unknown == nil && now != version {
			return nil // another process has made its copy, taken the steps, and removed our draft
		}
		return fmt.Errorf("copy to %s before the migration: %w", name, err)
	}
	a.copied = name
	return nil
}

// copyTo copies the file, which must be of the version.
func (a *Archive) copyTo(ctx context.Context, name string, version int) (err error) {
	draft, err := os.CreateTemp(filepath.Dir(a.file), filepath.Base(a.file)+draftMark+"*") // sweep removes it after a kill
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(draft.Name()))
		}
	}()
	if _, err = a.writer.ExecContext(ctx, "VACUUM INTO ?", draft.Name()); err == nil {
		err = ofVersion(ctx, draft.Name(), version)
	}
	if err = errors.Join(err, draft.Sync(), draft.Close()); err != nil {
		return err
	}
	if err = os.Rename(draft.Name(), name); err != nil {
		return err
	}
	return durable.SyncDir(filepath.Dir(name))
}

// ofVersion reports an error if a file is of another version: another process has taken steps before it was copied.
func ofVersion(ctx context.Context, file string, version int) error {
	a, err := connect(file, "mode=ro&"+readerPragmas)
	if err != nil {
		return err
	}
	found, err := userVersion(ctx, a.reader)
	if err == nil && found != version {
		err = fmt.Errorf("it is of version %d, not %d", found, version)
	}
	return errors.Join(err, a.reader.Close(), a.writer.Close())
}

// LogBackup logs the copy that Open has made before it rewrote posts, and how to go back to it. Otherwise it logs nothing.
// A nil log discards it.
func (a *Archive) LogBackup(log *slog.Logger) {
	if a.copied == "" || log == nil {
		return
	}
	const restore = "stop the service, remove %[1]s-wal and %[1]s-shm, move %[2]s to %[1]s, and start the older version"
	log.Info("archive of an older version taken over; copy kept", "archive", a.file, "copy", a.copied,
		"restore", fmt.Sprintf(restore, a.file, a.copied))
}
