package archive

import (
	"database/sql"
	"errors"
	"slices"
	"time"

	"lastpost/internal/feed"
)

// storedEntry is an entry as the file stores it.
type storedEntry struct {
	feed.Entry
	position     int64
	feedSeconds  sql.NullInt64
	lastBackfill int
}

// findByLink returns the id of the stored post that an entry with a new id describes, or "" for a new post. Links that
// differ only in the scheme are one. If only one post has the link, the same title or the same date is enough. If
// several posts have the link, stored or in the batch, the link is probably the blog's address. Then link, date and
// title must all be the same, so that a post never replaces a different post. A stored post whose id is also in the
// batch never matches.
func (m *merge) findByLink(e feed.Entry) (id string, err error) {
	const samePage = "SELECT count(*), max(id), max(title), max(claimed) FROM " +
		"(SELECT id, title, claimed FROM posts WHERE link IN (?, ?) AND link <> '' LIMIT 2)"
	var count int
	var candidate, title sql.NullString
	var claimed sql.NullInt64
	links := []any{e.Link, feed.OtherScheme(e.Link)}
	if err := m.queryRow(samePage, links, []any{&count, &candidate, &title, &claimed}); err != nil || count == 0 {
		return "", err
	}
	if count > 1 || m.linkCounts[feed.AddressKey(e.Link)] > 1 {
		return m.findByLinkDateTitle(e)
	}
	matches := e.Title != "" && e.Title == title.String || claimed.Valid && claimed == nullSeconds(e.Published)
	if matches && !m.inBatch(candidate.String) {
		return candidate.String, nil
	}
	return "", nil
}

// maxLinkCandidates bounds how many posts with the same link and date are compared. In a broken feed, all posts may
// have the same link and date.
const maxLinkCandidates = 100

func (m *merge) findByLinkDateTitle(e feed.Entry) (id string, err error) {
	const byAll = `SELECT id FROM (SELECT id, title FROM posts WHERE link = ? AND link <> '' AND claimed = ? ORDER BY position DESC LIMIT ?)
		WHERE title = ?`
	s, err := m.prepareOnce(byAll)
	for _, link := range []string{e.Link, feed.OtherScheme(e.Link)} { // with IN, SQLite would sort all posts with the link
		if err != nil {
			return "", err
		}
		var rows *sql.Rows
		rows, err = s.QueryContext(m.ctx, link, nullSeconds(e.Published), maxLinkCandidates, e.Title)
		var candidate string
		err = forEachRow(rows, err, []any{&candidate}, func() error {
			if id == "" && !m.inBatch(candidate) {
				id = candidate
			}
			return nil
		})
	}
	return id, err
}

// inBatch reports whether an id is in the batch, or in any part of the import.
func (m *merge) inBatch(id string) bool {
	return m.batchIDs[feed.AddressKey(id)] || m.inAnyPart != nil && m.inAnyPart(id)
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

// nullSeconds returns a feed's date as the file stores it.
func nullSeconds(date time.Time) sql.NullInt64 {
	if date.IsZero() {
		return sql.NullInt64{} // isUnchanged compares it with a NULL that was read from the file
	}
	return sql.NullInt64{Int64: date.Unix(), Valid: true}
}

// isUnchanged reports whether an entry equals its stored post.
func isUnchanged(e feed.Entry, d postDate, old storedEntry) bool {
	return e.Title == old.Title && e.Link == old.Link && d == old.date() &&
		e.Content == old.Content && slices.Equal(e.Authors, old.Authors) && slices.Equal(e.Categories, old.Categories) &&
		e.Image == old.Image && e.Audio == old.Audio && e.Language == old.Language
}
