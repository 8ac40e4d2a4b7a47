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
func migrations() []migration {
	return []migration{
		{statements: schemaV1},
		{statements: schemaV2, fillRows: fillCategories, rewritesPosts: true},
		{statements: schemaV3},
	}
}

// migration is a step: statements, and then what SQL has no words for.
type migration struct {
	statements    string
	fillRows      func(*merge) error // nil: nothing
	rewritesPosts bool               // it changes posts that are there: the file is copied first
}

// The position is the post's place in time: the second since 1970 at which it was published, times 2^20, plus its place
// among the posts of that second. So the order of the keys is that of the posts, in the table as in both indexes, and the
// newest posts with a word are found without looking at the others.
//
// What lies on the way of a request is apart from the bodies, which are a hundred times as large: the snapshot is read
// from posts alone. The indexes are without contents: they hold no text, only where the words are. Marks are parts of
// their words, as without its vowel signs a word of Hindi is but single letters.
const schemaV1 = `
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

// What belongs to a category is found by its index as the newest posts are by theirs. How many posts a category has is
// counted where posts are filed, as a request asks for the categories with the most; a trigger cannot forget to.
//
// A listener is a keyed hash, and of a visit only the day is known.
const schemaV2 = `
ALTER TABLE posts ADD COLUMN episode INTEGER NOT NULL DEFAULT 0; -- 1: the body has a sound
UPDATE posts SET episode = 1 WHERE position IN (SELECT position FROM bodies WHERE audio <> '');

CREATE TABLE categories (
	id     INTEGER PRIMARY KEY,
	folded TEXT NOT NULL UNIQUE,     -- the name without regard to case
	name   TEXT NOT NULL,            -- as it was first spelled
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
	post      TEXT NOT NULL,         -- the id of the newest one when the listener was last here
	published INTEGER NOT NULL,      -- that one's second since 1970
	day       INTEGER NOT NULL       -- of the visit, since 1970
) STRICT, WITHOUT ROWID;
`

// migrate brings a database to the newest version, one transaction a step.
func migrate(ctx context.Context, db *sql.DB, steps []migration) error {
	version, err := userVersion(ctx, db)
	if err != nil {
		return err
	}
	if err := checkNotNewer(version, steps); err != nil {
		return err
	}
	for ; version < len(steps); version++ {
		if err := applyMigration(ctx, db, steps[version], version+1); err != nil {
			return fmt.Errorf("migration to version %d: %w", version+1, err)
		}
	}
	return nil
}

// checkNotNewer refuses what a later program has made.
func checkNotNewer(version int, steps []migration) error {
	if version > len(steps) {
		return fmt.Errorf("%w: it is of version %d, and this program knows %d", ErrNewer, version, len(steps))
	}
	return nil
}

// applyMigration takes one step, unless another process has taken it in the meantime.
func applyMigration(ctx context.Context, db *sql.DB, m migration, version int) error {
	t := &merge{}
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
