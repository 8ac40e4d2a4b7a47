package archive

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
)

// keyMemo is the name of the note with the key that listeners are kept under.
const keyMemo = "listeners"

// newListenerKey is what no two archives share.
func newListenerKey() []byte {
	key := make([]byte, sha256.Size)
	_, _ = rand.Read(key) // it never fails
	return key
}

// admit prepares the file for listeners: it makes the key where there is none yet, and of more visits than are remembered,
// as two processes may have noted them, it leaves the latest.
func (a *Archive) admit(ctx context.Context) error {
	const key = "INSERT INTO memos VALUES (?, ?) ON CONFLICT DO NOTHING"
	if _, err := a.writer.ExecContext(ctx, key, keyMemo, newListenerKey()); err != nil {
		return err
	}
	const bound = `DELETE FROM visits WHERE (SELECT count(*) FROM visits) > ?1 AND listener NOT IN
		(SELECT listener FROM visits ORDER BY day DESC, listener LIMIT ?1)`
	_, err := a.writer.ExecContext(ctx, bound, mostListeners)
	return err
}

// remember reads who was here. What comes later lasts where it is to be written to the file.
func (a *Archive) remember(ctx context.Context, lasting bool) error {
	key := newListenerKey() // for a view of an archive that has none
	if err := a.writer.QueryRowContext(ctx, "SELECT value FROM memos WHERE name = ?", keyMemo).Scan(&key); ignore(err) != nil {
		return err
	}
	const latest = "SELECT listener, post, published, day FROM visits ORDER BY day DESC, listener LIMIT ?"
	rows, err := a.writer.QueryContext(ctx, latest, mostListeners)
	var visits []visit
	var who []byte
	var v visit
	err = each(rows, err, []any{&who, &v.post, &v.published, &v.day}, func() error {
		copy(v.listener[:], who)
		visits = append(visits, v)
		return nil
	})
	a.listeners.begin(key, lasting, visits...)
	return err
}

// flush writes the visits that the file does not know yet. What cannot be written now is written by the next one.
func (a *Archive) flush(ctx context.Context) error {
	l := &a.listeners
	l.writing.Lock()
	defer l.writing.Unlock()
	c, some := l.take()
	if !some {
		return nil
	}
	err := a.note(ctx, c)
	if err != nil {
		l.giveBack(c)
	}
	return a.explain(ctx, err)
}

// note writes in one transaction, which is no change of posts: nobody reads them anew for it.
func (a *Archive) note(ctx context.Context, c unwritten) error {
	m := &merge{}
	return transact(ctx, a.writer, m, func() error {
		if c.all {
			if err := m.exec("DELETE FROM visits"); err != nil {
				return err
			}
		}
		for _, who := range c.gone {
			if err := m.exec("DELETE FROM visits WHERE listener = ?", who[:]); err != nil {
				return err
			}
		}
		for _, v := range c.visits {
			const put = "INSERT OR REPLACE INTO visits (listener, post, published, day) VALUES (?, ?, ?, ?)"
			if err := m.exec(put, v.listener[:], v.post, v.published, v.day); err != nil {
				return err
			}
		}
		return nil
	})
}
