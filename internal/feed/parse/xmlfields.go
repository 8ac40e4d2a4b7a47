package parse

import (
	"cmp"
	"encoding/xml"
	"net/url"
	"slices"
	"strings"

	"lastpost/internal/feed"
)

// What the namespaces of an element's name are called. The decoder gives an undeclared prefix as it stands.
const (
	nsXML         = "http://www.w3.org/XML/1998/namespace"
	nsAtom        = "http://www.w3.org/2005/Atom"
	nsAtom03      = "http://purl.org/atom/ns#"
	nsMedia       = "http://search.yahoo.com/mrss"
	nsITunes      = "http://www.itunes.com/dtds/podcast-1.0.dtd"
	nsSyndication = "http://purl.org/rss/1.0/modules/syndication/"
	nsHistory     = "http://purl.org/syndication/history/1.0"
)

func isAtom(space string) bool {
	return space == nsAtom || space == nsAtom03 || space == "atom" || space == "atom10"
}

func isMedia(space string) bool {
	return strings.TrimSuffix(space, "/") == nsMedia || space == "media"
}

func isSyndication(space string) bool { return space == nsSyndication || space == "sy" }

func isITunes(space string) bool { return strings.EqualFold(space, nsITunes) || space == "itunes" }

// field takes in what begins within an item.
func (s *splitter) field(t xml.StartElement, name string, raw []byte, whole bool) {
	said := &s.told[len(s.told)-1]
	said.picture(t)
	switch {
	case s.depth != s.item+1 || isMedia(t.Name.Space):
		return
	case isContent(name):
		s.passage.open(&said.content, s.depth, s.constructOf(t))
		s.src.room = maxText
	case isWanted(name) && len(s.batch)-s.mark < maxItem:
		s.filled = true
		s.copyFrom(raw, whole)
	}
}

func isContent(name string) bool {
	return name == "content" || name == "encoded" || name == "description" || name == "summary"
}

func isWanted(name string) bool {
	return slices.Contains([]string{
		"title", "link", "guid", "id", "pubdate", "published", "issued", "updated", "modified", "date", "category", "subject",
		"enclosure", "language",
	}, name)
}

// picture takes in an image. Those of the media module may stand in a media:group.
func (d *told) picture(t xml.StartElement) {
	var kind int
	address := plainAttr(t, "url")
	switch name := t.Name.Local; {
	case isMedia(t.Name.Space) && name == "content":
		if isDot(plainAttr(t, "width")) || !isPicture(address, plainAttr(t, "type"), plainAttr(t, "medium")) {
			return
		}
		kind = mediaContent
	case isMedia(t.Name.Space) && name == "thumbnail":
		kind = mediaThumbnail
	case isITunes(t.Name.Space) && name == "image":
		kind, address = itunesImage, plainAttr(t, "href")
	default:
		return
	}
	if d.images[kind] == "" && len(address) <= feed.MaxLink {
		d.images[kind] = address
	}
}

// constructOf tells how the text of an element is to be read. In RSS it is HTML; Atom says (RFC 4287, sections 3.1
// and 4.1.3; Atom 0.3 by its mode).
func (s *splitter) constructOf(t xml.StartElement) construct {
	if !isAtom(t.Name.Space) && (!s.atom || t.Name.Space != "") {
		return asHTML
	}
	kind, mode := lower(plainAttr(t, "type")), lower(plainAttr(t, "mode"))
	inline := t.Name.Space == nsAtom03 && mode != "escaped"
	switch {
	case plainAttr(t, "src") != "" || mode == "base64":
		return asNothing
	case kind == "xhtml" || kind == "application/xhtml+xml" || kind == "text/html" && inline:
		return asMarkup
	case kind == "html" || kind == "text/html":
		return asHTML
	case kind == "" || kind == "text" || kind == "text/plain":
		return asText
	}
	return asNothing
}

// headWords are what a feed's head says in words, the first of each.
type headWords struct {
	home, generator, language string
	ttl, period, frequency    string
	marked                    string // xml:lang
}

// headField takes in what begins outside of the items.
func (s *splitter) headField(t xml.StartElement, name string) {
	if s.depth != s.itemDepth() {
		return
	}
	if !s.atom && !s.inside {
		return // beside RSS 1.0's channel stands an image with a link
	}
	own := t.Name.Space == s.space || t.Name.Space == ""
	href := plainAttr(t, "href")
	switch {
	case name == "link" && href != "" && (own || isAtom(t.Name.Space)):
		s.c.links.add(plainAttr(t, "rel"), plainAttr(t, "type"), href, baseOf(t, s.xmlBase))
	case name == "link" && own && !s.atom:
		s.word(&s.words.home)
	case name == "generator" && own:
		s.c.links.madeBy(plainAttr(t, "uri"))
		s.word(&s.words.generator)
	case name == "generatoragent": // RSS 1.0, http://webns.net/mvcb/
		s.c.links.madeBy(plainAttr(t, "resource"))
	case name == "language":
		s.word(&s.words.language)
	case name == "ttl" && own && !s.atom:
		s.word(&s.words.ttl)
	case name == "updateperiod" && isSyndication(t.Name.Space):
		s.word(&s.words.period)
	case name == "updatefrequency" && isSyndication(t.Name.Space):
		s.word(&s.words.frequency)
	case name == "complete" && (t.Name.Space == nsHistory || t.Name.Space == "fh"):
		s.c.links.Complete = true
	}
}

// word reads the text of the element at hand, unless one was read already.
func (s *splitter) word(into *string) {
	if *into == "" {
		s.passage.open(into, s.depth, asWord)
	}
}

// headSaid makes use of the head's words. They may have stood behind the items.
func (s *splitter) headSaid() {
	if home := feed.HeadLink(s.xmlBase, s.words.home); home != nil {
		s.c.links.Home = home
	}
	s.c.links.madeBy(s.words.generator)
	s.c.language = cmp.Or(feed.LanguageTag(s.words.language), feed.LanguageTag(s.words.marked))
	s.c.hint = updateHint(s.words.ttl, s.words.period, s.words.frequency)
}

// plainAttr is an attribute without a namespace of its own, but RDF's; "" where there is none.
func plainAttr(t xml.StartElement, name string) string {
	for _, a := range t.Attr {
		if strings.EqualFold(a.Name.Local, name) && a.Name.Space != nsXML && a.Name.Space != "xmlns" {
			return a.Value
		}
	}
	return ""
}

func xmlAttr(t xml.StartElement, name string) string {
	for _, a := range t.Attr {
		if a.Name.Space == nsXML && a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// baseOf is what the links of an element are relative to (xml:base), given what those of its parent are.
func baseOf(t xml.StartElement, parent *url.URL) *url.URL {
	if own := xmlAttr(t, "base"); own != "" && len(own) <= feed.MaxLink {
		if u, err := parent.Parse(own); err == nil && feed.IsWeb(u) {
			return u
		}
	}
	return parent
}

func lower(s string) string { return strings.ToLower(strings.TrimSpace(s)) }
