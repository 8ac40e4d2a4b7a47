package verify

import (
	"strings"
	"time"
)

// How far a request's timestamp may lie from now, in either direction, against requests that were recorded and are
// played again: Amazon allows 150 s, and an hour for skill events, which it delivers again when they fail.
const (
	requestTolerance = 150 * time.Second
	eventTolerance   = time.Hour
)

// CheckTimestamp refuses a request of the given type whose timestamp (ISO 8601, as Amazon sends it) is missing,
// unreadable, or too far from now. Call it only with what stands in a verified body.
func CheckTimestamp(requestType, timestamp string, now time.Time) error {
	sent, err := time.Parse(time.RFC3339, timestamp)
	if err != nil {
		return refuse(Timestamp, "%w", err)
	}
	tolerance := requestTolerance
	if strings.HasPrefix(requestType, "AlexaSkillEvent.") {
		tolerance = eventTolerance
	}
	if age := now.Sub(sent); age.Abs() > tolerance {
		return refuse(Timestamp, "sent %s, which is %s from now by this machine's clock", timestamp, age.Round(time.Second))
	}
	return nil
}

// CheckApplicationID refuses a request that Amazon signed for another skill: anyone can make a skill that points at
// this endpoint. Every id that the request carries must be want: that of context.System, which is always there, and
// that of the session where there is one.
func CheckApplicationID(want string, inContext string, inSession ...string) error {
	for _, id := range append(inSession, inContext) {
		if id == "" || id != want {
			return refuse(ApplicationID, "%q is not %q", id, want)
		}
	}
	return nil
}
