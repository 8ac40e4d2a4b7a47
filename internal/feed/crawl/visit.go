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

// reply is what a request brought. Of a failed one the header and the size are there as far as it got.
type reply struct {
	fetch.Result
	doc        parse.FeedDocument
	size       int64
	discovered bool
}

// reader reads a body: parse.Feed or parse.Posts.
type reader func(ctx context.Context, r io.Reader, contentType string, base *url.URL, now time.Time) (parse.FeedDocument, error)

// visit asks for a document and reads it.
func (r *Refresher) visit(ctx context.Context, start *url.URL, valid fetch.Validators, read reader) (got reply, err error) {
	got.Result, err = r.client.Get(ctx, start, valid)
	if err != nil {
		return got, err
	}
	defer got.Close()
	if got.NotModified {
		return got, nil
	}
	base := *got.URL
	base.User = nil // a post's link goes to the listener
	got.doc, err = read(ctx, got.Body, got.Header.Get("Content-Type"), &base, r.now())
	got.size = got.Body.Size
	return got, got.ReadError(err)
}

// fetch asks for a feed, or where discover is set for a page and then for the feed that it names.
func (r *Refresher) fetch(ctx context.Context, start *url.URL, discover bool) (reply, error) {
	first, err := r.visit(ctx, start, r.state.Valid, parse.Feed)
	if err != nil || first.doc.Page == nil {
		return first, err
	}
	if !discover || first.doc.Page.Feed == nil {
		return first, pageFault(first, discover)
	}
	named := fetch.InheritUserInfo(first.URL, first.doc.Page.Feed)
	second, err := r.visit(ctx, named, r.state.Valid, parse.Feed)
	if err == nil && second.doc.Page != nil {
		err = feed.NewFault(feed.ErrNotFeed, nil, "names %s as its feed, which is a web page too; set the feed's own address",
			feed.DisplayURL(named)).WithURL(first.URL)
	}
	second.discovered = true
	return second, err
}

func pageFault(r reply, discover bool) *feed.Fault {
	title := ""
	if r.doc.Page.Title != "" {
		title = ` ("` + r.doc.Page.Title + `")`
	}
	if !discover {
		return feed.NewFault(feed.ErrNotFeed, nil, "answers with a web page%s instead of the feed that it was", title).WithURL(r.URL)
	}
	return feed.NewFault(feed.ErrNotFeed, nil, "is a web page%s that names no feed; set the feed's own address", title).WithURL(r.URL)
}
