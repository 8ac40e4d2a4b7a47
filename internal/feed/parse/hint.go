package parse

import (
	"cmp"
	"strconv"
	"strings"
	"time"
)

const day = 24 * time.Hour

// updateHint returns the interval at which the feed changes, as the feed states it. It uses the ttl of RSS 2.0 (in
// minutes), or else the period and frequency of the syndication module
// (https://web.resource.org/rss/1.0/modules/syndication/). It returns 0 if the feed states neither.
func updateHint(ttl, period, frequency string) time.Duration {
	if n, err := strconv.ParseUint(ttl, 10, 31); err == nil && n > 0 {
		return time.Duration(n) * time.Minute
	}
	if period == "" && frequency == "" {
		return 0
	}
	n, err := strconv.ParseUint(frequency, 10, 31)
	if err != nil || n == 0 {
		n = 1
	}
	return updatePeriod(period) / time.Duration(n)
}

// updatePeriod returns the length of a named period. An empty name means daily. For an unknown name it returns 0.
func updatePeriod(name string) time.Duration {
	return map[string]time.Duration{
		"hourly": time.Hour, "daily": day, "weekly": 7 * day, "monthly": 30 * day, "yearly": 365 * day,
	}[strings.ToLower(cmp.Or(name, "daily"))]
}
