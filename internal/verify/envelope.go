package verify

import (
	"strings"
	"time"
)

// The largest difference between a request's timestamp and now, in either direction. The limit stops replay of recorded
// requests. Amazon allows 150 s, and an hour for skill events, because it sends these again after a failure.
const (
	requestTolerance = 150 * time.Second
	eventTolerance   = time.Hour
)

// CheckTimestamp refuses a request of the given type whose timestamp (ISO 8601, as Amazon sends it) is missing,
// unreadable, or too far from now. It stops replay attacks. Call it only with values from a verified body.
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
		return refuse(Timestamp, "sent %s: %s from now by this machine's clock", timestamp, age.Round(time.Second))
	}
	return nil
}

// CheckApplicationID refuses a request that Amazon signed for another skill. Without this check, an attacker could
// create a skill that points at this endpoint. Every application ID in the request must equal want: the one in
// context.System, which is always present, and the one in the session, if there is a session.
func CheckApplicationID(want string, inContext string, inSession ...string) error {
	for _, id := range append(inSession, inContext) {
		if id == "" || id != want {
			return refuse(ApplicationID, "%q is not %q", id, want)
		}
	}
	return nil
}
