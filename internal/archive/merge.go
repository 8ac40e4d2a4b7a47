package archive

import (
	"bufio"
	"context"
	"database/sql"
	"os"
	"slices"
	"time"

	"lastpost/internal/archive/snapshot"
	"lastpost/internal/feed"
)

// Keep implements crawl.Store. It replaces a post whose id is stored. Some publishers change ids, so it also recognizes
// a post by its link and its title or date, and keeps the stored id. Posts that the batch does not contain stay. A page
// of a backfill only adds posts.
func (a *Archive) Keep(ctx context.Context, b feed.Batch) (feed.StoreResult, error) {
	return a.storeBatch(ctx, b, nil)
}

// Import stores entries that the operator supplies, newest first. It restores forgotten posts among them. It sanitizes
// the entries like entries from a feed.
func (a *Archive) Import(ctx context.Context, entries []feed.Entry, now time.Time) (feed.StoreResult, error) {
	return a.ImportPart(ctx, entries, now, func(string) bool { return false })
}

// ImportPart is Import for one of several parts. Each part is older than the part before it. inAnyPart reports whether
// an id occurs in any part, so that two posts with the same link stay two posts even if they are in different parts.
func (a *Archive) ImportPart(
	ctx context.Context, entries []feed.Entry, now time.Time, inAnyPart func(id string) bool,
) (feed.StoreResult, error) {
	bounded := make([]feed.Entry, 0, len(entries))
	for _, e := range entries {
		bounded = append(bounded, e.Sanitize())
	}
	return a.storeBatch(ctx, feed.Batch{Entries: bounded, Now: now, Older: true}, inAnyPart)
}

// storeBatch stores the batch of a feed, or of an import if inAnyPart is set.
func (a *Archive) storeBatch(ctx context.Context, b feed.Batch, inAnyPart func(id string) bool) (result feed.StoreResult, err error) {
	a.writeMu.Lock()
	defer a.writeMu.Unlock()
	m := &merge{now: b.Now.UTC().Truncate(time.Second), isOlder: b.Older, backfill: b.BackfillID, inAnyPart: inAnyPart}
	err = runTransaction(ctx, a.writer, m, func() error {
		for _, step := range []func(feed.Batch) error{
			m.loadHosts, m.mergeEntries, m.mergeMoved, m.updateIndexes, m.markAllSeen, m.recordChange, m.writeMemos,
		} {
			if err := step(b); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return feed.StoreResult{}, a.wrapError(ctx, err)
	}
	a.updateSnapshot(m)
	return m.result, nil
}

// runTransaction runs do in one transaction, with m as its state.
func runTransaction(ctx context.Context, db *sql.DB, m *merge, do func() error) (err error) {
	m.ctx, m.statements, m.removed = ctx, map[string]*sql.Stmt{}, map[int64]bool{}
	m.added, m.toIndex = map[int64]snapshot.Row{}, map[int64]feed.Entry{}
	if m.tx, err = db.BeginTx(ctx, nil); err != nil {
		return err
	}
	defer func() { _ = m.tx.Rollback() }() // does nothing after a commit
	defer m.discardExport()
	if err := do(); err != nil {
		return err
	}
	return m.tx.Commit()
}

// updateSnapshot applies a committed merge to the snapshot. If another process has changed the file too, it reads the
// whole snapshot again. If reading fails, the next Refresh reads it.
func (a *Archive) updateSnapshot(m *merge) {
	switch {
	case m.changeNumber == 0:
		return
	case m.changeNumber == a.snapshotChanges+1 && !m.reload:
		a.snapshotChanges = m.changeNumber
	default:
		if s, err := a.readSnapshot(m.ctx); err == nil {
			snapshot.Publish(&a.posts, s)
			a.snapshotChanges = m.changeNumber
			return
		}
	}
	snapshot.Publish(&a.posts, snapshot.Current(&a.posts).WithChanges(m.removed, m.added))
}

// merge is the state of one write transaction.
type merge struct {
	ctx      context.Context
	tx       *sql.Tx
	now      time.Time
	isOlder  bool // the batch is a page of older posts or an import
	backfill int  // id of the backfill that the batch belongs to; 0 if none

	inAnyPart func(id string) bool // nil unless the batch is an import; see ImportPart

	statements map[string]*sql.Stmt

	hosts    []string // hosts of a blog that has moved; see Batch.Hosts
	hasMoved bool     // the batch names a host that the file did not have

	batchIDs   map[string]bool // ids in the batch, as feed.AddressKey returns them
	linkCounts map[string]int  // number of posts in the batch by link, as feed.AddressKey returns it
	gap        int64           // distance of new posts of the same second; see freePosition
	result     feed.StoreResult

	changeNumber int64 // change count of the file with this transaction; 0 if it changes no post

	removed map[int64]bool         // positions to remove from the snapshot
	added   map[int64]snapshot.Row // rows to add to the snapshot

	toIndex map[int64]feed.Entry // entries to add to the full-text indexes, by position

	reload   bool          // removed and added do not have all changes of the snapshot
	export   *os.File      // receives the removed doubles; nil before the first
	exportOf string        // the archive's file
	exportTo *bufio.Writer // writes to export
}

// mergeEntries stores the entries. The entries without a date follow last, because their dates depend on the others.
func (m *merge) mergeEntries(b feed.Batch) error {
	d := &document{entries: m.distinct(b.Entries)}
	if err := m.findUndated(d); err != nil {
		return err
	}
	order := make([]int, len(d.entries))
	for i := range order {
		order[i] = i
	}
	if !m.isOlder {
		// Among posts of the same second, the first in the feed is the newest. It is stored last and gets the highest position.
		slices.Reverse(order)
	}
	for _, i := range order {
		if d.undated[i] {
			continue
		}
		if err := m.upsertEntry(d, i, 0); err != nil {
			return err
		}
	}
	return m.placeUndated(d)
}

// distinct returns the first entry with each id.
func (m *merge) distinct(entries []feed.Entry) (distinct []feed.Entry) {
	m.batchIDs, m.linkCounts = make(map[string]bool, len(entries)), map[string]int{}
	for _, e := range entries {
		id := feed.AddressKey(e.ID)
		if !m.batchIDs[id] {
			distinct = append(distinct, e)
			m.linkCounts[feed.AddressKey(e.Link)]++
		}
		m.batchIDs[id] = true
	}
	return distinct
}

// upsertEntry adds entry i of a document or updates the stored post, and records its position in d. It stores an undated
// entry at the given position. For the other entries the position is 0.
func (m *merge) upsertEntry(d *document, i int, at int64) error {
	e := d.entries[i]
	if skip, err := m.skipForgotten(e); skip || err != nil {
		if m.backfill > 0 {
			m.result.NewlySeen++ // otherwise a page with only forgotten posts would end a backfill
		}
		return err
	}
	old, err := m.findStored(e)
	if err != nil {
		return err
	}
	if old.ID == "" {
		d.positions[i], err = m.insertPost(e, m.chooseDate(e, old, at))
		return err
	}
	m.batchIDs[feed.AddressKey(old.ID)] = true
	d.positions[i] = old.position
	if m.isOlder && m.backfill > 0 {
		// Keep the feed's version. It is more complete than a backfill page, because WordPress's API omits audio and
		// categories. But the page may have the date that the feed does not have.
		if old.DateKind.IsExact() || !m.isUsable(e.Published) {
			return m.markSeen(old)
		}
		date := e.Published
		e = old.Entry
		e.Published, e.DateKind = date, feed.DateStated
	}
	if m.inAnyPart != nil && len(e.Authors) == 0 {
		e.Authors = old.Authors // exports of older versions do not contain authors
	}
	e.ID = old.ID
	date := m.chooseDate(e, old, at)
	if isUnchanged(e, date, old) {
		return m.markSeen(old)
	}
	d.positions[i], err = m.replacePost(e, date, old)
	return err
}

// markSeen records that the current backfill has seen a post that it does not change.
func (m *merge) markSeen(old storedEntry) error {
	if m.backfill == 0 || old.lastBackfill == m.backfill {
		return nil
	}
	m.result.NewlySeen++
	return m.execPrepared("UPDATE posts SET walk = ? WHERE position = ?", m.backfill, old.position)
}
