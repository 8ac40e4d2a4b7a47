package dates

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// CompareZone compares the configured time zone with the UTC offsets in a feed. A wrong time zone moves posts to another
// day. lang is the language of the feed, or "". The message is a fact for the operator. The remedy is "" unless the
// offsets contradict the zone. It names the key timezone of the configuration.
func CompareZone(configured *time.Location, offsets []Offset, lang string) (message, remedy string) {
	stated := withoutZero(offsets)
	if countDates(stated) == 0 {
		return configured.String() + "; the feed's posts state no other", ""
	}
	message = "the feed's posts carry " + listOffsets(stated)
	if isPlausible(configured, stated) {
		return configured.String() + "; " + message, "" // it needs no guess, which loads many zones
	}
	best, certain := guessTimezone(offsets, lang)
	switch {
	case !certain:
		return configured.String() + "; " + message, ""
	case configured.String() == time.UTC.String():
		return message, "timezone is UTC by default: set it, for example to " + best
	}
	return message, fmt.Sprintf("timezone is %s: set it, for example to %s, or correct the blog's own time zone", configured, best)
}

// listOffsets returns a text such as "-0800 and -0700".
func listOffsets(offsets []Offset) string {
	var list []string
	for _, o := range offsets {
		if !slices.Contains(list, o.String()) {
			list = append(list, o.String())
		}
	}
	return strings.Join(list, " and ")
}

// isPlausible reports whether the zone explains most of the offsets. Blogs that do not follow daylight saving time are
// common, so the offset of either half of the year is enough.
func isPlausible(zone *time.Location, offsets []Offset) bool {
	explained := 0
	for _, o := range offsets {
		if hasOffset(zone, o) {
			explained += o.Count
		}
	}
	return 2*explained > countDates(offsets)
}

// guessTimezone returns the zone that best explains the offsets. It is certain only if the zone explains four fifths of
// the dates, and if a quarter of them has an offset. The feeds of several authors can carry any mixture. An offset of
// zero often means only that the blog does not state its zone.
func guessTimezone(offsets []Offset, lang string) (best string, certain bool) {
	total, bestScore := countDates(offsets), 0
	for _, candidate := range zoneCandidates() {
		name, spoken, _ := strings.Cut(candidate, " ")
		zone, err := time.LoadLocation(name)
		if err != nil {
			continue
		}
		score, explained := scoreZone(zone, offsets)
		if speaks(spoken, lang) {
			score += 3 * total
		}
		if score > bestScore && 5*explained >= 4*total {
			best, bestScore = name, score
		}
	}
	for _, o := range offsets { // some feeds name their zone
		if _, err := time.LoadLocation(o.Name); err == nil && strings.Contains(o.Name, "/") && o.Seconds != 0 {
			best = o.Name
		}
	}
	return best, best != "" && 4*countDates(withoutZero(offsets)) >= total
}

// scoreZone counts four points for each date whose offset the zone has at that time of the year. If the zone has the
// offset at another time of the year, it counts two. A zone with the abbreviation that the dates carry gets one point more.
func scoreZone(zone *time.Location, offsets []Offset) (score, explained int) {
	for _, o := range offsets {
		abbreviation, first := o.First.In(zone).Zone()
		_, last := o.Last.In(zone).Zone()
		switch {
		case first == o.Seconds && last == o.Seconds:
			score += 4 * o.Count
		case hasOffset(zone, o):
			score += 2 * o.Count
		default:
			continue
		}
		explained += o.Count
		if abbreviation == o.Name {
			score += o.Count
		}
	}
	return score, explained
}

// hasOffset reports whether the zone has the offset in winter or in summer of the years of the dates.
func hasOffset(zone *time.Location, o Offset) bool {
	for _, year := range []int{o.First.Year(), o.Last.Year()} {
		for _, month := range []time.Month{time.January, time.July} {
			if _, offset := time.Date(year, month, 1, 12, 0, 0, 0, zone).Zone(); offset == o.Seconds {
				return true
			}
		}
	}
	return false
}

func withoutZero(offsets []Offset) []Offset {
	return slices.DeleteFunc(slices.Clone(offsets), func(o Offset) bool { return o.Seconds == 0 })
}

func countDates(offsets []Offset) (count int) {
	for _, o := range offsets {
		count += o.Count
	}
	return count
}

// speaks reports whether a list of languages contains the language. An entry without a region is for all regions.
func speaks(spoken, lang string) bool {
	base, _, _ := strings.Cut(lang, "-")
	return lang != "" && slices.ContainsFunc(strings.Fields(spoken), func(s string) bool {
		return strings.EqualFold(s, lang) || strings.EqualFold(s, base)
	})
}

// CommonZones returns the names of the time zones of most blogs. Of zones with the same offsets, the zone with more people
// comes first.
func CommonZones() (names []string) {
	for _, candidate := range zoneCandidates() {
		name, _, _ := strings.Cut(candidate, " ")
		names = append(names, name)
	}
	return names
}

// zoneCandidates returns time zones, each followed by the languages of its blogs. Of zones with the same offsets and
// language, the zone with more people comes first.
func zoneCandidates() []string {
	return []string{
		"America/New_York en", "America/Chicago en", "America/Los_Angeles en", "America/Denver en", "America/Phoenix en",
		"Europe/London en en-GB", "Europe/Berlin de", "Europe/Paris fr", "Europe/Rome it", "Europe/Madrid es es-ES",
		"Europe/Amsterdam nl", "Europe/Warsaw pl", "Europe/Stockholm sv", "Europe/Prague cs sk", "Europe/Budapest hu",
		"Europe/Copenhagen da", "Europe/Oslo nb nn no", "Europe/Belgrade sr hr sl", "Europe/Lisbon pt-PT",
		"Europe/Kyiv uk", "Europe/Athens el", "Europe/Helsinki fi", "Europe/Bucharest ro", "Europe/Sofia bg", "Europe/Vilnius lt lv et",
		"Europe/Moscow ru", "Europe/Istanbul tr", "Asia/Yekaterinburg", "Asia/Novosibirsk", "Asia/Vladivostok",
		"America/Sao_Paulo pt pt-BR", "America/Mexico_City es es-MX", "America/Bogota es", "America/Argentina/Buenos_Aires es",
		"America/Caracas es", "America/Lima es", "America/Santiago es", "America/Toronto fr-CA", "America/Halifax en",
		"America/St_Johns en", "America/Anchorage en", "Pacific/Honolulu en",
		"Asia/Shanghai zh", "Asia/Kolkata hi en-IN", "Asia/Tokyo ja", "Asia/Seoul ko", "Asia/Taipei zh-TW", "Asia/Singapore en-SG",
		"Asia/Jakarta id", "Asia/Bangkok th", "Asia/Ho_Chi_Minh vi", "Asia/Manila tl", "Asia/Karachi ur", "Asia/Dhaka bn",
		"Asia/Dubai ar", "Asia/Tehran fa", "Asia/Kabul", "Asia/Kathmandu ne", "Asia/Yangon my", "Asia/Jerusalem he",
		"Africa/Lagos", "Africa/Cairo ar", "Africa/Johannesburg en-ZA af", "Africa/Nairobi sw",
		"Australia/Sydney en en-AU", "Australia/Brisbane en-AU", "Australia/Adelaide en en-AU", "Australia/Darwin en",
		"Australia/Perth en-AU", "Pacific/Auckland en en-NZ",
	}
}
