package feed

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Sanitize is an entry that somebody else wrote, within the bounds that hold for what a feed says: what shows nothing or
// may deceive is left out, what is too long is cut off, and what is no address is none. An entry of a feed stays as it
// is. Its ID is as a feed's is where it has none.
func (e Entry) Sanitize() Entry {
	e.Title = truncateLine(e.Title, maxPlainTitle)
	e.Link = ResolveLink(nil, e.Link)
	e.Published = normalizeDate(e.Published)
	e.Content = TruncateHTML(strings.ToValidUTF8(e.Content, ""), MaxContent)
	e.Categories = CleanCategories(e.Categories)
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

// normalizeDate is a date to the second, zero where it is none that people write.
func normalizeDate(t time.Time) time.Time {
	if t.Year() < 1 || t.Year() > 9999 {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Second)
}

// Validate makes of what somebody wrote an Entry such as this package reads, as Bounded does. Title and categories are plain
// text, in which it looks for no markup. Its error names a field that a feed would lose silently: whoever wrote it can
// mend it.
func (e Entry) Validate() (Entry, error) {
	if strings.TrimSpace(e.ID) == "" {
		return Entry{}, errors.New("id is missing")
	}
	if e.Language != "" && ParseLanguageTag(e.Language) == "" {
		return Entry{}, fmt.Errorf("language %.40q is no language tag such as en-GB", e.Language)
	}
	err := cmp.Or(checkDate(e.Published), checkURL("link", e.Link), checkURL("image", e.Image), checkAudio(e.Audio))
	if err != nil {
		return Entry{}, err
	}
	return e.Sanitize(), nil
}

// checkDate refuses what a missing date becomes, as claimed does.
func checkDate(t time.Time) error {
	switch {
	case t.IsZero():
		return errors.New("published is missing")
	case t.Year() <= 1 || IsEpochDate(t):
		return fmt.Errorf("published %s is what a missing date becomes", t.Format(time.RFC3339))
	}
	return nil
}

func checkURL(field, stated string) error {
	if stated == "" || ResolveLink(nil, stated) != "" {
		return nil
	}
	return fmt.Errorf("%s %.80q is no http or https address of at most %d bytes", field, stated, MaxLink)
}

func checkAudio(a Audio) error {
	switch {
	case a == (Audio{}):
		return nil
	case a.URL == "":
		return errors.New("audio.url is missing")
	case AudioType(a.Type, a.URL) == "":
		return fmt.Errorf("audio.type %.40q is none that Alexa plays, such as audio/mpeg", a.Type)
	}
	return checkURL("audio.url", a.URL)
}

// IsEpochDate reports whether a date is one that a zero became: a missing value is 0 in many a database, and is then written
// as the first of January 1970, of whatever time zone. No blog has a post from that day.
func IsEpochDate(t time.Time) bool {
	first := time.Date(1969, time.December, 31, 10, 0, 0, 0, time.UTC) // where the day begins first, at +14:00
	last := time.Date(1970, time.January, 2, 0, 0, 0, 0, time.UTC)
	return !t.Before(first) && t.Before(last)
}
