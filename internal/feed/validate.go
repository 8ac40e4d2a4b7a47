package feed

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Sanitize returns the entry within the limits of this package. It removes invisible characters, shortens long texts
// and clears invalid URLs. A missing ID becomes the link, or a hash. Sanitize does not change entries that package
// parse returns.
func (e Entry) Sanitize() Entry {
	e.Title = truncateLine(e.Title, maxPlainTitle)
	e.Link = ResolveLink(nil, e.Link)
	e.Published = normalizeDate(e.Published)
	e.Content = TruncateHTML(strings.ToValidUTF8(e.Content, ""), MaxContent)
	e.Categories = CleanCategories(e.Categories)
	e.Authors = CleanAuthors(e.Authors)
	e.Image = ResolveLink(nil, e.Image)
	e.Audio = Audio{URL: ResolveLink(nil, e.Audio.URL), Type: AudioType(e.Audio.Type, e.Audio.URL)}
	if e.Audio.URL == "" || e.Audio.Type == "" {
		e.Audio = Audio{}
	}
	e.Language = ParseLanguageTag(e.Language)
	e.ID = strings.ToValidUTF8(strings.TrimSpace(e.ID), "")
	e.ID = PrintableID(cmp.Or(e.ID, e.Link, Digest(e.Title+"\x00"+e.Published.Format(time.RFC3339))))
	return e
}

// normalizeDate returns the date in UTC to the second, or zero if its year is not between 1 and 9999.
func normalizeDate(t time.Time) time.Time {
	if t.Year() < 1 || t.Year() > 9999 {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Second)
}

// Validate returns the sanitized entry, or an error that names the first invalid field. Sanitize clears an invalid
// field silently. An import uses Validate, so that the author of the file can correct it. Markup in the title and in
// categories is not interpreted.
func (e Entry) Validate() (Entry, error) {
	if strings.TrimSpace(e.ID) == "" {
		return Entry{}, errors.New("id is missing")
	}
	if e.Language != "" && ParseLanguageTag(e.Language) == "" {
		return Entry{}, fmt.Errorf("language %.40q is not a language tag such as en-GB", e.Language)
	}
	err := cmp.Or(checkDate(e.Post), checkURL("link", e.Link), checkURL("image", e.Image), checkAudio(e.Audio))
	if err != nil {
		return Entry{}, err
	}
	return e.Sanitize(), nil
}

// checkDate refuses dates that usually stand for a missing date, such as 1970-01-01. Package parse does the same for
// feeds.
func checkDate(p Post) error {
	switch t := p.Published; {
	case p.DateKind == DateUnknown && !t.IsZero():
		return errors.New("published has a date, but its kind is unknown")
	case p.DateKind == DateUnknown:
		return nil
	case t.IsZero():
		return errors.New("published is missing")
	case t.Year() <= 1 || IsEpochDate(t):
		return fmt.Errorf("published %s looks like a missing date", t.Format(time.RFC3339))
	}
	return nil
}

func checkURL(field, stated string) error {
	if stated == "" || ResolveLink(nil, stated) != "" {
		return nil
	}
	return fmt.Errorf("%s %.80q is not an http or https URL of at most %d bytes", field, stated, MaxLink)
}

func checkAudio(a Audio) error {
	switch {
	case a == (Audio{}):
		return nil
	case a.URL == "":
		return errors.New("audio.url is missing")
	case AudioType(a.Type, a.URL) == "":
		return fmt.Errorf("audio.type %.40q cannot be played by Alexa. Use audio/mpeg", a.Type)
	}
	return checkURL("audio.url", a.URL)
}

// IsEpochDate reports whether a date is 1 January 1970 in some time zone. Databases that store 0 for a missing date
// produce it.
func IsEpochDate(t time.Time) bool {
	first := time.Date(1969, time.December, 31, 10, 0, 0, 0, time.UTC) // the day starts first at +14:00
	last := time.Date(1970, time.January, 2, 0, 0, 0, 0, time.UTC)
	return !t.Before(first) && t.Before(last)
}
