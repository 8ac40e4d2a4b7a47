package crawl

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"lastpost/internal/feed"
	"lastpost/internal/feed/fetch"
)

// afterResponse returns the state of the backfill after a response.
func (w backfillState) afterResponse(got feedResponse, err error, stored feed.StoreResult, now time.Time, jitter float64) backfillState {
	w.Requests++
	w.RequestsToday++
	w.Bytes += got.size
	w.NextRequest, w.Reason, w.Remedy, w.MarkAllSeen = now, "", "", false
	switch {
	case err != nil:
		w = w.onError(err, now, jitter)
	case w.Source == sourceHomePage:
		w = w.onHomePage(got)
	default:
		w.Failures, w.NewPosts = 0, w.NewPosts+stored.New
		w = w.onPage(got, stored)
	}
	switch {
	case w.Abandoned:
		w.NextRequest = now.Add(resumeAfter)
	case w.Done:
	case w.Requests >= maxBackfillRequests || w.Bytes >= maxBackfillBytes:
		w.Done, w.Reason = true, "stopped after "+strconv.Itoa(w.Requests)+" requests: limit reached"
	case w.RequestsToday >= maxDailyRequests:
		w.RequestsToday, w.NextRequest = 0, now.Add(day)
	}
	return w
}

// onHomePage continues with the API that the home page announces, or with the feed's own pages.
func (w backfillState) onHomePage(got feedResponse) backfillState {
	api := feed.UpgradeScheme(fetch.HeaderLink(got.Header, feed.RelAPI, got.URL), got.URL)
	if api == nil && got.doc.Page != nil {
		api = got.doc.Page.APIRoot
	}
	w.Failures = 0
	feed, err := url.Parse(w.FeedURL)
	if api == nil || err != nil {
		return w.usePagedFeed()
	}
	if w = w.useAPI(api, feed); w.Source == sourcePagedFeed {
		return w.usePagedFeed()
	}
	return w
}

// onPage returns the state after a page of posts. It ends the backfill if the page repeats the previous page, or has
// only posts that this backfill has seen.
func (w backfillState) onPage(got feedResponse, stored feed.StoreResult) backfillState {
	if got.doc.Page != nil {
		return w.abandon(feed.DisplayURL(got.URL) + ": is a web page, not a feed")
	}
	shown, posts := pageDigest(got.doc.Entries), len(got.doc.Entries)
	again, known := shown == w.PageDigest || posts == 0, stored.NewlySeen == 0
	w.PageDigest = shown
	if (again || known) && posts > 0 && w.ShiftedPosts > 0 {
		// New posts have shifted posts of earlier pages to this page, so repeated posts are not the end.
		w.ShiftedPosts, again, known = max(0, w.ShiftedPosts-posts), false, false
	}
	switch w.Source {
	case sourceAPI:
		return w.onAPIPage(got, again || known && w.Complete, !known)
	case sourceArchives:
		return w.followLink(got.doc.Links.Prev, again || known)
	case sourceNextLinks, sourceJSONFeed:
		return w.followLink(got.doc.Links.Next, again || known)
	}
	if again || known {
		return w.finish("reached the first post", true)
	}
	w.Page++
	w.URL = pagedFeedURL(w.FeedURL, w.Page)
	return w
}

// onAPIPage continues until the last page, if the API announces the number of pages. Then a page with only seen posts
// is not the end, because the feed may have shown these posts. If the API does not announce the number, the backfill
// ends at a page with only seen posts.
func (w backfillState) onAPIPage(got feedResponse, again, fresh bool) backfillState {
	if n, err := strconv.Atoi(got.Header.Get("X-WP-TotalPages")); err == nil && n > 0 {
		w.TotalPages = n
	}
	if again || w.TotalPages > 0 && w.Page >= w.TotalPages || w.TotalPages == 0 && !fresh {
		return w.finish("reached the first post", true)
	}
	w.Page++
	w.URL = apiPageURL(w.APIRoot, w.Page)
	return w
}

// followLink continues with the page that the current page links to.
func (w backfillState) followLink(link *url.URL, again bool) backfillState {
	if link == nil || again {
		return w.finish("reached the first post", true)
	}
	w.URL = link.String()
	return w
}

func (w backfillState) finish(reason string, complete bool) backfillState {
	w.Done, w.Reason, w.Complete = true, reason, w.Complete || complete
	return w
}

// abandon pauses the backfill, because its pages fail. A site may be broken for days, so it does not end for good.
func (w backfillState) abandon(reason string) backfillState {
	w = w.finish(reason, false)
	w.Abandoned = true
	return w
}

// resumeIfDue continues an abandoned backfill at the failing page. With the feed's own pages it starts again, because it
// has skipped pages.
func (w backfillState) resumeIfDue(now time.Time) backfillState {
	if !w.Abandoned || w.NextRequest.After(now) {
		return w
	}
	w.Done, w.Abandoned, w.Failures, w.Reason, w.Remedy = false, false, 0, "", ""
	if w.Source == sourcePagedFeed {
		w = w.usePagedFeed()
		w.Number++ // a new number, so that the posts of earlier pages do not count as seen
		w.SkippedPages, w.ShiftedPosts = 0, 0
	}
	return w
}

// isAbandonedByEarlierVersion reports whether an earlier version ended the backfill because pages failed. It did not
// store this fact.
func (w backfillState) isAbandonedByEarlierVersion() bool {
	return w.Done && !w.Complete && w.Source != sourceNone && w.Requests < maxBackfillRequests && w.Bytes < maxBackfillBytes
}

// onError returns the state after a request that failed.
func (w backfillState) onError(err error, now time.Time, jitter float64) backfillState {
	w.Failures++
	w.Reason, w.Remedy = err.Error(), pageRemedy(err)
	t := fetch.FailureHistory{Failures: w.Failures}
	if f, ok := errors.AsType[*feed.Fault](err); ok {
		t.Status, t.RetryAfter = f.Status, f.RetryAfter
	}
	w.NextRequest = now.Add(fetch.PauseAfterFailure(t, jitter))
	hasAnswer := !errors.Is(err, feed.ErrUnreachable) && !errors.Is(err, feed.ErrTimeout) && t.Status != http.StatusTooManyRequests
	exhausted := hasAnswer && w.Failures >= maxPageTries
	if w.Source == sourceHomePage || w.Source == sourceAPI {
		return w.onAPIError(t.Status, errors.Is(err, feed.ErrNotFeed), exhausted, now)
	}
	exhausted = exhausted && t.Status != http.StatusServiceUnavailable // 503 means that the site is down, so keep trying this page
	if w.Source == sourcePagedFeed {
		return w.onPagedFeedError(t.Status, exhausted, now)
	}
	if t.Status == http.StatusNotFound || t.Status == http.StatusGone || exhausted {
		return w.abandon(err.Error())
	}
	return w
}

// onAPIError ends the backfill after the last page of the API. If the API does not work, it switches to the feed's own
// pages.
func (w backfillState) onAPIError(status int, notFeed, exhausted bool, now time.Time) backfillState {
	if w.Source == sourceAPI && w.Page > 1 && status == http.StatusBadRequest {
		return w.finish("reached the first post", true)
	}
	if notFeed || exhausted || status >= 400 && status < 500 && status != http.StatusTooManyRequests {
		w = w.usePagedFeed()
		w.Number++ // a new number, so that posts from the API do not count as seen
		w.MarkAllSeen = w.Complete
		w.Failures, w.Reason, w.Remedy, w.NextRequest = 0, "", "", now
	}
	return w
}

// onPagedFeedError ends the backfill after the last page. It skips a page that keeps failing, because a single post can
// break a page.
func (w backfillState) onPagedFeedError(status int, exhausted bool, now time.Time) backfillState {
	switch {
	case status == http.StatusNotFound || status == http.StatusGone || status == http.StatusBadRequest:
		return w.finish("reached the first post", true)
	case !exhausted:
		return w
	case w.SkippedPages == maxSkippedPages:
		return w.abandon("too many failing pages: " + w.Reason)
	}
	w.SkippedPages++
	w.Page++
	w.URL = pagedFeedURL(w.FeedURL, w.Page)
	w.Failures, w.NextRequest = 0, now
	return w
}
