package archive

import (
	"context"
	"fmt"
	"time"

	"lastpost/internal/archive/visits"
)

// listeners makes the methods of a cache of visits methods of the archive. Watch and Close write the visits to the file.
type listeners = visits.Cache

// flushVisits writes the pending visits to the file. If writing fails, they stay pending for the next call.
func (a *Archive) flushVisits(ctx context.Context) error {
	return a.wrapError(ctx, visits.Flush(ctx, &a.listeners, a.writer))
}

// forgetTimeout is how long ForgetAccount waits for the disk. Reading and verification of a request take at most 6 s, and
// Alexa waits about 8 s.
const forgetTimeout = 2 * time.Second

var errSlowDisk = fmt.Errorf("the disk did not answer within %v. It is slow, or another process is writing to the archive. "+
	"The service tries the deletion again every second", forgetTimeout)

// ForgetAccount deletes the visits and bookmarks of an account and of all its persons. It returns nil when the deletion is
// on the disk. After an error they are gone from memory, and each following write of visits tries the deletion again. No
// other visit waits for it.
func (a *Archive) ForgetAccount(ctx context.Context, id string) error {
	visits.Forget(&a.listeners, id)
	ctx, cancel := context.WithTimeoutCause(ctx, forgetTimeout, errSlowDisk)
	defer cancel()
	if err := visits.Flush(ctx, &a.listeners, a.writer); err != nil {
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		return fmt.Errorf("delete a listener's visits: %w", wrapFileError(context.WithoutCancel(ctx), a.file, err))
	}
	return nil
}
