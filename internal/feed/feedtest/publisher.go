// Package feedtest has a publisher and a WebSub hub for tests. Publisher is an http.Handler that behaves like common
// blog software, including its pitfalls. A test can give it the defects of broken and hostile servers. All texts are
// derived from the number of a post, so every run serves the same blog. Publisher is as strict as the real software. It
// does not announce or accept more.
package feedtest

import (
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"
)

// Kind is the software that a Publisher imitates.
type Kind int

// The kinds of software.
const (
	WordPress Kind = iota // RSS 2.0, older posts by ?paged=N and by the REST API
	Blogger               // Atom, older posts by rel="next" with start-index
	Archives              // Atom, RFC 5005 section 4: prev-archive
	Pages                 // Atom, RFC 5005 section 3: first, previous, next, last
	JSONFeed              // JSON Feed 1.1, next_url
	Plain                 // RSS 2.0 of the newest posts, without a source of older posts
)

// RESTMode is the state of a WordPress site's REST API.
type RESTMode int

// The states of a REST API.
const (
	RESTAvailable     RESTMode = iota
	RESTRemoved                // not announced, and 404
	RESTUnauthorized           // announced, and 401 rest_not_logged_in
	PlainPermalinks            // announced as /?rest_route=/ and served there; the feed is /?feed=rss2
	RESTHomeOnly               // served; the home page announces it, but the feed does not
	RESTWithoutTotals          // without X-WP-Total, X-WP-TotalPages and Link, which some caches remove
)

// OriginalURL is the address of the blog when it was installed. Like WordPress's GUIDs, IDs begin with it even if the
// blog has moved.
const OriginalURL = "https://blog.example"

// CommonWord is a word that every post contains.
const CommonWord = "harbour"

// Publisher is a blog. The zero value is a WordPress site without posts. Set the fields before the first request. The
// methods are safe for concurrent use.
type Publisher struct {
	Kind     Kind
	Posts    int // number of initial posts
	PageSize int // posts on a page; zero means 10 for WordPress and Plain, 25 for Blogger, 20 for JSONFeed, 50 for Archives and Pages
	REST     RESTMode
	Newest   time.Time     // when the newest initial post was published; zero means 2 June 2025
	MaxAge   time.Duration // max-age in the feed's Cache-Control header; zero omits the header
	Defect   Defect        // the initial defect; see SetDefect
	Hub      string        // a WebSub hub that the feed names, in the document and in a Link header; empty: no hub
	// OlderPagesURL is the base of the links to older pages, such as "https://www.blogger.com", because Blogger's feeds
	// link to another host. Empty means the scheme and host of the request.
	OlderPagesURL string
	// MovingIDs makes IDs begin with the scheme and host of the request instead of OriginalURL. Some blogs replace their
	// address in the whole database when they move.
	MovingIDs bool
	Now       func() time.Time // the clock; see Request and Publish for the effect of nil

	mu             sync.Mutex
	initialized    bool
	posts          []post // newest first; a change replaces the slice, because concurrent requests read the old slice
	last           int    // the number of the newest post
	modified       time.Time
	currentDefect  Defect
	pendingFailure injectedFailure
	delay          time.Duration
	requestCount   int
	requests       []*ReceivedRequest
}

// Item is a post as a correct reader understands it while the publisher does not have a defect.
type Item struct {
	ID         string // the GUID
	Title      string
	Link       string // the path of the link; the host is the host of the request
	Published  time.Time
	Text       string // the text without markup, blocks joined by one space
	UniqueWord string // a word that only this post has, "zebra-17"
	Categories []string
	Audio      string // the enclosure's path, or ""
}

// ReceivedRequest is a received request with the sizes of its response.
type ReceivedRequest struct {
	Method, Path, RawQuery string
	Header                 http.Header
	At                     time.Time // time of the request by Publisher.Now, or time.Now if that is nil
	Status                 int       // 0: no response yet
	HeaderBytes            int       // size of the response's status line and headers in HTTP/1.1
	BodyBytes              int
}

// FeedPath returns the path of the feed, with the query if there is one.
func (p *Publisher) FeedPath() string {
	switch p.Kind {
	case WordPress:
		if p.REST == PlainPermalinks {
			return "/?feed=rss2"
		}
		return "/feed/"
	case Blogger:
		return "/feeds/posts/default"
	case Archives, Pages:
		return "/feed.atom"
	case JSONFeed:
		return "/feed.json"
	default:
		return "/rss.xml"
	}
}

// Publish adds a new post. Its date is p.Now(), or seven hours after the previous post if p.Now is nil. The date is
// never before the date of the previous post.
func (p *Publisher) Publish(title string) Item {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.initPosts()
	at := p.newestDate().Add(7 * time.Hour)
	if p.Now != nil {
		at = laterOf(p.newestDate(), p.Now().UTC().Truncate(time.Second))
	}
	p.last++
	fresh := post{number: p.last, title: typesetTitle(p.Kind, title), published: at, modified: at}
	p.posts = slices.Insert(slices.Clone(p.posts), 0, fresh)
	p.touchModified(at)
	return p.itemOf(fresh)
}

// EditPost changes the title of the post at index, and with it the link. Index 0 is the newest post. The GUID stays the
// same.
func (p *Publisher) EditPost(index int, title string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.initPosts()
	p.touchModified(p.modified)
	p.posts = slices.Clone(p.posts)
	p.posts[index].title = typesetTitle(p.Kind, title)
	p.posts[index].modified = p.modified
}

// Items returns all posts, newest first.
func (p *Publisher) Items() []Item {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.initPosts()
	items := make([]Item, 0, len(p.posts))
	for _, each := range p.posts {
		items = append(items, p.itemOf(each))
	}
	return items
}

// SetDefect sets the current defect. NoDefect ends it. Each call changes the validators, so that conditional requests
// receive the changed documents.
func (p *Publisher) SetDefect(l Defect) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.initPosts()
	p.currentDefect = l
	p.touchModified(p.modified)
}

// FailNext makes the next responses, at every address, fail with the status and header. It replaces the effect of an
// earlier FailNext.
func (p *Publisher) FailNext(status int, header http.Header, times int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pendingFailure = injectedFailure{status: status, header: header.Clone(), left: times}
}

// SetDelay delays all later responses.
func (p *Publisher) SetDelay(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.delay = d
}

// Requests returns the requests since the start or the last ClearRequests, in order.
func (p *Publisher) Requests() []ReceivedRequest {
	p.mu.Lock()
	defer p.mu.Unlock()
	requests := make([]ReceivedRequest, 0, len(p.requests))
	for _, r := range p.requests {
		requests = append(requests, *r)
	}
	return requests
}

// ClearRequests deletes the recorded requests.
func (p *Publisher) ClearRequests() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.requests = nil
}

// initPosts creates the initial posts at the first call. Later calls do nothing.
func (p *Publisher) initPosts() {
	if p.initialized {
		return
	}
	p.initialized, p.currentDefect, p.last = true, p.Defect, p.Posts
	p.posts = make([]post, 0, p.Posts)
	for i := range p.Posts {
		at := p.initialDate(i)
		p.posts = append(p.posts, post{number: p.Posts - i, title: titleFor(p.Posts - i), published: at, modified: at})
	}
	p.modified = p.newestDate()
}

// initialDate returns the date of an initial post. Posts are seven hours apart, at irregular seconds.
func (p *Publisher) initialDate(index int) time.Time {
	newest := p.Newest.UTC().Truncate(time.Second)
	if p.Newest.IsZero() {
		newest = time.Date(2025, time.June, 2, 9, 41, 7, 0, time.UTC)
	}
	odd := time.Duration(index*2741%3600) * time.Second
	return newest.Add(-time.Duration(index)*7*time.Hour - odd)
}

func (p *Publisher) newestDate() time.Time {
	if len(p.posts) == 0 {
		return p.initialDate(0)
	}
	return p.posts[0].published
}

// touchModified advances the time of the last change by at least a second, because validators depend on it.
func (p *Publisher) touchModified(at time.Time) {
	next := laterOf(at, p.modified.Add(time.Second))
	if p.Now != nil {
		next = laterOf(next, p.Now().UTC().Truncate(time.Second))
	}
	p.modified = next
}

func laterOf(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func (p *Publisher) pageSize() int {
	if p.PageSize > 0 {
		return p.PageSize
	}
	return [...]int{WordPress: 10, Blogger: 25, Archives: 50, Pages: 50, JSONFeed: 20, Plain: 10}[p.Kind]
}

func (p *Publisher) itemOf(each post) Item {
	return Item{
		ID: each.guidFor(p.Kind), Title: each.title, Link: each.permalinkPath(), Published: each.published, Text: each.plainText(),
		UniqueWord: each.uniqueWord(), Categories: each.categories(), Audio: each.audioPath(),
	}
}

// guidFor returns the GUID of a post. It depends on the number only, so it stays if title and link change.
func (each post) guidFor(kind Kind) string {
	switch kind {
	case WordPress, JSONFeed:
		return OriginalURL + "/?p=" + strconv.Itoa(each.recordID())
	case Blogger:
		return blogID + ".post-" + each.bloggerNumber()
	default:
		return "tag:blog.example,2005:post-" + strconv.Itoa(each.recordID())
	}
}
