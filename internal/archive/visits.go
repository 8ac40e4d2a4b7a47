package archive

import (
	"context"
	"time"

	"lastpost/internal/archive/visits"
	"lastpost/internal/feed"
)

// listenerKeyMemo is the memo that holds the key for the hashes of listeners.
const listenerKeyMemo = "listeners"

// Visit records a visit of a listener; see visits.Cache. Watch and Close write the visits to the file.
func (a *Archive) Visit(user string, newest feed.Post, now time.Time) (last feed.Post, known bool) {
	return a.visits.Visit(user, newest, now)
}

// ForgetListener removes a listener's visit from memory. Watch and Close also remove it from the file.
func (a *Archive) ForgetListener(user string) { a.visits.ForgetListener(user) }

// prepareVisits creates the key if the archive does not have one. Several processes together can store more than
// visits.MaxListeners visits. Then prepareVisits deletes the oldest.
func (a *Archive) prepareVisits(ctx context.Context) error {
	const insertKey = "INSERT INTO memos VALUES (?, ?) ON CONFLICT DO NOTHING"
	if _, err := a.writer.ExecContext(ctx, insertKey, listenerKeyMemo, visits.NewKey()); err != nil {
		return err
	}
	const deleteExcess = `DELETE FROM visits WHERE (SELECT count(*) FROM visits) > ?1 AND listener NOT IN
		(SELECT listener FROM visits ORDER BY day DESC, listener LIMIT ?1)`
	_, err := a.writer.ExecContext(ctx, deleteExcess, visits.MaxListeners)
	return err
}

// loadVisits reads the visits from the file. If persistent is set, later visits will be written to the file.
func (a *Archive) loadVisits(ctx context.Context, persistent bool) error {
	key := visits.NewKey() // used by a view if the archive does not have a key
	err := a.writer.QueryRowContext(ctx, "SELECT value FROM memos WHERE name = ?", listenerKeyMemo).Scan(&key)
	if ignoreNoRows(err) != nil {
		return err
	}
	const latest = "SELECT listener, post, published, day FROM visits ORDER BY day DESC, listener LIMIT ?"
	rows, err := a.writer.QueryContext(ctx, latest, visits.MaxListeners)
	var stored []visits.Visit
	var hash []byte
	var v visits.Visit
	err = forEachRow(rows, err, []any{&hash, &v.PostID, &v.Published, &v.Day}, func() error {
		copy(v.Listener[:], hash)
		stored = append(stored, v)
		return nil
	})
	a.visits.Initialize(key, persistent, stored...)
	return err
}

// flushVisits writes the pending visits to the file. If writing fails, they stay pending for the next call.
func (a *Archive) flushVisits(ctx context.Context) error {
	c := &a.visits
	a.flushMu.Lock()
	defer a.flushMu.Unlock()
	pending, ok := c.TakePending()
	if !ok {
		return nil
	}
	err := a.writeVisits(ctx, pending)
	if err != nil {
		c.RestorePending(pending)
	}
	return a.wrapError(ctx, err)
}

// writeVisits writes the changes in one transaction. It does not count as a change of posts, so other processes do not
// reload the snapshot.
func (a *Archive) writeVisits(ctx context.Context, p visits.Pending) error {
	m := &merge{}
	return runTransaction(ctx, a.writer, m, func() error {
		if p.ReplaceAll {
			if err := m.execPrepared("DELETE FROM visits"); err != nil {
				return err
			}
		}
		for _, id := range p.Removed {
			if err := m.execPrepared("DELETE FROM visits WHERE listener = ?", id[:]); err != nil {
				return err
			}
		}
		for _, v := range p.Changed {
			const put = "INSERT OR REPLACE INTO visits (listener, post, published, day) VALUES (?, ?, ?, ?)"
			if err := m.execPrepared(put, v.Listener[:], v.PostID, v.Published, v.Day); err != nil {
				return err
			}
		}
		return nil
	})
}
