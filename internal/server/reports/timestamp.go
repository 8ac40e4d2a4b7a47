package reports

import (
	"errors"
	"time"
)

// TimestampRemedy returns the remedy for a genuine request whose timestamp was refused with err.
func TimestampRemedy(err error) string {
	if _, unreadable := errors.AsType[*time.ParseError](err); unreadable {
		return "The clock is not the reason: Amazon sent no time, or in a form that this program does not know. Please report this line."
	}
	return "Run timedatectl, and switch on time synchronisation. If the clock is right, the request was delayed, or someone sends it again."
}
