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

// fullStore is a Store. It reports a full disk unless hasRoom is set.
type fullStore struct {
	crawl.Store
	hasRoom bool
}

func (f *fullStore) Keep(ctx context.Context, b feed.Batch) (feed.StoreResult, error) {
	if !f.hasRoom {
		return feed.StoreResult{}, errors.New("no space left on device")
	}
	return f.Store.Keep(ctx, b)
}

// storedEntries returns every stored post by id.
func (s *harness) storedEntries(t *testing.T) map[string]feed.Entry {
	t.Helper()
	all := map[string]feed.Entry{}
	for e, err := range s.Entries(t.Context()) {
		require.NoError(t, err)
		all[e.ID] = e
	}
	return all
}

// TestDefectsRemoveNoPosts fetches all posts. Then the publisher has a defect for half a day, with several restarts.
// The archive must keep all posts unchanged.
func TestDefectsRemoveNoPosts(t *testing.T) {
	requireE2E(t)
	for _, kind := range []feedtest.Kind{feedtest.WordPress, feedtest.Blogger, feedtest.JSONFeed} {
		for _, defect := range feedtest.Defects() {
			t.Run(defect.String(), func(t *testing.T) {
				runHarness(t, newPublisher(60, kind), func(t *testing.T, s *harness) {
					s.runFor(t, 30*time.Minute)
					before := s.storedEntries(t)
					require.Len(t, before, 60)
					s.SetDefect(defect)
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
					news := s.Publish("After the defect")
					s.runFor(t, recoveryTime(defect))
					require.Contains(t, s.storedEntries(t), news.ID)
				})
			})
		}
	}
}

// recoveryTime returns how long after the end of a defect a poll succeeds at the latest: the longest pause after
// failures, or two weeks after wrong 304 responses.
func recoveryTime(defect feedtest.Defect) time.Duration {
	if defect == feedtest.AlwaysNotModified || defect == feedtest.UnconditionalNotModified {
		return 15 * 24 * time.Hour
	}
	return 20 * time.Hour
}

// TestDefectsFromTheStartAreBounded polls publishers that have a defect from the start. The process must not hang, and
// the number of requests is limited.
func TestDefectsFromTheStartAreBounded(t *testing.T) {
	requireE2E(t)
	for _, kind := range []feedtest.Kind{feedtest.WordPress, feedtest.Blogger, feedtest.JSONFeed} {
		for _, defect := range feedtest.Defects() {
			t.Run(defect.String(), func(t *testing.T) {
				p := newPublisher(60, kind)
				p.Defect = defect
				runHarness(t, p, func(t *testing.T, s *harness) {
					s.runFor(t, 4*time.Minute)
					require.LessOrEqual(t, len(s.Requests()), 4*30+1)
					for _, e := range s.storedEntries(t) {
						require.False(t, e.Published.After(s.now()))
						require.True(t, e.DateKind == feed.DateUnknown || e.Published.Year() > 1970, "%v", e.Published)
					}
				})
			})
		}
	}
}
