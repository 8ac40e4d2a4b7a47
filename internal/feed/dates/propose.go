package dates

import (
	"strings"
	"time"
)

// ProposeZone returns the time zone that a blog probably has, and the reason as a sentence without its end. It combines
// the UTC offsets in the feed with the zone of the operator's machine. system is the name of that zone, or "".
func ProposeZone(offsets []Offset, lang, system string) (zone, reason string) {
	own, err := time.LoadLocation(system)
	if err != nil || system == "" || system == "Local" || isUTC(system) {
		own = nil // servers are often in UTC, wherever their owners live
	}
	stated := withoutZero(offsets)
	list := listOffsets(stated)
	switch {
	case own != nil && len(stated) > 0 && isPlausible(own, stated):
		return system, "the dates of the feed carry " + list + ", and the zone of this machine has them too"
	case len(stated) > 0:
		best, certain := guessTimezone(offsets, lang)
		if certain {
			return best, "the dates of the feed carry " + list + ", as in this zone"
		}
	}
	switch {
	case own != nil && len(stated) == 0:
		return system, "it is the zone of this machine, and the dates of the feed state no other"
	case own != nil:
		return system, "it is the zone of this machine; the dates of the feed carry " + list + ", which fits no zone"
	case len(stated) == 0:
		return time.UTC.String(), "neither the dates of the feed nor this machine state another zone"
	}
	return time.UTC.String(), "the dates of the feed carry " + list + ", which fits no zone"
}

func isUTC(name string) bool {
	zone := strings.TrimPrefix(name, "Etc/")
	return zone == "UTC" || zone == "UCT" || zone == "Universal" || zone == "Zulu" || zone == "GMT"
}
