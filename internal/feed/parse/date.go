package parse

import (
	"slices"
	"strings"

	"lastpost/internal/feed"
	"lastpost/internal/feed/dates"
)

// dateTexts holds the texts of an item's dates, in order of preference. The first readable date is the date of the post.
type dateTexts [4]string

// The indexes in dateTexts.
const (
	publishedDate = iota // pubDate, Atom's published, Atom 0.3's issued
	issuedDate           // dc:date, dcterms:issued, prism:publicationDate
	createdDate          // dcterms:created, Atom 0.3's created
	updatedDate          // Atom's updated, dcterms:modified, Atom 0.3's modified
)

// dateIndex returns the index of an element in dateTexts. ok is false for other elements, also for elements of unknown
// namespaces, because their dates may be dates of events.
func (f itemField) dateIndex() (index int, ok bool) {
	isMetadata := slices.Contains([]string{"dcterms", "dct", "prism", "a10"}, f.prefix) || strings.HasPrefix(f.prefix, "prismstandard.org/")
	if !f.known && !isMetadata {
		return 0, false
	}
	switch f.name {
	case "pubdate", "published":
		return publishedDate, true
	case "issued":
		if f.atom {
			return publishedDate, true
		}
		return issuedDate, true
	case "date", "publicationdate", "datesubmitted", "available":
		return issuedDate, true
	case "created":
		return createdDate, true
	case "updated", "modified":
		return updatedDate, true
	}
	return 0, false
}

// claimed returns the first readable date, or the zero Date. 1970-01-01 counts as missing: programs write it instead of
// a missing date.
func (texts dateTexts) claimed() dates.Date {
	for _, text := range texts {
		if text == "" {
			continue
		}
		if d := dates.Parse(text); !d.IsZero() && !feed.IsEpochDate(dates.StableTime(d)) {
			return d
		}
	}
	return dates.Date{}
}
