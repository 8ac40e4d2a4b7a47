package suggest

import (
	_ "embed"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"

	"lastpost/internal/feed/dates"
)

// zoneList has a line for each zone of the IANA list: name, country code, country and the older names of the zone. It is made
// of the files zone.tab, iso3166.tab and tzdata.zi of the IANA's database, which is in the public domain. The list is in the
// program because the packages time and time/tzdata do not list their zones.
//
//go:embed zones.txt
var zoneList string

const (
	maxZones = 5
	shortest = 3 // beginning of a name, in letters: "en" is not Ensenada
)

// Zones returns at most five time zones of the IANA list for what a user typed: a place (Los Angeles), a country (Germany),
// the name of a zone in another form (los_angeles, Pacific time), an abbreviation (PST), an offset (UTC+1), or a name with a
// typing mistake. The zone with more people comes first. It returns nil if nothing fits.
func Zones(typed string) []string {
	typed = strings.TrimSpace(typed)
	if len(typed) > 100 {
		return nil
	}
	zones := parseZones()
	words := strings.Join(slices.DeleteFunc(strings.Fields(plainWords(typed)), isFiller), " ")
	for _, find := range []func() []string{
		func() []string { return zonesWithOffset(typed) },
		func() []string { return zonesWithAbbreviation(typed) },
		func() []string { return zones.matching(func(key string) bool { return key == words }) },
		func() []string { return zonesOfRegion(zones, words) },
		func() []string { return zones.matching(func(key string) bool { return hasWords(key+" ", words, " ") }) },
		func() []string {
			return zones.matching(func(key string) bool { return len(words) >= shortest && hasWords(key, words, "") })
		},
		func() []string { return zones.misspelled(words) },
	} {
		if found := find(); len(found) > 0 {
			return found[:min(len(found), maxZones)]
		}
	}
	return nil
}

// A zone is a line of the list. Its keys are the texts that select it, as plainWords returns them.
type zone struct {
	name string
	keys []string
}

type zones []zone

// parseZones returns the list, with the common zones first.
func parseZones() zones {
	var list zones
	for line := range strings.Lines(zoneList) {
		fields := strings.Split(strings.TrimSpace(line), "|")
		z := zone{name: fields[0], keys: []string{plainWords(fields[1]), plainWords(fields[2])}}
		for _, name := range append(strings.Fields(fields[3]), fields[0]) {
			z.keys = append(z.keys, plainWords(name), plainWords(name[strings.LastIndex(name, "/")+1:]))
		}
		list = append(list, z)
	}
	common := dates.CommonZones()
	rank := func(z zone) int {
		if i := slices.Index(common, z.name); i >= 0 {
			return i
		}
		return len(common)
	}
	slices.SortStableFunc(list, func(a, b zone) int { return rank(a) - rank(b) })
	return list
}

// matching returns the zones with a key that fits.
func (list zones) matching(fits func(key string) bool) (names []string) {
	for _, z := range list {
		if slices.ContainsFunc(z.keys, func(key string) bool { return key != "" && fits(key) }) {
			names = append(names, z.name)
		}
	}
	return names
}

// misspelled returns the zones with the key that is most similar to the words.
func (list zones) misspelled(words string) []string {
	const short, long = 4, 8 // with fewer letters, other places are similar: Munich is not Zurich
	var keys []string
	for _, z := range list {
		keys = append(keys, z.keys...)
	}
	best := Similar(words, keys)
	if len(words) < short || len(words) < long && distance(words, best) > 1 {
		return nil
	}
	return list.matching(func(key string) bool { return key == best })
}

// zonesOfRegion returns the zones of a country's code, such as USA or UK.
func zonesOfRegion(list zones, words string) []string {
	region, err := language.ParseRegion(words)
	if err != nil {
		return nil
	}
	return list.matching(func(key string) bool { return key == strings.ToLower(region.String()) })
}

// hasWords reports whether each word with its end begins a word of the key.
func hasWords(key, words, end string) bool {
	for word := range strings.FieldsSeq(words) {
		if !strings.Contains(" "+key, " "+word+end) {
			return false
		}
	}
	return words != ""
}

// isFiller reports whether a word says nothing about the place, as in "Pacific Standard Time".
func isFiller(word string) bool {
	return slices.Contains([]string{"time", "standard", "daylight", "summer", "zone", "timezone"}, word)
}

// plainWords returns the words of a text in lower case, without accents and separated by one space.
func plainWords(text string) string {
	text = strings.Map(func(c rune) rune {
		switch {
		case unicode.Is(unicode.Mn, c):
			return -1
		case unicode.IsLetter(c) || unicode.IsNumber(c):
			return unicode.ToLower(c)
		}
		return ' '
	}, norm.NFD.String(text))
	return strings.Join(strings.Fields(text), " ")
}

var offsetForm = regexp.MustCompile(`^(?i:UTC|GMT)?\s*([+−-])\s*(\d{1,2})(?::?(\d{2}))?$`)

// zonesWithOffset returns the common zones with an offset such as "UTC+1". Zones that have it in winter come first.
func zonesWithOffset(typed string) []string {
	if strings.EqualFold(typed, "UTC") || strings.EqualFold(typed, "GMT") || strings.EqualFold(typed, "Z") {
		return []string{time.UTC.String()}
	}
	parts := offsetForm.FindStringSubmatch(typed)
	if parts == nil {
		return nil
	}
	hours, _ := strconv.Atoi(parts[2])
	minutes, _ := strconv.Atoi("0" + parts[3])
	seconds := hours*60*60 + minutes*60
	if parts[1] != "+" {
		seconds = -seconds
	}
	if seconds == 0 {
		return []string{time.UTC.String()}
	}
	has := func(at time.Time) bool { _, offset := at.Zone(); return offset == seconds }
	return append(commonZones(func(winter, _ time.Time) bool { return has(winter) }),
		commonZones(func(winter, summer time.Time) bool { return has(summer) && !has(winter) })...)
}

// zonesWithAbbreviation returns the common zones that have the abbreviation in winter or summer.
func zonesWithAbbreviation(typed string) []string {
	has := func(at time.Time) bool { short, _ := at.Zone(); return strings.EqualFold(short, typed) }
	return commonZones(func(winter, summer time.Time) bool { return has(winter) || has(summer) })
}

// commonZones returns the common zones that fit at a time of winter and of summer.
func commonZones(fits func(winter, summer time.Time) bool) (names []string) {
	const year = 2026 // any recent year shows the rules of today
	for _, name := range dates.CommonZones() {
		zone, err := time.LoadLocation(name)
		if err != nil {
			continue // the system's list is older than ours
		}
		january, july := time.Date(year, time.January, 1, 12, 0, 0, 0, zone), time.Date(year, time.July, 1, 12, 0, 0, 0, zone)
		if january.IsDST() {
			january, july = july, january // the southern half of the world
		}
		if fits(january, july) {
			names = append(names, name)
		}
	}
	return names
}
