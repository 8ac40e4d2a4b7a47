package feed

import (
	"net/url"
	"strings"
)

// ResolveLink resolves a link against base (which may be nil) and returns it if it is an http or https URL
// that fits, else "". The link of a feed goes to a card, so no other scheme may pass.
func ResolveLink(base *url.URL, link string) string {
	u, err := url.Parse(strings.TrimSpace(link))
	if err != nil || link == "" {
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

// ResolveDiscovered is an absolute http or https address of one that a head or a header names, else nil. What comes out of
// a feed is asked for without a password of its choice.
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

// UpgradeScheme is an address that comes out of a document at from, over https where from is: an old link of a site
// that has moved to https since. Never from https to http.
func UpgradeScheme(u, from *url.URL) *url.URL {
	if u != nil && from.Scheme == "https" && u.Scheme == "http" {
		u.Scheme = "https"
		u.Host = strings.TrimSuffix(u.Host, ":80")
	}
	return u
}

// RelAPI is the relation by which WordPress announces its REST API
// (https://developer.wordpress.org/rest-api/using-the-rest-api/discovery/).
const RelAPI = "https://api.w.org/"

// HasRelation reports whether rel, which may name several relations, names want. A relation that is a URL is compared
// as it stands, any other without regard to case.
func HasRelation(rel, want string) bool {
	for token := range strings.FieldsSeq(rel) {
		if token == want || !strings.Contains(want, ":") && strings.EqualFold(token, want) {
			return true
		}
	}
	return false
}

// WithoutUserInfo is an address without its user info, which may be a password or a token.
func WithoutUserInfo(u *url.URL) string {
	bare := *u
	bare.User = nil
	return bare.String()
}

// DisplayURL is an address without its user info and its query, which may hold a key.
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
