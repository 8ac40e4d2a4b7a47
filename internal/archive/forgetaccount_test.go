package archive_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/feed"
)

// countVisits counts the visits that another process sees in the file.
func countVisits(t *testing.T, name string) (count int) {
	t.Helper()
	queryValue(t, name, "SELECT count(*) FROM visits", &count)
	return count
}

// TestDeletionIsOnDiskWhenItReturns reads the file over another connection directly after the deletion, also if another
// write has taken the deletion along.
func TestDeletionIsOnDiskWhenItReturns(t *testing.T) {
	name := tempFile(t)
	a := openArchive(t, name)
	for range 20 {
		visitMany(a, 0, 4, t0)
		flushVisitsOf(t, a)
		require.Equal(t, 4, countVisits(t, name))
		var writing sync.WaitGroup
		writing.Go(func() { _ = a.Flush(t.Context()) })
		for _, id := range []string{"listener 0", "listener 1", "listener 2", "listener 3"} {
			writing.Go(func() {
				if err := a.ForgetAccount(t.Context(), id); err != nil {
					t.Error(err)
				}
			})
		}
		writing.Wait()
		require.Zero(t, countVisits(t, name))
	}
}

// TestFailedDeletionIsReportedAndRepeated refuses the write. The deletion must report it, and the next write must delete.
func TestFailedDeletionIsReportedAndRepeated(t *testing.T) {
	name := tempFile(t)
	a := openArchive(t, name)
	visitMany(a, 0, 2, t0)
	flushVisitsOf(t, a)
	execSQL(t, name, "CREATE TRIGGER refuse BEFORE DELETE ON visits BEGIN SELECT raise(ABORT, 'no room'); END")
	for range 2 { // Amazon sends the event again
		err := a.ForgetAccount(t.Context(), "listener 0")
		require.ErrorContains(t, err, "delete a listener's visits: archive "+name)
		require.ErrorContains(t, err, "no room")
		require.Equal(t, 2, countVisits(t, name))
		require.Empty(t, lastVisitID(a, "listener 0"), "memory forgets at once")
	}
	execSQL(t, name, "DROP TRIGGER refuse")
	flushVisitsOf(t, a)
	require.Equal(t, 1, countVisits(t, name))
}

// TestDeletionWaitsOnlyBriefly holds the file's write lock like another process. The deletion must end with an error, and
// other visits must not wait for it.
func TestDeletionWaitsOnlyBriefly(t *testing.T) {
	t.Parallel()
	name := tempFile(t)
	a := openArchive(t, name)
	visitMany(a, 0, 2, t0)
	flushVisitsOf(t, a)
	end := holdWriteLock(t, name)
	deleted := make(chan error, 1)
	go func() { deleted <- a.ForgetAccount(context.Background(), "listener 0") }()
	visits := 0
	var err error
	for waiting := true; waiting; {
		select {
		case err = <-deleted:
			waiting = false
		case <-time.After(time.Millisecond):
			a.Visit(feed.Listener{Account: "listener 1"}, post("b", t0).Post, t0)
			visits++
		}
	}
	// SQLite gives up before the time limit, unless the machine is slow. Both errors name the cause.
	require.ErrorContains(t, err, "nother process is writing to")
	require.Greater(t, visits, 5, "other visits do not wait")
	end()
	flushVisitsOf(t, a)
	require.Equal(t, 1, countVisits(t, name))
}

// TestDeletionWithoutFile needs no disk.
func TestDeletionWithoutFile(t *testing.T) {
	forgetAccount(t, inMemory(t), user)
}
