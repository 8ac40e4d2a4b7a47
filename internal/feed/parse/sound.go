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

// enclosure is a file of an item.
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
	if len(d.enclosures) < batchItems && len(address) <= feed.MaxLink {
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

// isImage reports whether an enclosure is an image. A sound with the type of an image is not.
func (e enclosure) isImage() bool {
	kind := feed.MediaType(e.mime)
	if strings.HasSuffix(kind, "/octet-stream") {
		kind = ""
	}
	return feed.AudioType(e.mime, e.address) == "" && isImageMedia(e.address, kind, "")
}

// useEnclosures sets the sound to the first enclosure that Alexa plays. The first image becomes the post's image if the
// post does not have one. Then it lists the other enclosures as skipped.
func (i *feedItem) useEnclosures(enclosures []enclosure, base *url.URL) {
	slices.SortStableFunc(enclosures, func(a, b enclosure) int { return cmp.Compare(a.kind, b.kind) })
	for _, e := range enclosures {
		kind, u := feed.AudioType(e.mime, e.address), mediaURL(base, e.address)
		if i.Audio.URL == "" && u != "" && kind != "" {
			i.Audio = feed.Audio{URL: u, Type: kind}
		}
		if i.Image == "" && u != "" && e.isImage() {
			i.Image = u
		}
	}
	for _, e := range enclosures {
		if len(i.skipped) < maxSkippedAudio && !i.uses(e) {
			const longestType = 127 // RFC 6838, section 4.2
			e.mime = feed.OneLine(e.mime[:min(len(e.mime), longestType)])
			i.skipped = append(i.skipped, SkippedAudio{feed.OneLine(e.address), e.mime, feed.AudioProblem(e.mime, e.address)})
		}
	}
}

// uses reports whether the post has a sound or an image of an enclosure's kind. The enclosure may be another format of the
// sound. Many platforms add a cover image that is not the image of the text; the operator does not miss it.
func (i *feedItem) uses(e enclosure) bool {
	if i.Audio.URL != "" && (e.kind != plainEnclosure || feed.IsSoundOrVideo(e.mime, e.address)) {
		return true
	}
	return e.isImage() && i.Image != ""
}
