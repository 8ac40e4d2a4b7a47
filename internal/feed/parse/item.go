package parse

import (
	"cmp"
	"net/url"
	"strings"
	"time"

	"github.com/mmcdole/gofeed"

	"lastpost/internal/feed"
	"lastpost/internal/feed/dates"
	"lastpost/internal/feed/decode"
)

// feedItem is an entry without its final ID, because the ID depends on the other items of the document (see assignIDs).
type feedItem struct {
	feed.Entry
	guid  string
	link  string     // the link element of the item; Entry.Link may be a GUID that is a URL
	date  dates.Date // Entry.Published is set at the end of the document
	order time.Time  // place among the posts of the document, see collector.resolveDates
	body  string     // hash of the body, for an item without GUID, link and title

	skipped []SkippedAudio
}

// extraFields holds the fields of an item that gofeed does not read.
type extraFields struct {
	title         string // set if it is encoded with base64
	link          alternateLink
	content       longestText
	mediaText     longestText // media:description, used if there is no other text
	images        [3]string   // image URLs by kind, in order of preference
	enclosures    []enclosure
	alternateMIME string // of the latest podcast:alternateEnclosure
	authors       []string
	sourceAuthors []string // authors of the feed that the entry comes from (atom:source)
	language      string
	dates         dateTexts
}

// isEmpty reports whether an item has none of the fields that make a post without a title and a link.
func (d *extraFields) isEmpty() bool {
	return d.title == "" && d.link.url == "" && d.content.html == "" && d.mediaText.html == "" && len(d.enclosures) == 0
}

// newFeedItem creates an item from gofeed's result and the extra fields. ok is false if the item does not have a GUID, a
// title, a link, a text or a sound.
func newFeedItem(it *gofeed.Item, extra extraFields, base *url.URL) (i feedItem, ok bool) {
	guid := strings.TrimSpace(it.GUID)
	i.guid, i.link = feed.PrintableID(guid), itemLink(it, extra, base)
	i.Title, i.Link, i.date = cleanTitle(cmp.Or(extra.title, it.Title)), i.link, extra.dates.claimed()
	if i.Link == "" {
		// In RSS 2.0, a guid is a permalink unless isPermaLink is false. gofeed does not return isPermaLink, but a guid
		// that is an absolute URL is usually a permalink.
		i.Link = feed.ResolveLink(nil, guid)
	}
	if own, err := url.Parse(i.Link); err == nil && i.Link != "" {
		base = own
	}
	if extra.content.html == "" {
		extra.content = extra.mediaText
	}
	i.Content = decode.JoinSurrogates(extra.content.html)
	if i.Authors = feed.CleanAuthors(extra.authors); i.Authors == nil {
		i.Authors = feed.CleanAuthors(extra.sourceAuthors)
	}
	i.Categories = cleanCategories(it.Categories)
	i.Image = itemImage(extra.images, extra.content, base)
	i.useEnclosures(extra.enclosures, base)
	i.Language = cmp.Or(feed.ParseLanguageTag(extra.content.language), feed.ParseLanguageTag(extra.language))
	if dc := it.DublinCoreExt; i.Language == "" && dc != nil && len(dc.Language) > 0 {
		i.Language = feed.ParseLanguageTag(dc.Language[0])
	}
	if i.guid != "" || i.Title != "" || i.Link != "" {
		return i, true
	}
	body := cmp.Or(i.PlainText(), i.Image, i.Audio.URL)
	i.body = feed.Digest(body)
	return i, body != ""
}

// itemLink returns the first link to a web page.
func itemLink(it *gofeed.Item, extra extraFields, base *url.URL) string {
	for _, link := range append(it.Links, it.Link, extra.link.url) {
		if u := feed.ResolveLink(base, link); u != "" {
			return u
		}
	}
	return ""
}
