package archive_test

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/archive"
	"lastpost/internal/feed"
)

// TestDeletesOldestExcessVisits stores more visits than the maximum, from two processes. The next Open must delete the
// oldest visits.
func TestDeletesOldestExcessVisits(t *testing.T) {
	name := tempFile(t)
	a, b := openArchive(t, name), openArchive(t, name)
	visitMany(a, 0, archive.MaxListeners, t0)
	visitMany(b, archive.MaxListeners, 100, t0.Add(day))
	require.NoError(t, a.Close())
	require.NoError(t, b.Close())
	a = openArchive(t, name)
	var count int
	queryValue(t, name, "SELECT count(*) FROM visits", &count)
	require.Equal(t, archive.MaxListeners, count)
	require.Equal(t, "a", lastVisitID(a, fmt.Sprint("listener ", archive.MaxListeners)))
}

// TestVisitsDoNotWaitForWriters checks that visits do not wait while another process holds the write lock, and are
// written after it releases the lock.
func TestVisitsDoNotWaitForWriters(t *testing.T) {
	name := tempFile(t)
	a := openArchive(t, name)
	end := holdWriteLock(t, name)
	var writing sync.WaitGroup
	a.Visit(feed.Listener{Account: "first"}, post("a", t0).Post, t0)
	writing.Go(func() {
		if err := a.Flush(t.Context()); err != nil {
			t.Error(err)
		}
	})
	time.Sleep(20 * time.Millisecond)
	start := time.Now()
	for n := range 100 {
		a.Visit(feed.Listener{Account: fmt.Sprint(n)}, post("a", t0).Post, t0)
		require.Equal(t, "a", lastVisitID(a, fmt.Sprint(n)))
	}
	require.Less(t, time.Since(start), time.Second)
	end()
	writing.Wait()
	require.NoError(t, a.Close())
	a = openArchive(t, name)
	require.Equal(t, "a", lastVisitID(a, "99"), "changes during a write are written later")
}

// TestRetriesFailedVisits checks that visits stay pending while writes fail, that their number is bounded, and that
// they are written later.
func TestRetriesFailedVisits(t *testing.T) {
	requireE2E(t)
	t.Parallel()
	name := tempFile(t)
	a := openArchive(t, name)
	visitMany(a, 0, 10, t0)
	flushVisitsOf(t, a)
	execSQL(t, name, "CREATE TRIGGER refuse BEFORE INSERT ON visits BEGIN SELECT raise(ABORT, 'no room'); END")
	a.Visit(feed.Listener{Account: "listener 2"}, post("b", t0).Post, t0)
	require.ErrorContains(t, a.ForgetAccount(t.Context(), "listener 1"), "no room")
	require.Empty(t, lastVisitID(a, "listener 1"))
	require.Equal(t, 2, a.PendingVisits())
	var count int
	queryValue(t, name, "SELECT count(*) FROM visits", &count)
	require.Equal(t, 10, count, "all or nothing")

	for n := range 3 {
		visitMany(a, 1000+n*archive.MaxListeners, archive.MaxListeners, t0.Add(day))
		require.ErrorContains(t, a.Flush(t.Context()), "no room")
		require.LessOrEqual(t, a.PendingVisits(), 2*archive.MaxListeners)
	}
	require.Equal(t, -1, a.PendingVisits())
	execSQL(t, name, "DROP TRIGGER refuse")
	flushVisitsOf(t, a)
	require.Zero(t, a.PendingVisits())
	queryValue(t, name, "SELECT count(*) FROM visits", &count)
	require.Equal(t, archive.MaxListeners, count, "the file equals the memory")
	require.NoError(t, a.Close())
	require.Equal(t, "a", lastVisitID(openArchive(t, name), fmt.Sprint("listener ", 1000+2*archive.MaxListeners)))
}

// TestWatchWritesVisits checks that Watch writes visits, and logs a lasting write error only once.
func TestWatchWritesVisits(t *testing.T) {
	t.Parallel()
	name := tempFile(t)
	a := openArchive(t, name)
	ctx, cancel := context.WithCancel(t.Context())
	var log lockedLog
	var watching sync.WaitGroup
	watching.Go(func() { a.Watch(ctx, slog.New(slog.NewTextHandler(&log, nil))) })
	execSQL(t, name, "CREATE TRIGGER refuse BEFORE INSERT ON visits BEGIN SELECT raise(ABORT, 'no room'); END")
	a.Visit(feed.Listener{Account: user}, post("a", t0).Post, t0)
	require.Eventually(t, func() bool { return strings.Contains(log.String(), "no room") }, time.Minute, 10*time.Millisecond)
	time.Sleep(1500 * time.Millisecond) // long enough for another attempt, which must not log again
	execSQL(t, name, "DROP TRIGGER refuse")
	require.Eventually(t, func() bool {
		var count int
		queryValue(t, name, "SELECT count(*) FROM visits", &count)
		return count == 1
	}, time.Minute, 50*time.Millisecond)
	cancel()
	watching.Wait()
	require.Equal(t, 1, strings.Count(log.String(), "storing listener visits failed"), log.String())
}

// lockedLog collects log messages. The test reads it while Watch writes to it.
type lockedLog struct {
	mu   sync.Mutex
	text strings.Builder
}

func (d *lockedLog) Write(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.text.Write(p)
}

func (d *lockedLog) String() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.text.String()
}

// TestImportKeepsVisits checks that the visits of the service stay the same while other
// processes import posts or read the archive.
func TestImportKeepsVisits(t *testing.T) {
	name := tempFile(t)
	a := openArchive(t, name)
	a.Visit(feed.Listener{Account: user}, post("a", t0).Post, t0)
	flushVisitsOf(t, a)

	other, err := archive.OpenExisting(t.Context(), name)
	require.NoError(t, err)
	view, err := archive.View(t.Context(), name)
	require.NoError(t, err)
	require.Equal(t, "a", lastVisitID(view, user), "a view reads visits")
	a.Visit(feed.Listener{Account: user}, post("b", t0).Post, t0)
	flushVisitsOf(t, a)
	view.Visit(feed.Listener{Account: user}, post("v", t0).Post, t0)
	forgetAccount(t, view, "stranger")
	require.Equal(t, "v", lastVisitID(view, user), "a view keeps its own visits in memory")
	_, err = other.Import(t.Context(), []feed.Entry{post("c", t0)}, t0)
	require.NoError(t, err)
	require.NoError(t, other.Close())
	require.NoError(t, view.Close())

	require.NoError(t, a.Refresh(t.Context()))
	require.Equal(t, "b", lastVisitID(a, user))
	require.NoError(t, a.Close())
	require.Equal(t, "b", lastVisitID(openArchive(t, name), user))
}

func TestConcurrentVisits(t *testing.T) {
	name := tempFile(t)
	a := openArchive(t, name)
	var visitors sync.WaitGroup
	for n := range 4 {
		visitors.Go(func() {
			for i := range 300 {
				who := fmt.Sprint(n, "-", i%50)
				a.Visit(feed.Listener{Account: who}, post(fmt.Sprint(i), t0).Post, t0)
				if lastVisitID(a, who) != fmt.Sprint(i) {
					t.Error("the visit is not visible at once")
				}
				if i%100 == 99 {
					if err := a.Flush(t.Context()); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	visitors.Wait()
	require.NoError(t, a.Close())
	a = openArchive(t, name)
	for n := range 4 {
		require.Equal(t, "299", lastVisitID(a, fmt.Sprint(n, "-49")))
	}
}

// TestVisitsSurviveKill kills a process while it records visits. Only visits of the last second before the kill may be
// lost.
func TestVisitsSurviveKill(t *testing.T) {
	requireE2E(t)
	name := tempFile(t)
	cmd := childProcess(t, "listeners", name)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	time.AfterFunc(4*time.Second, func() { _ = cmd.Process.Kill() }) // Wait reports it
	printed := map[int]int64{}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		var n int
		var when int64
		_, err := fmt.Sscan(lines.Text(), &n, &when)
		require.NoError(t, err)
		printed[n] = when
	}
	killed := time.Now()
	require.ErrorContains(t, cmd.Wait(), "killed")
	a := openArchive(t, name)
	for n, when := range printed {
		if lastVisitID(a, fmt.Sprint("listener ", n)) == "" {
			require.Less(t, killed.Sub(time.UnixMilli(when)), 3*time.Second, "one second, and time for writing on a busy machine")
		}
	}
	require.Equal(t, "a", lastVisitID(a, "listener 0"))
	require.Equal(t, "ok", checkIntegrityOf(t, name))
}
