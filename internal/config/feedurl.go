package config

import (
	"fmt"
	"io"
	"net/url"
	"strings"
)

// FeedURL is a feed's address. It may contain a user, a password and a key in the query. Every print format shows
// "<redacted>" and "…" instead, so that logs do not leak them. string(u) is the full address.
type FeedURL string

// String returns the address without user, password and query.
func (u FeedURL) String() string {
	parsed, err := url.Parse(string(u))
	if err != nil {
		return "<redacted>"
	}
	if parsed.RawQuery != "" {
		parsed.RawQuery = "…"
	}
	if parsed.User == nil {
		return parsed.String()
	}
	parsed.User = nil
	return strings.Replace(parsed.String(), "://", "://<redacted>@", 1)
}

// Format prints String for every verb, because %x and %#v would leak the full address.
func (u FeedURL) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, u.String()) }

// MarshalText returns String, so that JSON does not leak the full address.
func (u FeedURL) MarshalText() ([]byte, error) { return []byte(u.String()), nil }
