package feed

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"time"
)

// Bounds of one poll.
const (
	maxRedirects = 5
	maxHeader    = 1 << 20
	maxBody      = 10 << 20 // after decompression
)

// accept says what is welcome; a page, too, as it may name its feed.
const accept = "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml, " +
	"application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, text/html;q=0.5, */*;q=0.1"

// fetcher makes the requests of one poll. It follows redirects itself: http.Client would send a Referer,
// and would not tell a permanent redirect from another.
type fetcher struct {
	rt         http.RoundTripper
	own        *http.Transport // rt where it is ours, else nil
	agent      string
	configured *url.URL
	valid      validators
	now        time.Time
	rest       bool // what is asked for is a page of the WordPress REST API's posts, and no feed
}

// reply is what a poll brought. Of a failed one the header and the size are there as far as it got.
type reply struct {
	url         *url.URL // what answered
	remember    *url.URL // what to ask the next time
	header      http.Header
	size        int64
	conditional bool
	notModified bool
	discovered  bool
	page        *page // not nil: no feed, but a page
	json        bool  // what was read is a JSON Feed
	doc         document
}

// fetch asks for a feed, or where discover is set for a page and then for the feed that it names.
func (f *fetcher) fetch(ctx context.Context, start *url.URL, discover bool) (reply, error) {
	first, err := f.visit(ctx, start)
	if err != nil || first.page == nil {
		return first, err
	}
	if !discover || first.page.feed == nil {
		return first, pageFault(first, discover)
	}
	second, err := f.visit(ctx, first.page.feed)
	if err == nil && second.page != nil {
		err = fail(ErrNotFeed, nil, "names %s as its feed, which is a web page too; set the feed's own address",
			display(first.page.feed)).at(first.url)
	}
	second.discovered = true
	return second, err
}

func pageFault(r reply, discover bool) *fault {
	title := ""
	if r.page.title != "" {
		title = ` ("` + r.page.title + `")`
	}
	if !discover {
		return fail(ErrNotFeed, nil, "answers with a web page%s instead of the feed that it was", title).at(r.url)
	}
	return fail(ErrNotFeed, nil, "is a web page%s that names no feed; set the feed's own address", title).at(r.url)
}

// visit follows redirects from start to an answer and reads it.
func (f *fetcher) visit(ctx context.Context, start *url.URL) (reply, error) {
	r := reply{url: start, remember: start}
	permanent := true // a chain is remembered up to its first temporary hop
	for hops := 0; ; hops++ {
		resp, err := f.send(ctx, &r)
		if err != nil {
			return r, err.at(r.url)
		}
		if !isRedirect(resp.StatusCode) {
			err := f.read(ctx, resp, &r)
			_ = resp.Body.Close() // all of it that counts was read
			return r, err
		}
		_ = resp.Body.Close()
		next, err := target(r.url, resp, hops)
		if err != nil {
			return r, err.at(r.url)
		}
		permanent = permanent && isPermanent(resp.StatusCode)
		if permanent {
			r.remember = next
		}
		r.url = next
	}
}

func isRedirect(code int) bool {
	return code == 301 || code == 302 || code == 303 || code == 307 || code == 308
}

func isPermanent(code int) bool { return code == 301 || code == 308 }

// target is where a redirect leads.
func target(from *url.URL, resp *http.Response, hops int) (*url.URL, *fault) {
	if hops == maxRedirects {
		return nil, fail(ErrRedirect, nil, "redirects more than %d times", maxRedirects)
	}
	next, err := from.Parse(resp.Header.Get("Location"))
	if err != nil || resp.Header.Get("Location") == "" || !isWeb(next) {
		return nil, fail(ErrRedirect, nil, "redirects to no http or https address")
	}
	if from.Scheme == "https" && next.Scheme == "http" {
		return nil, fail(ErrRedirect, nil, "redirects from https to %s, which anyone on the way could change",
			display(next))
	}
	next.Fragment, next.RawFragment = "", ""
	// The operator's password is for the host that he set, and nobody else's is taken.
	next.User = nil
	if sameHost(from, next) {
		next.User = from.User
	}
	return next, nil
}

// send makes one request, for r.url.
func (f *fetcher) send(ctx context.Context, r *reply) (*http.Response, *fault) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.url.String(), nil)
	if err != nil {
		return nil, fail(ErrAddress, nil, "is no address that can be asked")
	}
	req.Header.Set("User-Agent", f.agent)
	req.Header.Set("Accept", accept)
	if user := r.url.User; user != nil {
		password, _ := user.Password()
		req.SetBasicAuth(user.Username(), password)
	}
	f.valid.condition(req.Header, withoutUser(r.url), f.now)
	r.conditional = req.Header.Get("If-None-Match") != "" || req.Header.Get("If-Modified-Since") != ""
	if !sameHost(f.configured, r.url) {
		if req, err = guarded(req, f.own); err != nil {
			return nil, connectFault(ctx, err)
		}
	}
	resp, err := f.rt.RoundTrip(req)
	if err != nil {
		return nil, connectFault(ctx, err)
	}
	r.header = resp.Header
	return resp, nil
}

func connectFault(ctx context.Context, err error) *fault {
	switch {
	case errors.Is(err, errNotPublic):
		return fail(ErrPrivate, nil, "is not a public address, and only the address that is set may be private; "+
			"set this one itself if it is right")
	case timedOut(ctx, err):
		return fail(ErrTimeout, nil, "did not answer in time")
	}
	return fail(ErrUnreachable, err, "cannot be reached")
}

func timedOut(ctx context.Context, err error) bool {
	timeout, ok := errors.AsType[interface {
		error
		Timeout() bool
	}](err)
	return ctx.Err() != nil || ok && timeout.Timeout()
}

// read takes an answer apart.
func (f *fetcher) read(ctx context.Context, resp *http.Response, r *reply) error {
	switch code := resp.StatusCode; {
	case code == http.StatusNotModified && r.conditional:
		r.notModified = true
		return nil
	case code != http.StatusOK:
		return statusFault(resp, f.now).at(r.url)
	}
	if enc := resp.Header.Get("Content-Encoding"); enc != "" && enc != "identity" {
		return fail(ErrMalformed, nil, "is encoded as %.20q, which was not asked for", enc).at(r.url)
	}
	body := &bounded{ctx: ctx, body: resp.Body}
	err := f.readBody(ctx, body, resp.Header.Get("Content-Type"), r)
	r.size = body.size
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return fail(ErrTimeout, nil, "did not answer in full in time").at(r.url)
	}
	if fl, ok := errors.AsType[*fault](err); ok {
		return fl.at(r.url)
	}
	return fail(ErrMalformed, err, "cannot be read").at(r.url)
}

func (f *fetcher) readBody(ctx context.Context, body *bounded, contentType string, r *reply) error {
	src := decoded(body, contentType)
	base := *r.url
	base.User = nil // a post's link goes to the listener
	if f.rest {
		var err error
		r.doc, err = parsePosts(ctx, src, &base, f.now)
		return err
	}
	prefix, err := src.Peek(sniffSize)
	if len(prefix) == 0 && !errors.Is(err, io.EOF) {
		return err
	}
	switch form := sniff(prefix); form {
	case formEmpty:
		return fail(ErrNotFeed, nil, "is empty")
	case formOther:
		return fail(ErrNotFeed, nil, "is not a feed; set the feed's own address")
	case formPage:
		p := readPage(src, r.url)
		r.page = &p
		return ctx.Err() // a page that hangs names no feed for that reason
	default:
		r.json = form == formJSON
		r.doc, err = parse(ctx, src, form, &base, f.now)
		return advised(err)
	}
}

// advised adds the remedy to what turned out to be no feed.
func advised(err error) error {
	if f, ok := errors.AsType[*fault](err); ok && errors.Is(f, ErrNotFeed) {
		f.text += "; set the feed's own address"
	}
	return err
}

// bounded is a body that ends with a fault where it is too large, too slow or breaks off.
type bounded struct {
	ctx  context.Context
	body io.Reader
	size int64
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.body.Read(p)
	b.size += int64(n)
	switch {
	case b.size > maxBody:
		return 0, fail(ErrTooLarge, nil, "is larger than %d MiB", maxBody>>20)
	case b.ctx.Err() != nil:
		return 0, fail(ErrTimeout, nil, "did not answer in full in time")
	case err != nil && err != io.EOF:
		return n, fail(ErrCutOff, err, "broke off after %d bytes", b.size)
	}
	return n, err
}
