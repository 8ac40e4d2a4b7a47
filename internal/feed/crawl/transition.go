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

// afterResponse is the walk after an answer.
func (w backfillState) afterResponse(got feedResponse, err error, kept feed.StoreResult, now time.Time, jitter float64) backfillState {
	w.Requests++
	w.RequestsToday++
	w.Bytes += got.size
	w.NextRequest, w.Reason, w.MarkAllSeen = now, "", false
	switch {
	case err != nil:
		w = w.onError(err, now, jitter)
	case w.Source == sourceHomePage:
		w = w.onHomePage(got)
	default:
		w.Failures, w.NewPosts = 0, w.NewPosts+kept.New
		w = w.onPage(got, kept)
	}
	switch {
	case w.Done:
	case w.Requests >= maxBackfillRequests || w.Bytes >= maxBackfillBytes:
		w.Done, w.Reason = true, "there is no end to it: "+strconv.Itoa(w.Requests)+" pages were read"
	case w.RequestsToday >= maxDailyRequests:
		w.RequestsToday, w.NextRequest = 0, now.Add(day)
	}
	return w
}

// onHomePage goes where the site's page announces the API, else through the feed's pages.
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

// onPage is the walk after a page that was read.
func (w backfillState) onPage(got feedResponse, kept feed.StoreResult) backfillState {
	if got.doc.Page != nil {
		return w.finish("page "+feed.DisplayURL(got.URL)+" is a web page, and no feed", false)
	}
	shown, posts := pageDigest(got.doc.Entries), len(got.doc.Entries)
	again, known := shown == w.PageDigest || posts == 0, kept.NewlySeen == 0
	w.PageDigest = shown
	if (again || known) && posts > 0 && w.ShiftedPosts > 0 {
		// The posts of the pages before have moved here.
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
		return w.finish("the first post is reached", true)
	}
	w.Page++
	w.URL = pagedFeedURL(w.FeedURL, w.Page)
	return w
}

// onAPIPage goes on to the last page that the API says there is; where it does not say, until a page has nothing new.
// Pages that the feed itself may have shown whole say nothing.
func (w backfillState) onAPIPage(got feedResponse, again, fresh bool) backfillState {
	if n, err := strconv.Atoi(got.Header.Get("X-WP-TotalPages")); err == nil && n > 0 {
		w.TotalPages = n
	}
	if again || w.TotalPages > 0 && w.Page >= w.TotalPages || w.TotalPages == 0 && !fresh {
		return w.finish("the first post is reached", true)
	}
	w.Page++
	w.URL = apiPageURL(w.APIRoot, w.Page)
	return w
}

// followLink goes on to the page that a page names.
func (w backfillState) followLink(link *url.URL, again bool) backfillState {
	if link == nil || again {
		return w.finish("the first post is reached", true)
	}
	w.URL = link.String()
	return w
}

func (w backfillState) finish(why string, whole bool) backfillState {
	w.Done, w.Reason, w.Complete = true, why, w.Complete || whole
	return w
}

// onError is the walk after a page that was not to be had.
func (w backfillState) onError(err error, now time.Time, jitter float64) backfillState {
	w.Failures++
	w.Reason = err.Error()
	t := fetch.FailureHistory{Failures: w.Failures}
	if f, ok := errors.AsType[*feed.Fault](err); ok {
		t.Status, t.RetryAfter = f.Status, f.RetryAfter
	}
	w.NextRequest = now.Add(fetch.PauseAfterFailure(t, jitter))
	answered := !errors.Is(err, feed.ErrUnreachable) && !errors.Is(err, feed.ErrTimeout) && t.Status != http.StatusTooManyRequests
	tired := answered && w.Failures >= maxPageTries
	if w.Source == sourceHomePage || w.Source == sourceAPI {
		return w.onAPIError(t.Status, errors.Is(err, feed.ErrNotFeed), tired, now)
	}
	tired = tired && t.Status != http.StatusServiceUnavailable // that is said of the site, and not of the page
	if w.Source == sourcePagedFeed {
		return w.onPagedFeedError(t.Status, tired, now)
	}
	if t.Status == http.StatusNotFound || t.Status == http.StatusGone || tired {
		return w.finish("it breaks off: "+err.Error(), false)
	}
	return w
}

// onAPIError ends behind the API's last page, and takes the feed's own pages where the API does not answer.
func (w backfillState) onAPIError(status int, other, tired bool, now time.Time) backfillState {
	if w.Source == sourceAPI && w.Page > 1 && status == http.StatusBadRequest {
		return w.finish("the first post is reached", true)
	}
	if other || tired || status >= 400 && status < 500 && status != http.StatusTooManyRequests {
		w = w.usePagedFeed()
		w.Number++ // what the API gave does not count as met by this way
		w.MarkAllSeen = w.Complete
		w.Failures, w.Reason, w.NextRequest = 0, "", now
	}
	return w
}

// onPagedFeedError ends behind the feed's last page, and passes over one that is broken: a single post can break a page.
func (w backfillState) onPagedFeedError(status int, tired bool, now time.Time) backfillState {
	switch {
	case status == http.StatusNotFound || status == http.StatusGone || status == http.StatusBadRequest:
		return w.finish("the first post is reached", true)
	case !tired:
		return w
	case w.SkippedPages == maxSkippedPages:
		return w.finish("too many of its pages cannot be read: "+w.Reason, false)
	}
	w.SkippedPages++
	w.Page++
	w.URL = pagedFeedURL(w.FeedURL, w.Page)
	w.Failures, w.NextRequest = 0, now
	return w
}
