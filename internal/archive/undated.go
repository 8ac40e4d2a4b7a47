package archive

import (
	"database/sql"
	"errors"
	"slices"

	"lastpost/internal/archive/snapshot"
	"lastpost/internal/feed"
)

// firstDatedPosition returns the first position of a post with a date. The positions before it order the posts whose date
// is unknown, so they come after all dated posts, and a search for a date does not meet them.
func firstDatedPosition() int64 { return feed.FirstDate().Unix() << snapshot.SequenceBits }

// document is the entries of one response, in their order.
type document struct {
	entries   []feed.Entry
	undated   []bool  // for each entry, whether its place depends on its neighbours
	positions []int64 // for each entry, the position of its post; 0, which is the Unix epoch: not stored yet, or forgotten
	hasDates  bool    // at least one entry states a date

	oldest int64 // position of the oldest post before the document was stored; 0: none
}

// findUndated finds the entries without a usable date. Stored posts keep their dates.
func (m *merge) findUndated(d *document) error {
	d.undated, d.positions = make([]bool, len(d.entries)), make([]int64, len(d.entries))
	d.hasDates = slices.ContainsFunc(d.entries, func(e feed.Entry) bool { return !e.Published.Before(feed.FirstDate()) })
	for i, e := range d.entries {
		if m.isUsable(e.Published) {
			continue
		}
		old, err := m.findStored(e)
		if err != nil {
			return err
		}
		isFuture := e.Published.After(m.now)
		d.undated[i] = old.ID == "" && (m.isOlder || !isFuture) ||
			old.ID != "" && old.DateKind == feed.DateUnknown && d.hasDates && !m.isOlder
		if d.undated[i] {
			m.gap = undatedGap
		}
	}
	if m.gap == 0 || m.backfill == 0 {
		return nil
	}
	var oldest sql.NullInt64
	err := m.queryRow("SELECT min(position) FROM posts", nil, []any{&oldest})
	d.oldest = oldest.Int64
	return err
}

// undatedGap is the distance between posts of the same second in a document with undated entries.
const undatedGap = 1 << 6

// placeUndated stores the undated entries of a document whose other entries are stored. It begins with the last ones, so
// that the entries at the top, which go below the newest post, are above the entries below that post.
func (m *merge) placeUndated(d *document) error {
	for end := len(d.entries); end > 0; end-- {
		if !d.undated[end-1] {
			continue
		}
		first := end - 1
		for first > 0 && d.positions[first-1] == 0 {
			first--
		}
		if err := m.placeRun(d, first, end); err != nil {
			return err
		}
		end = first + 1
	}
	return nil
}

// placeRun stores the undated entries from first to end. The other entries there are forgotten.
func (m *merge) placeRun(d *document, first, end int) error {
	above, below := d.neighbours(first, end)
	isNew, err := m.isNew(d, above, below)
	switch {
	case err != nil:
		return err
	case isNew:
		return m.storeFirstSeen(d, first, end)
	case d.entries[end-1].DateKind == feed.DateUnknown: // in an export
		above, err = m.lowestUndated()
		below = 0
	case above == 0:
		above, below, err = m.placeOfFirst(d, below)
	}
	if err != nil {
		return err
	}
	upper, step, err := m.spread(above, below, int64(end-first))
	for i := first; i < end && err == nil; i++ {
		if !d.undated[i] {
			continue
		}
		var at int64
		if at, err = m.freeBelow(upper - step); err == nil {
			err = m.upsertEntry(d, i, at)
		}
		if upper -= step; step > 0 {
			upper = min(upper, at)
		}
	}
	return err
}

// neighbours returns the positions of the nearest stored posts around a run of entries, or 0 if there are none.
func (d *document) neighbours(first, end int) (above, below int64) {
	if first > 0 {
		above = d.positions[first-1] // a run extends to the stored post above it
	}
	for _, position := range d.positions[end:] {
		if below = position; below != 0 {
			break
		}
	}
	return above, below
}

// isNew reports whether undated entries appeared after the last poll: they are at the top of a document without dates,
// and a poll was stored before. above and below are the positions of the posts around the entries, or 0.
func (m *merge) isNew(d *document, above, below int64) (isNew bool, err error) {
	if m.isOlder || d.hasDates || above != 0 || below != 0 {
		return !m.isOlder && !d.hasDates && above == 0, nil
	}
	const wasPolled = "SELECT EXISTS (SELECT 1 FROM posts LEFT JOIN origins USING (position) WHERE source IS NULL OR source < ?)"
	err = m.queryRow(wasPolled, []any{int(FromBackfill)}, []any{&isNew})
	return isNew, err
}

// storeFirstSeen stores new entries with the time of the poll.
func (m *merge) storeFirstSeen(d *document, first, end int) error {
	for i := end - 1; i >= first; i-- { // the first is stored last and gets the highest position
		if !d.undated[i] {
			continue
		}
		if err := m.upsertEntry(d, i, 0); err != nil {
			return err
		}
	}
	return nil
}

// placeOfFirst returns the positions around the undated entries at the top of a document. below is the position of the
// first known post.
func (m *merge) placeOfFirst(d *document, below int64) (int64, int64, error) {
	switch {
	case d.oldest != 0 && (below == 0 || d.oldest > below):
		return d.oldest, below, nil // a page of a backfill continues the archive
	case below == 0:
		lowest, err := m.lowestUndated()
		return lowest, 0, err
	}
	newest := below
	for _, position := range d.positions {
		if position != 0 {
			newest = max(newest, position)
		}
	}
	return newest, 0, nil
}

// lowestUndated returns the position of the last post without a date. If there is none, it returns the position above the
// first place for such a post.
func (m *merge) lowestUndated() (lowest int64, err error) {
	const query = "SELECT coalesce(min(position), ?) FROM posts WHERE position < ?"
	first := firstDatedPosition()
	err = m.queryRow(query, []any{first - 1<<(snapshot.SequenceBits-1), first}, []any{&lowest})
	return lowest, err
}

// spread returns how n posts fit between two positions: each is a step below the post before it, the first below upper.
// Without a position below, they are directly below the position above: dated posts within its second if possible.
func (m *merge) spread(above, below, n int64) (upper, step int64, err error) {
	if below != 0 && (below < firstDatedPosition()) == (above < firstDatedPosition()) {
		if step = (above - below) / (n + 1); step != 0 {
			return above, step, nil
		}
		return min(above, below), 1, nil // no room
	}
	lower := above>>snapshot.SequenceBits<<snapshot.SequenceBits - 1
	switch {
	case above < firstDatedPosition():
		lower = above - (n+1)<<snapshot.SequenceBits // a second each, so that At finds a post among few
	case above-lower <= n:
		lower -= 1 << snapshot.SequenceBits
	}
	var next sql.NullInt64
	err = m.queryRow("SELECT max(position) FROM posts WHERE position < ?", []any{above}, []any{&next})
	if next.Valid {
		lower = max(lower, next.Int64)
	}
	return above, max(1, (above-lower)/(n+1)), err
}

// freeBelow returns the position, or the next free position below it.
func (m *merge) freeBelow(position int64) (int64, error) {
	var last int64 // of the block of occupied positions that begins at position
	err := m.queryRow("SELECT position FROM posts WHERE position = ?", []any{position}, []any{&last})
	if errors.Is(err, sql.ErrNoRows) {
		return position, nil
	}
	const lastOfBlock = `SELECT position FROM posts AS p WHERE position <= ?
		AND NOT EXISTS (SELECT 1 FROM posts WHERE position = p.position - 1) ORDER BY position DESC LIMIT 1`
	if err == nil {
		err = m.queryRow(lastOfBlock, []any{position}, []any{&last})
	}
	return last - 1, err
}
