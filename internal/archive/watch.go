package archive

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// watchInterval is how often Watch looks whether another process has changed the file, and writes what listeners left.
const watchInterval = time.Second

// Watch takes over what other processes do to the file (skill archive import, forget), and writes the visits of listeners
// to it. It begins with LogCopy. Meanwhile, once, it goes through all of the file to find what is damaged: that takes
// seconds in a large archive, and nothing waits for it. It returns when ctx ends.
func (a *Archive) Watch(ctx context.Context, log *slog.Logger) {
	a.LogBackup(log)
	var check sync.WaitGroup
	defer check.Wait()
	check.Go(func() {
		if err := a.CheckIntegrity(ctx); err != nil && ctx.Err() == nil {
			log.Error("the archive is damaged; what can be read of it is answered with", "error", err)
		}
	})
	ticker := time.NewTicker(watchInterval)
	defer ticker.Stop()
	visits := repeatedError{"the visits of listeners cannot be kept; it is tried again", false}
	posts := repeatedError{"the archive cannot be read; what was read before is answered with", false}
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		visits.logOnce(ctx, log, a.flushVisits(ctx))
		posts.logOnce(ctx, log, a.Refresh(ctx))
	}
}

// repeatedError is what is said of a fault once, however long it lasts.
type repeatedError struct {
	message string
	logged  bool
}

func (c *repeatedError) logOnce(ctx context.Context, log *slog.Logger, err error) {
	if err != nil && !c.logged && ctx.Err() == nil {
		log.Error(c.message, "error", err)
	}
	c.logged = err != nil
}

// Refresh reads the snapshot anew if another process has changed the file.
func (a *Archive) Refresh(ctx context.Context) error {
	a.writeMu.Lock()
	version, err := readChangeCount(ctx, a.writer)
	unchanged := version == a.snapshotChanges
	a.writeMu.Unlock()
	if err != nil || unchanged {
		return a.wrapError(ctx, err)
	}
	return a.wrapError(ctx, a.reloadSnapshot(ctx))
}

// CheckIntegrity goes through the whole file. Its error is ErrDamaged where anything in it contradicts the rest.
func (a *Archive) CheckIntegrity(ctx context.Context) error {
	var found sql.NullString
	err := a.reader.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&found)
	if err == nil && found.String != "ok" {
		err = fmt.Errorf("%w: %s", ErrDamaged, found.String)
	}
	return a.wrapError(ctx, err)
}
