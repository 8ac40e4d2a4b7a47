package visits

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"time"
)

// SchemaOfBookmarks is the step of the archive's schema that adds persons and bookmarks to the visits of listeners. Each visit
// before it is an account's.
const SchemaOfBookmarks = `
ALTER TABLE visits ADD COLUMN account BLOB NOT NULL DEFAULT x'';        -- hash of the account, whose persons have own rows
ALTER TABLE visits ADD COLUMN reading TEXT NOT NULL DEFAULT '';         -- where the reading of posts stopped; '': nowhere
ALTER TABLE visits ADD COLUMN episode TEXT NOT NULL DEFAULT '';         -- where the playback of episodes stopped
ALTER TABLE visits ADD COLUMN episode_last INTEGER NOT NULL DEFAULT 0;  -- 1: episode was stored after reading
UPDATE visits SET account = listener;
`

// keyMemo is the memo that holds the key for the hashes of listeners.
const keyMemo = "listeners"

// Prepare creates the key in a file that does not have one. Several processes together can store more visits than
// MaxListeners. Then Prepare deletes the oldest.
func Prepare(ctx context.Context, db *sql.DB) error {
	const insertKey = "INSERT INTO memos VALUES (?, ?) ON CONFLICT DO NOTHING"
	if _, err := db.ExecContext(ctx, insertKey, keyMemo, newKey()); err != nil {
		return err
	}
	const deleteExcess = `DELETE FROM visits WHERE (SELECT count(*) FROM visits) > ?1 AND listener NOT IN
		(SELECT listener FROM visits ORDER BY day DESC, listener LIMIT ?1)`
	_, err := db.ExecContext(ctx, deleteExcess, MaxListeners)
	return err
}

// LoadEmpty prepares a cache that is not written to a file.
func LoadEmpty(c *Cache) { c.initialize(newKey(), false) }

// Load reads the visits from a file. If persistent is set, Flush will write later changes to the file.
func Load(ctx context.Context, c *Cache, db *sql.DB, persistent bool) error {
	key := newKey() // used by a view if the file does not have a key
	err := db.QueryRowContext(ctx, "SELECT value FROM memos WHERE name = ?", keyMemo).Scan(&key)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	stored, err := readVisits(ctx, db)
	c.initialize(key, persistent, stored...)
	return err
}

func readVisits(ctx context.Context, db *sql.DB) (stored []Visit, err error) {
	const latest = `SELECT listener, account, post, published, day, reading, episode, episode_last FROM visits
		ORDER BY day DESC, listener LIMIT ?`
	rows, err := db.QueryContext(ctx, latest, MaxListeners)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	var listener, account []byte
	for rows.Next() {
		var v Visit
		p := &v.Bookmark
		if err := rows.Scan(&listener, &account, &v.PostID, &v.Published, &v.Day, &p.Reading, &p.Episode, &p.EpisodeLast); err != nil {
			return nil, err
		}
		copy(v.Listener[:], listener)
		copy(v.Account[:], account)
		p.Reading, p.Episode = limitBookmark(p.Reading), limitBookmark(p.Episode)
		stored = append(stored, v)
	}
	return stored, rows.Err()
}

// Flush writes the pending changes to the file. If writing fails, they stay pending for the next call. If another call is
// writing, Flush waits for its result or for the end of ctx, so that a change is on the disk when Flush returns nil. It does
// not count as a change of posts, so other processes do not reload the snapshot.
func Flush(ctx context.Context, c *Cache, db *sql.DB) error {
	if c.flushing == nil { // Open has failed before it loaded visits
		return nil
	}
	select {
	case c.flushing <- struct{}{}:
		defer func() { <-c.flushing }()
	case <-ctx.Done():
		return ctx.Err()
	}
	changes, ok := c.takePending()
	if !ok {
		return nil
	}
	err := changes.write(ctx, db)
	if err != nil {
		c.restorePending(changes)
	}
	return err
}

// write writes the changes in one transaction.
func (p pending) write(ctx context.Context, db *sql.DB) (err error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	restore, err := limitBusyWait(ctx, conn)
	if err != nil {
		return err
	}
	defer restore()
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // does nothing after a commit
	if p.replaceAll {
		if _, err := tx.ExecContext(ctx, "DELETE FROM visits"); err != nil {
			return err
		}
	}
	const remove = "DELETE FROM visits WHERE listener = ?"
	err = execEach(ctx, tx, remove, p.removed, func(id ListenerHash) []any { return []any{id[:]} })
	if err != nil {
		return err
	}
	const put = `INSERT OR REPLACE INTO visits (listener, account, post, published, day, reading, episode, episode_last)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)`
	err = execEach(ctx, tx, put, p.changed, func(v Visit) []any {
		p := v.Bookmark
		return []any{v.Listener[:], v.Account[:], v.PostID, v.Published, v.Day, p.Reading, p.Episode, p.EpisodeLast}
	})
	if err != nil {
		return err
	}
	return tx.Commit()
}

// limitBusyWait makes a connection give up before the deadline of ctx if another process holds the write lock, because the
// end of a context does not end this wait. restore sets the previous limit again.
func limitBusyWait(ctx context.Context, conn *sql.Conn) (restore func(), err error) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return func() {}, nil
	}
	var previous int64
	if err := conn.QueryRowContext(ctx, "PRAGMA busy_timeout").Scan(&previous); err != nil {
		return nil, err
	}
	set := func(ctx context.Context, milliseconds int64) error {
		_, err := conn.ExecContext(ctx, "PRAGMA busy_timeout = "+strconv.FormatInt(milliseconds, 10))
		return err
	}
	restore = func() { _ = set(context.WithoutCancel(ctx), previous) } // fails only if the connection is closed
	return restore, set(ctx, max(1, time.Until(deadline).Milliseconds()/2))
}

// execEach executes a statement for each value.
func execEach[V any](ctx context.Context, tx *sql.Tx, query string, values []V, arguments func(V) []any) error {
	if len(values) == 0 {
		return nil
	}
	statement, err := tx.PrepareContext(ctx, query)
	if err != nil {
		return err
	}
	for _, v := range values {
		if _, err := statement.ExecContext(ctx, arguments(v)...); err != nil {
			return errors.Join(err, statement.Close())
		}
	}
	return statement.Close()
}
