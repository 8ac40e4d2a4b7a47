package archive

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"lastpost/internal/feed"
)

// Keep implements crawl.Keeper. A post whose id is known is replaced; one whose id is not, but whose link and title or
// date are, is that post under the id that it has here, as some publishers make new ids at will. Posts that the batch
// does not show stay. A page of a walk through older posts only adds.
func (a *Archive) Keep(ctx context.Context, b feed.Batch) (feed.Kept, error) {
	return a.keep(ctx, b, nil)
}

// Import takes in what an operator brings, newest first: it may hold posts that were forgotten, and anything that somebody
// wrote, which is brought within the bounds of what a feed may say.
func (a *Archive) Import(ctx context.Context, entries []feed.Entry, now time.Time) (feed.Kept, error) {
	return a.ImportPart(ctx, entries, now, func(string) bool { return false })
}

// ImportPart is Import for what comes in several parts, each older than the one before. Two of its posts stay two also
// where they are in different parts and at one link: elsewhere tells the ids that stand in any of them.
func (a *Archive) ImportPart(ctx context.Context, entries []feed.Entry, now time.Time, elsewhere func(id string) bool) (feed.Kept, error) {
	bounded := make([]feed.Entry, 0, len(entries))
	for _, e := range entries {
		bounded = append(bounded, e.Bounded())
	}
	return a.keep(ctx, feed.Batch{Entries: bounded, Now: now, Older: true}, elsewhere)
}

// keep takes in a publisher's batch, or where elsewhere is set an operator's.
func (a *Archive) keep(ctx context.Context, b feed.Batch, elsewhere func(id string) bool) (kept feed.Kept, err error) {
	a.writing.Lock()
	defer a.writing.Unlock()
	m := &merge{now: b.Now.UTC().Truncate(time.Second), older: b.Older, walk: b.Walk, elsewhere: elsewhere}
	err = transact(ctx, a.writer, m, func() error {
		for _, step := range []func(feed.Batch) error{m.entries, m.index, m.meet, m.count, m.notes} {
			if err := step(b); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return feed.Kept{}, a.explain(ctx, err)
	}
	a.update(m)
	return m.kept, nil
}

// transact has m do its work in one transaction.
func transact(ctx context.Context, db *sql.DB, m *merge, do func() error) (err error) {
	m.ctx, m.statements, m.gone = ctx, map[string]*sql.Stmt{}, map[int64]bool{}
	m.added, m.indexing = map[int64]row{}, map[int64]feed.Entry{}
	if m.tx, err = db.BeginTx(ctx, nil); err != nil {
		return err
	}
	defer func() { _ = m.tx.Rollback() }() // nothing is left to roll back after a commit
	if err := do(); err != nil {
		return err
	}
	return m.tx.Commit()
}

// update makes the snapshot of a merge that is in the file. Where another process has changed the file as well the snapshot
// is read anew, as what it lacks cannot be patched; if that fails Refresh tries again.
func (a *Archive) update(m *merge) {
	switch m.changes {
	case 0:
		return
	case a.version + 1:
		a.version = m.changes
	default:
		if s, err := a.load(m.ctx); err == nil {
			a.show(s)
			a.version = m.changes
			return
		}
	}
	a.show(a.posts().patched(m.gone, m.added))
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

	ids   map[string]bool // that the batch shows
	links map[string]int  // how many posts it shows there
	last  time.Time       // when the entry before was published; zero: there was none
	kept  feed.Kept

	changes int64 // of the file, with this one; 0: this changes no post

	gone  map[int64]bool // what the snapshot has to lose, and to gain
	added map[int64]row

	indexing map[int64]feed.Entry // what the indexes have to gain, of the same positions
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
	m.ids, m.links = make(map[string]bool, len(entries)), map[string]int{}
	for _, e := range entries {
		if !m.ids[e.ID] {
			distinct = append(distinct, e)
			m.links[e.Link]++
		}
		m.ids[e.ID] = true
	}
	return distinct
}

// take keeps one entry.
func (m *merge) take(e feed.Entry) error {
	if skip, err := m.skips(e); skip || err != nil {
		if m.walk > 0 {
			m.kept.Fresh++ // a page of posts that are all forgotten is not the end of a walk
		}
		return err
	}
	was, err := m.known(e)
	if err != nil {
		return err
	}
	claim := e.Published.UTC().Truncate(time.Second)
	if was.ID == "" {
		e.Published = m.dated(claim, was)
		m.last = e.Published
		return m.add(e, claim)
	}
	m.ids[was.ID] = true
	if m.older && m.walk > 0 {
		// The feed has shown this post, and said more of it than a page of older ones does: WordPress's API tells of no
		// sound and of no categories.
		m.last = was.Published
		return m.mark(was)
	}
	if m.elsewhere != nil && claim.Equal(was.Published) {
		claim = was.claim() // an export has the date that the post got, whatever its feed claims
	}
	e.ID, e.Published = was.ID, m.dated(claim, was)
	m.last = e.Published
	if same(e, claim, was) {
		return m.mark(was)
	}
	return m.replace(e, claim, was)
}

// mark notes that the walk has met a post that stays as it is.
func (m *merge) mark(was stored) error {
	if m.walk == 0 || was.walk == m.walk {
		return nil
	}
	m.kept.Fresh++
	return m.exec("UPDATE posts SET walk = ? WHERE position = ?", m.walk, was.position)
}
