package archive

import (
	"errors"

	"lastpost/internal/archive/snapshot"
)

// schemaV4 adds the kind of a post's date. Older versions dated a post without a usable date to the poll that found it,
// or on a page of older posts to the previous post. The first poll finds old posts, so its time is not their date.
const schemaV4 = `
ALTER TABLE posts ADD COLUMN dating INTEGER NOT NULL DEFAULT 0; -- a feed.DateKind

UPDATE posts SET dating = 1 WHERE claimed IS NOT position >> 20;
UPDATE posts SET dating = 2 WHERE dating = 1 AND (position IN (SELECT position FROM origins WHERE source IN (2, 3))
	OR position NOT IN (SELECT position FROM origins) AND position >> 20 IN (SELECT claimed FROM posts WHERE dating = 0));
UPDATE posts SET dating = 3 WHERE dating <> 0 AND claimed IS NULL AND position >> 20 = CASE
	WHEN EXISTS (SELECT 1 FROM posts WHERE position NOT IN (SELECT position FROM origins))
	THEN (SELECT min(position >> 20) FROM posts WHERE dating = 1 AND claimed IS NULL AND position NOT IN (SELECT position FROM origins))
	ELSE (SELECT min(learnt) FROM origins WHERE source = 1) END;
INSERT INTO origins (position, source, learnt) SELECT position, 0, position >> 20 FROM posts WHERE dating = 3 ON CONFLICT DO NOTHING;
`

// moveUndated moves the posts of DateUnknown behind the dated posts.
func moveUndated(m *merge) error {
	var positions []int64
	rows, err := m.tx.QueryContext(m.ctx, "SELECT position FROM posts WHERE dating = 3 ORDER BY position")
	var position int64
	err = forEachRow(rows, err, []any{&position}, func() error {
		positions = append(positions, position)
		return nil
	})
	for i, old := range positions {
		if err != nil {
			return err
		}
		err = m.movePost(old, firstDatedPosition()-int64(len(positions)-i)<<snapshot.SequenceBits)
	}
	return err
}

// movePost changes the position of a post in a file that a migration changes.
func (m *merge) movePost(from, to int64) error {
	stored, err := m.queryStored(selectFromOutdated()+"WHERE position = ?", from)
	if err != nil {
		return err
	}
	return errors.Join(
		m.removeFromIndexes(from),
		m.execPrepared("UPDATE posts SET position = ? WHERE position = ?", to, from),
		m.updateCategories(stored, to, stored.Categories),
		m.addToIndexes(to, stored.Entry))
}
