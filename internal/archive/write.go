package archive

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"lastpost/internal/feed"
)

func (m *merge) add(e feed.Entry, claim time.Time) error {
	m.kept.New++
	m.kept.Fresh++
	position, err := m.place(e.Published)
	if err != nil {
		return err
	}
	const insert = "INSERT INTO posts (position, id, title, link, claimed, walk, episode) VALUES (?, ?, ?, ?, ?, ?, ?)"
	return errors.Join(
		m.exec(insert, position, e.ID, e.Title, e.Link, seconds(claim), m.walk, e.Audio.URL != ""),
		m.learn(position),
		m.write(position, e),
		m.file(position, e.Categories))
}

func (m *merge) replace(e feed.Entry, claim time.Time, was stored) (err error) {
	m.kept.Changed++
	walk := was.walk
	if m.walk > 0 && walk != m.walk {
		m.kept.Fresh++
		walk = m.walk
	}
	position := was.position
	if !e.Published.Equal(was.Published) {
		if position, err = m.place(e.Published); err != nil {
			return err
		}
	}
	const update = "UPDATE posts SET position = ?, title = ?, link = ?, claimed = ?, walk = ?, episode = ? WHERE position = ?"
	m.drop(was.position)
	return errors.Join(
		m.exec("DELETE FROM bodies WHERE position = ?", was.position),
		m.exec(update, position, e.Title, e.Link, seconds(claim), walk, e.Audio.URL != "", was.position),
		m.write(position, e),
		m.refile(was, position, e.Categories))
}

// drop takes a position out of the snapshot that is to come.
func (m *merge) drop(position int64) {
	m.gone[position] = true
	delete(m.added, position)
	delete(m.indexing, position)
}

// index brings both indexes up to date with the posts. It goes from the oldest to the newest, as FTS5 writes a segment
// of its own wherever the order is broken, which takes twice as long in all.
func (m *merge) index(feed.Batch) error {
	for _, position := range slices.Sorted(maps.Keys(m.gone)) {
		if err := m.unindex(position); err != nil {
			return err
		}
	}
	for _, position := range slices.Sorted(maps.Keys(m.indexing)) {
		e := m.indexing[position]
		err := errors.Join(
			m.exec("INSERT INTO titles (rowid, title) VALUES (?, ?)", position, e.Title),
			m.exec("INSERT INTO texts (rowid, text) VALUES (?, ?)", position, indexed(e)))
		if err != nil {
			return err
		}
	}
	return nil
}

func (m *merge) unindex(position int64) error {
	return errors.Join(
		m.exec("DELETE FROM titles WHERE rowid = ?", position), m.exec("DELETE FROM texts WHERE rowid = ?", position))
}

// write keeps what belongs to a post beside its row.
func (m *merge) write(position int64, e feed.Entry) error {
	categories, err := json.Marshal(append([]string{}, e.Categories...))
	if err != nil {
		return err
	}
	m.added[position], m.indexing[position] = newRow(position, e), e
	const body = "INSERT INTO bodies (position, content, categories, image, audio, audio_type, language) VALUES (?, ?, ?, ?, ?, ?, ?)"
	return m.exec(body, position, e.Content, string(categories), e.Image, e.Audio.URL, e.Audio.Type, e.Language)
}

// place finds a free position in a second: above the others for what is newer, below them for what is older. A second
// that is full, of which there are only those of a lie, makes way for the one beside it.
func (m *merge) place(published time.Time) (int64, error) {
	query, beside := "SELECT max(position) + 1", int64(1)
	if m.older {
		query, beside = "SELECT min(position) - 1", -1
	}
	for second := published.Unix(); ; second += beside {
		first := second << placeBits
		var free sql.NullInt64
		err := m.scan(query+" FROM posts WHERE position >= ? AND position < ?", []any{first, first + 1<<placeBits}, []any{&free})
		switch {
		case err != nil:
			return 0, err
		case !free.Valid:
			return first + 1<<(placeBits-1), nil
		case free.Int64>>placeBits == second:
			return free.Int64, nil
		}
	}
}

// meet makes the batch's walk one that has met every post.
func (m *merge) meet(b feed.Batch) error {
	if !b.All {
		return nil
	}
	return m.exec("UPDATE posts SET walk = ?", b.Walk)
}

// count numbers a change, for the others that have this file open.
func (m *merge) count(feed.Batch) error {
	if len(m.added)+len(m.gone) == 0 {
		return nil
	}
	was, err := changes(m.ctx, m.tx)
	m.changes = was + 1
	return errors.Join(err, m.exec(putMemo, changesMemo, strconv.AppendInt(nil, m.changes, 10)))
}

const putMemo = "INSERT INTO memos VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value"

func (m *merge) notes(b feed.Batch) error {
	if b.Notes == nil {
		return nil
	}
	notes, err := b.Notes(m.kept)
	if err != nil {
		return err
	}
	for name, value := range notes {
		if err := m.exec(putMemo, name, value); err != nil {
			return fmt.Errorf("memo %s: %w", name, err)
		}
	}
	return nil
}

// each scans each row of a query into the variables, and then calls do, until it fails.
func each(rows *sql.Rows, err error, into []any, do func() error) error {
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // Err tells
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

func (m *merge) exec(statement string, args ...any) error {
	s, err := m.prepared(statement)
	if err == nil {
		_, err = s.ExecContext(m.ctx, args...)
	}
	return err
}

func (m *merge) scan(query string, args, into []any) error {
	s, err := m.prepared(query)
	if err != nil {
		return err
	}
	return s.QueryRowContext(m.ctx, args...).Scan(into...)
}

// prepared gives a statement that the transaction closes at its end.
func (m *merge) prepared(statement string) (*sql.Stmt, error) {
	if s, ok := m.statements[statement]; ok {
		return s, nil
	}
	s, err := m.tx.PrepareContext(m.ctx, statement)
	m.statements[statement] = s
	return s, err
}

// Memo implements crawl.Keeper.
func (a *Archive) Memo(ctx context.Context, name string) (value []byte, err error) {
	err = a.writer.QueryRowContext(ctx, "SELECT value FROM memos WHERE name = ?", name).Scan(&value)
	return value, a.explain(ctx, ignore(err))
}
