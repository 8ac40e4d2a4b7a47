package crawl

import (
	"context"
	"io"
	"net/url"
	"time"

	"lastpost/internal/feed"
	"lastpost/internal/feed/fetch"
	"lastpost/internal/feed/parse"
)

// feedResponse is the result of a request with its parsed document. After an error, header and size are still set if
// they were received.
type feedResponse struct {
	fetch.Result
	doc        parse.FeedDocument
	size       int64
	discovered bool
	moves      []hostMove // the permanent redirects
}

// parseFunc parses a body: parse.Feed or parse.WordPressPosts.
type parseFunc func(
	ctx context.Context, r io.Reader, contentType string, base *url.URL, now time.Time, zone *time.Location,
) (parse.FeedDocument, error)

// fetchDocument requests a document and parses it.
func (r *Refresher) fetchDocument(ctx context.Context, start *url.URL, valid fetch.Validators, read parseFunc) (
	got feedResponse, err error,
) {
	got.Result, err = r.client.Get(ctx, start, valid)
	if err != nil {
		return got, err
	}
	defer got.Close()
	got.moves = []hostMove{{start, got.PermanentURL}}
	if got.NotModified {
		return got, nil
	}
	base := *got.URL
	base.User = nil // links of posts are shown to listeners, so they must not contain the operator's password
	got.doc, err = read(ctx, got.Body, got.Header.Get("Content-Type"), &base, r.currentTime(), r.Zone)
	got.size = got.Body.Size
	return got, got.ReadError(err)
}

// fetchFeed requests a feed. If discover is set and the response is a web page, it requests the feed that the page
// names.
func (r *Refresher) fetchFeed(ctx context.Context, start *url.URL, discover bool) (feedResponse, error) {
	first, err := r.fetchDocument(ctx, start, r.state.Validators, parse.Feed)
	if err != nil || first.doc.Page == nil {
		return first, err
	}
	if !discover || first.doc.Page.Feed == nil {
		return first, webPageFault(first, discover)
	}
	named := fetch.InheritUserInfo(first.URL, first.doc.Page.Feed)
	second, err := r.fetchDocument(ctx, named, r.state.Validators, parse.Feed)
	if err == nil && second.doc.Page != nil {
		err = feed.NewFault(feed.ErrNotFeed, nil, "names %s as its feed, but that is a web page too",
			feed.DisplayURL(named)).WithURL(first.URL)
	}
	second.discovered, second.moves = true, append(first.moves, second.moves...)
	return second, err
}

func webPageFault(r feedResponse, discover bool) *feed.Fault {
	title := ""
	if r.doc.Page.Title != "" {
		title = ` ("` + r.doc.Page.Title + `")`
	}
	if !discover {
		return feed.NewFault(feed.ErrNotFeed, nil, "returned a web page%s instead of the feed", title).WithURL(r.URL).
			WithRemedy("open the address in a browser: if it shows a page there too, set feed to the blog's present feed; if it shows " +
				"the feed, ask the publisher to let this service's User-Agent pass")
	}
	return feed.NewFault(feed.ErrNotFeed, nil,
		"is a web page%s that does not name a feed", title).WithURL(r.URL)
}
