package archive

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
)

// listenerKeyMemo is the memo that holds the key for the hashes of listeners.
const listenerKeyMemo = "listeners"

// newListenerKey returns a random key, so that every archive has a different one.
func newListenerKey() []byte {
	key := make([]byte, sha256.Size)
	_, _ = rand.Read(key) // never fails
	return key
}

// prepareVisits creates the key if the archive does not have one. Several processes together can store more than
// maxListeners visits. Then prepareVisits deletes the oldest.
func (a *Archive) prepareVisits(ctx context.Context) error {
	const insertKey = "INSERT INTO memos VALUES (?, ?) ON CONFLICT DO NOTHING"
	if _, err := a.writer.ExecContext(ctx, insertKey, listenerKeyMemo, newListenerKey()); err != nil {
		return err
	}
	const deleteExcess = `DELETE FROM visits WHERE (SELECT count(*) FROM visits) > ?1 AND listener NOT IN
		(SELECT listener FROM visits ORDER BY day DESC, listener LIMIT ?1)`
	_, err := a.writer.ExecContext(ctx, deleteExcess, maxListeners)
	return err
}

// loadVisits reads the visits from the file. If persistent is set, later visits will be written to the file.
func (a *Archive) loadVisits(ctx context.Context, persistent bool) error {
	key := newListenerKey() // used by a view if the archive does not have a key
	err := a.writer.QueryRowContext(ctx, "SELECT value FROM memos WHERE name = ?", listenerKeyMemo).Scan(&key)
	if ignoreNoRows(err) != nil {
		return err
	}
	const latest = "SELECT listener, post, published, day FROM visits ORDER BY day DESC, listener LIMIT ?"
	rows, err := a.writer.QueryContext(ctx, latest, maxListeners)
	var visits []visit
	var hash []byte
	var v visit
	err = forEachRow(rows, err, []any{&hash, &v.postID, &v.published, &v.day}, func() error {
		copy(v.listener[:], hash)
		visits = append(visits, v)
		return nil
	})
	a.visits.initialize(key, persistent, visits...)
	return err
}

// flushVisits writes the pending visits to the file. If writing fails, they stay pending for the next call.
func (a *Archive) flushVisits(ctx context.Context) error {
	c := &a.visits
	c.flushMu.Lock()
	defer c.flushMu.Unlock()
	pending, ok := c.takePending()
	if !ok {
		return nil
	}
	err := a.writeVisits(ctx, pending)
	if err != nil {
		c.restorePending(pending)
	}
	return a.wrapError(ctx, err)
}

// writeVisits writes the changes in one transaction. It does not count as a change of posts, so other processes do not
// reload the snapshot.
func (a *Archive) writeVisits(ctx context.Context, p pendingVisits) error {
	m := &merge{}
	return runTransaction(ctx, a.writer, m, func() error {
		if p.replaceAll {
			if err := m.execPrepared("DELETE FROM visits"); err != nil {
				return err
			}
		}
		for _, id := range p.removed {
			if err := m.execPrepared("DELETE FROM visits WHERE listener = ?", id[:]); err != nil {
				return err
			}
		}
		for _, v := range p.changed {
			const put = "INSERT OR REPLACE INTO visits (listener, post, published, day) VALUES (?, ?, ?, ?)"
			if err := m.execPrepared(put, v.listener[:], v.postID, v.published, v.day); err != nil {
				return err
			}
		}
		return nil
	})
}
