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

// The kinds of what can be wrong with an archive.
var (
	ErrMissing = errors.New("missing") // there is no such file, or there is one that it should have
	ErrDamaged = errors.New("damaged") // no database, or one that contradicts itself
	ErrNewer   = errors.New("newer")   // written by a newer version of this program
	ErrFull    = errors.New("full")    // no room on the disk
	ErrAccess  = errors.New("access")  // may not be read or written
	ErrBusy    = errors.New("busy")    // another process has been writing for too long
	ErrDisk    = errors.New("disk")    // the system could not read or write
)

// archiveError is an error of one of the kinds, with the file and the remedy.
type archiveError struct {
	kind   error
	file   string
	remedy string
	cause  error
}

func (f *archiveError) Error() string {
	return fmt.Sprintf("the archive %s: %v; %s", f.file, f.cause, f.remedy)
}

func (f *archiveError) Unwrap() []error { return []error{f.kind, f.cause} }

func (a *Archive) wrapError(ctx context.Context, err error) error {
	return wrapFileError(ctx, a.file, err)
}

// wrapFileError names the kind, the file and the remedy. The caller's own end of patience is no fault of the archive's: what is
// under way is rolled back then, and what comes of that is of no interest.
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
		return fmt.Errorf("the archive %s: %w", file, err)
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

// systemErrorKind is the kind of what the system said; nil where it said nothing, and the archive is not what is wrong.
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
	if code == sqlite3.SQLITE_IOERR_SHMSIZE { // the only sign of a full disk where the first write is to the shared memory
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
		ErrMissing: "put a backup in its place, or remove what is left of it (" + file + "-wal, " + file + "-shm) to begin anew",
		ErrDamaged: "put a backup in its place, or move it away, with its -wal and -shm, to begin anew: " +
			"what the blog still offers is then fetched again",
		ErrNewer:  "run the newer version of this program",
		ErrFull:   "make room on the disk that it lies on; what was kept before is whole",
		ErrAccess: "let the user that runs this read and write the file, those beside it (-wal, -shm) and their folder",
		ErrBusy:   "another process is writing to it: wait for that one's end, or end it",
		ErrDisk:   "look after the disk that it lies on",
	}
	return remedies[kind]
}
