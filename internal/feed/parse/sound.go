package parse

import (
	"cmp"
	"encoding/xml"
	"net/url"
	"path"
	"slices"
	"strings"

	"lastpost/internal/feed"
)

// maxSkippedAudio limits FeedDocument.SkippedAudio.
const maxSkippedAudio = 20

// enclosure is a file of an item that is a sound, or that an operator may take for a sound.
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
	if len(d.enclosures) < batchItems && len(address) <= feed.MaxLink && mayBeSound(mime, address) {
		d.enclosures = append(d.enclosures, enclosure{kind, address, mime})
	}
}

// addXMLEnclosure stores the enclosure that an element states. base is the base URL of the item.
func (d *extraFields) addXMLEnclosure(t xml.StartElement, f itemField, base *url.URL) {
	mime, medium := plainAttr(t, "type"), trimLower(plainAttr(t, "medium"))
	switch {
	case f.name == "enclosure" && f.level == 1:
		d.addEnclosure(plainEnclosure, cmp.Or(plainAttr(t, "url"), plainAttr(t, "resource"), plainAttr(t, "href")), mime)
	case f.name == "link" && f.atom && f.level == 1 && feed.HasRelation(plainAttr(t, "rel"), "enclosure"):
		address := plainAttr(t, "href")
		d.addEnclosure(plainEnclosure, cmp.Or(feed.ResolveLink(base, address), address), mime)
	case f.name == "content" && f.prefix == "media":
		if medium == "audio" || medium == "" && (feed.AudioType(mime, plainAttr(t, "url")) != "" || strings.HasPrefix(mime, "audio/")) {
			d.addEnclosure(mediaEnclosure, plainAttr(t, "url"), mime)
		}
	case f.name == "alternateenclosure" && f.prefix == "podcast":
		d.alternateMIME = mime
	case f.name == "source" && f.prefix == "podcast":
		d.addEnclosure(alternateEnclosure, plainAttr(t, "uri"), cmp.Or(plainAttr(t, "contentType"), d.alternateMIME))
	}
}

// mayBeSound reports whether an enclosure is a sound, or an operator may expect an episode.
func mayBeSound(mime, address string) bool {
	if feed.AudioType(mime, address) != "" {
		return true
	}
	extension := ""
	if u, err := url.Parse(strings.TrimSpace(address)); err == nil {
		extension = strings.ToLower(path.Ext(u.Path))
	}
	switch kind := feed.MediaType(mime); {
	case strings.HasPrefix(kind, "audio") || strings.HasPrefix(kind, "video") || kind == "application/ogg":
		return true
	case kind == "" || kind == "application/octet-stream":
		return slices.Contains(strings.Fields(".ogg .oga .opus .wav .flac .wma .aif .aiff .mp4 .m4v .mov .webm"), extension) || extension == ""
	}
	return false
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
			skipped = append(skipped, e.skip(u != ""))
		}
	}
	return feed.Audio{}, skipped
}

// skip returns why an enclosure was skipped.
func (e enclosure) skip(hasURL bool) SkippedAudio {
	const longestType = 127 // RFC 6838, section 4.2
	s := SkippedAudio{URL: feed.OneLine(e.address), Type: feed.OneLine(e.mime[:min(len(e.mime), longestType)])}
	switch kind := feed.MediaType(s.Type); {
	case strings.TrimSpace(e.address) == "":
		s.Reason = "the address is empty"
	case !hasURL:
		s.Reason = "the address is not an http or https URL"
	case strings.HasPrefix(kind, "audio/") || strings.HasPrefix(kind, "video/"):
		s.Reason = "Alexa does not play " + kind
	default:
		s.Reason = "neither the type nor the end of the address is a format that Alexa plays (MP3, AAC, HLS)"
	}
	return s
}
