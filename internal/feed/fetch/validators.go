package fetch

import (
	"cmp"
	"net/http"
	"strings"
	"time"
)

// The unconditional request comes 8 to 14 days after the last full answer.
const (
	fullAfter  = 8 * day
	fullSpread = 6 * day
)

// Validators are what a later request is made conditional with (RFC 9110, section 13.1): opaque, byte for
// byte, and of use only at the URL that they came from.
type Validators struct {
	URL          string // without user info
	ETag         string
	LastModified string
	Full         time.Time // from then on the next request is unconditional
}

// addConditions makes a request to url conditional, unless a full answer is due: some servers answer 304 to anything.
func (v Validators) addConditions(h http.Header, url string, now time.Time) {
	if v.URL != url || !now.Before(v.Full) {
		return
	}
	if v.ETag != "" {
		h.Set("If-None-Match", v.ETag)
	}
	if v.LastModified != "" {
		h.Set("If-Modified-Since", v.LastModified)
	}
}

// NewValidators are the validators of a 200: one that is missing is cleared.
func NewValidators(h http.Header, url string, now time.Time, jitter float64) Validators {
	return Validators{
		URL:          url,
		ETag:         sanitizeHeaderValue(h.Get("ETag")),
		LastModified: sanitizeHeaderValue(h.Get("Last-Modified")),
		Full:         now.Add(fullAfter + time.Duration(float64(fullSpread)*jitter)),
	}
}

// AfterNotModified are the validators after a 304: one that is missing is kept.
func (v Validators) AfterNotModified(h http.Header) Validators {
	v.ETag = cmp.Or(sanitizeHeaderValue(h.Get("ETag")), v.ETag)
	v.LastModified = cmp.Or(sanitizeHeaderValue(h.Get("Last-Modified")), v.LastModified)
	return v
}

// sanitizeHeaderValue drops a value that could not be sent back: one with control characters.
func sanitizeHeaderValue(s string) string {
	if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
		return ""
	}
	return s
}

// ClampTimes are the validators without a time that only a wrong clock can have told.
func (v Validators) ClampTimes(now time.Time) Validators {
	if v.Full.Sub(now) > fullAfter+fullSpread {
		v.Full = now
	}
	return v
}
