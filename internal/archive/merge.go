package archive

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"lastpost/internal/feed"
)

// Keep implements crawl.Store. A post whose id is known is replaced; one whose id is not, but whose link and title or
// date are, is that post under the id that it has here, as some publishers make new ids at will. Posts that the batch
// does not show stay. A page of a walk through older posts only adds.
func (a *Archive) Keep(ctx context.Context, b feed.Batch) (feed.StoreResult, error) {
	return a.storeBatch(ctx, b, nil)
}

// Import takes in what an operator brings, newest first: it may hold posts that were forgotten, and anything that somebody
// wrote, which is brought within the bounds of what a feed may say.
func (a *Archive) Import(ctx context.Context, entries []feed.Entry, now time.Time) (feed.StoreResult, error) {
	return a.ImportPart(ctx, entries, now, func(string) bool { return false })
}

// ImportPart is Import for what comes in several parts, each older than the one before. Two of its posts stay two also
// where they are in different parts and at one link: elsewhere tells the ids that stand in any of them.
func (a *Archive) ImportPart(ctx context.Context, entries []feed.Entry, now time.Time, inAnyPart func(id string) bool) (feed.StoreResult, error) {
	bounded := make([]feed.Entry, 0, len(entries))
	for _, e := range entries {
		bounded = append(bounded, e.Sanitize())
	}
	return a.storeBatch(ctx, feed.Batch{Entries: bounded, Now: now, Older: true}, inAnyPart)
}

// storeBatch takes in a publisher's batch, or where elsewhere is set an operator's.
func (a *Archive) storeBatch(ctx context.Context, b feed.Batch, inAnyPart func(id string) bool) (kept feed.StoreResult, err error) {
	a.writeMu.Lock()
	defer a.writeMu.Unlock()
	m := &merge{now: b.Now.UTC().Truncate(time.Second), isOlder: b.Older, backfill: b.BackfillID, inAnyPart: inAnyPart}
	err = runTransaction(ctx, a.writer, m, func() error {
		for _, step := range []func(feed.Batch) error{m.mergeEntries, m.updateIndexes, m.markAllSeen, m.recordChange, m.writeMemos} {
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
	return m.kept, nil
}

// runTransaction has m do its work in one transaction.
func runTransaction(ctx context.Context, db *sql.DB, m *merge, do func() error) (err error) {
	m.ctx, m.statements, m.removed = ctx, map[string]*sql.Stmt{}, map[int64]bool{}
	m.added, m.toIndex = map[int64]row{}, map[int64]feed.Entry{}
	if m.tx, err = db.BeginTx(ctx, nil); err != nil {
		return err
	}
	defer func() { _ = m.tx.Rollback() }() // nothing is left to roll back after a commit
	if err := do(); err != nil {
		return err
	}
	return m.tx.Commit()
}

// updateSnapshot makes the snapshot of a merge that is in the file. Where another process has changed the file as well the snapshot
// is read anew, as what it lacks cannot be patched; if that fails Refresh tries again.
func (a *Archive) updateSnapshot(m *merge) {
	switch m.changeNumber {
	case 0:
		return
	case a.snapshotChanges + 1:
		a.snapshotChanges = m.changeNumber
	default:
		if s, err := a.readSnapshot(m.ctx); err == nil {
			a.publishSnapshot(s)
			a.snapshotChanges = m.changeNumber
			return
		}
	}
	a.publishSnapshot(a.currentSnapshot().withChanges(m.removed, m.added))
}

// merge is one batch on its way into the file.
type merge struct {
	ctx      context.Context
	tx       *sql.Tx
	now      time.Time
	isOlder  bool
	backfill int

	inAnyPart func(id string) bool // nil: this is no import

	statements map[string]*sql.Stmt

	batchIDs     map[string]bool // that the batch shows
	linkCounts   map[string]int  // how many posts it shows there
	previousDate time.Time       // when the entry before was published; zero: there was none
	kept         feed.StoreResult

	changeNumber int64 // of the file, with this one; 0: this changes no post

	removed map[int64]bool // what the snapshot has to lose, and to gain
	added   map[int64]row

	toIndex map[int64]feed.Entry // what the indexes have to gain, of the same positions
}

func (m *merge) mergeEntries(b feed.Batch) error {
	distinct := m.distinctEntries(b.Entries)
	if !m.isOlder {
		// Of posts of one second the one that stands earlier is the newer one: it comes last, and so behind the others.
		slices.Reverse(distinct)
	}
	for _, e := range distinct {
		if err := m.upsertEntry(e); err != nil {
			return err
		}
	}
	return nil
}

// distinctEntries gives the first entry of each id.
func (m *merge) distinctEntries(entries []feed.Entry) (distinctEntries []feed.Entry) {
	m.batchIDs, m.linkCounts = make(map[string]bool, len(entries)), map[string]int{}
	for _, e := range entries {
		if !m.batchIDs[e.ID] {
			distinctEntries = append(distinctEntries, e)
			m.linkCounts[e.Link]++
		}
		m.batchIDs[e.ID] = true
	}
	return distinctEntries
}

// upsertEntry keeps one entry.
func (m *merge) upsertEntry(e feed.Entry) error {
	if skip, err := m.skipForgotten(e); skip || err != nil {
		if m.backfill > 0 {
			m.kept.NewlySeen++ // a page of posts that are all forgotten is not the end of a walk
		}
		return err
	}
	old, err := m.findStored(e)
	if err != nil {
		return err
	}
	feedDate := e.Published.UTC().Truncate(time.Second)
	if old.ID == "" {
		e.Published = m.chooseDate(feedDate, old)
		m.previousDate = e.Published
		return m.insertPost(e, feedDate)
	}
	m.batchIDs[old.ID] = true
	if m.isOlder && m.backfill > 0 {
		// The feed has shown this post, and said more of it than a page of older ones does: WordPress's API tells of no
		// sound and of no categories.
		m.previousDate = old.Published
		return m.markSeen(old)
	}
	if m.inAnyPart != nil && feedDate.Equal(old.Published) {
		feedDate = old.feedDate() // an export has the date that the post got, whatever its feed claims
	}
	e.ID, e.Published = old.ID, m.chooseDate(feedDate, old)
	m.previousDate = e.Published
	if isUnchanged(e, feedDate, old) {
		return m.markSeen(old)
	}
	return m.replacePost(e, feedDate, old)
}

// markSeen notes that the walk has met a post that stays as it is.
func (m *merge) markSeen(old storedEntry) error {
	if m.backfill == 0 || old.lastBackfill == m.backfill {
		return nil
	}
	m.kept.NewlySeen++
	return m.execPrepared("UPDATE posts SET walk = ? WHERE position = ?", m.backfill, old.position)
}
