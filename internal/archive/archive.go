// Package archive keeps a blog's posts in an SQLite file: every post that was ever seen, also when the feed no longer
// shows it, with a full text index, and with the notes of whoever fetches them. What answers on the way of a request is a
// snapshot in memory, which takes no lock and reads no disk.
//
// It refuses to begin anew where there is something that it cannot read: an archive is empty because nothing was kept
// yet, or because somebody took it away, and never because of a fault.
package archive

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"lastpost/internal/durable"
)

// Archive is one blog's. It is safe for concurrent use, also by several processes.
type Archive struct {
	file   string  // "": in memory
	writer *sql.DB // one connection
	reader *sql.DB // of connections that cannot write

	writing  sync.Mutex // what changes the file and the snapshot together
	snapshot atomic.Pointer[snapshot]
	version  int64 // PRAGMA data_version when the snapshot was made; under writing
}

// The pragmas of every connection. A writer waits for another process 5 s at most. What was committed is on the disk,
// not only with the system: what was answered once is there after a power failure, too.
const (
	commonPragmas = "_pragma=busy_timeout(5000)&_pragma=foreign_keys(1)"
	writerPragmas = commonPragmas + "&_pragma=journal_mode(wal)&_pragma=synchronous(full)&_pragma=secure_delete(1)&_txlock=immediate"
	readerPragmas = commonPragmas + "&_pragma=query_only(1)"
)

// Open opens the archive in a file, and makes it where there is none. Errors are of one of this package's kinds, and
// name the file and the remedy.
func Open(ctx context.Context, file string) (*Archive, error) {
	err := create(ctx, file)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, explain(file, err)
	}
	return open(ctx, file)
}

// OpenExisting opens an archive for reading and writing, but makes none: where there is none the error is ErrMissing.
func OpenExisting(ctx context.Context, file string) (*Archive, error) {
	if err := exists(file); err != nil {
		return nil, err
	}
	return open(ctx, file)
}

func exists(file string) error {
	_, err := os.Stat(file)
	if errors.Is(err, fs.ErrNotExist) {
		return &fault{ErrMissing, file, "the service makes it when it starts", ErrMissing}
	}
	return explain(file, err)
}

// View opens an archive for reading alone, also beside a service that writes. Where there is none the error is ErrMissing.
func View(ctx context.Context, file string) (*Archive, error) {
	if err := exists(file); err != nil {
		return nil, err
	}
	reader, err := sql.Open("sqlite", address(file, "mode=ro&"+readerPragmas))
	if err != nil {
		return nil, err
	}
	a := &Archive{file: file, writer: reader, reader: reader}
	if err = a.check(ctx); err == nil {
		err = a.reload(ctx)
	}
	if err != nil {
		return nil, errors.Join(explain(file, err), a.Close())
	}
	return a, nil
}

// InMemory makes an archive that is gone when it is closed.
func InMemory(ctx context.Context) (*Archive, error) {
	db, err := sql.Open("sqlite", "file::memory:?"+commonPragmas+"&_txlock=immediate")
	if err != nil {
		return nil, err
	}
	a := &Archive{writer: single(db), reader: db}
	return a, a.begin(ctx, migrations())
}

// create makes a new archive under a name of its own and then gives it its place, so that a file of the right name is
// always whole: an empty one is damage, not a beginning.
func create(ctx context.Context, file string) error {
	if _, err := os.Stat(file); err == nil {
		return fs.ErrExist
	}
	if _, err := os.Stat(file + "-wal"); err == nil {
		// SQLite would take what that holds for a part of the new file.
		return fmt.Errorf("%w: %s is there without it", ErrMissing, file+"-wal")
	}
	dir := filepath.Dir(file)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	draft, err := os.CreateTemp(dir, filepath.Base(file)+".new-*")
	if err != nil {
		return err
	}
	if err = errors.Join(draft.Close(), build(ctx, draft.Name())); err != nil {
		return errors.Join(err, os.Remove(draft.Name()))
	}
	return durable.Place(draft.Name(), file)
}

func build(ctx context.Context, file string) error {
	db, err := sql.Open("sqlite", address(file, "mode=rw&_pragma=synchronous(full)"))
	if err != nil {
		return err
	}
	return errors.Join(migrate(ctx, single(db), migrations()), db.Close())
}

func open(ctx context.Context, file string) (*Archive, error) {
	writer, err := sql.Open("sqlite", address(file, "mode=rw&"+writerPragmas))
	if err != nil {
		return nil, err
	}
	reader, err := sql.Open("sqlite", address(file, "mode=ro&"+readerPragmas))
	if err != nil {
		return nil, errors.Join(err, writer.Close())
	}
	reader.SetMaxOpenConns(4)
	a := &Archive{file: file, writer: single(writer), reader: reader}
	if err = a.check(ctx); err == nil {
		err = a.begin(ctx, migrations())
	}
	if err != nil {
		return nil, errors.Join(explain(file, err), a.Close())
	}
	return a, nil
}

// single leaves a database one connection, for good: what it says of others' changes is said to that connection.
func single(db *sql.DB) *sql.DB {
	db.SetMaxOpenConns(1)
	db.SetMaxIdleConns(1)
	return db
}

// address is a file's as SQLite takes it.
func address(file, query string) string {
	if absolute, err := filepath.Abs(file); err == nil {
		file = absolute
	}
	return (&url.URL{Scheme: "file", Path: file, RawQuery: query}).String()
}

// check refuses a file that is not an archive, one that was emptied among them.
func (a *Archive) check(ctx context.Context) error {
	var id int
	if err := a.writer.QueryRowContext(ctx, "PRAGMA application_id").Scan(&id); err != nil {
		return err
	}
	if id != applicationID {
		return fmt.Errorf("%w: it is no archive of this program", ErrDamaged)
	}
	return nil
}

// begin finds out whether the file can be written to, before anything depends on it, and reads the snapshot.
func (a *Archive) begin(ctx context.Context, steps []string) error {
	if err := migrate(ctx, a.writer, steps); err != nil {
		return err
	}
	const probe = "INSERT INTO memos VALUES ('opened', CAST(unixepoch() AS BLOB)) ON CONFLICT DO UPDATE SET value = excluded.value"
	if _, err := a.writer.ExecContext(ctx, probe); err != nil {
		return err
	}
	return a.reload(ctx)
}

// reload reads the snapshot anew.
func (a *Archive) reload(ctx context.Context) error {
	a.writing.Lock()
	defer a.writing.Unlock()
	version, err := a.dataVersion(ctx)
	if err != nil {
		return err
	}
	s, err := load(ctx, a.writer)
	if err != nil {
		return err
	}
	a.snapshot.Store(&s)
	a.version = version
	return nil
}

// dataVersion changes when another connection has changed the file (https://sqlite.org/pragma.html#pragma_data_version).
func (a *Archive) dataVersion(ctx context.Context) (version int64, err error) {
	err = a.writer.QueryRowContext(ctx, "PRAGMA data_version").Scan(&version)
	return version, err
}

// File is where the archive lies; "" where it lies in memory.
func (a *Archive) File() string { return a.file }

// Close ends all use of the archive.
func (a *Archive) Close() error {
	return errors.Join(a.reader.Close(), a.writer.Close())
}
