// Package dates reads dates as feeds write them. It is pure: it does not use the clock or the network.
package dates

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Offset is a UTC offset that dates of a feed carry.
type Offset struct {
	Seconds     int    // east of UTC
	Name        string // the IANA name or the abbreviation that the dates carry with the offset; empty if they carry neither
	Count       int    // number of dates
	First, Last time.Time
}

// String returns the offset as RFC 822 writes it, such as "-0500".
func (o Offset) String() string {
	sign, minutes := '+', o.Seconds/60
	if minutes < 0 {
		sign, minutes = '-', -minutes
	}
	return fmt.Sprintf("%c%02d%02d", sign, minutes/60, minutes%60)
}

// exampleZones are zones for ExampleZone, the most likely of each offset first.
const exampleZones = `
	Europe/London Europe/Berlin Europe/Helsinki America/New_York America/Chicago America/Denver America/Los_Angeles America/Phoenix
	America/Halifax America/St_Johns America/Anchorage Pacific/Honolulu America/Sao_Paulo America/Bogota America/Mexico_City
	America/Caracas America/Santiago Atlantic/Azores Africa/Lagos Africa/Johannesburg Europe/Moscow Africa/Nairobi Africa/Cairo
	Asia/Tehran Asia/Dubai Asia/Kabul Asia/Karachi Asia/Kolkata Asia/Kathmandu Asia/Dhaka Asia/Yangon Asia/Bangkok Asia/Shanghai
	Asia/Tokyo Australia/Darwin Australia/Sydney Australia/Brisbane Australia/Adelaide Pacific/Noumea Pacific/Auckland
	Pacific/Tongatapu`

// ExampleZone returns the name of an IANA zone that fits the offsets of a feed's dates, or "". Offsets of zero alone
// fit no zone, because many programs write all dates in UTC. If the offsets do not belong to one zone, the most frequent
// that is not zero counts.
func ExampleZone(offsets []Offset) string {
	for _, o := range offsets {
		if strings.Contains(o.Name, "/") {
			return o.Name
		}
	}
	first := slices.IndexFunc(offsets, func(o Offset) bool { return o.Seconds != 0 })
	if first < 0 {
		return ""
	}
	for _, some := range [][]Offset{offsets, offsets[first : first+1]} {
		for _, name := range strings.Fields(exampleZones) {
			if loc, err := time.LoadLocation(name); err == nil && fits(loc, some) {
				return name
			}
		}
	}
	return ""
}

// fits reports whether a zone has the offsets on their first and last dates.
func fits(loc *time.Location, offsets []Offset) bool {
	for _, o := range offsets {
		for _, at := range []time.Time{o.First, o.Last} {
			if _, seconds := at.In(loc).Zone(); seconds != o.Seconds {
				return false
			}
		}
	}
	return true
}
