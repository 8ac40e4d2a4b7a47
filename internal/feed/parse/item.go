package parse

import (
	"net/url"
	"strings"
	"time"

	"github.com/mmcdole/gofeed"

	"lastpost/internal/feed"
)

// feedItem is an entry without its final ID, because the ID depends on the other items of the document (see assignIDs).
type feedItem struct {
	feed.Entry
	guid string
	link string // the link element of the item; Entry.Link may be a GUID that is a URL
}

// extraFields holds the fields of an item that gofeed does not read.
type extraFields struct {
	content  string    // HTML
	images   [3]string // image URLs by kind, in order of preference
	language string
}

// newFeedItem creates an item from gofeed's result and the extra fields. Published is the date in the feed, or zero if
// the feed states no usable date. ok is false if the item does not have a GUID, a title or a link.
func newFeedItem(it *gofeed.Item, extra extraFields, base *url.URL) (i feedItem, ok bool) {
	guid := strings.TrimSpace(it.GUID)
	i.guid, i.link = feed.PrintableID(guid), feed.ResolveLink(base, it.Link)
	i.Title, i.Link, i.Published = cleanTitle(it.Title), i.link, claimedDate(it)
	if i.Link == "" {
		// In RSS 2.0, a guid is a permalink unless isPermaLink is false. gofeed does not return isPermaLink, but a guid
		// that is an absolute URL is usually a permalink.
		i.Link = feed.ResolveLink(nil, guid)
	}
	if i.guid == "" && i.Title == "" && i.Link == "" {
		return i, false
	}
	if own, err := url.Parse(i.Link); err == nil && i.Link != "" {
		base = own
	}
	i.Content = extra.content
	i.Categories = cleanCategories(it.Categories)
	i.Image = itemImage(extra.images, extra.content, base)
	i.Audio = firstAudio(it.Enclosures, base)
	i.Language = feed.ParseLanguageTag(extra.language)
	if dc := it.DublinCoreExt; i.Language == "" && dc != nil && len(dc.Language) > 0 {
		i.Language = feed.ParseLanguageTag(dc.Language[0])
	}
	return i, true
}

// claimedDate returns the date in the feed, to the second: the published date, or else the updated date, or else zero.
// gofeed also uses dc:date. Years 1 and 0 count as missing: .NET writes year 1 for a missing date, and a date format
// without a year results in year 0.
func claimedDate(it *gofeed.Item) time.Time {
	for _, t := range []*time.Time{it.PublishedParsed, it.UpdatedParsed} {
		if t != nil && t.Year() > 1 && !feed.IsEpochDate(*t) {
			return t.UTC().Truncate(time.Second)
		}
	}
	return time.Time{}
}
