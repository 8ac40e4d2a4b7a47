// Package feed knows a blog's posts: it fetches one feed with manners (conditional requests, the
// publisher's own pace, back-off), reads it with gofeed and keeps what it found in memory.
//
// It refuses to let a bad answer cost a post that is kept already, to follow what comes out of a feed to
// an address that is not public, and to hold more of a feed in memory than the few fields of a Post.
package feed

import (
	"crypto/sha256"
	"encoding/hex"
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
	// ID is the GUID, else the link, else a hash of title and date. An ID of more than 512 bytes is
	// replaced by its hash.
	ID string
	// Title is plain text on one line: no markup, no entities, no control, zero-width or bidirectional
	// control characters. Emoji stay. It is empty where the post has none.
	Title string
	// Link is an absolute http or https URL of at most 2048 bytes, or empty.
	Link string
	// Published is the instant, in UTC; never zero in a post that Posts hands out.
	Published time.Time
}

// readItem makes a Post of what gofeed read. Its Published is what the feed claims, zero where it claims
// nothing usable. ok is false for an item that says nothing at all.
func readItem(it *gofeed.Item, base *url.URL) (p Post, ok bool) {
	guid := strings.TrimSpace(it.GUID)
	p = Post{Title: cleanTitle(it.Title), Link: absolute(base, it.Link), Published: claimed(it)}
	if p.Link == "" {
		// RSS 2.0: a guid is a permalink unless it says otherwise, and one that is no permalink is seldom
		// an absolute URL.
		p.Link = absolute(nil, guid)
	}
	p.ID = identify(guid, p)
	return p, guid != "" || p.Title != "" || p.Link != ""
}

// claimed is the date that an item states: published, else updated (gofeed falls back to dc:date by
// itself), else zero. The year 1 is what .NET writes for "no date", and a layout without a year gives 0.
func claimed(it *gofeed.Item) time.Time {
	for _, t := range []*time.Time{it.PublishedParsed, it.UpdatedParsed} {
		if t != nil && t.Year() > 1 {
			return t.UTC().Round(0)
		}
	}
	return time.Time{}
}

func identify(guid string, p Post) string {
	id := guid
	if id == "" {
		id = p.Link
	}
	if id == "" {
		return digest(p.Title + "\x00" + p.Published.Format(time.RFC3339Nano))
	}
	if len(id) > maxID {
		return digest(id)
	}
	return strings.Clone(id)
}

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return "sha256:" + hex.EncodeToString(sum[:])
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
