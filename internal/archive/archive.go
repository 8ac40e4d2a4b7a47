// Package archive keeps a blog's posts in an SQLite file: every post that was ever seen, also when the feed no longer
// shows it, with a full text index, and with the notes of whoever fetches them. What answers on the way of a request is a
// snapshot in memory, which takes no lock and reads no disk.
//
// It refuses to begin anew where there is something that it cannot read: an archive is empty because nothing was kept
// yet, or because somebody took it away, and never because of a fault.
package archive

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
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

	writeMu         sync.Mutex // what changes the file and the snapshot together
	snapshot        atomic.Pointer[snapshot]
	generation      atomic.Uint64 // of the snapshot
	snapshotChanges int64         // the file's changes that the snapshot has in it; under writing
	outdated        bool          // an older version of this program made the file, and it is only read
	backupFile      string        // the copy that was made before posts were rewritten; "": none

	visits visitCache
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
	if err := createFile(ctx, file); err != nil {
		if _, absent := os.Stat(file); absent != nil {
			return nil, wrapFileError(ctx, file, err)
		}
		// It is there, or another process was faster, and may have taken our draft away.
	}
	a, err := openForWriting(ctx, file)
	if err == nil {
		removeStaleTemps(file)
	}
	return a, err
}

// OpenExisting opens an archive for reading and writing, but makes none: where there is none the error is ErrMissing.
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
			return &archiveError{ErrMissing, file, "the service makes it when it starts", ErrMissing}
		}
	}
	return wrapFileError(ctx, file, err)
}

// checkLeftovers tells where a file is gone that something has been left of: its last changes, which SQLite would take for a
// part of a new file, or a link to it.
func checkLeftovers(file string) error {
	if _, err := os.Lstat(file + "-wal"); err == nil {
		return fmt.Errorf("%w: %s is there without it", ErrMissing, file+"-wal")
	}
	if _, err := os.Lstat(file); err == nil {
		return fmt.Errorf("%w: it is a link to nowhere", ErrMissing)
	}
	return nil
}

// View opens an archive for reading alone, also beside a service that writes. Where there is none the error is ErrMissing.
// Of one that an older version of this program has made it tells what that version knew: its episodes, its categories and
// its listeners show when the service has opened it. What it is told of listeners it remembers for itself alone.
func View(ctx context.Context, file string) (*Archive, error) {
	if err := checkExists(ctx, file); err != nil {
		return nil, err
	}
	return openChecked(ctx, file, "mode=ro&"+readerPragmas, (*Archive).loadReadOnly)
}

// InMemory makes an archive that is gone when it is closed. It has one connection: while Entries goes on nothing else can
// be asked of it but what the snapshot answers.
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

// createFile makes a new archive under a name of its own and then gives it its place, so that a file of the right name is
// always whole: an empty one is damage, not a beginning.
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
	temp, err := os.CreateTemp(dir, filepath.Base(file)+tempMarker+"*")
	if err != nil {
		return err
	}
	if err = errors.Join(temp.Close(), createSchema(ctx, temp.Name())); err != nil {
		return errors.Join(err, os.Remove(temp.Name()))
	}
	return durable.RenameNoReplace(temp.Name(), file)
}

// tempMarker stands between a file's name and the number of a draft of it.
const tempMarker = ".new-"

// removeStaleTemps removes the drafts that killed creators have left. Where the file has its place every draft is in vain: a creator
// at work that loses its own finds the file, and opens that. What cannot be removed hinders nobody.
func removeStaleTemps(file string) {
	dir, base := filepath.Split(file)
	entries, _ := os.ReadDir(cmp.Or(dir, "."))
	for _, entry := range entries {
		number, isTemp := strings.CutPrefix(entry.Name(), base+tempMarker)
		for _, suffix := range []string{"-wal", "-shm", "-journal"} {
			number = strings.TrimSuffix(number, suffix)
		}
		// What has the length of a date may be an operator's.
		if _, err := strconv.ParseUint(number, 10, 32); isTemp && err == nil && len(number) > len("20260314") {
			_ = os.Remove(filepath.Join(dir, entry.Name()))
		}
	}
}

// createSchema makes the tables, and the journal mode that the file keeps: of two processes that change that at once SQLite lets
// one fail without waiting.
func createSchema(ctx context.Context, file string) error {
	db, err := sql.Open("sqlite", sqliteDSN(file, "mode=rw&_pragma=journal_mode(wal)&_pragma=synchronous(full)"))
	if err != nil {
		return err
	}
	return errors.Join(migrate(ctx, limitToOneConn(db), migrations()), db.Close())
}

func openForWriting(ctx context.Context, file string) (*Archive, error) {
	if info, err := os.Stat(file); err == nil && info.Mode().Perm()&0o222 == 0 {
		// SQLite would make the files beside it, of the same mode, and stumble over those when this one is mended.
		return nil, wrapFileError(ctx, file, fmt.Errorf("it is marked read-only: %w", fs.ErrPermission))
	}
	return openChecked(ctx, file, "mode=rw&"+writerPragmas, func(a *Archive, ctx context.Context) error { return a.migrateAndLoad(ctx, migrations()) })
}

// openChecked connects to a file, and reads it if it is an archive.
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

// newArchive prepares the connections, none of which is made yet.
func newArchive(file, writerQuery string) (*Archive, error) {
	if info, err := os.Stat(file); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%w: it is no file", ErrDamaged)
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

// maxReaders is how many searches and the like go on at once.
const maxReaders = 4

// limitToOneConn leaves a database one connection: in a file the second writer would wait for the first, and in memory it would
// be another database.
func limitToOneConn(db *sql.DB) *sql.DB {
	db.SetMaxOpenConns(1)
	db.SetMaxIdleConns(1)
	return db
}

// sqliteDSN is a file's as SQLite takes it.
func sqliteDSN(file, query string) string {
	if absolute, err := filepath.Abs(file); err == nil {
		file = absolute
	}
	return (&url.URL{Scheme: "file", Path: file, RawQuery: query}).String()
}

// checkFormat refuses a file that is not an archive, one that was emptied among them. It asks a reader: a writer's first word
// is the journal mode, which would change another application's file.
func (a *Archive) checkFormat(ctx context.Context) error {
	var id int
	if err := a.reader.QueryRowContext(ctx, "PRAGMA application_id").Scan(&id); err != nil {
		return err
	}
	if id != applicationID {
		return fmt.Errorf("%w: it is no archive of this program", ErrDamaged)
	}
	version, err := userVersion(ctx, a.reader)
	if err != nil {
		return err
	}
	a.outdated = version < len(migrations())
	return checkNotNewer(version, migrations())
}

// loadReadOnly reads what answers from a file that is not written to.
func (a *Archive) loadReadOnly(ctx context.Context) error {
	if err := a.reloadSnapshot(ctx); err != nil || a.outdated {
		a.visits.initialize(newListenerKey(), false)
		return err
	}
	return a.loadVisits(ctx, false)
}

// migrateAndLoad finds out whether the file can be written to, before anything depends on it, and reads the snapshot.
func (a *Archive) migrateAndLoad(ctx context.Context, steps []migration) error {
	if err := a.backupBeforeMigration(ctx, steps); err != nil {
		return err
	}
	if err := migrate(ctx, a.writer, steps); err != nil {
		return err
	}
	a.outdated = false
	const writeProbe = "INSERT INTO memos VALUES ('opened', CAST(unixepoch() AS BLOB)) ON CONFLICT DO UPDATE SET value = excluded.value"
	if _, err := a.writer.ExecContext(ctx, writeProbe); err != nil {
		return err
	}
	if err := errors.Join(a.prepareVisits(ctx), a.reloadSnapshot(ctx)); err != nil {
		return err
	}
	return a.loadVisits(ctx, a.file != "")
}

// reloadSnapshot reads the snapshot anew.
func (a *Archive) reloadSnapshot(ctx context.Context) error {
	a.writeMu.Lock()
	defer a.writeMu.Unlock()
	version, err := readChangeCount(ctx, a.writer)
	if err != nil {
		return err
	}
	s, err := a.readSnapshot(ctx)
	if err != nil {
		return err
	}
	a.publishSnapshot(s)
	a.snapshotChanges = version
	return nil
}

// changesMemo counts the transactions that changed posts. SQLite's own data_version does not do, as each connection has
// another one, and database/sql makes a new connection when a context ends in the middle of a statement.
const changesMemo = "changes"

// readChangeCount tells how often posts were changed, by whomever.
func readChangeCount(ctx context.Context, db rowQuerier) (n int64, err error) {
	err = db.QueryRowContext(ctx, "SELECT CAST(value AS INTEGER) FROM memos WHERE name = ?", changesMemo).Scan(&n)
	return n, ignoreNoRows(err)
}

// Close ends all use of the archive, when the last visits are in the file.
func (a *Archive) Close() error {
	flushErr := a.flushVisits(context.Background())
	a.visits.stopRecording()
	return errors.Join(flushErr, a.reader.Close(), a.writer.Close())
}
