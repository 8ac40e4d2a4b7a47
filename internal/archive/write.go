package archive

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"lastpost/internal/archive/snapshot"
	"lastpost/internal/feed"
)

// insertPost adds a post and returns its position.
func (m *merge) insertPost(e feed.Entry, date postDate) (position int64, err error) {
	m.result.New++
	m.result.NewlySeen++
	if position, err = m.positionFor(date); err != nil {
		return 0, err
	}
	e.DateKind = date.kind
	const insert = "INSERT INTO posts (position, id, title, link, claimed, walk, episode, dating) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
	return position, errors.Join(
		m.execPrepared(insert, position, e.ID, e.Title, e.Link, date.feedSeconds, m.backfill, e.Audio.URL != "", e.DateKind),
		m.recordOrigin(position),
		m.insertBody(position, e),
		m.addToCategories(position, e.Categories))
}

// replacePost replaces a stored post and returns its position.
func (m *merge) replacePost(e feed.Entry, date postDate, old storedEntry) (position int64, err error) {
	m.result.Changed++
	backfill := old.lastBackfill
	if m.backfill > 0 && backfill != m.backfill {
		m.result.NewlySeen++
		backfill = m.backfill
	}
	if position = old.position; date.second != old.date().second || date.position != 0 {
		if position, err = m.positionFor(date); err != nil {
			return 0, err
		}
	}
	e.DateKind = date.kind
	const update = "UPDATE posts SET position = ?, title = ?, link = ?, claimed = ?, walk = ?, episode = ?, dating = ? WHERE position = ?"
	m.dropFromSnapshot(old.position)
	return position, errors.Join(
		m.execPrepared("DELETE FROM bodies WHERE position = ?", old.position),
		m.execPrepared(update, position, e.Title, e.Link, date.feedSeconds, backfill, e.Audio.URL != "", e.DateKind, old.position),
		m.insertBody(position, e),
		m.updateCategories(old, position, e.Categories))
}

// dropFromSnapshot removes a position from the next snapshot.
func (m *merge) dropFromSnapshot(position int64) {
	m.removed[position] = true
	delete(m.added, position)
	delete(m.toIndex, position)
}

// updateIndexes updates both full-text indexes. It adds posts from the oldest to the newest. In another order, FTS5
// would write many more segments and take twice as long.
func (m *merge) updateIndexes(feed.Batch) error {
	for _, position := range slices.Sorted(maps.Keys(m.removed)) {
		if err := m.removeFromIndexes(position); err != nil {
			return err
		}
	}
	for _, position := range slices.Sorted(maps.Keys(m.toIndex)) {
		if err := m.addToIndexes(position, m.toIndex[position]); err != nil {
			return err
		}
	}
	return nil
}

func (m *merge) addToIndexes(position int64, e feed.Entry) error {
	return errors.Join(
		m.execPrepared("INSERT INTO titles (rowid, title) VALUES (?, ?)", position, e.Title),
		m.execPrepared("INSERT INTO texts (rowid, text) VALUES (?, ?)", position, searchableText(e)))
}

func (m *merge) removeFromIndexes(position int64) error {
	return errors.Join(
		m.execPrepared("DELETE FROM titles WHERE rowid = ?", position), m.execPrepared("DELETE FROM texts WHERE rowid = ?", position))
}

// insertBody stores the content of a post, and adds the post to the next snapshot and to the indexes.
func (m *merge) insertBody(position int64, e feed.Entry) error {
	m.added[position], m.toIndex[position] = snapshot.NewRow(position, e), e
	const body = "INSERT INTO bodies (position, content, authors, categories, image, audio, audio_type, language) " +
		"VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
	return m.execPrepared(body, position, e.Content, formatNames(e.Authors), formatNames(e.Categories), e.Image,
		e.Audio.URL, e.Audio.Type, e.Language)
}

// freePosition returns a free position in a second. The position is above the second's posts, or below them for a page
// of older posts. If the second is full, which happens only with false dates, it uses the neighbouring second. If the
// batch has undated entries, it leaves a gap, in which an undated entry between two posts of the second has room.
func (m *merge) freePosition(second int64) (int64, error) {
	query, step := "SELECT max(position) + ?", int64(1)
	if m.isOlder {
		query, step = "SELECT min(position) - ?", -1
	}
	for ; ; second += step {
		first := second << snapshot.SequenceBits
		var free sql.NullInt64
		args := []any{max(1, m.gap), first, first + 1<<snapshot.SequenceBits}
		err := m.queryRow(query+" FROM posts WHERE position >= ? AND position < ?", args, []any{&free})
		switch {
		case err != nil:
			return 0, err
		case !free.Valid:
			return first + 1<<(snapshot.SequenceBits-1), nil
		case free.Int64>>snapshot.SequenceBits == second:
			return free.Int64, nil
		}
	}
}

// markAllSeen marks every post as seen by the batch's backfill, if b.MarkAllSeen is set.
func (m *merge) markAllSeen(b feed.Batch) error {
	if !b.MarkAllSeen {
		return nil
	}
	return m.execPrepared("UPDATE posts SET walk = ?", b.BackfillID)
}

// recordChange increments the change count, so that other processes reload the snapshot.
func (m *merge) recordChange(feed.Batch) error {
	if len(m.added)+len(m.removed) == 0 && !m.reload {
		return nil
	}
	previous, err := readChangeCount(m.ctx, m.tx)
	m.changeNumber = previous + 1
	return errors.Join(err, m.execPrepared(upsertMemo, changesMemo, strconv.AppendInt(nil, m.changeNumber, 10)))
}

const upsertMemo = "INSERT INTO memos VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value"

func (m *merge) writeMemos(b feed.Batch) error {
	if b.Notes == nil {
		return nil
	}
	notes, err := b.Notes(m.result)
	if err != nil {
		return err
	}
	for name, value := range notes {
		if err := m.execPrepared(upsertMemo, name, value); err != nil {
			return fmt.Errorf("memo %s: %w", name, err)
		}
	}
	return nil
}

// forEachRow scans each row of a query into the variables and then calls do. It stops if do returns an error.
func forEachRow(rows *sql.Rows, err error, into []any, do func() error) error {
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // rows.Err reports the error
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		if err := do(); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (m *merge) execPrepared(statement string, args ...any) error {
	s, err := m.prepareOnce(statement)
	if err == nil {
		_, err = s.ExecContext(m.ctx, args...)
	}
	return err
}

func (m *merge) queryRow(query string, args, into []any) error {
	s, err := m.prepareOnce(query)
	if err != nil {
		return err
	}
	return s.QueryRowContext(m.ctx, args...).Scan(into...)
}

// prepareOnce returns a prepared statement. The end of the transaction closes it.
func (m *merge) prepareOnce(statement string) (*sql.Stmt, error) {
	if s, ok := m.statements[statement]; ok {
		return s, nil
	}
	s, err := m.tx.PrepareContext(m.ctx, statement)
	m.statements[statement] = s
	return s, err
}

// Memo implements crawl.Store.
func (a *Archive) Memo(ctx context.Context, name string) (value []byte, err error) {
	err = a.writer.QueryRowContext(ctx, "SELECT value FROM memos WHERE name = ?", name).Scan(&value)
	return value, a.wrapError(ctx, ignoreNoRows(err))
}
