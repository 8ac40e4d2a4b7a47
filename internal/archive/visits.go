package archive

import (
	"context"

	"lastpost/internal/archive/visits"
)

// listeners makes the methods of a cache of visits methods of the archive. Watch and Close write the visits to the file.
type listeners = visits.Cache

// flushVisits writes the pending visits to the file. If writing fails, they stay pending for the next call.
func (a *Archive) flushVisits(ctx context.Context) error {
	return a.wrapError(ctx, visits.Flush(ctx, &a.listeners, a.writer))
}
