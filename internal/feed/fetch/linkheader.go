package fetch

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"lastpost/internal/feed"
)

var (
	// headerLink matches a link in a Link header: the address and the parameters. A quoted string may be unterminated.
	headerLink = regexp.MustCompile(`(?s)(?:^|,)[\s,]*<([^>]*)>((?:[^",]|"(?:[^"\\]|\\.)*"?)*)`)
	// linkParameter matches a parameter of a link: the name, and the value with or without quotes.
	linkParameter = regexp.MustCompile(`(?s);\s*([^\s=;,"]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)|([^;,]*))`)
)

// HeaderLink returns the first http or https URL with the relation in the Link headers (RFC 8288), or nil. See
// feed.HasRelation for the comparison of relations.
func HeaderLink(h http.Header, rel string, base *url.URL) *url.URL {
	for _, value := range h.Values("Link") {
		for _, link := range headerLink.FindAllStringSubmatch(value, -1) {
			if !hasLinkRelation(link[2], rel) {
				continue
			}
			if u := feed.ResolveDiscovered(base, link[1]); u != nil {
				return u
			}
		}
	}
	return nil
}

// hasLinkRelation reports whether the parameters of a link contain the relation. Only the first rel counts. A link with
// an anchor describes another document and does not match.
func hasLinkRelation(parameters, rel string) bool {
	first, related := true, false
	for _, p := range linkParameter.FindAllStringSubmatch(parameters, -1) {
		switch strings.ToLower(p[1]) {
		case "anchor":
			return false
		case "rel":
			// Relations do not contain backslashes, so each backslash escapes the next character.
			related = related || first && feed.HasRelation(strings.ReplaceAll(p[2], `\`, "")+p[3], rel)
			first = false
		}
	}
	return related
}
