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

// after is the walk after an answer.
func (w walk) after(got reply, err error, kept feed.StoreResult, now time.Time, jitter float64) walk {
	w.Requests++
	w.Run++
	w.Bytes += got.size
	w.Next, w.Why, w.Meet = now, "", false
	switch {
	case err != nil:
		w = w.stumbled(err, now, jitter)
	case w.Way == waySite:
		w = w.toSite(got)
	default:
		w.Failures, w.Found = 0, w.Found+kept.New
		w = w.turned(got, kept)
	}
	switch {
	case w.Done:
	case w.Requests >= walkRequests || w.Bytes >= walkBytes:
		w.Done, w.Why = true, "there is no end to it: "+strconv.Itoa(w.Requests)+" pages were read"
	case w.Run >= runRequests:
		w.Run, w.Next = 0, now.Add(day)
	}
	return w
}

// toSite goes where the site's page announces the API, else through the feed's pages.
func (w walk) toSite(got reply) walk {
	api := feed.UpgradeScheme(fetch.HeaderLink(got.Header, feed.RelAPI, got.URL), got.URL)
	if api == nil && got.doc.Page != nil {
		api = got.doc.Page.APIRoot
	}
	w.Failures = 0
	feed, err := url.Parse(w.Feed)
	if api == nil || err != nil {
		return w.paged()
	}
	if w = w.rest(api, feed); w.Way == wayPaged {
		return w.paged()
	}
	return w
}

// turned is the walk after a page that was read.
func (w walk) turned(got reply, kept feed.StoreResult) walk {
	if got.doc.Page != nil {
		return w.ended("page "+feed.DisplayURL(got.URL)+" is a web page, and no feed", false)
	}
	shown, posts := digestOf(got.doc.Entries), len(got.doc.Entries)
	again, known := shown == w.Last || posts == 0, kept.NewlySeen == 0
	w.Last = shown
	if (again || known) && posts > 0 && w.Ahead > 0 {
		// The posts of the pages before have moved here.
		w.Ahead, again, known = max(0, w.Ahead-posts), false, false
	}
	switch w.Way {
	case wayREST:
		return w.turnedREST(got, again || known && w.Whole, !known)
	case wayArchive:
		return w.follow(got.doc.Links.Prev, again || known)
	case wayNext, wayJSON:
		return w.follow(got.doc.Links.Next, again || known)
	}
	if again || known {
		return w.ended("the first post is reached", true)
	}
	w.Page++
	w.URL = pageOf(w.Feed, w.Page)
	return w
}

// turnedREST goes on to the last page that the API says there is; where it does not say, until a page has nothing new.
// Pages that the feed itself may have shown whole say nothing.
func (w walk) turnedREST(got reply, again, fresh bool) walk {
	if n, err := strconv.Atoi(got.Header.Get("X-WP-TotalPages")); err == nil && n > 0 {
		w.Total = n
	}
	if again || w.Total > 0 && w.Page >= w.Total || w.Total == 0 && !fresh {
		return w.ended("the first post is reached", true)
	}
	w.Page++
	w.URL = restPage(w.API, w.Page)
	return w
}

// follow goes on to the page that a page names.
func (w walk) follow(link *url.URL, again bool) walk {
	if link == nil || again {
		return w.ended("the first post is reached", true)
	}
	w.URL = link.String()
	return w
}

func (w walk) ended(why string, whole bool) walk {
	w.Done, w.Why, w.Whole = true, why, w.Whole || whole
	return w
}

// stumbled is the walk after a page that was not to be had.
func (w walk) stumbled(err error, now time.Time, jitter float64) walk {
	w.Failures++
	w.Why = err.Error()
	t := fetch.FailureHistory{Failures: w.Failures}
	if f, ok := errors.AsType[*feed.Fault](err); ok {
		t.Status, t.RetryAfter = f.Status, f.RetryAfter
	}
	w.Next = now.Add(fetch.PauseAfterFailure(t, jitter))
	answered := !errors.Is(err, feed.ErrUnreachable) && !errors.Is(err, feed.ErrTimeout) && t.Status != http.StatusTooManyRequests
	tired := answered && w.Failures >= walkTries
	if w.Way == waySite || w.Way == wayREST {
		return w.withoutAPI(t.Status, errors.Is(err, feed.ErrNotFeed), tired, now)
	}
	tired = tired && t.Status != http.StatusServiceUnavailable // that is said of the site, and not of the page
	if w.Way == wayPaged {
		return w.withoutPage(t.Status, tired, now)
	}
	if t.Status == http.StatusNotFound || t.Status == http.StatusGone || tired {
		return w.ended("it breaks off: "+err.Error(), false)
	}
	return w
}

// withoutAPI ends behind the API's last page, and takes the feed's own pages where the API does not answer.
func (w walk) withoutAPI(status int, other, tired bool, now time.Time) walk {
	if w.Way == wayREST && w.Page > 1 && status == http.StatusBadRequest {
		return w.ended("the first post is reached", true)
	}
	if other || tired || status >= 400 && status < 500 && status != http.StatusTooManyRequests {
		w = w.paged()
		w.Number++ // what the API gave does not count as met by this way
		w.Meet = w.Whole
		w.Failures, w.Why, w.Next = 0, "", now
	}
	return w
}

// withoutPage ends behind the feed's last page, and passes over one that is broken: a single post can break a page.
func (w walk) withoutPage(status int, tired bool, now time.Time) walk {
	switch {
	case status == http.StatusNotFound || status == http.StatusGone || status == http.StatusBadRequest:
		return w.ended("the first post is reached", true)
	case !tired:
		return w
	case w.Skipped == walkSkips:
		return w.ended("too many of its pages cannot be read: "+w.Why, false)
	}
	w.Skipped++
	w.Page++
	w.URL = pageOf(w.Feed, w.Page)
	w.Failures, w.Next = 0, now
	return w
}
