package parse

import (
	"cmp"
	"time"

	"lastpost/internal/feed"
)

// assignIDs sets the IDs of all items of one document. It uses the GUID, or else the link, or else a digest of link,
// title and date. Different posts must not get the same ID, because items with the same ID become one post. A faulty
// template can give different posts the same GUID. None of these posts uses it as its ID, because a later poll may show
// the posts in another order, or only one post. Several copies of one item get the same ID.
func assignIDs(list []feedItem) []feed.Entry {
	guids, links := map[string]*keyUse{}, map[string]*keyUse{}
	for i := range list {
		recordKey(guids, list[i].guid, list[i].Title, list[i].link)
	}
	byGUID := func(i *feedItem) bool { return i.guid != "" && !guids[i.guid].ambiguous }
	for i := range list {
		if !byGUID(&list[i]) {
			recordKey(links, list[i].link, list[i].Title, "")
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
			entries[n].ID = feed.Digest(i.link + "\x00" + i.Title + "\x00" + i.Published.Format(time.RFC3339))
		}
	}
	return entries
}

// keyUse describes the items that share one key: a GUID or a link.
type keyUse struct {
	title, link     string
	someWithoutLink bool // at least one item does not have a link
	ambiguous       bool // the items are different posts
}

// recordKey records that an item uses a key, and whether items with this key are different posts. Items with different
// links are different posts. If a link is missing or equal to the key, items with different titles are different posts.
func recordKey(all map[string]*keyUse, key, title, link string) {
	if key == "" {
		return
	}
	b := all[key]
	if b == nil {
		all[key] = &keyUse{title: title, link: link, someWithoutLink: link == ""}
		return
	}
	b.someWithoutLink = b.someWithoutLink || link == ""
	b.ambiguous = b.ambiguous ||
		b.link != "" && link != "" && b.link != link ||
		b.someWithoutLink && b.title != title
	b.link = cmp.Or(b.link, link)
}
