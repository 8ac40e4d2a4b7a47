package parse

import (
	"cmp"
	"encoding/xml"
	"net/url"
	"slices"
	"strings"

	"lastpost/internal/feed"
	"lastpost/internal/feed/decode"
)

// The namespaces of elements. The decoder returns an undeclared prefix unchanged as the namespace.
const (
	nsXML         = "http://www.w3.org/XML/1998/namespace"
	nsAtom        = "http://www.w3.org/2005/Atom"
	nsAtom03      = "http://purl.org/atom/ns#"
	nsMedia       = "http://search.yahoo.com/mrss"
	nsITunes      = "http://www.itunes.com/dtds/podcast-1.0.dtd"
	nsSyndication = "http://purl.org/rss/1.0/modules/syndication/"
	nsHistory     = "http://purl.org/syndication/history/1.0"
)

func isAtomNamespace(space string) bool {
	return space == nsAtom || space == nsAtom03 || space == "atom" || space == "atom10"
}

func isMediaNamespace(space string) bool {
	return strings.TrimSuffix(space, "/") == nsMedia || space == "media"
}

func isSyndicationNamespace(space string) bool { return space == nsSyndication || space == "sy" }

func isITunesNamespace(space string) bool {
	return strings.EqualFold(space, nsITunes) || space == "itunes"
}

// startItemField handles the start tag of an element within an item.
func (s *splitter) startItemField(t xml.StartElement, name string, raw []byte, complete bool) {
	extra := &s.extras[len(s.extras)-1]
	extra.addImage(t)
	switch {
	case s.depth != s.openItemDepth+1 || isMediaNamespace(t.Name.Space):
		return
	case isContentField(name):
		s.text.begin(&extra.content, s.depth, s.textConstructFor(t))
		s.src.TextLimit = decode.MaxText
	case isCopiedField(name) && len(s.batch)-s.itemStart < maxItem:
		s.hasFields = true
		s.startCopy(raw, complete)
	}
}

func isContentField(name string) bool {
	return name == "content" || name == "encoded" || name == "description" || name == "summary"
}

func isCopiedField(name string) bool {
	return slices.Contains([]string{
		"title", "link", "guid", "id", "pubdate", "published", "issued", "updated", "modified", "date", "category", "subject",
		"enclosure", "language",
	}, name)
}

// addImage stores an image. Images of the media module may be nested in a media:group.
func (d *extraFields) addImage(t xml.StartElement) {
	var kind int
	address := plainAttr(t, "url")
	switch name := t.Name.Local; {
	case isMediaNamespace(t.Name.Space) && name == "content":
		if isTrackingPixel(plainAttr(t, "width")) || !isImageMedia(address, plainAttr(t, "type"), plainAttr(t, "medium")) {
			return
		}
		kind = mediaContent
	case isMediaNamespace(t.Name.Space) && name == "thumbnail":
		kind = mediaThumbnail
	case isITunesNamespace(t.Name.Space) && name == "image":
		kind, address = itunesImage, plainAttr(t, "href")
	default:
		return
	}
	if d.images[kind] == "" && len(address) <= feed.MaxLink {
		d.images[kind] = address
	}
}

// textConstructFor returns how to read the text of an element. In RSS, the text is HTML. Atom states the type in an
// attribute (RFC 4287, sections 3.1 and 4.1.3). In Atom 0.3 it is the mode attribute.
func (s *splitter) textConstructFor(t xml.StartElement) textConstruct {
	if !isAtomNamespace(t.Name.Space) && (!s.atom || t.Name.Space != "") {
		return asHTML
	}
	kind, mode := trimLower(plainAttr(t, "type")), trimLower(plainAttr(t, "mode"))
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

// headTexts holds the texts of the feed's head. If the head has several texts of a kind, the first is used.
type headTexts struct {
	home, generator, language string
	ttl, period, frequency    string
	xmlLang                   string // the xml:lang attribute
}

// startHeadField handles the start tag of an element outside of the items.
func (s *splitter) startHeadField(t xml.StartElement, name string) {
	if s.depth != s.expectedItemDepth() {
		return
	}
	if !s.atom && !s.inChannel {
		return // ignore the links of an image, which in RSS 1.0 is next to the channel
	}
	inHeadNamespace := t.Name.Space == s.headNamespace || t.Name.Space == ""
	href := plainAttr(t, "href")
	switch {
	case name == "link" && href != "" && (inHeadNamespace || isAtomNamespace(t.Name.Space)):
		s.collector.links.addLink(plainAttr(t, "rel"), plainAttr(t, "type"), href, elementBase(t, s.xmlBase))
	case name == "link" && inHeadNamespace && !s.atom:
		s.readHeadText(&s.head.home)
	case name == "generator" && inHeadNamespace:
		s.collector.links.setGenerator(plainAttr(t, "uri"))
		s.readHeadText(&s.head.generator)
	case name == "generatoragent": // RSS 1.0, http://webns.net/mvcb/
		s.collector.links.setGenerator(plainAttr(t, "resource"))
	case name == "language":
		s.readHeadText(&s.head.language)
	case name == "ttl" && inHeadNamespace && !s.atom:
		s.readHeadText(&s.head.ttl)
	case name == "updateperiod" && isSyndicationNamespace(t.Name.Space):
		s.readHeadText(&s.head.period)
	case name == "updatefrequency" && isSyndicationNamespace(t.Name.Space):
		s.readHeadText(&s.head.frequency)
	case name == "complete" && (t.Name.Space == nsHistory || t.Name.Space == "fh"):
		s.collector.links.Complete = true
	}
}

// readHeadText starts reading the text of the current element, unless this text is already set.
func (s *splitter) readHeadText(into *string) {
	if *into == "" {
		s.text.begin(into, s.depth, asWord)
	}
}

// applyHeadTexts stores the head's texts at the end of the feed, because they may come after the items.
func (s *splitter) applyHeadTexts() {
	if home := feed.ResolveDiscovered(s.xmlBase, s.head.home); home != nil {
		s.collector.links.Home = home
	}
	s.collector.links.setGenerator(s.head.generator)
	s.collector.language = cmp.Or(feed.ParseLanguageTag(s.head.language), feed.ParseLanguageTag(s.head.xmlLang))
	s.collector.hint = updateHint(s.head.ttl, s.head.period, s.head.frequency)
}

// plainAttr returns an attribute without a namespace, or with the namespace of RDF. It returns "" if the element does
// not have the attribute.
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

// elementBase returns the base URL for the links of an element (xml:base). parent is the base URL of the parent
// element.
func elementBase(t xml.StartElement, parent *url.URL) *url.URL {
	if own := xmlAttr(t, "base"); own != "" && len(own) <= feed.MaxLink {
		if u, err := parent.Parse(own); err == nil && feed.IsWebURL(u) {
			return u
		}
	}
	return parent
}

func trimLower(s string) string { return strings.ToLower(strings.TrimSpace(s)) }
