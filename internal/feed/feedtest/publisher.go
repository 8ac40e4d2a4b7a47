// Package feedtest is a publisher for tests: an http.Handler that behaves as the software behaves that most
// blogs run on, with its traps, and that lies on demand as broken and hostile servers do. What it says is
// made from the number of a post alone, so that every run sees the same blog.
//
// It refuses to be kinder than reality: what real software does not announce, repeat or forgive, it does
// not either.
package feedtest

import (
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"
)

// Kind is the software that a Publisher plays.
type Kind int

// The kinds of software.
const (
	WordPress Kind = iota // RSS 2.0, older posts by ?paged=N and by the REST API
	Blogger               // Atom, older posts by rel="next" with start-index
	Archives              // Atom, RFC 5005 section 4: prev-archive
	Pages                 // Atom, RFC 5005 section 3: first, previous, next, last
	JSONFeed              // JSON Feed 1.1, next_url
	Plain                 // RSS 2.0 of the newest posts, and no way to the older ones
)

// RESTMode is what has become of a WordPress site's REST API.
type RESTMode int

// The fates of a REST API.
const (
	RESTAvailable     RESTMode = iota
	RESTRemoved                // not announced, and 404
	RESTUnauthorized           // announced, and 401 rest_not_logged_in
	PlainPermalinks            // announced as /?rest_route=/ and served there; the feed is /?feed=rss2
	RESTHomeOnly               // served, but announced by the home page only, not by the feed
	RESTWithoutTotals          // without X-WP-Total, X-WP-TotalPages and Link, as some caches strip them
)

// OriginalURL is the address that the blog had when it was set up. IDs begin with it ever after, as
// WordPress's GUIDs do, wherever the blog is served from today.
const OriginalURL = "https://blog.example"

// CommonWord is a word that every post contains.
const CommonWord = "harbour"

// Publisher is a blog. The zero value is a WordPress site without posts. The fields are read while it
// serves, so set them before; everything else is safe for concurrent use.
type Publisher struct {
	Kind     Kind
	Posts    int // how many there are at the beginning
	PageSize int // posts a page; 0: 10 for WordPress and Plain, 25 Blogger, 20 JSONFeed, 50 Archives and Pages
	REST     RESTMode
	Newest   time.Time     // when the newest post was published; zero: 2 June 2025
	MaxAge   time.Duration // Cache-Control's max-age on the feed; 0: none
	Defect   Defect        // the lie to begin with; Tell tells another one
	Hub      string        // a WebSub hub that the feed names, in the document and by Link; "": none
	// OlderPagesURL begins the links to older pages, "https://www.blogger.com", as Blogger's lead to another
	// host than its feeds are read from; "": the request's own scheme and host.
	OlderPagesURL string
	Now           func() time.Time // for what is recorded and published from now on; nil: see Request, Publish

	mu             sync.Mutex
	initialized    bool
	posts          []post // newest first; replaced, never changed, as answers under way read it
	last           int    // the number of the newest post
	modified       time.Time
	currentDefect  Defect
	pendingFailure injectedFailure
	delay          time.Duration
	requestCount   int // how many requests there were
	requests       []*Request
}

// Item is a post as a correct reader sees it when nobody lies.
type Item struct {
	ID         string // the GUID
	Title      string
	Link       string // a path; the host is the request's
	Published  time.Time
	Text       string // the text without markup, blocks joined by one space
	UniqueWord string // a word of this post alone, "zebra-17"
	Categories []string
	Audio      string // the enclosure's path, or ""
}

// Request is what was asked and how much was answered.
type Request struct {
	Method, Path, RawQuery string
	Header                 http.Header
	At                     time.Time // by Now, else time.Now
	Status                 int       // 0: not answered yet
	HeaderBytes            int       // of the response: status line and fields, as HTTP/1.1 writes them
	BodyBytes              int
}

// FeedPath is where the feed is, with its query where it has one.
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

// Publish adds a post at the top. It is dated by Now, or seven hours after the one before where Now is nil.
// It is never older than the one before: while Now stands still both bear the same date.
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

// EditPost gives the post at index (0 is the newest) another title and with it another link. Its GUID stays.
func (p *Publisher) EditPost(index int, title string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.initPosts()
	p.touchModified(p.modified)
	p.posts = slices.Clone(p.posts)
	p.posts[index].title = typesetTitle(p.Kind, title)
	p.posts[index].modified = p.modified
}

// Items are all posts, newest first.
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

// SetDefect begins a lie, or with None ends it. It counts as a change, so that a conditional request sees it.
func (p *Publisher) SetDefect(l Defect) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.initPosts()
	p.currentDefect = l
	p.touchModified(p.modified)
}

// FailNext makes the next answers, whatever is asked for, bear status and header. A Fail replaces the one before.
func (p *Publisher) FailNext(status int, header http.Header, times int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pendingFailure = injectedFailure{status: status, header: header.Clone(), left: times}
}

// SetDelay delays each answer from now on, or as long as its request lives.
func (p *Publisher) SetDelay(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.delay = d
}

// Requests are those since the beginning or the last Forget, in the order in which they came.
func (p *Publisher) Requests() []Request {
	p.mu.Lock()
	defer p.mu.Unlock()
	requests := make([]Request, 0, len(p.requests))
	for _, r := range p.requests {
		requests = append(requests, *r)
	}
	return requests
}

// ClearRequests empties the record.
func (p *Publisher) ClearRequests() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.requests = nil
}

// initPosts makes the posts that there are at the beginning, once.
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

// initialDate is when the post at index of the beginning was published: seven hours apart, at odd seconds.
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

// touchModified moves the time of the last change: to at, to Now, or by a second at the least, as validators are
// made of it.
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

// guidFor is a post's GUID as the software makes it: of its number, so that it outlives title and link.
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
