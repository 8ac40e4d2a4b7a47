package parse

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestUpdateHint(t *testing.T) {
	for _, c := range []struct {
		claim, ttl, period, frequency string
		want                          time.Duration
	}{
		{"no hint", "", "", "", 0},
		{"ttl in minutes", "90", "", "", 90 * time.Minute},
		{"ttl takes precedence over the syndication module", "90", "weekly", "1", 90 * time.Minute},
		{"a ttl of 0 is ignored", "0", "", "", 0},
		{"a ttl that is not a number is ignored", "often", "", "", 0},
		{"hourly", "", "hourly", "1", time.Hour},
		{"twice a day", "", "Daily", "2", 12 * time.Hour},
		{"the default frequency is 1", "", "weekly", "", 7 * day},
		{"the default period is daily", "", "", "4", 6 * time.Hour},
		{"a frequency of 0 counts as 1", "", "hourly", "0", time.Hour},
		{"monthly", "", "monthly", "1", 30 * day},
		{"yearly", "", "yearly", "1", 365 * day},
		{"an unknown period is ignored", "", "fortnightly", "1", 0},
	} {
		t.Run(c.claim, func(t *testing.T) {
			require.Equal(t, c.want, updateHint(c.ttl, c.period, c.frequency))
		})
	}
}
