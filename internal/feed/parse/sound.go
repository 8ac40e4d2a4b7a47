package parse

import (
	"cmp"
	"encoding/xml"
	"net/url"
	"slices"
	"strings"

	"lastpost/internal/feed"
)

// maxSkippedAudio limits FeedDocument.SkippedAudio.
const maxSkippedAudio = 20

// enclosure is a file of an item that is a sound, or looks like one.
type enclosure struct {
	kind          enclosureKind
	address, mime string
}

// enclosureKind is the element that states an enclosure. A lower kind is preferred.
type enclosureKind int

const (
	plainEnclosure     enclosureKind = iota // RSS, Atom, JSON Feed
	mediaEnclosure                          // media:content
	alternateEnclosure                      // podcast:alternateEnclosure
)

func (d *extraFields) addEnclosure(kind enclosureKind, address, mime string) {
	if len(d.enclosures) < batchItems && len(address) <= feed.MaxLink && feed.LooksLikeAudio(mime, address) {
		d.enclosures = append(d.enclosures, enclosure{kind, address, mime})
	}
}

// addXMLEnclosure stores the enclosure that an element states. Atom's enclosures are links; see readLink.
func (d *extraFields) addXMLEnclosure(t xml.StartElement, f itemField) {
	mime, medium := plainAttr(t, "type"), trimLower(plainAttr(t, "medium"))
	switch {
	case f.name == "enclosure" && f.level == 1:
		d.addEnclosure(plainEnclosure, cmp.Or(plainAttr(t, "url"), plainAttr(t, "resource"), plainAttr(t, "href")), mime)
	case f.name == "content" && f.prefix == "media":
		address := plainAttr(t, "url")
		if medium == "audio" || medium == "" && (feed.AudioType(mime, address) != "" || strings.HasPrefix(mime, "audio/")) {
			d.addEnclosure(mediaEnclosure, address, mime)
		}
	case f.name == "alternateenclosure" && f.prefix == "podcast":
		d.alternateMIME = mime
	case f.name == "source" && f.prefix == "podcast":
		d.addEnclosure(alternateEnclosure, plainAttr(t, "uri"), cmp.Or(plainAttr(t, "contentType"), d.alternateMIME))
	}
}

// itemAudio returns the first enclosure that Alexa plays. If there is none, it returns all enclosures as skipped.
func itemAudio(enclosures []enclosure, base *url.URL) (feed.Audio, []SkippedAudio) {
	slices.SortStableFunc(enclosures, func(a, b enclosure) int { return cmp.Compare(a.kind, b.kind) })
	var skipped []SkippedAudio
	for _, e := range enclosures {
		kind, u := feed.AudioType(e.mime, e.address), mediaURL(base, e.address)
		if kind != "" && u != "" {
			return feed.Audio{URL: u, Type: kind}, nil
		}
		if len(skipped) < maxSkippedAudio {
			const longestType = 127 // RFC 6838, section 4.2
			mime := feed.OneLine(e.mime[:min(len(e.mime), longestType)])
			skipped = append(skipped, SkippedAudio{feed.OneLine(e.address), mime, feed.AudioProblem(mime, e.address)})
		}
	}
	return feed.Audio{}, skipped
}
