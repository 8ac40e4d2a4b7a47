package feed

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Bounds of a walk through older posts.
const (
	runRequests  = 500     // then a day of rest
	walkRequests = 10_000  // in all
	walkBytes    = 2 << 30 // in all, after decompression
	walkTries    = 3       // of a page that is answered badly
	walkSkips    = 10      // pages that are passed over
	restPerPage  = 100     // posts, the most that WordPress gives
)

// way is how a publisher offers posts that are older than the feed shows.
type way string

const (
	wayArchive way = "RFC 5005 archives"
	wayNext    way = `feed pages linked by rel="next"`
	wayJSON    way = "JSON Feed's next_url"
	wayREST    way = "the WordPress REST API"
	waySite    way = "WordPress" // what the site's page says of its REST API is to be seen first
	wayPaged   way = "WordPress's ?paged=N"
	wayNone    way = "none"
)

// walk is how far the way back has come. Addresses are without user info.
type walk struct {
	Number int    // of the walk; 0: there was none. It marks the posts that the walk has met
	Way    way    // "": not known yet
	URL    string // what to ask next
	API    string // REST's root
	Page   int    // that URL is, with REST and ?paged
	Total  int    // pages, where the publisher says it
	Feed   string // the feed's address, which ?paged is appended to
	Top    string // what the feed itself shows
	Last   string // what the page before showed
	Whole  bool   // a walk has come to the end: there is nothing older than what is kept
	Ahead  int    // posts published since the walk began: its pages may show as many once more
	Meet   bool   // what is kept counts as met from the next page on

	Requests int // in all
	Run      int // since the last rest
	Bytes    int64
	Found    int // posts that were not known
	Failures int // in a row
	Skipped  int
	Next     time.Time
	Done     bool
	Why      string // it ended
}

// OlderPosts tells of the walk through posts older than the feed shows.
type OlderPosts struct {
	Way      string // how the publisher offers them; "none" where it does not, "" where that is not known yet
	Begun    bool   // a page of them was read
	Done     bool
	Why      string // it ended, or what is wrong
	Requests int
	Found    int       // posts that were not known before
	Next     time.Time // the next request
}

func (w walk) told() OlderPosts {
	return OlderPosts{
		Way: string(w.Way), Begun: w.Last != w.Top, Done: w.Done, Why: w.Why, Requests: w.Requests, Found: w.Found, Next: w.Next,
	}
}

// plan finds the way, once, from a full answer. What the feed shows itself counts as met where a way goes through pages
// of the feed; the archives and the API begin at the top once more.
func (r *Refresher) plan(w walk, got reply, b Batch) (walk, Batch) {
	if w.Way != "" || len(got.doc.entries) == 0 {
		return w, b // an empty feed may be a fault, and has no older posts
	}
	next := w.begun(got)
	if next.Way == wayNext || next.Way == wayJSON || next.Way == wayPaged || w.Whole {
		b.Walk, b.All = next.Number, w.Whole
	}
	return next, b
}

// begun is the next walk, from the top.
func (w walk) begun(got reply) walk {
	next := firstStep(got)
	next.Number, next.Whole = w.Number+1, w.Whole || next.Whole
	next.Feed = withoutUser(got.remember)
	next.Top = digestOf(got.doc.entries)
	next.Last = next.Top
	if next.Way == wayPaged {
		next = next.paged()
	}
	return next
}

// published is a walk after a poll that found new posts. They move the pages on which the walk is. Where the feed shows
// none that was known before there may be more of them than it shows, which a walk from the top finds.
func (w walk) published(got reply, kept Kept) walk {
	switch {
	case kept.New == 0 || w.Done && !w.Whole:
		return w
	case kept.New < len(got.doc.entries):
		w.Ahead += kept.New
		return w
	}
	next := w.begun(got)
	next.Meet = w.Whole
	if !w.Done { // it is the same budget
		next.Requests, next.Run, next.Bytes, next.Found, next.Next = w.Requests, w.Run, w.Bytes, w.Found, w.Next
	}
	return next
}

// firstStep is the way that an answer offers, in the order in which they are to be preferred, and where it begins.
func firstStep(got reply) walk {
	l := got.doc.links
	api := upgraded(linked(got.header, wordpressAPI, got.url), got.url)
	switch {
	case l.complete:
		return walk{Way: wayNone, Done: true, Whole: true, Why: "the feed says that it is complete"}
	case l.prev != nil:
		return walk{Way: wayArchive, URL: l.prev.String()}
	case l.next != nil && got.json:
		return walk{Way: wayJSON, URL: l.next.String()}
	case l.next != nil:
		return walk{Way: wayNext, URL: l.next.String()}
	case api != nil:
		return walk{}.rest(api, got.url)
	case l.wordpress && l.home != nil:
		return walk{Way: waySite, URL: l.home.String()}
	case l.wordpress:
		return walk{Way: wayPaged}
	}
	return walk{Way: wayNone, Done: true, Why: "the feed offers no older posts"}
}

// wordpressAPI is the relation by which WordPress announces its REST API
// (https://developer.wordpress.org/rest-api/using-the-rest-api/discovery/).
const wordpressAPI = "https://api.w.org/"

// rest goes through the API, unless the feed is that of a category, an author or the like: the API has the posts of all.
func (w walk) rest(api, feed *url.URL) walk {
	if !isMainFeed(feed, api) {
		w.Way = wayPaged
		return w
	}
	w.Way, w.API, w.Page, w.Total, w.Last = wayREST, api.String(), 1, 0, w.Top
	w.URL = restPage(w.API, w.Page)
	return w
}

// restPage is the address of a page of posts. Where a site has no pretty permalinks the path is in the query.
func restPage(api string, page int) string {
	u, err := url.Parse(api)
	if err != nil {
		return api
	}
	const posts = "wp/v2/posts"
	query := "per_page=" + strconv.Itoa(restPerPage) + "&page=" + strconv.Itoa(page) +
		"&orderby=date&_fields=id,date_gmt,modified_gmt,link,title,content,excerpt,guid"
	if route := u.Query().Get("rest_route"); route != "" {
		u.RawQuery = "rest_route=" + strings.TrimSuffix(route, "/") + "/" + posts + "&" + query
		return u.String()
	}
	u.Path, u.RawPath, u.RawQuery = strings.TrimSuffix(u.Path, "/")+"/"+posts, "", query
	return u.String()
}

// isMainFeed tells the feed of all posts of a WordPress site from those of a part of it: it lies directly below the site,
// whose address is that of the API without its last segment, or in the site's query.
func isMainFeed(feed, api *url.URL) bool {
	site := strings.TrimSuffix(strings.Trim(api.Path, "/"), "wp-json")
	path, below := strings.CutPrefix(strings.Trim(feed.Path, "/")+"/", site)
	if !below || !strings.EqualFold(feed.Hostname(), api.Hostname()) {
		return false
	}
	name := strings.Trim(path, "/")
	if name == "" {
		name = "feed/" + feed.Query().Get("feed")
	}
	switch name {
	case "feed", "feed/feed", "feed/rss", "feed/rss2", "feed/rdf", "feed/atom", "feed/json":
		return true
	}
	return false
}

// paged goes through the feed's own pages, of which the feed is the first. What another way has met does not count.
func (w walk) paged() walk {
	w.Way, w.Page, w.Total, w.Last = wayPaged, 2, 0, w.Top
	w.URL = pageOf(w.Feed, w.Page)
	return w
}

// pageOf appends to an address, which may have a query that has to stay as it is.
func pageOf(feed string, page int) string {
	u, err := url.Parse(feed)
	if err != nil {
		return feed
	}
	if u.RawQuery != "" {
		u.RawQuery += "&"
	}
	u.RawQuery += "paged=" + strconv.Itoa(page)
	return u.String()
}

// digestOf tells pages apart.
func digestOf(entries []Entry) string {
	var ids strings.Builder
	for _, e := range entries {
		ids.WriteString(e.ID)
		ids.WriteByte(0)
	}
	return digest(ids.String())
}

// walkTime is when the walk goes on; zero: never.
func (r *Refresher) walkTime() time.Time {
	st := &r.state
	if !r.History || st.Walk.Way == "" || st.Walk.Done {
		return time.Time{}
	}
	if st.Label != "" {
		return time.Time{} // a publisher who is in trouble is asked for the feed alone, until that is well again
	}
	return later(later(st.Walk.Next, st.Hold), st.Requested.Add(r.spacing()))
}

// Walk asks for the next page of older posts, now, if there is one. Its error is like that of Poll.
func (r *Refresher) Walk(ctx context.Context) error {
	r.working.Lock()
	defer r.working.Unlock()
	if err := r.prepare(ctx); r.configured == nil {
		return err
	}
	w := r.state.Walk
	if w.Way == "" || w.Done {
		return nil
	}
	limited, cancel := context.WithTimeout(ctx, cmp.Or(r.Timeout, defaultTimeout))
	defer cancel()
	f := r.fetcher(r.now())
	f.rest = w.Way == wayREST
	got, err := f.visit(limited, r.address(w.URL))
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	if kept := r.walked(ctx, got, err); kept != nil {
		return kept
	}
	return err
}

// walked keeps a page, and with it where the walk goes on, or that it went wrong.
func (r *Refresher) walked(ctx context.Context, got reply, err error) error {
	now, was := r.now(), r.state.Walk
	f, _ := errors.AsType[*fault](err)
	b := Batch{Entries: got.doc.entries, Now: now, Older: true, Walk: was.Number, All: was.Meet}
	if err != nil || got.page != nil {
		b.Entries = nil
	}
	r.state.Requested, r.state.Hold = now, later(r.state.Hold, hold(f, now)) // also where nothing can be kept
	_, unkept := r.keep(ctx, b, func(kept Kept) state {
		st := r.state
		st.Walk = was.after(got, err, kept, now, r.jitter())
		return st
	})
	if unkept != nil {
		r.state.Walk.Failures++
		r.state.Walk.Next = now.Add(afterFailure(trouble{failures: r.state.Walk.Failures}, r.jitter()))
		r.log().Error("older posts cannot be kept", "error", unkept, "next", r.state.Walk.Next)
	}
	r.reportWalk(was, err)
	r.reading.Lock()
	r.status.Older = r.state.Walk.told()
	r.reading.Unlock()
	return unkept
}

// after is the walk after an answer.
func (w walk) after(got reply, err error, kept Kept, now time.Time, jitter float64) walk {
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
	api := upgraded(linked(got.header, wordpressAPI, got.url), got.url)
	if api == nil && got.page != nil {
		api = got.page.api
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
func (w walk) turned(got reply, kept Kept) walk {
	if got.page != nil {
		return w.ended("page "+display(got.url)+" is a web page, and no feed", false)
	}
	shown, posts := digestOf(got.doc.entries), len(got.doc.entries)
	again, known := shown == w.Last || posts == 0, kept.Fresh == 0
	w.Last = shown
	if (again || known) && posts > 0 && w.Ahead > 0 {
		// The posts of the pages before have moved here.
		w.Ahead, again, known = max(0, w.Ahead-posts), false, false
	}
	switch w.Way {
	case wayREST:
		return w.turnedREST(got, again || known && w.Whole, !known)
	case wayArchive:
		return w.follow(got.doc.links.prev, again || known)
	case wayNext, wayJSON:
		return w.follow(got.doc.links.next, again || known)
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
	if n, err := strconv.Atoi(got.header.Get("X-WP-TotalPages")); err == nil && n > 0 {
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
	t := trouble{failures: w.Failures}
	if f, ok := errors.AsType[*fault](err); ok {
		t.status, t.after = f.status, f.after
	}
	w.Next = now.Add(afterFailure(t, jitter))
	answered := !errors.Is(err, ErrUnreachable) && !errors.Is(err, ErrTimeout) && t.status != http.StatusTooManyRequests
	tired := answered && w.Failures >= walkTries
	if w.Way == waySite || w.Way == wayREST {
		return w.withoutAPI(t.status, errors.Is(err, ErrNotFeed), tired, now)
	}
	tired = tired && t.status != http.StatusServiceUnavailable // that is said of the site, and not of the page
	if w.Way == wayPaged {
		return w.withoutPage(t.status, tired, now)
	}
	if t.status == http.StatusNotFound || t.status == http.StatusGone || tired {
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

// reportWalk tells the log of the beginning, the end, and what is wrong, each once.
func (r *Refresher) reportWalk(was walk, err error) {
	w := r.state.Walk
	log := r.log().With("feed", display(r.configured), "way", string(w.Way))
	switch {
	case w.Done:
		log.Info("older posts are fetched", "posts", w.Found, "requests", w.Requests, "all", r.Archive.Len(), "why", w.Why)
	case err != nil && w.Failures == 1:
		log.Warn("older posts cannot be fetched", "error", err, "next", w.Next)
	case was.Way != w.Way || was.Requests == 0:
		log.Info("older posts are being fetched")
	case w.Next.Sub(r.now()) > time.Hour && w.Failures == 0:
		log.Info("older posts rest until tomorrow", "posts", w.Found, "requests", w.Requests)
	}
}
