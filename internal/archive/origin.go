package archive

import (
	"context"
	"database/sql"
	"time"
)

// Source is how a post came into the archive.
type Source int

// The sources. Files store their numbers, so the numbers never change.
const (
	FromUnknown  Source = iota // stored by a version of this program that did not record it
	FromFeed                   // a poll of the feed
	FromBackfill               // a page of older posts that the backfill fetched
	FromImport                 // an import by the operator
)

// Origin is what the archive records about the origin of a post.
type Origin struct {
	Source    Source
	FirstSeen time.Time // when the post was first stored, to the second; zero if an older version of this program stored it
}

// schemaV3 stores origins in their own table, because the snapshot is read from posts and does not need them.
const schemaV3 = `
CREATE TABLE origins (
	position INTEGER PRIMARY KEY REFERENCES posts ON UPDATE CASCADE ON DELETE CASCADE,
	source   INTEGER NOT NULL,
	learnt   INTEGER NOT NULL        -- the second since 1970
) STRICT;
`

// Origin returns the origin of the post with the given id. ok is false if the archive does not have the post.
func (a *Archive) Origin(ctx context.Context, id string) (o Origin, ok bool, err error) {
	var source, learnt sql.NullInt64
	query := "SELECT source, learnt FROM posts LEFT JOIN origins USING (position) WHERE id = ?"
	if a.outdated {
		query = "SELECT NULL, NULL FROM posts WHERE id = ?"
	}
	err = a.reader.QueryRowContext(ctx, query, id).Scan(&source, &learnt)
	if learnt.Valid {
		o.Source, o.FirstSeen = Source(source.Int64), time.Unix(learnt.Int64, 0).UTC()
	}
	return o, err == nil, a.wrapError(ctx, ignoreNoRows(err))
}

// FirstSeen returns when the post with the given id was first stored. It returns zero if the archive does not know that.
func (a *Archive) FirstSeen(ctx context.Context, id string) (time.Time, error) {
	o, _, err := a.Origin(ctx, id)
	return o.FirstSeen, err
}

// recordOrigin stores the source of a new post.
func (m *merge) recordOrigin(position int64) error {
	source := FromFeed
	switch {
	case m.inAnyPart != nil:
		source = FromImport
	case m.isOlder:
		source = FromBackfill
	}
	return m.execPrepared("INSERT INTO origins (position, source, learnt) VALUES (?, ?, ?)", position, int(source), m.now.Unix())
}
