package archive

import (
	"database/sql"
	"encoding/json"
	"errors"
	"slices"

	"lastpost/internal/feed"
)

// hostsMemo is the memo that holds all hosts of a blog that has moved, the current host last.
const hostsMemo = "hosts"

// loadHosts reads the blog's hosts from the file. If the batch names other hosts, it stores them.
func (m *merge) loadHosts(b feed.Batch) error {
	var stored []byte
	if err := ignoreNoRows(m.queryRow("SELECT value FROM memos WHERE name = ?", []any{hostsMemo}, []any{&stored})); err != nil {
		return err
	}
	if stored != nil && json.Unmarshal(stored, &m.hosts) != nil {
		m.hosts = nil // the next batch of a moved blog stores the hosts again
	}
	if len(b.Hosts) == 0 || slices.Equal(m.hosts, b.Hosts) {
		return nil
	}
	m.hosts, m.hasMoved = b.Hosts, true
	return m.execPrepared(upsertMemo, hostsMemo, []byte(formatNames(m.hosts)))
}

// sameAddresses returns all ids or links of one post, as a JSON array. They are the address itself, the address with the
// other scheme, and the address at the other hosts of a blog that has moved.
func (m *merge) sameAddresses(address string) string {
	return formatNames(append([]string{address, feed.OtherScheme(address)}, feed.MovedAddresses(address, m.hosts)...))
}

// queryByID returns the post with an id, or else with the id that differs only in the scheme.
func (m *merge) queryByID(id string) (storedEntry, error) {
	return m.queryStored(selectStored+"WHERE id IN (?1, ?2) ORDER BY id = ?1 DESC LIMIT 1", id, feed.OtherScheme(id))
}

// skipForgotten reports whether to skip an entry because the operator has removed its post with Forget. During an
// import it returns false and removes the post from the list of forgotten posts. The list has neither titles nor dates,
// so a post that has moved to another host is recognized by its path alone.
func (m *merge) skipForgotten(e feed.Entry) (skip bool, err error) {
	const isForgotten = " FROM forgotten WHERE id IN (SELECT value FROM json_each(?)) OR " +
		"link IN (SELECT value FROM json_each(?)) AND link <> ''"
	ids, links := m.sameAddresses(e.ID), m.sameAddresses(e.Link)
	if m.inAnyPart != nil {
		return false, m.execPrepared("DELETE"+isForgotten, ids, links)
	}
	err = m.queryRow("SELECT EXISTS (SELECT 1"+isForgotten+")", []any{ids, links}, []any{&skip})
	return skip, err
}

// findStored returns the stored post that an entry describes. Its ID is empty if there is none.
func (m *merge) findStored(e feed.Entry) (storedEntry, error) {
	found, err := m.queryByID(e.ID)
	if !errors.Is(err, sql.ErrNoRows) {
		return found, err
	}
	id, err := m.findByLink(e)
	if id == "" && err == nil {
		id, err = m.findAtOtherHost(e)
	}
	if id == "" || err != nil {
		return storedEntry{}, err
	}
	return m.queryByID(id)
}

// findAtOtherHost returns the id of the stored post that an entry describes after the blog has moved to another host, or
// "". Path, title and date must be equal, so that different posts stay different. Without a date, there must be a title.
func (m *merge) findAtOtherHost(e feed.Entry) (id string, err error) {
	ids, links := feed.MovedAddresses(e.ID, m.hosts), feed.MovedAddresses(e.Link, m.hosts)
	if len(ids)+len(links) == 0 || e.Published.IsZero() && e.Title == "" {
		return "", nil
	}
	const equal = `SELECT count(*), max(id) FROM (SELECT id FROM posts WHERE (id IN (SELECT value FROM json_each(?)) OR
		link IN (SELECT value FROM json_each(?)) AND link <> '') AND title = ? AND claimed IS ? LIMIT 2)`
	var count int
	var candidate sql.NullString
	err = m.queryRow(equal, []any{formatNames(ids), formatNames(links), e.Title, nullSeconds(e.Published)}, []any{&count, &candidate})
	if err != nil || count != 1 || m.inBatch(candidate.String) {
		return "", err
	}
	return candidate.String, nil
}
