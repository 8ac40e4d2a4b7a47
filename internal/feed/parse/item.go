package parse

import (
	"net/url"
	"strings"
	"time"

	"github.com/mmcdole/gofeed"

	"lastpost/internal/feed"
)

// feedItem is an entry as a document shows it. Its ID depends on the document's others (see identify).
type feedItem struct {
	feed.Entry
	guid string
	link string // as it is stated; Link may be a guid that is a URL
}

// extraFields is what an item says beside what gofeed reads of it.
type extraFields struct {
	content  string    // HTML
	images   [3]string // where each kind of image is, the kind that is most surely the post's first
	language string
}

// newFeedItem makes an item of what gofeed read and of what it was not asked for. Its Published is what the feed
// claims, zero where it claims nothing usable. ok is false for an item that says nothing at all.
func newFeedItem(it *gofeed.Item, extra extraFields, base *url.URL) (i feedItem, ok bool) {
	guid := strings.TrimSpace(it.GUID)
	i.guid, i.link = feed.PrintableID(guid), feed.ResolveLink(base, it.Link)
	i.Title, i.Link, i.Published = cleanTitle(it.Title), i.link, claimedDate(it)
	if i.Link == "" {
		// RSS 2.0: a guid is a permalink unless it says otherwise, and one that is no permalink is seldom
		// an absolute URL.
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

// claimedDate is the date that an item states, to the second: published, else updated (gofeed falls back to dc:date
// by itself), else zero. The year 1 is what .NET writes for "no date", and a layout without a year gives 0.
func claimedDate(it *gofeed.Item) time.Time {
	for _, t := range []*time.Time{it.PublishedParsed, it.UpdatedParsed} {
		if t != nil && t.Year() > 1 && !feed.IsEpochDate(*t) {
			return t.UTC().Truncate(time.Second)
		}
	}
	return time.Time{}
}
