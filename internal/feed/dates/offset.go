// Package dates reads dates as feeds write them. It is pure: it does not use the clock or the network.
package dates

import (
	"fmt"
	"time"
)

// Offset is a UTC offset that dates of a feed carry.
type Offset struct {
	Seconds     int    // east of UTC
	Name        string // the IANA name or the abbreviation that the dates carry with the offset; empty if they carry neither
	Count       int    // number of dates
	First, Last time.Time
}

// String returns the offset as RFC 822 writes it, such as "-0500".
func (o Offset) String() string {
	sign, minutes := '+', o.Seconds/60
	if minutes < 0 {
		sign, minutes = '-', -minutes
	}
	return fmt.Sprintf("%c%02d%02d", sign, minutes/60, minutes%60)
}
