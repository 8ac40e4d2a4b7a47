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

const nsXML = "http://www.w3.org/XML/1998/namespace"

// prefixOf returns the usual prefix of a namespace. The decoder returns an undeclared prefix unchanged as the
// namespace. Publishers write the addresses also with https, in other letter case, or without the slash at the end.
func prefixOf(space string) string {
	space = strings.TrimSuffix(strings.ToLower(space), "/")
	space = strings.TrimPrefix(strings.TrimPrefix(space, "https://"), "http://")
	switch space {
	case "www.w3.org/2005/atom", "atom10":
		return "atom"
	case "purl.org/atom/ns#":
		return "atom03"
	case "search.yahoo.com/mrss":
		return "media"
	case "www.itunes.com/dtds/podcast-1.0.dtd":
		return "itunes"
	case "www.google.com/schemas/play-podcasts/1.0":
		return "googleplay"
	case "podcastindex.org/namespace/1.0", "github.com/podcastindex-org/podcast-namespace/blob/main/docs/1.0.md":
		return "podcast"
	case "purl.org/rss/1.0/modules/content":
		return "content"
	case "purl.org/dc/elements/1.1", "purl.org/dc/terms":
		return "dc"
	case "purl.org/rss/1.0/modules/syndication":
		return "sy"
	case "purl.org/syndication/history/1.0":
		return "fh"
	}
	return space
}

// itemField describes an element within an item.
type itemField struct {
	name   string // in lower case
	prefix string // the usual prefix of its namespace
	level  int    // 1 for a child of the item
	known  bool   // the namespace is of the feed's format, or a known extension for texts and authors
	atom   bool   // the element has Atom's meaning
}

func (s *splitter) newItemField(t xml.StartElement, name string) itemField {
	f := itemField{name: name, prefix: prefixOf(t.Name.Space), level: s.depth - s.openItemDepth}
	own := t.Name.Space == "" || t.Name.Space == s.headNamespace
	f.atom = f.prefix == "atom" || f.prefix == "atom03" || s.atom && own
	f.known = own || f.atom || slices.Contains([]string{"content", "dc", "itunes", "googleplay"}, f.prefix)
	return f
}

// isAuthor reports whether an element states an author. A contributor is not an author.
func (f itemField) isAuthor() bool { return f.known && (f.name == "author" || f.name == "creator") }

// startItemField handles the start tag of an element within an item.
func (s *splitter) startItemField(t xml.StartElement, name string, raw []byte, complete bool) {
	extra, f := &s.extras[len(s.extras)-1], s.newItemField(t, name)
	extra.addImage(t, f.prefix)
	extra.addXMLEnclosure(t, f)
	date, isDate := f.dateIndex()
	switch {
	case f.prefix == "media":
		if name == "description" {
			s.readContent(t, &extra.mediaText, mediaConstruct(t))
		}
	case f.isAuthor() && f.level == 1:
		s.readAuthor(t, &extra.authors)
	case f.isAuthor() && f.atom && f.level == 2:
		s.readAuthor(t, &extra.sourceAuthors)
	case f.level != 1:
		return
	case isDate:
		s.readWord(t, &extra.dates[date])
	case isContentField(name):
		if f.known {
			s.readContent(t, &extra.content, f.textConstruct(t))
		}
	case name == "link" && f.atom:
		s.readLink(t, extra)
	case name == "title" && f.atom && isBase64(t):
		s.text.begin(t, s.depth, asWord, func(text, _ string) { extra.title = text })
	case isCopiedField(name) && len(s.batch)-s.itemStart < maxItem:
		s.hasFields = true
		s.startCopy(raw, complete)
	}
}

func isContentField(name string) bool {
	return name == "content" || name == "encoded" || name == "description" || name == "summary"
}

func isCopiedField(name string) bool {
	return slices.Contains([]string{"title", "link", "guid", "id", "category", "subject", "language"}, name)
}

// readContent starts reading a text of an item.
func (s *splitter) readContent(t xml.StartElement, into *longestText, construct textConstruct) {
	s.text.begin(t, s.depth, construct, into.add)
	s.src.TextLimit = decode.MaxText
}

// readLink reads an Atom link. Some publishers write the address as the text of the element.
func (s *splitter) readLink(t xml.StartElement, extra *extraFields) {
	base, language := elementBase(t, s.itemBase), cmp.Or(extra.language, s.head.language, s.head.xmlLang)
	store := func(address, _ string) {
		switch rel := plainAttr(t, "rel"); {
		case feed.HasRelation(rel, "enclosure"):
			extra.addEnclosure(plainEnclosure, cmp.Or(feed.ResolveLink(base, address), address), plainAttr(t, "type"))
		case rel == "" || feed.HasRelation(rel, "alternate"):
			extra.link.add(feed.ResolveLink(base, address), linkScore(t, language))
		}
	}
	if href := plainAttr(t, "href"); href != "" {
		store(href, "")
		return
	}
	s.text.begin(t, s.depth, asWord, store)
}

func (s *splitter) readAuthor(t xml.StartElement, into *[]string) {
	s.text.begin(t, s.depth, asHTML, func(text, _ string) { addAuthor(into, text) })
}

// addImage stores an image. Images of the media module may be nested in a media:group.
func (d *extraFields) addImage(t xml.StartElement, prefix string) {
	var kind int
	address := plainAttr(t, "url")
	switch name := t.Name.Local; {
	case prefix == "media" && name == "content":
		if isTrackingPixel(plainAttr(t, "width")) || !isImageMedia(address, plainAttr(t, "type"), plainAttr(t, "medium")) {
			return
		}
		kind = mediaContent
	case prefix == "media" && name == "thumbnail":
		kind = mediaThumbnail
	case prefix == "itunes" && name == "image":
		kind, address = itunesImage, cmp.Or(plainAttr(t, "href"), address)
	default:
		return
	}
	if d.images[kind] == "" && len(address) <= feed.MaxLink {
		d.images[kind] = strings.TrimSpace(address)
	}
}

// textConstruct returns how to read the text of an element. In RSS, the text is HTML. Atom states the type in an
// attribute (RFC 4287, sections 3.1 and 4.1.3). In Atom 0.3 it is the mode attribute. If Atom's type is missing, the
// text is often HTML, against the standard.
func (f itemField) textConstruct(t xml.StartElement) textConstruct {
	if !f.atom {
		return asHTML
	}
	kind, mode := feed.MediaType(plainAttr(t, "type")), trimLower(plainAttr(t, "mode"))
	inline := f.prefix == "atom03" && mode != "escaped" && mode != "base64"
	switch {
	case strings.TrimSpace(plainAttr(t, "src")) != "":
		return asNothing
	case kind == "xhtml" || kind == "application/xhtml+xml" || kind == "text/html" && inline:
		return asMarkup
	case kind == "html" || kind == "text/html" || kind == "text/xhtml":
		return asHTML
	case kind == "":
		return asTextOrHTML
	case kind == "text" || strings.HasPrefix(kind, "text/"):
		return asText
	}
	return asNothing
}

// mediaConstruct returns how to read a media:description. Its type is "plain" or "html". Plain text has lines as its author
// wrote them, such as links and chapters on YouTube.
func mediaConstruct(t xml.StartElement) textConstruct {
	if trimLower(plainAttr(t, "type")) == "html" {
		return asHTML
	}
	return asLinesOrHTML
}

// headTexts holds the texts of the feed's head. If the head has several texts of a kind, the first is used.
type headTexts struct {
	title                     string
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
	href, prefix := plainAttr(t, "href"), prefixOf(t.Name.Space)
	switch {
	case s.newItemField(t, name).isAuthor():
		s.readAuthor(t, &s.collector.authors)
	case name == "link" && href != "" && (inHeadNamespace || prefix == "atom" || prefix == "atom03"):
		s.collector.links.addLink(plainAttr(t, "rel"), plainAttr(t, "type"), href, elementBase(t, s.xmlBase))
	case name == "title" && inHeadNamespace:
		s.readWord(t, &s.head.title)
	case name == "link" && inHeadNamespace && !s.atom:
		s.readWord(t, &s.head.home)
	case name == "generator" && inHeadNamespace:
		s.collector.links.setGenerator(plainAttr(t, "uri"))
		s.readWord(t, &s.head.generator)
	case name == "generatoragent": // RSS 1.0, http://webns.net/mvcb/
		s.collector.links.setGenerator(plainAttr(t, "resource"))
	case name == "language":
		s.readWord(t, &s.head.language)
	case name == "ttl" && inHeadNamespace && !s.atom:
		s.readWord(t, &s.head.ttl)
	case name == "updateperiod" && prefix == "sy":
		s.readWord(t, &s.head.period)
	case name == "updatefrequency" && prefix == "sy":
		s.readWord(t, &s.head.frequency)
	case name == "complete" && prefix == "fh":
		s.collector.links.Complete = true
	}
}

// readWord starts reading the short text of the current element, unless this text is already set.
func (s *splitter) readWord(t xml.StartElement, into *string) {
	if *into == "" {
		s.text.begin(t, s.depth, asWord, func(text, _ string) { *into = text })
	}
}

// applyHeadTexts stores the head's texts at the end of the feed, because they may come after the items.
func (s *splitter) applyHeadTexts() {
	if home := feed.ResolveDiscovered(s.xmlBase, s.head.home); home != nil {
		s.collector.links.Home = home
	}
	s.collector.links.setGenerator(s.head.generator)
	s.collector.title = s.head.title
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
