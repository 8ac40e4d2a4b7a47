package dates

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// offsetsOf notes dates like a parser.
func offsetsOf(texts ...string) []Offset {
	var r Resolver
	for _, text := range texts {
		r.Note(Parse(text))
	}
	return r.Offsets()
}

func TestCompareZone(t *testing.T) {
	const winter, summer = "Sat, 28 Nov 2026 22:30:00 ", "Sat, 18 Jul 2026 22:30:00 "
	byDefault := func(zone string) string { return "timezone is UTC by default: set it, for example to " + zone }
	for _, row := range []struct {
		claim, zone, lang string
		dates             []string
		message, remedy   string // remedy "": the zone is right
	}{
		{"the example", "UTC", "", []string{winter + "-0500"}, "the feed's posts carry -0500", byDefault("America/New_York")},
		{"both halves of the year", "UTC", "", []string{winter + "-0500", winter + "-0500", summer + "-0400"},
			"the feed's posts carry -0500 and -0400", byDefault("America/New_York")},
		{"Chicago's summer has New York's winter offset", "UTC", "en", []string{summer + "-0500", winter + "-0600"},
			"the feed's posts carry -0500 and -0600", byDefault("America/Chicago")},
		{"the Pacific coast", "UTC", "en-US", []string{winter + "-0800"}, "the feed's posts carry -0800", byDefault("America/Los_Angeles")},
		{"German in winter", "UTC", "de-DE", []string{winter + "+0100"}, "the feed's posts carry +0100", byDefault("Europe/Berlin")},
		{"French in winter", "UTC", "fr", []string{winter + "+0100"}, "the feed's posts carry +0100", byDefault("Europe/Paris")},
		{"English in summer", "UTC", "en-GB", []string{winter + "+0000", summer + "+0100"}, "the feed's posts carry +0100", byDefault("Europe/London")},
		{"Portuguese of Brazil", "UTC", "pt-BR", []string{winter + "-0300"}, "the feed's posts carry -0300", byDefault("America/Sao_Paulo")},
		{"Spanish at the same offset", "UTC", "es", []string{winter + "-0300", summer + "-0300"}, "the feed's posts carry -0300",
			byDefault("America/Argentina/Buenos_Aires")},
		{"India", "UTC", "en-US", []string{winter + "+0530", summer + "+0530"}, "the feed's posts carry +0530", byDefault("Asia/Kolkata")},
		{"Japan by an abbreviation", "UTC", "", []string{winter + "JST"}, "the feed's posts carry +0900", byDefault("Asia/Tokyo")},
		{"Korea by its language", "UTC", "ko-KR", []string{winter + "+0900"}, "the feed's posts carry +0900", byDefault("Asia/Seoul")},
		{"a name of the IANA list", "UTC", "", []string{winter + "Europe/Brussels"}, "the feed's posts carry +0100", byDefault("Europe/Brussels")},
		{"a blog without daylight saving time", "UTC", "de", []string{winter + "+0100", summer + "+0100"}, "the feed's posts carry +0100",
			byDefault("Europe/Berlin")},
		{"half hours", "UTC", "", []string{winter + "-0330", summer + "-0230"}, "the feed's posts carry -0330 and -0230", byDefault("America/St_Johns")},

		{"always GMT", "UTC", "en", []string{winter + "GMT", summer + "+0000"}, "UTC; the feed's posts state no other", ""},
		{"always GMT, and a configured zone", "Europe/Berlin", "de", []string{winter + "GMT", summer + "GMT"},
			"Europe/Berlin; the feed's posts state no other", ""},
		{"no zone", "UTC", "", []string{"2026-11-20 02:00:00"}, "UTC; the feed's posts state no other", ""},
		{"no dates", "UTC", "", nil, "UTC; the feed's posts state no other", ""},
		{"one author elsewhere", "UTC", "en", []string{winter + "+0000", summer + "+0000", winter + "+0000", summer + "+0000", winter + "-0800"},
			"UTC; the feed's posts carry -0800", ""},
		{"any mixture of zones", "UTC", "en", []string{winter + "-0800", winter + "+0100", winter + "+0900"},
			"UTC; the feed's posts carry -0800 and +0100 and +0900", ""},
		{"an offset that no zone has", "UTC", "en", []string{winter + "+0017"}, "UTC; the feed's posts carry +0017", ""},

		{"a configured zone in winter", "America/New_York", "en", []string{winter + "-0500"}, "America/New_York; the feed's posts carry -0500", ""},
		{"a configured zone in summer", "America/New_York", "en", []string{summer + "-0400"}, "America/New_York; the feed's posts carry -0400", ""},
		{"a configured zone, and a blog without daylight saving time", "America/New_York", "en", []string{summer + "-0500"},
			"America/New_York; the feed's posts carry -0500", ""},
		{"another configured zone", "Europe/Berlin", "en", []string{winter + "-0500", summer + "-0400"}, "the feed's posts carry -0500 and -0400",
			"timezone is Europe/Berlin: set it, for example to America/New_York, or correct the blog's own time zone"},
		{"a configured zone that has one of two offsets, in the other half of the year", "Europe/Berlin", "fi", []string{winter + "+0200", summer + "+0300"},
			"the feed's posts carry +0200 and +0300", "timezone is Europe/Berlin: set it, for example to Europe/Helsinki, or correct the blog's own time zone"},
		{"a configured zone of the southern half", "Australia/Sydney", "en", []string{winter + "+1100", summer + "+1000"},
			"Australia/Sydney; the feed's posts carry +1100 and +1000", ""},
	} {
		t.Run(row.claim, func(t *testing.T) {
			zone, err := time.LoadLocation(row.zone)
			require.NoError(t, err)
			message, remedy := CompareZone(zone, offsetsOf(row.dates...), row.lang)
			require.Equal(t, []string{row.message, row.remedy}, []string{message, remedy})
		})
	}
}

// TestZoneCandidatesExist loads each zone. The feed's language must not name a zone that explains nothing.
func TestZoneCandidatesExist(t *testing.T) {
	for _, candidate := range zoneCandidates() {
		zone, _, _ := strings.Cut(candidate, " ")
		_, err := time.LoadLocation(zone)
		require.NoError(t, err)
	}
}
