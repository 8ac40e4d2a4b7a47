package archive

import (
	"context"
	"database/sql"
	"time"
)

// Source is where a post came from.
type Source int

// The sources. They are in files: their numbers do not change.
const (
	FromUnknown  Source = iota // an older version of this program did not write it down
	FromFeed                   // a poll of the feed
	FromBackfill               // a page of older posts
	FromImport                 // an operator
)

// Origin is what the archive knows of how it came by a post.
type Origin struct {
	Source      Source
	FirstSeen   time.Time // when the post was first kept, to the second; zero: an older version did not write it down
	HasFeedDate bool      // the post bears the date that its feed states; else that at which it was first seen, or its neighbour's
}

// schemaV3 is apart from the posts, as the snapshot is read from those and has no use for it.
const schemaV3 = `
CREATE TABLE origins (
	position INTEGER PRIMARY KEY REFERENCES posts ON UPDATE CASCADE ON DELETE CASCADE,
	source   INTEGER NOT NULL,
	learnt   INTEGER NOT NULL        -- the second since 1970
) STRICT;
`

// Origin tells how the archive came by a post; false where there is none of this id.
func (a *Archive) Origin(ctx context.Context, id string) (o Origin, ok bool, err error) {
	var position int64
	var claimed, source, learnt sql.NullInt64
	query := "SELECT posts.position, claimed, source, learnt FROM posts LEFT JOIN origins USING (position) WHERE id = ?"
	if a.outdated {
		query = "SELECT position, claimed, NULL, NULL FROM posts WHERE id = ?"
	}
	err = a.reader.QueryRowContext(ctx, query, id).Scan(&position, &claimed, &source, &learnt)
	o.HasFeedDate = claimed.Valid && claimed.Int64 == position>>sequenceBits
	if learnt.Valid {
		o.Source, o.FirstSeen = Source(source.Int64), time.Unix(learnt.Int64, 0).UTC()
	}
	return o, err == nil, a.wrapError(ctx, ignoreNoRows(err))
}

// recordOrigin notes where a new post comes from.
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
