package crawl_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/feed"
	"lastpost/internal/feed/crawl"
	"lastpost/internal/feed/feedtest"
)

// fullStore is an archive on a disk that is full.
type fullStore struct {
	crawl.Store
	hasRoom bool
}

func (f *fullStore) Keep(ctx context.Context, b feed.Batch) (feed.StoreResult, error) {
	if !f.hasRoom {
		return feed.StoreResult{}, errors.New("no room on the disk")
	}
	return f.Store.Keep(ctx, b)
}

// storedEntries is every post that an archive has, by its id.
func (s *harness) storedEntries(t *testing.T) map[string]feed.Entry {
	t.Helper()
	all := map[string]feed.Entry{}
	for e, err := range s.Entries(t.Context()) {
		require.NoError(t, err)
		all[e.ID] = e
	}
	return all
}

// TestLiesCostNothing lets the truth be fetched, and then lies for half a day, with processes that begin anew.
func TestLiesCostNothing(t *testing.T) {
	requireE2E(t)
	for _, kind := range []feedtest.Kind{feedtest.WordPress, feedtest.Blogger, feedtest.JSONFeed} {
		for _, lie := range feedtest.Defects() {
			t.Run(lie.String(), func(t *testing.T) {
				runHarness(t, newPublisher(60, kind), func(t *testing.T, s *harness) {
					s.runFor(t, 30*time.Minute)
					before := s.storedEntries(t)
					require.Len(t, before, 60)
					s.SetDefect(lie)
					for range 3 {
						s.runFor(t, 5*time.Hour)
					}
					after := s.storedEntries(t)
					for id, e := range before {
						require.Contains(t, after, id)
						require.Equal(t, e.Published, after[id].Published, "its date")
						require.Equal(t, e.Link, after[id].Link, "its link")
					}
					latest, ok := s.Latest()
					require.True(t, ok)
					require.False(t, latest.Published.After(s.now()))

					s.SetDefect(feedtest.NoDefect)
					news := s.Publish("The truth again")
					s.runFor(t, recoveryTime(lie))
					require.Contains(t, s.storedEntries(t), news.ID)
				})
			})
		}
	}
}

// recoveryTime is how long it takes to find out: as long as the trouble took, but two weeks where everything was said to be as
// it had been.
func recoveryTime(lie feedtest.Defect) time.Duration {
	if lie == feedtest.AlwaysNotModified || lie == feedtest.UnconditionalNotModified {
		return 15 * 24 * time.Hour
	}
	return 20 * time.Hour
}

// TestLiesFromTheBeginning has a publisher that never told the truth: nothing hangs, and nothing is asked for without end.
func TestLiesFromTheBeginning(t *testing.T) {
	requireE2E(t)
	for _, kind := range []feedtest.Kind{feedtest.WordPress, feedtest.Blogger, feedtest.JSONFeed} {
		for _, lie := range feedtest.Defects() {
			t.Run(lie.String(), func(t *testing.T) {
				p := newPublisher(60, kind)
				p.Defect = lie
				runHarness(t, p, func(t *testing.T, s *harness) {
					s.runFor(t, 4*time.Minute)
					require.LessOrEqual(t, len(s.Requests()), 4*30+1)
					for _, e := range s.storedEntries(t) {
						require.False(t, e.Published.After(s.now()))
						require.Greater(t, e.Published.Year(), 1970)
					}
				})
			})
		}
	}
}
