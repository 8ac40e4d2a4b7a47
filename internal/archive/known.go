package archive

import (
	"database/sql"
	"errors"
	"slices"
	"time"

	"lastpost/internal/feed"
)

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
	id, err := m.alias(e)
	if id == "" || err != nil {
		return stored{}, err
	}
	return m.stored(selectStored+"WHERE id = ?", id)
}

// alias finds the id that a post has here which has another one in the batch; "" where it is a new post. A link names a
// post that is alone there. Where several are, here or in the batch, it is but the blog's, and who takes the third for the
// first loses one: then date and title have to be the same, too. A post that the batch shows as well is another one.
func (m *merge) alias(e feed.Entry) (id string, err error) {
	const alone = "SELECT count(*), max(id), max(title), max(claimed) FROM " +
		"(SELECT id, title, claimed FROM posts WHERE link = ? AND link <> '' LIMIT 2)"
	var count int
	var only, title sql.NullString
	var claimed sql.NullInt64
	if err := m.scan(alone, []any{e.Link}, []any{&count, &only, &title, &claimed}); err != nil || count == 0 {
		return "", err
	}
	if count > 1 || m.links[e.Link] > 1 {
		return m.aliasAmong(e)
	}
	same := e.Title != "" && e.Title == title.String || claimed.Valid && claimed == seconds(e.Published)
	if same && !m.shows(only.String) {
		return only.String, nil
	}
	return "", nil
}

// mostAliases is how many posts of one link and one second are looked at: a feed may give them to all of its posts.
const mostAliases = 100

func (m *merge) aliasAmong(e feed.Entry) (id string, err error) {
	const byAll = `SELECT id FROM (SELECT id, title FROM posts WHERE link = ? AND link <> '' AND claimed = ? ORDER BY position DESC LIMIT ?)
		WHERE title = ?`
	s, err := m.prepared(byAll)
	if err != nil {
		return "", err
	}
	rows, err := s.QueryContext(m.ctx, e.Link, seconds(e.Published), mostAliases, e.Title)
	var other string
	err = each(rows, err, []any{&other}, func() error {
		if id == "" && !m.shows(other) {
			id = other
		}
		return nil
	})
	return id, err
}

// shows tells whether an id stands in the batch, or in another part of it.
func (m *merge) shows(id string) bool { return m.ids[id] || m.elsewhere != nil && m.elsewhere(id) }

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
	usable := !claim.IsZero() && claim.Year() > 0 && !claim.After(m.now)
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
