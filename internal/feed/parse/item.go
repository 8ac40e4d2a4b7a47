package parse

import (
	"net/url"
	"strings"
	"time"

	"github.com/mmcdole/gofeed"

	"lastpost/internal/feed"
)

// item is an entry as a document shows it. Its ID depends on the document's others (see identify).
type item struct {
	feed.Entry
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
	i.guid, i.link = feed.Printable(guid), feed.Absolute(base, it.Link)
	i.Title, i.Link, i.Published = cleanTitle(it.Title), i.link, claimed(it)
	if i.Link == "" {
		// RSS 2.0: a guid is a permalink unless it says otherwise, and one that is no permalink is seldom
		// an absolute URL.
		i.Link = feed.Absolute(nil, guid)
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
	i.Language = feed.LanguageTag(more.language)
	if dc := it.DublinCoreExt; i.Language == "" && dc != nil && len(dc.Language) > 0 {
		i.Language = feed.LanguageTag(dc.Language[0])
	}
	return i, true
}

// claimed is the date that an item states, to the second: published, else updated (gofeed falls back to dc:date
// by itself), else zero. The year 1 is what .NET writes for "no date", and a layout without a year gives 0.
func claimed(it *gofeed.Item) time.Time {
	for _, t := range []*time.Time{it.PublishedParsed, it.UpdatedParsed} {
		if t != nil && t.Year() > 1 && !feed.IsEpoch(*t) {
			return t.UTC().Truncate(time.Second)
		}
	}
	return time.Time{}
}
