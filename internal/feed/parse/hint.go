package parse

import (
	"cmp"
	"strconv"
	"strings"
	"time"
)

const day = 24 * time.Hour

// updateHint is how often a feed says that it changes: RSS 2.0's ttl, in minutes, else the syndication module's period
// and frequency (https://web.resource.org/rss/1.0/modules/syndication/); 0 where it does not say.
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

// updatePeriod is daily where it is omitted, and says nothing where it is unknown.
func updatePeriod(name string) time.Duration {
	return map[string]time.Duration{
		"hourly": time.Hour, "daily": day, "weekly": 7 * day, "monthly": 30 * day, "yearly": 365 * day,
	}[strings.ToLower(cmp.Or(name, "daily"))]
}
