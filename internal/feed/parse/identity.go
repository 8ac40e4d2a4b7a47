package parse

import (
	"cmp"
	"time"

	"lastpost/internal/feed"
)

// identify gives the items of one document their IDs. What a template's mistake gives to different posts does not
// tell them apart, and an ID of theirs would make one post of them: a GUID that several posts bear names none of
// them, as a later poll may show them in another order or only one of them. Their links do, else what they say.
// Items that repeat each other keep one ID.
func identify(list []item) []feed.Entry {
	guids, links := map[string]*bearers{}, map[string]*bearers{}
	for i := range list {
		meet(guids, list[i].guid, list[i].Title, list[i].link)
	}
	byGUID := func(i *item) bool { return i.guid != "" && !guids[i.guid].several }
	for i := range list {
		if !byGUID(&list[i]) {
			meet(links, list[i].link, list[i].Title, "")
		}
	}
	entries := make([]feed.Entry, len(list))
	for n := range list {
		i := &list[n]
		entries[n] = i.Entry
		switch {
		case byGUID(i):
			entries[n].ID = i.guid
		case i.link != "" && !links[i.link].several:
			entries[n].ID = feed.Printable(i.link)
		default:
			entries[n].ID = feed.Digest(i.link + "\x00" + i.Title + "\x00" + i.Published.Format(time.RFC3339))
		}
	}
	return entries
}

// bearers are the items that bear one name: a GUID or a link.
type bearers struct {
	title, link string
	bare        bool // one of them has no link
	several     bool // they are different posts
}

// meet notes that a post bears a name. Posts with different links are different ones; where a link is missing, or is
// the name itself, the titles tell.
func meet(all map[string]*bearers, name, title, link string) {
	if name == "" {
		return
	}
	b := all[name]
	if b == nil {
		all[name] = &bearers{title: title, link: link, bare: link == ""}
		return
	}
	b.bare = b.bare || link == ""
	b.several = b.several ||
		b.link != "" && link != "" && b.link != link ||
		b.bare && b.title != title
	b.link = cmp.Or(b.link, link)
}
