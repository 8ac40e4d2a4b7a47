package archive

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// watchInterval is how often Watch checks the file for changes and writes visits.
const watchInterval = time.Second

// Watch applies the changes of other processes (skill archive import, forget) and writes visits to the file until ctx
// ends. It first calls LogBackup. In parallel it checks the whole file once for damage, which takes seconds for a large
// archive.
func (a *Archive) Watch(ctx context.Context, log *slog.Logger) {
	a.LogBackup(log)
	var check sync.WaitGroup
	defer check.Wait()
	check.Go(func() {
		if err := a.CheckIntegrity(ctx); err != nil && ctx.Err() == nil {
			log.Error("archive is damaged; serving the posts that can be read", "error", err)
		}
	})
	ticker := time.NewTicker(watchInterval)
	defer ticker.Stop()
	visits := repeatedError{"storing listener visits failed; retrying", false}
	posts := repeatedError{"reading the archive failed; serving the posts read before", false}
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

// repeatedError logs an error that occurs repeatedly only once. It logs again if the error occurs after a success.
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

// Refresh reads the snapshot again if another process has changed the file.
func (a *Archive) Refresh(ctx context.Context) error {
	a.writeMu.Lock()
	count, err := readChangeCount(ctx, a.writer)
	unchanged := count == a.snapshotChanges
	a.writeMu.Unlock()
	if err != nil || unchanged {
		return a.wrapError(ctx, err)
	}
	return a.wrapError(ctx, a.reloadSnapshot(ctx))
}

// CheckIntegrity checks the whole file. The error is ErrDamaged if the file is inconsistent.
func (a *Archive) CheckIntegrity(ctx context.Context) error {
	var found sql.NullString
	err := a.reader.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&found)
	if err == nil && found.String != "ok" {
		err = fmt.Errorf("%w: %s", ErrDamaged, found.String)
	}
	return a.wrapError(ctx, err)
}
