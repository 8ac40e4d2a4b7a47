package linkproxy

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// isAllowed reports whether a browser may request a path of the authorization server: the authorization endpoint, and, if
// AllowedPaths is set, only paths below one of its prefixes.
//
// The authorization server may read a path in another way than this service: it may decode "%2e%2e" or "%2f" before it
// removes "..", read "\" or "//" as "/", drop ";name", end the path at an encoded "?" or "#", or replace invalid UTF-8 and wide
// forms of "." and "/" by the plain ones. An attacker could so leave an allowed prefix. So a path that
// contains one of these in any encoding is not allowed. Prefixes are compared with their case, so another case never
// allows more.
func (p *Proxy) isAllowed(target *url.URL) bool {
	escaped := target.EscapedPath()
	if len(p.AllowedPaths) == 0 || escaped == p.AuthorizationURL.EscapedPath() {
		return true
	}
	plain, ok := decodePath(escaped)
	if !ok || isAmbiguousPath(plain) || strings.Count(plain, "/") != strings.Count(escaped, "/") {
		return false
	}
	for _, prefix := range p.AllowedPaths {
		if allowed, err := url.PathUnescape(prefix); err == nil && isBelow(plain, strings.TrimRight(allowed, "/")) {
			return true
		}
	}
	return false
}

// decodePath decodes a path until it does not change any more. It returns false if the path cannot be decoded, or is
// encoded more than once.
func decodePath(escaped string) (string, bool) {
	plain, err := url.PathUnescape(escaped)
	if err != nil {
		return "", false
	}
	again, err := url.PathUnescape(plain)
	return plain, err == nil && again == plain
}

// isAmbiguousPath reports whether two servers may read a decoded path differently.
func isAmbiguousPath(plain string) bool {
	if !utf8.ValidString(plain) || strings.ContainsAny(plain, `\;?#．／＼；․‥…∕⁄`) || strings.Contains(plain, "//") ||
		strings.ContainsFunc(plain, unicode.IsControl) {
		return true
	}
	for segment := range strings.SplitSeq(plain, "/") {
		if name := strings.TrimSpace(segment); name == "." || name == ".." || name != segment {
			return true
		}
	}
	return false
}
