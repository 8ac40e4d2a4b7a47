// Package feed knows a blog's posts: it fetches one feed with manners (conditional requests, the
// publisher's own pace, back-off), reads it with gofeed and keeps what it found in memory.
//
// It refuses to let a bad answer cost a post that is kept already, to follow what comes out of a feed to
// an address that is not public, and to hold more of a feed in memory than the fields of its Entries.
package feed

import (
	"net/url"
	"strings"
	"time"

	"github.com/mmcdole/gofeed"
)

// Bounds of what one post may say of itself, so that what is kept of a hostile feed stays small.
const (
	maxID   = 512
	maxLink = 2048
)

// Post is one entry of a blog.
type Post struct {
	// ID is the GUID, else the link, else a hash of link, title and date: the first of them that no other post of
	// the document bears. An ID of more than 512 bytes, or with control characters, is replaced by its hash.
	ID string
	// Title is plain text on one line: no markup, no entities, no control, zero-width or bidirectional
	// control characters. Emoji stay. It is empty where the post has none.
	Title string
	// Link is an absolute http or https URL of at most 2048 bytes, or empty.
	Link string
	// Published is the instant, in UTC; never zero in a post that Posts hands out.
	Published time.Time
}

// item is an entry as a document shows it. Its ID depends on the document's others (see identify).
type item struct {
	Entry
	guid string
	link string // as it is stated; Link may be a guid that is a URL
}

// told is what an item says beside what gofeed reads of it.
type told struct {
	content  string    // HTML
	images   [3]string // where each kind of image is, the kind that is most surely the post's first
	language string
}

// readItem makes an item of what gofeed read and of what it was not asked for. Its Published is what the feed
// claims, zero where it claims nothing usable. ok is false for an item that says nothing at all.
func readItem(it *gofeed.Item, more told, base *url.URL) (i item, ok bool) {
	guid := strings.TrimSpace(it.GUID)
	i.guid, i.link = printable(guid), absolute(base, it.Link)
	i.Title, i.Link, i.Published = cleanTitle(it.Title), i.link, claimed(it)
	if i.Link == "" {
		// RSS 2.0: a guid is a permalink unless it says otherwise, and one that is no permalink is seldom
		// an absolute URL.
		i.Link = absolute(nil, guid)
	}
	if i.guid == "" && i.Title == "" && i.Link == "" {
		return i, false
	}
	if own, err := url.Parse(i.Link); err == nil && i.Link != "" {
		base = own
	}
	i.Content = more.content
	i.Categories = categories(it.Categories)
	i.Image = image(more.images, more.content, base)
	i.Audio = audio(it.Enclosures, base)
	i.Language = languageTag(more.language)
	if dc := it.DublinCoreExt; i.Language == "" && dc != nil && len(dc.Language) > 0 {
		i.Language = languageTag(dc.Language[0])
	}
	return i, true
}

// claimed is the date that an item states, to the second: published, else updated (gofeed falls back to dc:date
// by itself), else zero. The year 1 is what .NET writes for "no date", and a layout without a year gives 0.
func claimed(it *gofeed.Item) time.Time {
	for _, t := range []*time.Time{it.PublishedParsed, it.UpdatedParsed} {
		if t != nil && t.Year() > 1 && !isEpoch(*t) {
			return t.UTC().Truncate(time.Second)
		}
	}
	return time.Time{}
}

// isEpoch tells a date that a zero became: a missing value is 0 in many a database, and is then written as the
// first of January 1970, of whatever time zone. No blog has a post from that day.
func isEpoch(t time.Time) bool {
	first := time.Date(1969, time.December, 31, 10, 0, 0, 0, time.UTC) // where the day begins first, at +14:00
	last := time.Date(1970, time.January, 2, 0, 0, 0, 0, time.UTC)
	return !t.Before(first) && t.Before(last)
}

// absolute resolves a link against base (which may be nil) and returns it if it is an http or https URL
// that fits, else "". The link of a feed goes to a card, so no other scheme may pass.
func absolute(base *url.URL, link string) string {
	u, err := url.Parse(strings.TrimSpace(link))
	if err != nil || link == "" {
		return ""
	}
	if base != nil {
		u = base.ResolveReference(u)
	}
	if !isWeb(u) {
		return ""
	}
	s := u.String()
	if len(s) > maxLink {
		return ""
	}
	return strings.Clone(s)
}

// isWeb tells whether u is an absolute http or https URL.
func isWeb(u *url.URL) bool {
	return (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != ""
}
