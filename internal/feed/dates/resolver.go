package dates

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Limits of a Resolver, because a hostile feed may have a different zone in each date.
const (
	maxOffsets = 8
	maxZones   = 16
)

// Resolver turns the dates of one document into times. It decides what their texts leave open: the zone, the order of
// day and month, and words that mean another month in another language. Call Note with all dates of the document before
// Time, because one date can show the order of the others.
type Resolver struct {
	Zone     *time.Location // of dates without a zone; nil means UTC
	Language string         // the document's language (RFC 5646), or empty

	dayFirst, monthFirst int // number of dates that show the order
	offsets              []Offset
	zones                map[string]*time.Location // IANA names; nil for an invalid name
}

// Note takes a date of the document into account.
func (r *Resolver) Note(d Date) {
	switch d.order {
	case orderDayFirst:
		r.dayFirst++
	case orderMonthFirst:
		r.monthFirst++
	}
	if d.IsZero() || d.instant || d.zone == (zone{}) {
		return
	}
	seconds, known := r.offset(d.zone, d.wall)
	if !known {
		return
	}
	at := d.wall.Add(-time.Duration(seconds) * time.Second)
	name := ""
	if !d.zone.numeric {
		name = d.zone.name
	}
	r.noteOffset(Offset{Seconds: seconds, Name: name, Count: 1, First: at, Last: at})
}

func (r *Resolver) noteOffset(o Offset) {
	i := slices.IndexFunc(r.offsets, func(known Offset) bool { return known.Seconds == o.Seconds && known.Name == o.Name })
	switch {
	case i < 0 && len(r.offsets) < maxOffsets:
		o.Name = strings.Clone(o.Name)
		r.offsets = append(r.offsets, o)
	case i >= 0:
		known := &r.offsets[i]
		known.Count++
		if o.First.Before(known.First) {
			known.First = o.First
		}
		if o.Last.After(known.Last) {
			known.Last = o.Last
		}
	}
}

// Offsets returns the UTC offsets of the dates, the most frequent first. Dates without a zone have none.
func (r *Resolver) Offsets() []Offset {
	sorted := slices.Clone(r.offsets)
	slices.SortStableFunc(sorted, func(a, b Offset) int { return cmp.Compare(b.Count, a.Count) })
	return sorted
}

// Time returns the time of a date in UTC, or zero for the zero Date.
func (r *Resolver) Time(d Date) time.Time {
	if d.IsZero() {
		return time.Time{}
	}
	wall := d.wall
	if d.order == orderOpen && r.isMonthFirst(d.symbol) {
		wall = d.swapped()
	}
	language, _, _ := strings.Cut(strings.ToLower(r.Language), "-")
	if month := otherMonth(d.word, language); month != 0 {
		wall = time.Date(wall.Year(), month, wall.Day(), wall.Hour(), wall.Minute(), wall.Second(), 0, time.UTC)
	}
	if d.instant {
		return wall
	}
	seconds, _ := r.offset(d.zone, wall)
	return wall.Add(-time.Duration(seconds) * time.Second)
}

// StableTime returns the time of a date that depends on its text alone. The time does not change if the blog's zone,
// the language or the other dates of the document change, so it can be part of an ID.
func StableTime(d Date) time.Time {
	var fixed Resolver
	if d.order == orderOpen {
		fixed.dayFirst++
	}
	return fixed.Time(d)
}

// isMonthFirst decides the order of day and month where both are possible: by the dates of the document that show it,
// else by the language. Stops mean the day first in every language. Without a language, slashes mean the month first
// and dashes the day first, as in PHP.
func (r *Resolver) isMonthFirst(symbol rune) bool {
	language, region, _ := strings.Cut(strings.ToLower(r.Language), "-")
	switch {
	case r.dayFirst != r.monthFirst:
		return r.monthFirst > r.dayFirst
	case symbol == '.':
		return false
	case language == "":
		return symbol == '/'
	case language == "en":
		// Canada has no common order for numbers, but writes "June 3, 2026", the month first.
		return slices.Contains([]string{"", "us", "ca", "ph", "pr"}, region)
	}
	return language == "fil" || language == "es" && region == "pr"
}

// offset returns the UTC offset of a wall time in seconds. known is false if the text does not have a valid zone. Then
// the offset is the blog's.
func (r *Resolver) offset(z zone, wall time.Time) (seconds int, known bool) {
	blog := cmp.Or(r.Zone, time.UTC)
	switch {
	case z.numeric:
		return z.seconds, true
	case len(z.name) == 1: // military letters, see isZoneName
		return 0, true
	case strings.Contains(z.name, "/"):
		if loc := r.loadZone(z.name); loc != nil {
			return offsetIn(loc, wall), true
		}
	case z.name != "":
		if seconds, known = r.abbreviationOffset(z.name, wall, blog); known {
			return seconds, true
		}
	}
	return offsetIn(blog, wall), false
}

func offsetIn(loc *time.Location, wall time.Time) int {
	_, seconds := inLocation(wall, loc).Zone()
	return seconds
}

func inLocation(wall time.Time, loc *time.Location) time.Time {
	return time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), wall.Second(), 0, loc)
}

// abbreviationOffset returns the offset of an abbreviation. An abbreviation that the blog's zone uses means the blog's
// zone, because several zones share an abbreviation: IST is used in India, Ireland and Israel.
func (r *Resolver) abbreviationOffset(name string, wall time.Time, blog *time.Location) (seconds int, known bool) {
	winter := time.Date(wall.Year(), 1, 1, 0, 0, 0, 0, time.UTC)
	for _, day := range []time.Time{wall, winter, winter.AddDate(0, 6, 0)} {
		if own, seconds := inLocation(day, blog).Zone(); strings.EqualFold(own, name) {
			return seconds, true
		}
	}
	z, known := abbreviationZone(strings.ToLower(name))
	if z.numeric || !known {
		return z.seconds, known
	}
	loc := r.loadZone(z.name)
	if loc == nil {
		return 0, false
	}
	return offsetIn(loc, wall), true
}

// loadZone returns the zone with an IANA name, or nil.
func (r *Resolver) loadZone(name string) *time.Location {
	loc, known := r.zones[name]
	if known || len(r.zones) >= maxZones {
		return loc
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		loc = nil
	}
	if r.zones == nil {
		r.zones = map[string]*time.Location{}
	}
	r.zones[strings.Clone(name)] = loc
	return loc
}
