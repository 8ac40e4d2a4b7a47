package archive

import (
	"context"
	"database/sql"
	"fmt"
)

// applicationID marks a database file as one of ours (https://sqlite.org/pragma.html#pragma_application_id): "LPst".
const applicationID = 0x4c507374

// migrations are the steps from an empty database to today's, the nth leading to user_version n. A step that was
// released is never changed: another one is added.
func migrations() []string {
	return []string{firstSchema}
}

// The position is the post's place in time: the second since 1970 at which it was published, times 2^20, plus its place
// among the posts of that second. So the order of the keys is that of the posts, in the table as in both indexes, and the
// newest posts with a word are found without looking at the others.
//
// What lies on the way of a request is apart from the bodies, which are a hundred times as large: the snapshot is read
// from posts alone. The indexes are without contents: they hold no text, only where the words are. Marks are parts of
// their words, as without its vowel signs a word of Hindi is but single letters.
const firstSchema = `
CREATE TABLE posts (
	position INTEGER PRIMARY KEY,
	id       TEXT NOT NULL UNIQUE,
	title    TEXT NOT NULL,
	link     TEXT NOT NULL,
	claimed  INTEGER,                -- the date that the feed states, in seconds since 1970; NULL: none
	walk     INTEGER NOT NULL        -- the last walk through older posts that met it; 0: none
) STRICT;
CREATE INDEX posts_by_link ON posts (link, claimed) WHERE link <> '';

CREATE TABLE bodies (
	position   INTEGER PRIMARY KEY REFERENCES posts ON UPDATE CASCADE ON DELETE CASCADE,
	content    TEXT NOT NULL,        -- HTML
	categories TEXT NOT NULL,        -- a JSON array
	image      TEXT NOT NULL,
	audio      TEXT NOT NULL,
	audio_type TEXT NOT NULL,
	language   TEXT NOT NULL
) STRICT;

CREATE VIRTUAL TABLE titles USING fts5(title, content='', contentless_delete=1,
	tokenize="unicode61 remove_diacritics 2 categories 'L* N* Co Mn Mc'");
CREATE VIRTUAL TABLE texts USING fts5(text, content='', contentless_delete=1,
	tokenize="unicode61 remove_diacritics 2 categories 'L* N* Co Mn Mc'");

CREATE TABLE forgotten (
	id   TEXT PRIMARY KEY,
	link TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE memos (
	name  TEXT PRIMARY KEY,
	value BLOB NOT NULL
) STRICT, WITHOUT ROWID;
`

// migrate brings a database to the newest version, one transaction a step.
func migrate(ctx context.Context, db *sql.DB, steps []string) error {
	version, err := userVersion(ctx, db)
	if err != nil {
		return err
	}
	if err := newer(version, steps); err != nil {
		return err
	}
	for ; version < len(steps); version++ {
		if err := step(ctx, db, steps[version], version+1); err != nil {
			return fmt.Errorf("migration to version %d: %w", version+1, err)
		}
	}
	return nil
}

// newer refuses what a later program has made.
func newer(version int, steps []string) error {
	if version > len(steps) {
		return fmt.Errorf("%w: it is of version %d, and this program knows %d", ErrNewer, version, len(steps))
	}
	return nil
}

// step takes one step, unless another process has taken it in the meantime.
func step(ctx context.Context, db *sql.DB, statements string, version int) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // nothing is left to roll back after a commit
	if now, err := userVersion(ctx, tx); err != nil || now >= version {
		return err
	}
	pragmas := fmt.Sprintf("; PRAGMA user_version = %d; PRAGMA application_id = %d", version, applicationID)
	if _, err := tx.ExecContext(ctx, statements+pragmas); err != nil {
		return err
	}
	return tx.Commit()
}

func userVersion(ctx context.Context, db interface {
	QueryRowContext(context.Context, string, ...any) *sql.Row
}) (version int, err error) {
	err = db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version)
	return version, err
}
