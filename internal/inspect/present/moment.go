package present

import (
	"fmt"
	"time"
)

// A Moment is a time as a page shows it: in the zone of a blog, and relative to the present. The zero time has no text.
type Moment struct {
	time, now time.Time // both in the zone of the blog
}

// At returns the moment t for a page that is shown at now. A nil zone means UTC.
func At(t, now time.Time, zone *time.Location) Moment {
	if zone == nil {
		zone = time.UTC
	}
	return Moment{t.In(zone), now.In(zone)}
}

// IsZero reports whether there is no time.
func (m Moment) IsZero() bool { return m.time.IsZero() }

// Stamp returns the time for machines, in UTC.
func (m Moment) Stamp() string { return m.time.UTC().Format(time.RFC3339) }

// UTC returns the time in UTC, for a tooltip.
func (m Moment) UTC() string { return m.time.UTC().Format("2006-01-02 15:04:05") + " UTC" }

// Full returns date and time.
func (m Moment) Full() string { return m.time.Format("2 Jan 2006, 15:04:05") }

// Date returns the date.
func (m Moment) Date() string { return m.time.Format("2 Jan 2006") }

// Short returns the time of a moment of today, and the date with the time of others. It omits the present year.
func (m Moment) Short() string {
	switch days := daysBetween(m.time, m.now); {
	case days == 0:
		return m.time.Format("15:04:05")
	case days == 1:
		return "yesterday, " + m.time.Format("15:04")
	case days == -1:
		return "tomorrow, " + m.time.Format("15:04")
	case m.time.Year() == m.now.Year():
		return m.time.Format("2 Jan, 15:04")
	}
	return m.time.Format("2 Jan 2006, 15:04")
}

// Ago returns how long ago a moment in the past was.
func (m Moment) Ago() string {
	d := m.now.Sub(m.time)
	if d < 5*time.Second {
		return "just now"
	}
	return formatRoughly(d) + " ago"
}

// Until returns the time until a moment in the future.
func (m Moment) Until() string {
	d := m.time.Sub(m.now)
	if d <= 0 {
		return "now"
	}
	return "in " + formatRoughly(d)
}

// daysBetween returns the number of days from the date of t to the date of now, each in its own zone.
func daysBetween(t, now time.Time) int {
	return int(midnight(now).Sub(midnight(t)) / (24 * time.Hour))
}

// midnight returns the date of t as an instant in UTC, where all days have 24 hours.
func midnight(t time.Time) time.Time {
	year, month, day := t.Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// formatRoughly formats a duration in its largest unit.
func formatRoughly(d time.Duration) string {
	for _, unit := range []struct {
		length time.Duration
		name   string
	}{{24 * time.Hour, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}} {
		if n := int(d / unit.length); n > 0 {
			return Plural(n, unit.name, unit.name+"s")
		}
	}
	return fmt.Sprintf("%d seconds", int(d.Seconds()))
}

// Plural returns a number with its noun.
func Plural(n any, one, more string) string {
	if fmt.Sprint(n) == "1" {
		return "1 " + one
	}
	return fmt.Sprint(n, " ", more)
}

// Size formats a number of bytes.
func Size(n int) string {
	if n < 1000 {
		return fmt.Sprintf("%d bytes", n)
	}
	return fmt.Sprintf("%.1f KiB", float64(n)/1024)
}

// ZoneName names a time zone, with its abbreviation at a time if it has one, such as "Europe/Berlin (CET)".
func ZoneName(zone *time.Location, at time.Time) string {
	if zone == nil || zone.String() == "UTC" {
		return "UTC"
	}
	short, _ := at.In(zone).Zone()
	if short == "" || short[0] == '+' || short[0] == '-' {
		short = "UTC" + at.In(zone).Format("-07:00")
	}
	return fmt.Sprintf("%s (%s)", zone, short)
}
