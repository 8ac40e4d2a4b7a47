package fetch

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"lastpost/internal/feed"
)

var (
	// headerLink finds the links of a header: the address, and the parameters. A quoted string may have no end.
	headerLink = regexp.MustCompile(`(?s)(?:^|,)[\s,]*<([^>]*)>((?:[^",]|"(?:[^"\\]|\\.)*"?)*)`)
	// linkParameter finds the parameters of a link: the name, and the value in quotation marks or without them.
	linkParameter = regexp.MustCompile(`(?s);\s*([^\s=;,"]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)|([^;,]*))`)
)

// HeaderLink is the first http or https address that the Link headers name with a relation (RFC 8288), nil where there
// is none. A relation that is a URL is compared as it stands, any other without regard to case.
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

// hasLinkRelation reports whether the parameters of a link have the relation. The first rel counts. A link with an anchor speaks
// of another document.
func hasLinkRelation(parameters, rel string) bool {
	first, related := true, false
	for _, p := range linkParameter.FindAllStringSubmatch(parameters, -1) {
		switch strings.ToLower(p[1]) {
		case "anchor":
			return false
		case "rel":
			// No relation has a backslash: one here quotes the character behind it.
			related = related || first && feed.HasRelation(strings.ReplaceAll(p[2], `\`, "")+p[3], rel)
			first = false
		}
	}
	return related
}
