package fetch

import (
	"net/http"
	"net/url"
	"strings"

	"lastpost/internal/feed"
)

// Linked is the first http or https address that the Link headers name with a relation (RFC 8288), nil where there
// is none. A relation that is a URL is compared as it stands, any other without regard to case. A link with an
// anchor speaks of another document.
func Linked(h http.Header, rel string, base *url.URL) *url.URL {
	for _, value := range h.Values("Link") {
		for value != "" {
			var l headerLink
			l, value = nextLink(value)
			if l.anchored || !feed.HasRelation(l.rel, rel) {
				continue
			}
			if u := feed.HeadLink(base, l.target); u != nil {
				return u
			}
		}
	}
	return nil
}

// headerLink is one link of a header.
type headerLink struct {
	target   string
	rel      string // the first rel parameter
	anchored bool
}

// nextLink reads the link that s begins with. rest is what follows the comma behind it.
func nextLink(s string) (l headerLink, rest string) {
	s = strings.TrimLeft(s, " \t,")
	target, after, found := strings.Cut(s, ">")
	if !strings.HasPrefix(target, "<") || !found {
		_, rest, _ = strings.Cut(s, ",") // no link: perhaps the next one is
		return l, rest
	}
	l.target = target[1:]
	related := false
	for s = after; ; {
		var name, value string
		name, value, s = parameter(s)
		switch {
		case name == "rel" && !related:
			l.rel, related = value, true
		case name == "anchor":
			l.anchored = true
		}
		switch {
		case strings.HasPrefix(s, ";"):
			s = s[1:]
		case strings.HasPrefix(s, ","):
			return l, s[1:]
		default:
			return l, ""
		}
	}
}

// parameter reads a name and its value, quoted or not. rest is empty, or begins with the comma or the semicolon
// behind them.
func parameter(s string) (name, value, rest string) {
	end := strings.IndexAny(s, "=;,")
	if end < 0 {
		return lower(s), "", ""
	}
	name, s = lower(s[:end]), s[end:]
	if s[0] != '=' {
		return name, "", s
	}
	s = strings.TrimLeft(s[1:], " \t")
	if strings.HasPrefix(s, `"`) {
		value, s = quoted(s[1:])
	}
	end = strings.IndexAny(s, ";,")
	if end < 0 {
		end = len(s)
	}
	if value == "" {
		value = strings.TrimSpace(s[:end])
	}
	return name, value, s[end:]
}

func lower(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

// quoted reads a quoted string behind its first quotation mark.
func quoted(s string) (value, rest string) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return b.String(), s[i+1:]
		case s[i] == '\\' && i+1 < len(s):
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String(), ""
}
