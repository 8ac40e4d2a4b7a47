package alexa

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// ErrDuration is wrapped by every error of [ParseDuration].
var ErrDuration = errors.New("alexa: not an AMAZON.DURATION")

// maxDurationDigits limits each number of a duration, so that the sum cannot overflow.
const maxDurationDigits = 4

// A durationUnit is a designator of an ISO 8601 duration.
type durationUnit struct {
	designator byte
	length     time.Duration
}

// ParseDuration parses the value of an AMAZON.DURATION slot, an ISO 8601 duration such as PT1M30S (Amazon: "Slot Type
// Reference"). It returns [ErrDuration] for all other values, for a number of more than four digits, and for years and
// months, because their lengths differ. The empty value and "?" are errors too; "?" means that Alexa did not understand
// the duration.
func ParseDuration(value string) (time.Duration, error) {
	const day = 24 * time.Hour
	days, clock, hasClock := strings.Cut(strings.TrimPrefix(value, "P"), "T")
	sum, ok := parseDurationPart(days, durationUnit{'W', 7 * day}, durationUnit{'D', day})
	if hasClock {
		hours, minutes, seconds := durationUnit{'H', time.Hour}, durationUnit{'M', time.Minute}, durationUnit{'S', time.Second}
		rest, valid := parseDurationPart(clock, hours, minutes, seconds)
		sum, ok = sum+rest, ok && valid && clock != ""
	}
	if !ok || days == "" && !hasClock || !strings.HasPrefix(value, "P") {
		return 0, fmt.Errorf("%w: %.40q", ErrDuration, value)
	}
	return sum, nil
}

// parseDurationPart parses numbers, each with its unit. The units must have this order. It returns 0 for an empty text.
func parseDurationPart(text string, units ...durationUnit) (sum time.Duration, ok bool) {
	for _, unit := range units {
		at := strings.IndexByte(text, unit.designator)
		if at < 0 {
			continue
		}
		n, ok := parseDigits(text[:at])
		if !ok || at == 0 || at > maxDurationDigits {
			return 0, false
		}
		sum, text = sum+time.Duration(n)*unit.length, text[at+1:]
	}
	return sum, text == ""
}
