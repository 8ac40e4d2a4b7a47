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

	writing    sync.Mutex // what changes the file and the snapshot together
	snapshot   atomic.Pointer[snapshot]
	generation atomic.Uint64 // of the snapshot
	version    int64         // the file's changes that the snapshot has in it; under writing
	outdated   bool          // an older version of this program made the file, and it is only read
	copied     string        // the copy that was made before posts were rewritten; "": none

	listeners listeners
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
	if err := create(ctx, file); err != nil {
		if _, absent := os.Stat(file); absent != nil {
			return nil, explain(ctx, file, err)
		}
		// It is there, or another process was faster, and may have taken our draft away.
	}
	a, err := open(ctx, file)
	if err == nil {
		sweep(file)
	}
	return a, err
}

// OpenExisting opens an archive for reading and writing, but makes none: where there is none the error is ErrMissing.
func OpenExisting(ctx context.Context, file string) (*Archive, error) {
	if err := exists(ctx, file); err != nil {
		return nil, err
	}
	return open(ctx, file)
}

func exists(ctx context.Context, file string) error {
	_, err := os.Stat(file)
	if errors.Is(err, fs.ErrNotExist) {
		if err = bereft(file); err == nil {
			return &fault{ErrMissing, file, "the service makes it when it starts", ErrMissing}
		}
	}
	return explain(ctx, file, err)
}

// bereft tells where a file is gone that something has been left of: its last changes, which SQLite would take for a
// part of a new file, or a link to it.
func bereft(file string) error {
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
	if err := exists(ctx, file); err != nil {
		return nil, err
	}
	return checked(ctx, file, "mode=ro&"+readerPragmas, (*Archive).look)
}

// InMemory makes an archive that is gone when it is closed. It has one connection: while Entries goes on nothing else can
// be asked of it but what the snapshot answers.
func InMemory(ctx context.Context) (*Archive, error) {
	db, err := sql.Open("sqlite", "file::memory:?"+commonPragmas+"&_txlock=immediate")
	if err != nil {
		return nil, err
	}
	a := &Archive{writer: single(db), reader: db}
	if err := a.begin(ctx, migrations()); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}

// create makes a new archive under a name of its own and then gives it its place, so that a file of the right name is
// always whole: an empty one is damage, not a beginning.
func create(ctx context.Context, file string) error {
	if _, err := os.Stat(file); err == nil {
		return fs.ErrExist
	}
	if err := bereft(file); err != nil {
		return err
	}
	dir := filepath.Dir(file)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	draft, err := os.CreateTemp(dir, filepath.Base(file)+draftMark+"*")
	if err != nil {
		return err
	}
	if err = errors.Join(draft.Close(), build(ctx, draft.Name())); err != nil {
		return errors.Join(err, os.Remove(draft.Name()))
	}
	return durable.RenameNoReplace(draft.Name(), file)
}

// draftMark stands between a file's name and the number of a draft of it.
const draftMark = ".new-"

// sweep removes the drafts that killed creators have left. Where the file has its place every draft is in vain: a creator
// at work that loses its own finds the file, and opens that. What cannot be removed hinders nobody.
func sweep(file string) {
	dir, base := filepath.Split(file)
	entries, _ := os.ReadDir(cmp.Or(dir, "."))
	for _, entry := range entries {
		number, draft := strings.CutPrefix(entry.Name(), base+draftMark)
		for _, suffix := range []string{"-wal", "-shm", "-journal"} {
			number = strings.TrimSuffix(number, suffix)
		}
		// What has the length of a date may be an operator's.
		if _, err := strconv.ParseUint(number, 10, 32); draft && err == nil && len(number) > len("20260314") {
			_ = os.Remove(filepath.Join(dir, entry.Name()))
		}
	}
}

// build makes the tables, and the journal mode that the file keeps: of two processes that change that at once SQLite lets
// one fail without waiting.
func build(ctx context.Context, file string) error {
	db, err := sql.Open("sqlite", address(file, "mode=rw&_pragma=journal_mode(wal)&_pragma=synchronous(full)"))
	if err != nil {
		return err
	}
	return errors.Join(migrate(ctx, single(db), migrations()), db.Close())
}

func open(ctx context.Context, file string) (*Archive, error) {
	if info, err := os.Stat(file); err == nil && info.Mode().Perm()&0o222 == 0 {
		// SQLite would make the files beside it, of the same mode, and stumble over those when this one is mended.
		return nil, explain(ctx, file, fmt.Errorf("it is marked read-only: %w", fs.ErrPermission))
	}
	return checked(ctx, file, "mode=rw&"+writerPragmas, func(a *Archive, ctx context.Context) error { return a.begin(ctx, migrations()) })
}

// checked connects to a file, and reads it if it is an archive.
func checked(ctx context.Context, file, writing string, read func(*Archive, context.Context) error) (*Archive, error) {
	a, err := connect(file, writing)
	if err != nil {
		return nil, explain(ctx, file, err)
	}
	if err = a.check(ctx); err == nil {
		err = read(a, ctx)
	}
	if err != nil {
		return nil, errors.Join(explain(ctx, file, err), a.Close())
	}
	return a, nil
}

// connect prepares the connections, none of which is made yet.
func connect(file, writing string) (*Archive, error) {
	if info, err := os.Stat(file); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%w: it is no file", ErrDamaged)
	}
	writer, err := sql.Open("sqlite", address(file, writing))
	if err != nil {
		return nil, err
	}
	reader, err := sql.Open("sqlite", address(file, "mode=ro&"+readerPragmas))
	if err != nil {
		return nil, errors.Join(err, writer.Close())
	}
	reader.SetMaxOpenConns(readers)
	reader.SetMaxIdleConns(readers)
	return &Archive{file: file, writer: single(writer), reader: reader}, nil
}

// readers is how many searches and the like go on at once.
const readers = 4

// single leaves a database one connection: in a file the second writer would wait for the first, and in memory it would
// be another database.
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

// check refuses a file that is not an archive, one that was emptied among them. It asks a reader: a writer's first word
// is the journal mode, which would change another application's file.
func (a *Archive) check(ctx context.Context) error {
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
	return newer(version, migrations())
}

// look reads what answers from a file that is not written to.
func (a *Archive) look(ctx context.Context) error {
	if err := a.reload(ctx); err != nil || a.outdated {
		a.listeners.begin(newListenerKey(), false)
		return err
	}
	return a.remember(ctx, false)
}

// begin finds out whether the file can be written to, before anything depends on it, and reads the snapshot.
func (a *Archive) begin(ctx context.Context, steps []migration) error {
	if err := a.copyBefore(ctx, steps); err != nil {
		return err
	}
	if err := migrate(ctx, a.writer, steps); err != nil {
		return err
	}
	a.outdated = false
	const probe = "INSERT INTO memos VALUES ('opened', CAST(unixepoch() AS BLOB)) ON CONFLICT DO UPDATE SET value = excluded.value"
	if _, err := a.writer.ExecContext(ctx, probe); err != nil {
		return err
	}
	if err := errors.Join(a.admit(ctx), a.reload(ctx)); err != nil {
		return err
	}
	return a.remember(ctx, a.file != "")
}

// reload reads the snapshot anew.
func (a *Archive) reload(ctx context.Context) error {
	a.writing.Lock()
	defer a.writing.Unlock()
	version, err := changes(ctx, a.writer)
	if err != nil {
		return err
	}
	s, err := a.load(ctx)
	if err != nil {
		return err
	}
	a.show(s)
	a.version = version
	return nil
}

// changesMemo counts the transactions that changed posts. SQLite's own data_version does not do, as each connection has
// another one, and database/sql makes a new connection when a context ends in the middle of a statement.
const changesMemo = "changes"

// changes tells how often posts were changed, by whomever.
func changes(ctx context.Context, db database) (n int64, err error) {
	err = db.QueryRowContext(ctx, "SELECT CAST(value AS INTEGER) FROM memos WHERE name = ?", changesMemo).Scan(&n)
	return n, ignore(err)
}

// Close ends all use of the archive, when the last visits are in the file.
func (a *Archive) Close() error {
	unwritten := a.flush(context.Background())
	a.listeners.end()
	return errors.Join(unwritten, a.reader.Close(), a.writer.Close())
}
