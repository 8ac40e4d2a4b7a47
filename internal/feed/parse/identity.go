package parse

import (
	"cmp"
	"slices"
	"strings"
	"time"
	"unicode"

	"lastpost/internal/feed"
	"lastpost/internal/feed/dates"
)

// assignIDs sets the IDs of all items of one document. It uses the GUID, or else the link, or else a digest of link,
// title, date and, if there is nothing else, the body. Different posts must not get the same ID, because items with the
// same ID become one post. A faulty template can give different posts the same GUID. None of these posts uses it as its
// ID, because a later poll may show the posts in another order, or only one post. Several copies of one item get the
// same ID.
func assignIDs(list []feedItem) []feed.Entry {
	guids, links := map[string]*keyUse{}, map[string]*keyUse{}
	for i := range list {
		recordKey(guids, list[i].guid, list[i].link, &list[i])
	}
	byGUID := func(i *feedItem) bool { return i.guid != "" && !guids[i.guid].ambiguous }
	for i := range list {
		if !byGUID(&list[i]) {
			recordKey(links, list[i].link, "", &list[i])
		}
	}
	entries := make([]feed.Entry, len(list))
	for n := range list {
		i := &list[n]
		entries[n] = i.Entry
		switch {
		case byGUID(i):
			entries[n].ID = i.guid
		case i.link != "" && !links[i.link].ambiguous:
			entries[n].ID = feed.PrintableID(i.link)
		default:
			entries[n].ID = feed.Digest(i.link + "\x00" + i.Title + "\x00" + dates.StableTime(i.date).Format(time.RFC3339) + i.body)
		}
	}
	return entries
}

// keyUse describes the items that share one key: a GUID or a link.
type keyUse struct {
	title, foldedTitle, link string
	published                time.Time
	someWithoutLink          bool // at least one item does not have a link
	otherTitle, otherDate    bool // at least one item has another title or date
	ambiguous                bool // the items are different posts
}

// recordKey records that an item uses a key, and whether items with this key are different posts. Items with different
// links are different posts. If a link is missing or equal to the key, items with different titles are different posts.
// Items with one link are different posts if both titles and dates differ. A feed that shows a post twice, before and
// after an edit, changes only one of them, or only details of the title.
func recordKey(all map[string]*keyUse, key, link string, i *feedItem) {
	if key == "" {
		return
	}
	b := all[key]
	if b == nil {
		all[key] = &keyUse{
			title: i.Title, foldedTitle: foldTitle(i.Title), link: link, published: i.Published, someWithoutLink: link == "",
		}
		return
	}
	b.someWithoutLink = b.someWithoutLink || link == ""
	b.otherTitle = b.otherTitle || b.title != i.Title && b.foldedTitle != foldTitle(i.Title)
	b.otherDate = b.otherDate || !i.Published.IsZero() && !b.published.IsZero() && !b.published.Equal(i.Published)
	b.ambiguous = b.ambiguous || b.otherTitle && b.otherDate ||
		b.link != "" && link != "" && b.link != link ||
		b.someWithoutLink && b.title != i.Title
	b.link = cmp.Or(b.link, link)
	if b.published.IsZero() {
		b.published = i.Published
	}
}

// foldTitle returns the letters and digits of a title in lower case, without the usual mark of an edited post.
func foldTitle(title string) string {
	words := strings.FieldsFunc(strings.ToLower(title), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) })
	words = slices.DeleteFunc(words, func(word string) bool { return word == "update" || word == "updated" })
	return strings.Join(words, " ")
}
