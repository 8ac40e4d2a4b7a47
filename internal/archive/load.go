package archive

import (
	"context"
	"database/sql"
	"slices"

	"lastpost/internal/archive/snapshot"
	"lastpost/internal/feed"
)

// readSnapshot reads the snapshot from the file.
func (a *Archive) readSnapshot(ctx context.Context) (s snapshot.Posts, err error) {
	episode := "episode"
	if a.outdated {
		episode = "0"
	}
	query := "SELECT position, id, title, link, " + episode + ", " + a.datingColumn() + " FROM posts ORDER BY position DESC LIMIT ?"
	rows, err := a.writer.QueryContext(ctx, query, snapshot.MaxPosts)
	var position, audio int64
	var kind feed.DateKind
	var id, title, link sql.RawBytes
	err = forEachRow(rows, err, []any{&position, &id, &title, &link, &audio, &kind}, func() error {
		s = append(s, snapshot.ReadRow(position, id, title, link, audio != 0, kind))
		return nil
	})
	return slices.Clip(s), err
}
