package archive

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// The kinds of archive errors.
var (
	ErrMissing = errors.New("missing") // the file does not exist, or only a part of it is left
	ErrDamaged = errors.New("damaged") // not a database, or an inconsistent one
	ErrNewer   = errors.New("newer")   // written by a newer version of this program
	ErrFull    = errors.New("full")    // no space on the disk
	ErrAccess  = errors.New("access")  // no permission to read or write
	ErrBusy    = errors.New("busy")    // another process holds the write lock for too long
	ErrDisk    = errors.New("disk")    // the system reported a read or write error
)

// archiveError is an error of one of the kinds, with the file and the remedy.
type archiveError struct {
	kind   error
	file   string
	remedy string
	cause  error
}

func (f *archiveError) Error() string {
	return fmt.Sprintf("archive %s: %v. %s", f.file, f.cause, f.remedy)
}

func (f *archiveError) Unwrap() []error { return []error{f.kind, f.cause} }

func (a *Archive) wrapError(ctx context.Context, err error) error {
	return wrapFileError(ctx, a.file, err)
}

// wrapFileError adds the kind, the file and the remedy to an error. If the caller's context has ended, it returns the
// context's error, because the archive is not the cause.
func wrapFileError(ctx context.Context, file string, err error) error {
	if err == nil {
		return nil
	}
	if ctxErr := ctx.Err(); ctxErr != nil {
		return ctxErr
	}
	if _, wrapped := errors.AsType[*archiveError](err); wrapped {
		return err
	}
	kind := errorKind(err)
	if kind == nil {
		return fmt.Errorf("archive %s: %w", file, err)
	}
	return &archiveError{kind, file, remedyFor(kind, file), err}
}

func errorKind(err error) error {
	for _, kind := range []error{ErrMissing, ErrDamaged, ErrNewer} {
		if errors.Is(err, kind) {
			return kind
		}
	}
	if errors.Is(err, fs.ErrPermission) {
		return ErrAccess
	}
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return sqliteErrorKind(e.Code())
	}
	return systemErrorKind(err)
}

// systemErrorKind returns the kind of a system error, or nil if err does not come from the system.
func systemErrorKind(err error) error {
	number, ok := errors.AsType[syscall.Errno](err)
	switch {
	case !ok:
		return nil
	case number == syscall.ENOSPC || number == syscall.EDQUOT:
		return ErrFull
	case number == syscall.EROFS || number == syscall.ENOTDIR:
		return ErrAccess
	}
	return ErrDisk
}

func sqliteErrorKind(code int) error {
	if code == sqlite3.SQLITE_IOERR_SHMSIZE { // SQLite's code for a full disk if its first write is to the shared-memory file
		return ErrFull
	}
	switch code & 0xff {
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_SCHEMA, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CONSTRAINT:
		return ErrDamaged
	case sqlite3.SQLITE_FULL:
		return ErrFull
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH:
		return ErrAccess
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return ErrBusy
	}
	return ErrDisk
}

func remedyFor(kind error, file string) string {
	remedies := map[error]string{
		ErrMissing: "Restore a backup, or remove the leftover files (" + file + "-wal, " + file + "-shm) to start with an empty archive",
		ErrDamaged: "Restore a backup, or move the file away with its -wal and -shm to start with an empty archive. " +
			"The service then fetches again what the blog still offers",
		ErrNewer:  "Run the newer version of this program",
		ErrFull:   "Free some space on its disk. The posts stored before are intact",
		ErrAccess: "Allow the user of this process to read and write the file, the files beside it (-wal, -shm) and their folder",
		ErrBusy:   "Another process is writing to it: wait until that process ends, or stop it",
		ErrDisk:   "Check its disk",
	}
	return remedies[kind]
}
