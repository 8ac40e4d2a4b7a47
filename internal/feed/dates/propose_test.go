package dates_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/feed/dates"
)

func TestProposeZone(t *testing.T) {
	offset := func(hours, count int, month time.Month) dates.Offset {
		at := time.Date(2026, month, 1, 12, 0, 0, 0, time.UTC)
		return dates.Offset{Seconds: hours * 3600, Count: count, First: at, Last: at}
	}
	pacific := []dates.Offset{offset(-8, 6, time.January), offset(-7, 4, time.July)}
	central := []dates.Offset{offset(1, 6, time.January), offset(2, 4, time.July)}
	zero := []dates.Offset{offset(0, 10, time.January)}
	mixed := []dates.Offset{offset(-8, 3, time.January), offset(1, 3, time.January), offset(9, 3, time.January)}
	for _, row := range []struct {
		claim        string
		offsets      []dates.Offset
		lang, system string
		want, reason string
	}{
		{"feed and machine agree", pacific, "en", "America/Los_Angeles", "America/Los_Angeles",
			"the dates of the feed carry -0800 and -0700, and the zone of this machine has them too"},
		{"the machine has another city of the same zone", central, "de", "Europe/Vienna", "Europe/Vienna",
			"the dates of the feed carry +0100 and +0200, and the zone of this machine has them too"},
		{"a server in UTC", pacific, "en", "Etc/UTC", "America/Los_Angeles", "the dates of the feed carry -0800 and -0700, as in this zone"},
		{"a server elsewhere", central, "de", "America/New_York", "Europe/Berlin", "the dates of the feed carry +0100 and +0200, as in this zone"},
		{"an unknown zone of the machine", central, "fr", "Nowhere/City", "Europe/Paris", "the dates of the feed carry +0100 and +0200, as in this zone"},
		{"the feed is in UTC, the machine is not", zero, "en", "Europe/Berlin", "Europe/Berlin",
			"it is the zone of this machine, and the dates of the feed state no other"},
		{"no source states a zone", zero, "en", "UTC", "UTC", "neither the dates of the feed nor this machine state another zone"},
		{"no dates, no zone of the machine", nil, "", "", "UTC", "neither the dates of the feed nor this machine state another zone"},
		{"authors all over the world", mixed, "en", "Europe/Lisbon", "Europe/Lisbon",
			"it is the zone of this machine; the dates of the feed carry -0800 and +0100 and +0900, which fits no zone"},
		{"authors all over the world, a server in UTC", mixed, "en", "Etc/UTC", "UTC",
			"the dates of the feed carry -0800 and +0100 and +0900, which fits no zone"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			zone, reason := dates.ProposeZone(row.offsets, row.lang, row.system)
			require.Equal(t, row.want, zone)
			require.Equal(t, row.reason, reason)
			_, err := time.LoadLocation(zone)
			require.NoError(t, err)
		})
	}
}
