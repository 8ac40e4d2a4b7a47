package parse

import (
	"cmp"
	"time"

	"lastpost/internal/feed"
)

// assignIDs gives the items of one document their IDs. What a template's mistake gives to different posts does not
// tell them apart, and an ID of theirs would make one post of them: a GUID that several posts bear names none of
// them, as a later poll may show them in another order or only one of them. Their links do, else what they say.
// Items that repeat each other keep one ID.
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

// keyUse are the items that bear one name: a GUID or a link.
type keyUse struct {
	title, link     string
	someWithoutLink bool // one of them has no link
	ambiguous       bool // they are different posts
}

// recordKey notes that a post bears a name. Posts with different links are different ones; where a link is missing, or is
// the name itself, the titles tell.
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
