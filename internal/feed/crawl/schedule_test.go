package crawl_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/feed"
	"lastpost/internal/feed/feedtest"
)

// TestSteadyStateRequests checks that an unchanged blog gets one conditional request an hour, in spite of restarts, and
// that all requests are identical.
func TestSteadyStateRequests(t *testing.T) {
	for _, kind := range []feedtest.Kind{feedtest.WordPress, feedtest.Blogger, feedtest.Archives, feedtest.JSONFeed, feedtest.Plain} {
		runHarness(t, newPublisher(100, kind), func(t *testing.T, s *harness) {
			s.runFor(t, 30*time.Minute)
			s.ClearRequests()
			for range 12 { // ends at half past every other hour
				s.runFor(t, 2*time.Hour)
			}
			requests := s.Requests()
			require.Len(t, requests, 24, "one an hour, in spite of restarts")
			first := requests[0]
			require.NotEmpty(t, first.Header.Get("If-None-Match"))
			require.NotEmpty(t, first.Header.Get("If-Modified-Since"))
			for i, r := range requests {
				require.Equal(t, 304, r.Status)
				require.Zero(t, r.BodyBytes)
				require.Equal(t, first.Header, r.Header, "byte for byte")
				require.Equal(t, s.FeedPath(), r.Path, "no added query")
				require.Empty(t, r.RawQuery)
				require.Empty(t, r.Header.Get("Cookie")+r.Header.Get("Referer"))
				if i > 0 {
					require.Equal(t, time.Hour, r.At.Sub(requests[i-1].At))
				}
			}
		})
	}
}

// TestFindsNewPosts checks that posts are stored that are published or edited between polls and between processes.
func TestFindsNewPosts(t *testing.T) {
	runHarness(t, newPublisher(100, feedtest.WordPress), func(t *testing.T, s *harness) {
		s.runFor(t, 30*time.Minute)
		for i := range 5 {
			s.Publish("Another")
			s.EditPost(2+i, "Edited")
			s.runFor(t, 90*time.Minute)
			s.requireAll(t, s.Items())
		}
	})
}

// TestPollNow checks that PollNow, which SIGHUP and hubs cause, polls soon, but not too often and not before the end of
// Retry-After.
func TestPollNow(t *testing.T) {
	runHarness(t, newPublisher(10, feedtest.Plain), func(t *testing.T, s *harness) {
		r := s.newRefresher()
		ctx, end := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { r.Run(ctx); close(done) }()
		time.Sleep(time.Minute)
		require.Len(t, s.Requests(), 1)
		r.PollNow()
		time.Sleep(time.Second)
		require.Len(t, s.Requests(), 2, "at once")
		for range 100 {
			r.PollNow()
		}
		time.Sleep(5 * time.Second)
		require.Len(t, s.Requests(), 2, "but not again at once")
		time.Sleep(10 * time.Second)
		require.Len(t, s.Requests(), 3, "only once")
		s.FailNext(503, map[string][]string{"Retry-After": {"7200"}}, 1)
		r.PollNow()
		time.Sleep(time.Minute)
		require.Len(t, s.Requests(), 4)
		r.PollNow()
		time.Sleep(119 * time.Minute)
		require.Len(t, s.Requests(), 4, "not before Retry-After")
		end()
		<-done
		s.runFor(t, 2*time.Minute)
		require.Len(t, s.Requests(), 5)
		require.NoError(t, s.runFor(t, time.Second).Status().Err)
	})
}

// TestGoneFeedIsNotPolled checks that a feed is not polled after a 410, even after a restart, until PollNow is called.
func TestGoneFeedIsNotPolled(t *testing.T) {
	runHarness(t, newPublisher(10, feedtest.Plain), func(t *testing.T, s *harness) {
		s.runFor(t, 30*time.Minute)
		s.FailNext(410, nil, 1)
		s.runFor(t, time.Hour)
		require.Len(t, s.Requests(), 2)
		r := s.runFor(t, 300*time.Hour)
		require.Len(t, s.Requests(), 2)
		require.ErrorContains(t, r.Status().Err, "410")
		ctx, end := context.WithTimeout(t.Context(), time.Minute)
		defer end()
		r = s.newRefresher()
		r.PollNow()
		r.Run(ctx)
		require.Len(t, s.Requests(), 3)
		require.NoError(t, r.Status().Err)
	})
}

// TestPollsAfterClockWasInFuture stores a schedule with a clock that is 70 years ahead. With the correct clock, the
// next process must poll at once.
func TestPollsAfterClockWasInFuture(t *testing.T) {
	runHarness(t, newPublisher(10, feedtest.Plain), func(t *testing.T, s *harness) {
		r := s.newRefresher()
		r.Now = func() time.Time { return s.now().AddDate(70, 0, 0) }
		require.NoError(t, r.Poll(t.Context()))
		s.runFor(t, time.Minute)
		require.Len(t, s.Requests(), 2)
	})
}

// TestPollsAfterClockIsSetBack sets the clock back by five days while the process runs. The process must continue to
// poll every hour.
func TestPollsAfterClockIsSetBack(t *testing.T) {
	runHarness(t, newPublisher(10, feedtest.Plain), func(t *testing.T, s *harness) {
		r := s.newRefresher()
		wrong := 5 * 24 * time.Hour
		r.Now = func() time.Time {
			if time.Since(s.start) < 30*time.Minute {
				return s.now().Add(wrong)
			}
			return s.now()
		}
		ctx, end := context.WithTimeout(t.Context(), 3*time.Hour)
		defer end()
		r.Run(ctx)
		require.Len(t, s.Requests(), 3, "polls are an hour apart after the correction")
	})
}

// TestRetryAfterWithFullArchive checks that Retry-After is obeyed even if the archive cannot store the state.
func TestRetryAfterWithFullArchive(t *testing.T) {
	runHarness(t, newPublisher(100, feedtest.JSONFeed), func(t *testing.T, s *harness) {
		r := s.newRefresher()
		full := &fullStore{Store: s.Archive, hasRoom: true}
		r.Archive = full
		require.NoError(t, r.Poll(t.Context()))
		full.hasRoom = false
		s.FailNext(429, map[string][]string{"Retry-After": {"18000"}}, 1)
		ctx, end := context.WithTimeout(t.Context(), 4*time.Hour)
		defer end()
		r.Run(ctx)
		require.Len(t, s.Requests(), 2)
	})
}

// TestRequestsPostsAgainAfterStoreFailure checks that posts are requested again if the archive could not store them.
func TestRequestsPostsAgainAfterStoreFailure(t *testing.T) {
	runHarness(t, newPublisher(10, feedtest.Plain), func(t *testing.T, s *harness) {
		r := s.newRefresher()
		full := &fullStore{Store: s.Archive}
		r.Archive = full
		require.ErrorIs(t, r.Poll(t.Context()), feed.ErrArchive)
		require.ErrorContains(t, r.Status().Err, "no space")
		require.Zero(t, s.Len())
		full.hasRoom = true
		require.NoError(t, r.Poll(t.Context()))
		require.Empty(t, s.Requests()[1].Header.Get("If-None-Match"), "posts that were not stored are requested again")
		s.requireAll(t, s.Items())
	})
}
