package archive

import (
	"database/sql"
	"errors"
	"slices"
	"time"

	"lastpost/internal/feed"
)

// skipForgotten tells what an operator wanted forgotten.
func (m *merge) skipForgotten(e feed.Entry) (skip bool, err error) {
	if m.inAnyPart != nil {
		return false, m.execPrepared("DELETE FROM forgotten WHERE id = ? OR link = ? AND link <> ''", e.ID, e.Link)
	}
	const query = "SELECT EXISTS (SELECT 1 FROM forgotten WHERE id = ? OR link = ? AND link <> '')"
	err = m.queryRow(query, []any{e.ID, e.Link}, []any{&skip})
	return skip, err
}

// storedEntry is an entry as it lies in the file.
type storedEntry struct {
	feed.Entry
	position     int64
	feedSeconds  sql.NullInt64
	lastBackfill int
}

// feedDate is the date that the feed stated; zero where it stated none.
func (s storedEntry) feedDate() time.Time {
	if !s.feedSeconds.Valid {
		return time.Time{}
	}
	return time.Unix(s.feedSeconds.Int64, 0).UTC()
}

// findStored finds the post that an entry is; its ID is empty where there is none.
func (m *merge) findStored(e feed.Entry) (storedEntry, error) {
	found, err := m.queryStored(selectStored+"WHERE id = ?", e.ID)
	if !errors.Is(err, sql.ErrNoRows) || e.Link == "" {
		return found, ignoreNoRows(err)
	}
	id, err := m.findByLink(e)
	if id == "" || err != nil {
		return storedEntry{}, err
	}
	return m.queryStored(selectStored+"WHERE id = ?", id)
}

// findByLink finds the id that a post has here which has another one in the batch; "" where it is a new post. A link names a
// post that is alone there. Where several are, here or in the batch, it is but the blog's, and who takes the third for the
// first loses one: then date and title have to be the same, too. A post that the batch shows as well is another one.
func (m *merge) findByLink(e feed.Entry) (id string, err error) {
	const samePage = "SELECT count(*), max(id), max(title), max(claimed) FROM " +
		"(SELECT id, title, claimed FROM posts WHERE link = ? AND link <> '' LIMIT 2)"
	var count int
	var candidate, title sql.NullString
	var claimed sql.NullInt64
	if err := m.queryRow(samePage, []any{e.Link}, []any{&count, &candidate, &title, &claimed}); err != nil || count == 0 {
		return "", err
	}
	if count > 1 || m.linkCounts[e.Link] > 1 {
		return m.findByLinkDateTitle(e)
	}
	matches := e.Title != "" && e.Title == title.String || claimed.Valid && claimed == nullSeconds(e.Published)
	if matches && !m.inBatch(candidate.String) {
		return candidate.String, nil
	}
	return "", nil
}

// maxLinkCandidates is how many posts of one link and one second are looked at: a feed may give them to all of its posts.
const maxLinkCandidates = 100

func (m *merge) findByLinkDateTitle(e feed.Entry) (id string, err error) {
	const byAll = `SELECT id FROM (SELECT id, title FROM posts WHERE link = ? AND link <> '' AND claimed = ? ORDER BY position DESC LIMIT ?)
		WHERE title = ?`
	s, err := m.prepareOnce(byAll)
	if err != nil {
		return "", err
	}
	rows, err := s.QueryContext(m.ctx, e.Link, nullSeconds(e.Published), maxLinkCandidates, e.Title)
	var candidate string
	err = forEachRow(rows, err, []any{&candidate}, func() error {
		if id == "" && !m.inBatch(candidate) {
			id = candidate
		}
		return nil
	})
	return id, err
}

// inBatch tells whether an id stands in the batch, or in another part of it.
func (m *merge) inBatch(id string) bool {
	return m.batchIDs[id] || m.inAnyPart != nil && m.inAnyPart(id)
}

func (m *merge) queryStored(query string, args ...any) (storedEntry, error) {
	s, err := m.prepareOnce(query)
	if err != nil {
		return storedEntry{}, err
	}
	return scanStoredEntry(s.QueryRowContext(m.ctx, args...))
}

func ignoreNoRows(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	return err
}

// chooseDate gives a post its instant. A claim is judged once, when the feed first makes it: a date that has passed is taken
// as it is, however old; one that is missing or lies ahead of now is the publisher's mistake, and the post bears the time
// at which it was first seen, or on a page of older posts that of the post before it. While the feed repeats its claim
// the instant stays, so that a post dated eight hours ahead does not jump forward eight hours later.
func (m *merge) chooseDate(feedDate time.Time, old storedEntry) time.Time {
	usable := !feedDate.IsZero() && feedDate.Year() > 0 && !feedDate.After(m.now)
	switch {
	case old.ID != "" && (!usable || old.feedSeconds == nullSeconds(feedDate)):
		return old.Published
	case usable:
		return feedDate
	case m.isOlder && !m.previousDate.IsZero():
		return m.previousDate
	case m.isOlder:
		return m.oldestDate()
	}
	return m.now
}

// oldestDate is when the oldest post was published; now where there is none.
func (m *merge) oldestDate() time.Time {
	var position sql.NullInt64
	err := m.queryRow("SELECT min(position) FROM posts", nil, []any{&position})
	if err != nil || !position.Valid {
		return m.now
	}
	return positionTime(position.Int64)
}

// nullSeconds is a claim as the file has it.
func nullSeconds(date time.Time) sql.NullInt64 {
	if date.IsZero() {
		return sql.NullInt64{} // as it is read, to compare with
	}
	return sql.NullInt64{Int64: date.Unix(), Valid: true}
}

// isUnchanged tells whether there is nothing to write.
func isUnchanged(e feed.Entry, feedDate time.Time, old storedEntry) bool {
	return e.Title == old.Title && e.Link == old.Link && e.Published.Equal(old.Published) && nullSeconds(feedDate) == old.feedSeconds &&
		e.Content == old.Content && slices.Equal(e.Categories, old.Categories) && e.Image == old.Image &&
		e.Audio == old.Audio && e.Language == old.Language
}
