package crawl_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/feed"
	"lastpost/internal/feed/crawl"
	"lastpost/internal/feed/feedtest"
)

// backfillCase is a publisher and the expected result of a backfill.
type backfillCase struct {
	claim     string
	publisher *feedtest.Publisher
	posts     int // number of posts that the publisher offers
	requests  int // number of requests of the poll and the backfill
}

func newWordPress(posts int, rest feedtest.RESTMode) *feedtest.Publisher {
	return &feedtest.Publisher{Kind: feedtest.WordPress, REST: rest, Posts: posts}
}

func newPublisher(posts int, kind feedtest.Kind) *feedtest.Publisher {
	return &feedtest.Publisher{Kind: kind, Posts: posts}
}

// backfillCases returns publishers with n posts. n is a multiple of 100. Except with the API, the poll of the feed
// counts as the first page.
func backfillCases(n int) []backfillCase {
	const poll, home, refusal = 1, 1, 1
	return []backfillCase{
		{"WordPress with its API", newWordPress(n, feedtest.RESTAvailable), n, poll + n/100},
		{"WordPress API without totals", newWordPress(n, feedtest.RESTWithoutTotals), n, poll + n/100 + refusal},
		{"WordPress API in the query", newWordPress(n, feedtest.PlainPermalinks), n, poll + n/100},
		{"WordPress API announced by the home page", newWordPress(n, feedtest.RESTHomeOnly), n, poll + home + n/100},
		{"WordPress API removed", newWordPress(n, feedtest.RESTRemoved), n, n/10 + home + refusal},
		{"WordPress API for members", newWordPress(n, feedtest.RESTUnauthorized), n, n/10 + refusal + refusal},
		{"Blogger", newPublisher(n, feedtest.Blogger), n, n / 25},
		{"archives", newPublisher(n, feedtest.Archives), n, n / 50},
		{"pages", newPublisher(n, feedtest.Pages), n, n / 50},
		{"JSON Feed", newPublisher(n, feedtest.JSONFeed), n, n / 20},
		{"a plain feed", newPublisher(n, feedtest.Plain), 10, poll},
	}
}

// TestBackfillFetchesAllPosts checks, for each kind of publisher, that the backfill fetches every post, and how many
// requests it makes.
func TestBackfillFetchesAllPosts(t *testing.T) {
	requireE2E(t)
	for _, c := range backfillCases(2500) {
		t.Run(c.claim, func(t *testing.T) {
			runHarness(t, c.publisher, func(t *testing.T, s *harness) {
				s.runFor(t, 50*time.Minute)
				s.requireAll(t, s.Items()[:c.posts])
				s.requireSpaced(t)
				require.Len(t, s.Requests(), c.requests)
				requireUnconditional(t, s.Requests())

				s.ClearRequests()
				s.runFor(t, 5*time.Minute)
				require.Empty(t, s.Requests(), "the backfill runs once, and a restart does not poll early")
			})
		})
	}
}

// requireUnconditional checks that requests are not conditional. WordPress would answer 304 to a conditional request,
// because all pages of its feed have the same validators.
func requireUnconditional(t *testing.T, requests []feedtest.ReceivedRequest) {
	t.Helper()
	for _, r := range requests {
		require.Empty(t, r.Header.Get("If-None-Match")+r.Header.Get("If-Modified-Since"), r.RawQuery)

	}
}

// TestBackfillSurvivesRestarts stops the process repeatedly. The backfill must fetch all posts with as many requests as
// without restarts.
func TestBackfillSurvivesRestarts(t *testing.T) {
	requireE2E(t)
	for _, c := range backfillCases(500) {
		t.Run(c.claim, func(t *testing.T) {
			runHarness(t, c.publisher, func(t *testing.T, s *harness) {
				for range 20 {
					s.runFor(t, 7*time.Second+time.Millisecond) // the process must not stop during a request, because the response would be lost
				}
				s.requireAll(t, s.Items()[:c.posts])
				s.requireSpaced(t)
				require.Len(t, s.Requests(), c.requests)
			})
		})
	}
}

// TestBackfillTurnedOff checks that only polls are made until History is true.
func TestBackfillTurnedOff(t *testing.T) {
	runHarness(t, newWordPress(600, feedtest.RESTRemoved), func(t *testing.T, s *harness) {
		r := s.newRefresher()
		r.History = false
		ctx, end := context.WithTimeout(t.Context(), 30*time.Minute)
		defer end()
		r.Run(ctx)
		require.Len(t, s.Requests(), 1)
		for range 150 { // a poll sees only the newest ten of these posts
			s.Publish("One more")
		}
		for range 3 {
			require.NoError(t, r.Poll(t.Context()))
		}
		s.runFor(t, 50*time.Minute)
		require.Equal(t, 600+150, s.Len(), "posts of earlier polls do not end the backfill early")
	})
}

// TestBackfillPausesDaily checks that the backfill of endless pages pauses for a day after the daily limit.
func TestBackfillPausesDaily(t *testing.T) {
	requireE2E(t)
	p := newWordPress(30, feedtest.RESTRemoved)
	p.Defect, p.PageSize = feedtest.EndlessPages, 2
	runHarness(t, p, func(t *testing.T, s *harness) {
		s.runFor(t, 23*time.Hour)
		requests := slices.DeleteFunc(s.Requests(), func(r feedtest.ReceivedRequest) bool { return r.Path == s.FeedPath() && r.RawQuery == "" })
		require.Len(t, requests, 500, "the daily limit")
		last := requests[len(requests)-1]
		require.Equal(t, "paged=500", last.RawQuery)
		s.ClearRequests()
		s.runFor(t, 80*time.Minute)
		requests = slices.DeleteFunc(s.Requests(), func(r feedtest.ReceivedRequest) bool { return r.Path == s.FeedPath() && r.RawQuery == "" })
		require.Equal(t, "paged=501", requests[0].RawQuery)
		require.GreaterOrEqual(t, requests[0].At.Sub(last.At), 24*time.Hour)
	})
}

// TestBackfillEndsInCycles checks that the backfill ends if the links form a cycle or the pages repeat.
func TestBackfillEndsInCycles(t *testing.T) {
	for _, c := range []struct {
		publisher *feedtest.Publisher
		defect    feedtest.Defect
		requests  int // number of requests, including the poll
	}{
		{newWordPress(300, feedtest.RESTRemoved), feedtest.SamePage, 3}, // the feed, the home page, page two
		{newWordPress(300, feedtest.RESTAvailable), feedtest.SamePage, 3},
		{newWordPress(300, feedtest.RESTWithoutTotals), feedtest.SamePage, 3},
		{newPublisher(300, feedtest.Blogger), feedtest.SamePage, 2},
		{newPublisher(300, feedtest.Pages), feedtest.SamePage, 2},
		{newPublisher(300, feedtest.JSONFeed), feedtest.SamePage, 2},
		{newPublisher(300, feedtest.Blogger), feedtest.PageCycle, 4}, // 1, 2, 3, 2
		{newPublisher(300, feedtest.Pages), feedtest.PageCycle, 4},
		{newPublisher(300, feedtest.JSONFeed), feedtest.PageCycle, 4},
		{newPublisher(300, feedtest.Archives), feedtest.PageCycle, 4},
	} {
		t.Run(fmt.Sprint(c.publisher.Kind, c.publisher.REST, c.defect), func(t *testing.T) {
			c.publisher.Defect = c.defect
			runHarness(t, c.publisher, func(t *testing.T, s *harness) {
				r := s.runFor(t, 50*time.Minute)
				require.True(t, r.Status().Backfill.Done, "%+v", r.Status().Backfill)
				require.Len(t, s.Requests(), c.requests)
			})
		})
	}
}

// TestBackfillRetriesFailedPage checks that the backfill requests a failed page again, after a pause that depends on
// the response.
func TestBackfillRetriesFailedPage(t *testing.T) {
	for _, c := range []struct {
		claim  string
		status int
		header http.Header
		after  time.Duration // pause before the next request
	}{
		{"503 pauses for an hour", 503, nil, time.Hour},
		{"429 pauses for its Retry-After", 429, http.Header{"Retry-After": {"10800"}}, 3 * time.Hour},
	} {
		t.Run(c.claim, func(t *testing.T) {
			runHarness(t, newPublisher(600, feedtest.JSONFeed), func(t *testing.T, s *harness) {
				s.runFor(t, 21*time.Second)
				s.FailNext(c.status, c.header, 1)
				s.ClearRequests()
				s.runFor(t, 5*time.Second)
				failed := s.Requests()[len(s.Requests())-1]
				require.Equal(t, c.status, failed.Status)
				s.ClearRequests()
				s.runFor(t, 10*time.Hour)
				pages := slices.DeleteFunc(s.Requests(), func(r feedtest.ReceivedRequest) bool { return r.RawQuery == "" })
				require.GreaterOrEqual(t, pages[0].At.Sub(failed.At), c.after)
				require.GreaterOrEqual(t, s.Requests()[0].At.Sub(failed.At), min(c.after, time.Hour-time.Minute))
				s.requireAll(t, s.Items())
			})
		})
	}
}

// TestBackfillSurvivesOutage checks that the backfill fetches all posts even if the publisher is down for most of a
// day.
func TestBackfillSurvivesOutage(t *testing.T) {
	requireE2E(t)
	for _, status := range []int{500, 503} {
		for _, c := range backfillCases(500) {
			t.Run(fmt.Sprint(c.claim, " ", status), func(t *testing.T) {
				runHarness(t, c.publisher, func(t *testing.T, s *harness) {
					s.runFor(t, 7*time.Second)
					s.FailNext(status, nil, 1_000_000)
					s.runFor(t, 20*time.Hour)
					require.Less(t, len(s.Requests()), 15, "only the feed is requested")
					s.FailNext(0, nil, 0)
					s.runFor(t, 30*time.Hour)
					s.requireAll(t, s.Items()[:c.posts])
				})
			})
		}
	}
}

// TestBackfillFindsPostsPublishedMeanwhile publishes posts while the process is stopped during a backfill: fewer than a
// page, a page, and more than the feed shows. All posts must be stored.
func TestBackfillFindsPostsPublishedMeanwhile(t *testing.T) {
	requireE2E(t)
	for _, posts := range []int{3, 10, 25, 130} {
		for _, c := range backfillCases(300) {
			if c.posts < 300 {
				continue
			}
			t.Run(fmt.Sprint(c.claim, " ", posts), func(t *testing.T) {
				runHarness(t, c.publisher, func(t *testing.T, s *harness) {
					s.runFor(t, 5*time.Second)
					time.Sleep(48 * time.Hour)
					for range posts {
						s.Publish("One more")
					}
					s.runFor(t, 50*time.Minute)
					require.Equal(t, 300+posts, s.Len())
					s.requireSpaced(t)
				})
			})
		}
	}
}

// TestFindsMorePostsThanFeedShows publishes more posts than the feed shows, after a complete backfill. A new backfill
// must fetch the posts between.
func TestFindsMorePostsThanFeedShows(t *testing.T) {
	requireE2E(t)
	for _, c := range backfillCases(300) {
		if c.posts < 300 {
			continue
		}
		t.Run(c.claim, func(t *testing.T) {
			runHarness(t, c.publisher, func(t *testing.T, s *harness) {
				s.runFor(t, 50*time.Minute)
				time.Sleep(48 * time.Hour)
				for range 130 {
					s.Publish("One more")
				}
				s.ClearRequests()
				s.runFor(t, 50*time.Minute)
				require.Equal(t, 430, s.Len())
				require.LessOrEqual(t, len(s.Requests()), 18, "it ends at the known posts")
			})
		})
	}
}

// TestBackfillRestartsWithoutState checks that the backfill starts again if the stored state is unreadable. It must not
// end early at posts that the lost backfill had seen.
func TestBackfillRestartsWithoutState(t *testing.T) {
	requireE2E(t)
	for _, c := range backfillCases(300) {
		t.Run(c.claim, func(t *testing.T) {
			runHarness(t, c.publisher, func(t *testing.T, s *harness) {
				s.runFor(t, 9*time.Second)
				_, err := s.Keep(t.Context(), feed.Batch{Notes: func(feed.StoreResult) (map[string][]byte, error) {
					return map[string][]byte{"feed": []byte(`{"Next": 7}`)}, nil
				}})
				require.NoError(t, err)
				s.runFor(t, 30*time.Minute)
				s.requireAll(t, s.Items()[:c.posts])
			})
		})
	}
}

// TestBackfillAfterEmptyFeed checks that an empty feed as the first response does not prevent the backfill.
func TestBackfillAfterEmptyFeed(t *testing.T) {
	requireE2E(t)
	for _, c := range backfillCases(300) {
		c.publisher.Defect = feedtest.EmptyFeed
		t.Run(c.claim, func(t *testing.T) {
			runHarness(t, c.publisher, func(t *testing.T, s *harness) {
				s.runFor(t, 30*time.Minute)
				s.SetDefect(feedtest.NoDefect)
				s.runFor(t, 90*time.Minute)
				s.requireAll(t, s.Items()[:c.posts])
			})
		})
	}
}

// TestBackfillOfCategoryFeed checks that the backfill of a category's feed does not use the API, because the API lists
// the posts of all categories.
func TestBackfillOfCategoryFeed(t *testing.T) {
	runHarness(t, newWordPress(600, feedtest.RESTAvailable), func(t *testing.T, s *harness) {
		r := s.newRefresher()
		r.URL = "https://blog.test/category/news/feed/"
		ctx, end := context.WithTimeout(t.Context(), time.Minute)
		defer end()
		r.Run(ctx)
		for _, q := range s.Requests() {
			require.NotContains(t, q.Path, "wp-json")
		}
	})
}

// TestChangedFeedURLKeepsPosts checks that a process with another feed URL keeps the posts and polls the new URL at
// once.
func TestChangedFeedURLKeepsPosts(t *testing.T) {
	runHarness(t, newWordPress(600, feedtest.RESTAvailable), func(t *testing.T, s *harness) {
		s.runFor(t, 10*time.Minute)
		s.requireAll(t, s.Items())
		s.ClearRequests()
		r := s.newRefresher()
		r.URL += "?from=elsewhere"
		ctx, end := context.WithTimeout(t.Context(), 10*time.Minute)
		defer end()
		r.Run(ctx)
		s.requireAll(t, s.Items())
		require.Len(t, s.Requests(), 2, "the feed, and one page without new posts")
	})
}

// TestBackfillResumesAfterFailure has a publisher whose older pages fail for three days while its feed works. The
// backfill reports the failure with the time of the next attempt. After a week it fetches all posts, also those that
// were published in the meantime.
func TestBackfillResumesAfterFailure(t *testing.T) {
	for _, kind := range []feedtest.Kind{feedtest.WordPress, feedtest.Blogger, feedtest.Archives, feedtest.JSONFeed} {
		publisher := newPublisher(120, kind)
		publisher.REST = feedtest.RESTRemoved
		runHarness(t, publisher, func(t *testing.T, s *harness) {
			failing := true
			run := func(d time.Duration) crawl.BackfillStatus {
				r := s.newRefresher()
				r.Transport = olderPagesFail{s, &failing}
				ctx, end := context.WithTimeout(t.Context(), d)
				defer end()
				r.Run(ctx)
				return r.Status().Backfill
			}
			status := run(3 * 24 * time.Hour)
			require.True(t, status.Done && status.Failed, "%+v", status)
			require.Contains(t, status.Reason, "answered 500")
			require.Greater(t, status.Next.Sub(s.now()), 3*24*time.Hour)
			failing = false
			for range 3 {
				s.Publish("Meanwhile")
			}
			status = run(8 * 24 * time.Hour)
			require.True(t, status.Done && !status.Failed, "%+v", status)
			s.requireAll(t, s.Items())
		})
	}
}

// olderPagesFail answers 500 to every request except for the feed itself.
type olderPagesFail struct {
	*harness
	failing *bool
}

func (f olderPagesFail) RoundTrip(r *http.Request) (*http.Response, error) {
	if *f.failing && r.URL.RequestURI() != f.FeedPath() {
		return &http.Response{StatusCode: http.StatusInternalServerError, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
	}
	return f.harness.RoundTrip(r)
}
