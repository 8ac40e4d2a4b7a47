package archive

import (
	"context"
	"database/sql"
	"errors"
)

// Origin is what the archive knows of how it came by a post.
type Origin struct {
	Dated bool // the post bears the date that its feed states; else that at which it was first seen, or its neighbour's
	Older bool // a page of older posts showed it; else the feed itself, or an operator brought it
}

// Origin tells how the archive came by a post; false where there is none of this id.
func (a *Archive) Origin(ctx context.Context, id string) (o Origin, ok bool, err error) {
	var position, walk int64
	var claimed sql.NullInt64
	const query = "SELECT position, claimed, walk FROM posts WHERE id = ?"
	err = a.reader.QueryRowContext(ctx, query, id).Scan(&position, &claimed, &walk)
	if errors.Is(err, sql.ErrNoRows) {
		return o, false, nil
	}
	return Origin{claimed.Valid && claimed.Int64 == position>>placeBits, walk > 0}, err == nil, a.explain(ctx, err)
}
