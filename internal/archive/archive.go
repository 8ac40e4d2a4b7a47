// Package archive stores the posts of one blog in an SQLite file: every post that a feed or an import ever contained,
// with a full-text index and the memos of the feed poller. A snapshot in memory answers requests without a lock and
// without disk access.
//
// Open never replaces a file that it cannot read. It creates an empty archive only if the file does not exist, so that
// a fault cannot discard posts. The package does not fetch or parse feeds.
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

	_ "modernc.org/sqlite" // the driver "sqlite"

	"lastpost/internal/archive/snapshot"
	"lastpost/internal/archive/visits"
	"lastpost/internal/durable"
	"lastpost/internal/feed"
)

// posts makes the methods of a snapshot methods of the archive.
type posts = snapshot.Holder

// Archive stores the posts of one blog. It is safe for concurrent use, also by several processes.
type Archive struct {
	posts     // the newest posts in memory
	listeners // their visits and places

	file   string  // "" for an archive in memory
	writer *sql.DB // one connection
	reader *sql.DB // read-only connections

	writeMu         sync.Mutex       // held until a change is in both the file and the snapshot
	snapshotChanges int64            // change count of the file that the snapshot contains; guarded by writeMu
	outdated        bool             // opened read-only, with the schema of an older version
	backupFile      string           // backup that Open made before it rewrote posts; "" if none
	migrated        feed.StoreResult // the last migration's result; zero if none
}

// Pragmas of the connections. A writer waits at most 5 s for another process. With synchronous=full, a commit is on the
// disk. So every post that the service has announced survives a power failure.
const (
	commonPragmas = "_pragma=busy_timeout(5000)&_pragma=foreign_keys(1)"
	writerPragmas = commonPragmas + "&_pragma=journal_mode(wal)&_pragma=synchronous(full)&_pragma=secure_delete(1)&_txlock=immediate"
	readerPragmas = commonPragmas + "&_pragma=query_only(1)"
)

// Open opens the archive in file and creates the file if it does not exist. Each error wraps one of this package's
// error kinds and names the file and the remedy.
func Open(ctx context.Context, file string) (*Archive, error) {
	if err := createFile(ctx, file); err != nil {
		if _, absent := os.Stat(file); absent != nil {
			return nil, wrapFileError(ctx, file, err)
		}
		// The file exists now: it existed before, or a concurrent process created it. That process may have removed our
		// temporary file.
	}
	a, err := openForWriting(ctx, file)
	if err == nil {
		removeStaleTemps(file)
	}
	return a, err
}

// OpenExisting opens an existing archive for reading and writing. If the file does not exist, the error is ErrMissing.
func OpenExisting(ctx context.Context, file string) (*Archive, error) {
	if err := checkExists(ctx, file); err != nil {
		return nil, err
	}
	return openForWriting(ctx, file)
}

func checkExists(ctx context.Context, file string) error {
	_, err := os.Stat(file)
	if errors.Is(err, fs.ErrNotExist) {
		if err = checkLeftovers(file); err == nil {
			return &archiveError{ErrMissing, file, "The service creates it when it starts", ErrMissing}
		}
	}
	return wrapFileError(ctx, file, err)
}

// checkLeftovers returns an error if the archive is missing but a write-ahead log or a dangling symbolic link remains.
// SQLite would apply an old write-ahead log to the new file. A dangling link may point to a disk that is not mounted.
func checkLeftovers(file string) error {
	if _, err := os.Lstat(file + "-wal"); err == nil {
		return fmt.Errorf("%w: only %s is left", ErrMissing, file+"-wal")
	}
	if _, err := os.Lstat(file); err == nil {
		return fmt.Errorf("%w: the symbolic link points to a missing file", ErrMissing)
	}
	return nil
}

// View opens an archive for reading only. A service may write to the archive at the same time. If the file does not
// exist, the error is ErrMissing. If an older version of this program wrote the file, episodes, categories and visits
// are not available until the service has opened it. A view keeps its own visits in memory and does not write them.
func View(ctx context.Context, file string) (*Archive, error) {
	if err := checkExists(ctx, file); err != nil {
		return nil, err
	}
	return openChecked(ctx, file, "mode=ro&"+readerPragmas, (*Archive).loadReadOnly)
}

// InMemory returns an archive without a file. Close discards its posts. It has one connection, which an iteration over
// Entries uses: until the iteration ends, call only methods that read the snapshot.
func InMemory(ctx context.Context) (*Archive, error) {
	db, err := sql.Open("sqlite", "file::memory:?"+commonPragmas+"&_txlock=immediate")
	if err != nil {
		return nil, err
	}
	a := &Archive{writer: limitToOneConn(db), reader: db}
	if err := a.migrateAndLoad(ctx, migrations()); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}

// createFile builds a new archive under a temporary name and then renames it. A file with the final name is therefore
// always complete, and an empty file is a sign of damage.
func createFile(ctx context.Context, file string) error {
	if _, err := os.Stat(file); err == nil {
		return fs.ErrExist
	}
	if err := checkLeftovers(file); err != nil {
		return err
	}
	dir := filepath.Dir(file)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	temp, err := createTemp(file)
	if err != nil {
		return err
	}
	if err = errors.Join(temp.Close(), createSchema(ctx, temp.Name())); err != nil {
		return errors.Join(err, os.Remove(temp.Name()))
	}
	return durable.RenameNoReplace(temp.Name(), file)
}

// createSchema creates the tables and sets the journal mode, which the file stores. If two processes change the journal
// mode at the same time, SQLite fails one of them without waiting.
func createSchema(ctx context.Context, file string) error {
	db, err := sql.Open("sqlite", sqliteDSN(file, "mode=rw&_pragma=journal_mode(wal)&_pragma=synchronous(full)"))
	if err != nil {
		return err
	}
	_, err = migrate(ctx, limitToOneConn(db), migrations())
	return errors.Join(err, db.Close())
}

func openForWriting(ctx context.Context, file string) (*Archive, error) {
	if info, err := os.Stat(file); err == nil && info.Mode().Perm()&0o222 == 0 {
		// SQLite gives the -wal and -shm files the mode of the archive. They would stay read-only after the operator
		// has corrected the mode of the archive.
		return nil, wrapFileError(ctx, file, fmt.Errorf("file is read-only: %w", fs.ErrPermission))
	}
	load := func(a *Archive, ctx context.Context) error { return a.migrateAndLoad(ctx, migrations()) }
	return openChecked(ctx, file, "mode=rw&"+writerPragmas, load)
}

// openChecked connects to a file, checks that it is an archive, and loads it.
func openChecked(ctx context.Context, file, writerQuery string, load func(*Archive, context.Context) error) (*Archive, error) {
	a, err := newArchive(file, writerQuery)
	if err != nil {
		return nil, wrapFileError(ctx, file, err)
	}
	if err = a.checkFormat(ctx); err == nil {
		err = load(a, ctx)
	}
	if err != nil {
		return nil, errors.Join(wrapFileError(ctx, file, err), a.Close())
	}
	return a, nil
}

// newArchive prepares the connection pools. It does not connect yet.
func newArchive(file, writerQuery string) (*Archive, error) {
	if info, err := os.Stat(file); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%w: not a regular file", ErrDamaged)
	}
	writer, err := sql.Open("sqlite", sqliteDSN(file, writerQuery))
	if err != nil {
		return nil, err
	}
	reader, err := sql.Open("sqlite", sqliteDSN(file, "mode=ro&"+readerPragmas))
	if err != nil {
		return nil, errors.Join(err, writer.Close())
	}
	reader.SetMaxOpenConns(maxReaders)
	reader.SetMaxIdleConns(maxReaders)
	return &Archive{file: file, writer: limitToOneConn(writer), reader: reader}, nil
}

// maxReaders is the number of read connections, which bounds concurrent searches.
const maxReaders = 4

// limitToOneConn limits a database to one connection. A second writer to a file would wait for the first one. In
// memory, a second connection would be another database.
func limitToOneConn(db *sql.DB) *sql.DB {
	db.SetMaxOpenConns(1)
	db.SetMaxIdleConns(1)
	return db
}

// sqliteDSN returns the address of a file in SQLite's URI form.
func sqliteDSN(file, query string) string {
	if absolute, err := filepath.Abs(file); err == nil {
		file = absolute
	}
	return (&url.URL{Scheme: "file", Path: file, RawQuery: query}).String()
}

// checkFormat refuses a file that is not an archive, for example a file that was truncated to zero bytes. It uses a
// read connection. A write connection sets the journal mode first, which would change another application's file.
func (a *Archive) checkFormat(ctx context.Context) error {
	var id int
	if err := a.reader.QueryRowContext(ctx, "PRAGMA application_id").Scan(&id); err != nil {
		return err
	}
	if id != applicationID {
		return fmt.Errorf("%w: not an archive of this program", ErrDamaged)
	}
	version, err := userVersion(ctx, a.reader)
	if err != nil {
		return err
	}
	a.outdated = version < len(migrations())
	return checkNotNewer(version, migrations())
}

// loadReadOnly loads the snapshot and the visits from a file that it does not write to.
func (a *Archive) loadReadOnly(ctx context.Context) error {
	if err := a.reloadSnapshot(ctx); err != nil || a.outdated {
		visits.LoadEmpty(&a.listeners)
		return err
	}
	return visits.Load(ctx, &a.listeners, a.writer, false)
}

// migrateAndLoad migrates the file, checks that it is writable, and loads the snapshot and the visits.
func (a *Archive) migrateAndLoad(ctx context.Context, steps []migration) error {
	if err := a.backupBeforeMigration(ctx, steps); err != nil {
		return err
	}
	merged, err := migrate(ctx, a.writer, steps)
	if err != nil {
		return err
	}
	a.migrated = merged
	a.outdated = false
	const writeProbe = "INSERT INTO memos VALUES ('opened', CAST(unixepoch() AS BLOB)) ON CONFLICT DO UPDATE SET value = excluded.value"
	if _, err := a.writer.ExecContext(ctx, writeProbe); err != nil {
		return err
	}
	if err := errors.Join(visits.Prepare(ctx, a.writer), a.reloadSnapshot(ctx)); err != nil {
		return err
	}
	return visits.Load(ctx, &a.listeners, a.writer, a.file != "")
}

// reloadSnapshot reads the snapshot from the file again.
func (a *Archive) reloadSnapshot(ctx context.Context) error {
	a.writeMu.Lock()
	defer a.writeMu.Unlock()
	count, err := readChangeCount(ctx, a.writer)
	if err != nil {
		return err
	}
	s, err := a.readSnapshot(ctx)
	if err != nil {
		return err
	}
	snapshot.Publish(&a.posts, s)
	a.snapshotChanges = count
	return nil
}

// changesMemo is the memo that counts transactions that changed posts. SQLite's own data_version differs between
// connections, and database/sql makes a new connection when a context ends during a statement.
const changesMemo = "changes"

// readChangeCount returns how often any process has changed the posts.
func readChangeCount(ctx context.Context, db rowQuerier) (n int64, err error) {
	err = db.QueryRowContext(ctx, "SELECT CAST(value AS INTEGER) FROM memos WHERE name = ?", changesMemo).Scan(&n)
	return n, ignoreNoRows(err)
}

// Close writes pending visits and closes the connections.
func (a *Archive) Close() error {
	flushErr := a.flushVisits(context.Background())
	visits.StopRecording(&a.listeners)
	return errors.Join(flushErr, a.reader.Close(), a.writer.Close())
}
