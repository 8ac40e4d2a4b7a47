package feed

import (
	"cmp"
	"strings"
	"time"
)

// Bounded is an entry that somebody else wrote, within the bounds that hold for what a feed says: what shows nothing or
// may deceive is left out, what is too long is cut off, and what is no address is none. An entry of a feed stays as it
// is. Its ID is as a feed's is where it has none.
func (e Entry) Bounded() Entry {
	e.Title = clipped(e.Title, maxPlainTitle)
	e.Link = absolute(nil, e.Link)
	e.Published = plausible(e.Published)
	e.Content = cutHTML(strings.ToValidUTF8(e.Content, ""), maxContent)
	e.Categories = filed(e.Categories, oneLine)
	e.Image = absolute(nil, e.Image)
	e.Audio = Audio{URL: absolute(nil, e.Audio.URL), Type: audioType(e.Audio.Type, e.Audio.URL)}
	if e.Audio.URL == "" || e.Audio.Type == "" {
		e.Audio = Audio{}
	}
	e.Language = languageTag(e.Language)
	e.ID = strings.ToValidUTF8(strings.TrimSpace(e.ID), "")
	e.ID = printable(cmp.Or(e.ID, e.Link, digest(e.Title+"\x00"+e.Published.Format(time.RFC3339))))
	return e
}

// plausible is a date to the second, zero where it is none that people write.
func plausible(t time.Time) time.Time {
	if t.Year() < 1 || t.Year() > 9999 {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Second)
}
