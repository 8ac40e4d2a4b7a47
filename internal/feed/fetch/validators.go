package fetch

import (
	"cmp"
	"net/http"
	"strings"
	"time"
)

// The next request is unconditional if the last full response is 8 to 14 days old.
const (
	fullAfter  = 8 * day
	fullSpread = 6 * day
)

// Validators make a later request conditional (RFC 9110, section 13.1). The client sends them back byte for byte, and
// only to the URL that they came from. The struct is stored as JSON.
type Validators struct {
	URL          string // the URL that the validators came from, without user info
	ETag         string
	LastModified string
	Full         time.Time // from this time on the next request is unconditional
}

// addConditions makes a request to url conditional, unless a full response is due. Full responses are necessary because
// some servers answer 304 to every conditional request.
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

// NewValidators returns the validators of a 200 response. If a header is missing, its value is empty.
func NewValidators(h http.Header, url string, now time.Time, jitter float64) Validators {
	return Validators{
		URL:          url,
		ETag:         sanitizeHeaderValue(h.Get("ETag")),
		LastModified: sanitizeHeaderValue(h.Get("Last-Modified")),
		Full:         now.Add(fullAfter + time.Duration(float64(fullSpread)*jitter)),
	}
}

// AfterNotModified returns the validators after a 304 response. If a header is missing, the old value stays.
func (v Validators) AfterNotModified(h http.Header) Validators {
	v.ETag = cmp.Or(sanitizeHeaderValue(h.Get("ETag")), v.ETag)
	v.LastModified = cmp.Or(sanitizeHeaderValue(h.Get("Last-Modified")), v.LastModified)
	return v
}

// sanitizeHeaderValue returns "" for a value with control characters, which could not be sent back.
func sanitizeHeaderValue(s string) string {
	if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
		return ""
	}
	return s
}

// ClampTimes corrects a time that a wrong clock produced.
func (v Validators) ClampTimes(now time.Time) Validators {
	if v.Full.Sub(now) > fullAfter+fullSpread {
		v.Full = now
	}
	return v
}
