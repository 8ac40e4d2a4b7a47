package archive

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"lastpost/internal/feed"
)

// Keep implements feed.Keeper. A post whose id is known is replaced; one whose id is not, but whose link and title or
// date are, is that post under the id that it has here, as some publishers make new ids at will. Posts that the batch
// does not show stay.
func (a *Archive) Keep(ctx context.Context, b feed.Batch) (feed.Kept, error) {
	return a.keep(ctx, b, nil)
}

// Import takes in what an operator brings, newest first: it may hold posts that were forgotten.
func (a *Archive) Import(ctx context.Context, entries []feed.Entry, now time.Time) (feed.Kept, error) {
	return a.ImportPart(ctx, entries, now, func(string) bool { return false })
}

// ImportPart is Import for what comes in several parts, each older than the one before. Two of its posts stay two also
// where they are in different parts and at one link: elsewhere tells the ids that stand in any of them.
func (a *Archive) ImportPart(ctx context.Context, entries []feed.Entry, now time.Time, elsewhere func(id string) bool) (feed.Kept, error) {
	return a.keep(ctx, feed.Batch{Entries: entries, Now: now, Older: true}, elsewhere)
}

// keep takes in a publisher's batch, or where elsewhere is set an operator's.
func (a *Archive) keep(ctx context.Context, b feed.Batch, elsewhere func(id string) bool) (kept feed.Kept, err error) {
	a.writing.Lock()
	defer a.writing.Unlock()
	tx, err := a.writer.BeginTx(ctx, nil)
	if err != nil {
		return feed.Kept{}, explain(a.file, err)
	}
	defer func() { _ = tx.Rollback() }() // nothing is left to roll back after a commit
	m := &merge{
		ctx: ctx, tx: tx, now: b.Now.UTC().Truncate(time.Second), older: b.Older, walk: b.Walk, elsewhere: elsewhere,
		statements: map[string]*sql.Stmt{}, gone: map[int64]bool{}, added: map[int64]row{}, texts: map[int64]string{},
	}
	for _, step := range []func(feed.Batch) error{m.entries, m.index, m.meet, m.notes, func(feed.Batch) error { return tx.Commit() }} {
		if err := step(b); err != nil {
			return feed.Kept{}, explain(a.file, err)
		}
	}
	if len(m.added) > 0 {
		next := a.posts().patched(m.gone, m.added)
		a.snapshot.Store(&next)
	}
	return m.kept, nil
}

// merge is one batch on its way into the file.
type merge struct {
	ctx   context.Context
	tx    *sql.Tx
	now   time.Time
	older bool
	walk  int

	elsewhere func(id string) bool // nil: this is no import

	statements map[string]*sql.Stmt

	ids  map[string]bool // that the batch shows
	last time.Time       // when the entry before was published; zero: there was none
	kept feed.Kept

	gone  map[int64]bool // what the snapshot has to lose, and to gain
	added map[int64]row
	texts map[int64]string // what the index has to gain, of the same positions
}

func (m *merge) entries(b feed.Batch) error {
	distinct := m.distinct(b.Entries)
	if !m.older {
		// Of posts of one second the one that stands earlier is the newer one: it comes last, and so behind the others.
		slices.Reverse(distinct)
	}
	for _, e := range distinct {
		if err := m.take(e); err != nil {
			return err
		}
	}
	return nil
}

// distinct gives the first entry of each id.
func (m *merge) distinct(entries []feed.Entry) (distinct []feed.Entry) {
	m.ids = make(map[string]bool, len(entries))
	for _, e := range entries {
		if !m.ids[e.ID] {
			distinct = append(distinct, e)
		}
		m.ids[e.ID] = true
	}
	return distinct
}

// take keeps one entry.
func (m *merge) take(e feed.Entry) error {
	if skip, err := m.skips(e); skip || err != nil {
		return err
	}
	was, err := m.known(e)
	if err != nil {
		return err
	}
	claim := e.Published
	if was.ID != "" {
		e.ID = was.ID
	}
	if m.elsewhere != nil && claim.Equal(was.Published) {
		claim = was.claim() // an export has the date that the post got, whatever its feed claims
	}
	e.Published = m.dated(claim, was)
	m.last = e.Published
	switch {
	case was.ID == "":
		err = m.add(e, claim)
	case !same(e, claim, was):
		err = m.replace(e, claim, was)
	case m.walk > 0 && was.walk != m.walk:
		m.kept.Fresh++
		err = m.exec("UPDATE posts SET walk = ? WHERE position = ?", m.walk, was.position)
	}
	return err
}

// skips tells what an operator wanted forgotten.
func (m *merge) skips(e feed.Entry) (skip bool, err error) {
	if m.elsewhere != nil {
		return false, m.exec("DELETE FROM forgotten WHERE id = ? OR link = ? AND link <> ''", e.ID, e.Link)
	}
	const query = "SELECT EXISTS (SELECT 1 FROM forgotten WHERE id = ? OR link = ? AND link <> '')"
	err = m.scan(query, []any{e.ID, e.Link}, []any{&skip})
	return skip, err
}

// stored is an entry as it lies in the file.
type stored struct {
	feed.Entry
	position int64
	claimed  sql.NullInt64
	walk     int
}

// claim is the date that the feed stated; zero where it stated none.
func (s stored) claim() time.Time {
	if !s.claimed.Valid {
		return time.Time{}
	}
	return time.Unix(s.claimed.Int64, 0).UTC()
}

// known finds the post that an entry is; its ID is empty where there is none.
func (m *merge) known(e feed.Entry) (stored, error) {
	was, err := m.stored(selectStored+"WHERE id = ?", e.ID)
	if !errors.Is(err, sql.ErrNoRows) || e.Link == "" {
		return was, ignore(err)
	}
	const byLink = selectStored + "WHERE link = ? AND link <> '' AND (title = ? OR claimed = ?) LIMIT 1"
	was, err = m.stored(byLink, e.Link, e.Title, seconds(e.Published))
	if m.ids[was.ID] || m.elsewhere != nil && m.elsewhere(was.ID) { // the batch shows that one, too: two posts at one link
		return stored{}, ignore(err)
	}
	return was, ignore(err)
}

func (m *merge) stored(query string, args ...any) (stored, error) {
	s, err := m.prepared(query)
	if err != nil {
		return stored{}, err
	}
	return scanStored(s.QueryRowContext(m.ctx, args...))
}

func ignore(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	return err
}

// dated gives a post its instant. A claim is judged once, when the feed first makes it: a date that has passed is taken
// as it is, however old; one that is missing or lies ahead of now is the publisher's mistake, and the post bears the time
// at which it was first seen, or on a page of older posts that of the post before it. While the feed repeats its claim
// the instant stays, so that a post dated eight hours ahead does not jump forward eight hours later.
func (m *merge) dated(claim time.Time, was stored) time.Time {
	usable := !claim.IsZero() && !claim.After(m.now)
	switch {
	case was.ID != "" && (!usable || was.claimed == seconds(claim)):
		return was.Published
	case usable:
		return claim
	case m.older && !m.last.IsZero():
		return m.last
	case m.older:
		return m.oldest()
	}
	return m.now
}

// oldest is when the oldest post was published; now where there is none.
func (m *merge) oldest() time.Time {
	var position sql.NullInt64
	err := m.scan("SELECT min(position) FROM posts", nil, []any{&position})
	if err != nil || !position.Valid {
		return m.now
	}
	return instant(position.Int64)
}

// seconds is a claim as the file has it.
func seconds(claim time.Time) sql.NullInt64 {
	if claim.IsZero() {
		return sql.NullInt64{} // as it is read, to compare with
	}
	return sql.NullInt64{Int64: claim.Unix(), Valid: true}
}

// same tells whether there is nothing to write.
func same(e feed.Entry, claim time.Time, was stored) bool {
	return e.Title == was.Title && e.Link == was.Link && e.Published.Equal(was.Published) && seconds(claim) == was.claimed &&
		e.Content == was.Content && slices.Equal(e.Categories, was.Categories) && e.Image == was.Image &&
		e.Audio == was.Audio && e.Language == was.Language
}

func (m *merge) add(e feed.Entry, claim time.Time) error {
	m.kept.New++
	m.kept.Fresh++
	position, err := m.place(e.Published)
	if err != nil {
		return err
	}
	const insert = "INSERT INTO posts (position, id, title, link, claimed, walk) VALUES (?, ?, ?, ?, ?, ?)"
	if err := m.exec(insert, position, e.ID, e.Title, e.Link, seconds(claim), m.walk); err != nil {
		return err
	}
	return m.write(position, e)
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
	const update = "UPDATE posts SET position = ?, title = ?, link = ?, claimed = ?, walk = ? WHERE position = ?"
	m.drop(was.position)
	return errors.Join(
		m.exec("DELETE FROM bodies WHERE position = ?", was.position),
		m.exec(update, position, e.Title, e.Link, seconds(claim), walk, was.position),
		m.write(position, e))
}

// drop takes a position out of the snapshot that is to come.
func (m *merge) drop(position int64) {
	m.gone[position] = true
	delete(m.added, position)
	delete(m.texts, position)
}

// index brings both indexes up to date with the posts. It goes from the oldest to the newest, as FTS5 writes a segment
// of its own wherever the order is broken, which takes twice as long in all.
func (m *merge) index(feed.Batch) error {
	for _, position := range slices.Sorted(maps.Keys(m.gone)) {
		if err := m.unindex(position); err != nil {
			return err
		}
	}
	for _, position := range slices.Sorted(maps.Keys(m.texts)) {
		r := m.added[position].post()
		err := errors.Join(
			m.exec("INSERT INTO titles (rowid, title) VALUES (?, ?)", position, r.Title),
			m.exec("INSERT INTO texts (rowid, text) VALUES (?, ?)", position, m.texts[position]))
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
	m.added[position], m.texts[position] = newRow(position, e.Post), indexed(e)
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

func (m *merge) notes(b feed.Batch) error {
	if b.Notes == nil {
		return nil
	}
	notes, err := b.Notes(m.kept)
	if err != nil {
		return err
	}
	for name, value := range notes {
		const put = "INSERT INTO memos VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value"
		if err := m.exec(put, name, value); err != nil {
			return fmt.Errorf("memo %s: %w", name, err)
		}
	}
	return nil
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

// Memo implements feed.Keeper.
func (a *Archive) Memo(ctx context.Context, name string) (value []byte, err error) {
	err = a.writer.QueryRowContext(ctx, "SELECT value FROM memos WHERE name = ?", name).Scan(&value)
	return value, explain(a.file, ignore(err))
}
