package archive

import (
	"context"
	"database/sql"
	"fmt"

	"lastpost/internal/archive/visits"
	"lastpost/internal/feed"
)

// applicationID marks a database file as an archive (https://sqlite.org/pragma.html#pragma_application_id). In ASCII it
// is "LPst".
const applicationID = 0x4c507374

// migrations returns the steps from an empty database to the current schema. Step n leads to user_version n. A released
// step never changes: a change of the schema is a new step.
func migrations() []migration {
	return []migration{
		{statements: schemaV1},
		{statements: schemaV2, fillRows: fillCategories, rewritesPosts: true},
		{statements: schemaV3},
		{statements: schemaV4, fillRows: moveUndated, rewritesPosts: true},
		{statements: schemaV5},
		{fillRows: mergeSchemeDoubles, rewritesPosts: true},
		{statements: visits.SchemaOfBookmarks},
	}
}

// migration is one step: SQL statements, then an optional Go function for changes that SQL cannot express.
type migration struct {
	statements    string
	fillRows      func(*merge) error // may be nil
	rewritesPosts bool               // the step changes stored posts, so the file is backed up first
}

// schemaV1 uses the position of a post as its key: the Unix time of its publication times 2^20, plus a sequence number
// within that second. So tables and indexes are ordered by date, and a search finds the newest matching posts without
// reading the other posts.
//
// Bodies are about a hundred times as large as the rest of a post. They have their own table because the snapshot is
// read from posts only. The full-text indexes are contentless: they store where words occur, not the text. Combining
// marks are part of a word. Without its vowel signs, a Hindi word would split into single letters.
const schemaV1 = `
CREATE TABLE posts (
	position INTEGER PRIMARY KEY,
	id       TEXT NOT NULL UNIQUE,
	title    TEXT NOT NULL,
	link     TEXT NOT NULL,
	claimed  INTEGER,                -- the date that the feed states, in seconds since 1970; NULL: none
	walk     INTEGER NOT NULL        -- the last backfill that saw the post; 0: none
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

// schemaV2 adds episodes, categories and visits. An index finds the newest posts of a category. Triggers count the
// posts of each category, because requests need the largest categories. With a count in Go code, an update could be
// forgotten.
//
// A listener is a keyed hash, and a visit records the day only.
const schemaV2 = `
ALTER TABLE posts ADD COLUMN episode INTEGER NOT NULL DEFAULT 0; -- 1: the post has audio
UPDATE posts SET episode = 1 WHERE position IN (SELECT position FROM bodies WHERE audio <> '');

CREATE TABLE categories (
	id     INTEGER PRIMARY KEY,
	folded TEXT NOT NULL UNIQUE,     -- the name without regard to case
	name   TEXT NOT NULL,            -- in its first spelling
	posts  INTEGER NOT NULL
) STRICT;
CREATE INDEX categories_by_posts ON categories (posts DESC);

CREATE TABLE filed (
	category INTEGER NOT NULL,
	position INTEGER NOT NULL,
	PRIMARY KEY (category, position)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER filed_more AFTER INSERT ON filed BEGIN
	UPDATE categories SET posts = posts + 1 WHERE id = new.category;
END;
CREATE TRIGGER filed_less AFTER DELETE ON filed BEGIN
	UPDATE categories SET posts = posts - 1 WHERE id = old.category;
	DELETE FROM categories WHERE id = old.category AND posts = 0;
END;

CREATE TABLE visits (
	listener  BLOB PRIMARY KEY,
	post      TEXT NOT NULL,         -- id of the newest post at the last visit
	published INTEGER NOT NULL,      -- its date, in seconds since 1970
	day       INTEGER NOT NULL       -- of the visit, since 1970
) STRICT, WITHOUT ROWID;
`

// schemaV5 adds the names of authors. They are empty until a poll or an import supplies them.
const schemaV5 = `
ALTER TABLE bodies ADD COLUMN authors TEXT NOT NULL DEFAULT '[]'; -- a JSON array
`

// migrate brings a database to the current version, with one transaction for each step. done counts the merged posts.
func migrate(ctx context.Context, db *sql.DB, steps []migration) (done feed.StoreResult, err error) {
	version, err := userVersion(ctx, db)
	if err == nil {
		err = checkNotNewer(version, steps)
	}
	for ; err == nil && version < len(steps); version++ {
		t := &merge{}
		if err = applyMigration(ctx, db, t, steps[version], version+1); err != nil {
			return done, fmt.Errorf("migration to version %d: %w", version+1, err)
		}
		if t.result.Merged > 0 {
			done = t.result
		}
	}
	return done, err
}

// checkNotNewer returns an error if a newer version of this program wrote the file.
func checkNotNewer(version int, steps []migration) error {
	if version > len(steps) {
		return fmt.Errorf("%w: file has version %d, this program supports up to %d", ErrNewer, version, len(steps))
	}
	return nil
}

// applyMigration applies one step, unless another process has applied it in the meantime.
func applyMigration(ctx context.Context, db *sql.DB, t *merge, m migration, version int) error {
	return runTransaction(ctx, db, t, func() error {
		if current, err := userVersion(ctx, t.tx); err != nil || current >= version {
			return err
		}
		pragmas := fmt.Sprintf("; PRAGMA user_version = %d; PRAGMA application_id = %d", version, applicationID)
		if _, err := t.tx.ExecContext(ctx, m.statements+pragmas); err != nil || m.fillRows == nil {
			return err
		}
		return m.fillRows(t)
	})
}

// rowQuerier is an *sql.DB or an *sql.Tx.
type rowQuerier interface {
	QueryRowContext(context.Context, string, ...any) *sql.Row
}

func userVersion(ctx context.Context, db rowQuerier) (version int, err error) {
	err = db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version)
	return version, err
}
