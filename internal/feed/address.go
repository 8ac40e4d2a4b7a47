package feed

import (
	"net/url"
	"strings"
)

// ResolveLink resolves a link against base, which may be nil. It returns an http or https URL of at most MaxLink bytes,
// or "". Links are shown to listeners, so other schemes are refused.
func ResolveLink(base *url.URL, link string) string {
	link = strings.TrimSpace(link)
	u, err := url.Parse(link)
	if err != nil || link == "" { // an empty reference would be the base itself
		return ""
	}
	if base != nil {
		u = base.ResolveReference(u)
	}
	if !IsWebURL(u) {
		return ""
	}
	s := u.String()
	if len(s) > MaxLink {
		return ""
	}
	return strings.Clone(s)
}

// IsWebURL reports whether u is an absolute http or https URL.
func IsWebURL(u *url.URL) bool {
	return (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != ""
}

// ResolveDiscovered resolves an address that a document head or an HTTP header names, or returns nil. It removes user
// info, so that a feed cannot make the service send credentials.
func ResolveDiscovered(base *url.URL, href string) *url.URL {
	if href = strings.TrimSpace(href); href == "" || len(href) > MaxLink {
		return nil
	}
	u, err := base.Parse(href)
	if err != nil || !IsWebURL(u) {
		return nil
	}
	u.User, u.Fragment, u.RawFragment = nil, "", ""
	if len(u.String()) > MaxLink {
		return nil
	}
	return u
}

// UpgradeScheme changes u from http to https if the document that names it was fetched over https. Sites that moved to
// https often keep old links. It never changes https to http.
func UpgradeScheme(u, from *url.URL) *url.URL {
	if u != nil && from.Scheme == "https" && u.Scheme == "http" {
		u.Scheme = "https"
		u.Host = strings.TrimSuffix(u.Host, ":80")
	}
	return u
}

// RelAPI is the link relation of the WordPress REST API
// (https://developer.wordpress.org/rest-api/using-the-rest-api/discovery/).
const RelAPI = "https://api.w.org/"

// HasRelation reports whether rel, a list of relations, contains want. Relations that are URLs are compared exactly,
// others without regard to case.
func HasRelation(rel, want string) bool {
	for token := range strings.FieldsSeq(rel) {
		if token == want || !strings.Contains(want, ":") && strings.EqualFold(token, want) {
			return true
		}
	}
	return false
}

// WithoutUserInfo returns the URL without user info, which may be a password or a token.
func WithoutUserInfo(u *url.URL) string {
	bare := *u
	bare.User = nil
	return bare.String()
}

// DisplayURL returns the URL for logs and messages: without user info, and with the query replaced by "…". Both may
// contain secrets.
func DisplayURL(u *url.URL) string {
	if u == nil {
		return ""
	}
	bare := *u
	bare.User = nil
	if bare.RawQuery != "" {
		bare.RawQuery = "…"
	}
	return bare.String()
}
