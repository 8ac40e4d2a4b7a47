package config

import (
	"fmt"
	"io"
	"net/url"
	"strings"
)

// FeedURL is a feed's address. It may carry a user and a password, and a key in its query, and prints <redacted> and "…"
// in their place in every format; string(u) is the whole address, for the one that fetches it.
type FeedURL string

// String is the address without user, password and query.
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

// Format prints String whatever the verb, as %x or %#v would tell all.
func (u FeedURL) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, u.String()) }

// MarshalText is String, for JSON and the like.
func (u FeedURL) MarshalText() ([]byte, error) { return []byte(u.String()), nil }
