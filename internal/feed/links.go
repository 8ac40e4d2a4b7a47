package feed

import (
	"net/url"
	"strings"
)

// links are the other documents that a feed's head names, absolute; nil where it names none. The first of a kind
// counts.
type links struct {
	prev      *url.URL // RFC 5005, section 4: rel="prev-archive"
	next      *url.URL // RFC 5005, section 3: rel="next", as Blogger has it; JSON Feed's next_url
	hub, self *url.URL // WebSub: whom to subscribe with, and to what
	home      *url.URL // the site's page
	wordpress bool     // the feed says that WordPress made it
	complete  bool     // RFC 5005, section 2: there is nothing older
}

// add takes in a link of the head (RFC 4287, section 4.2.7). It is a link to a page unless it says otherwise.
func (l *links) add(rel, kind, href string, base *url.URL) {
	if strings.TrimSpace(rel) == "" {
		rel = "alternate"
	}
	for token := range strings.FieldsSeq(strings.ToLower(rel)) {
		switch strings.TrimPrefix(token, "http://www.iana.org/assignments/relation/") {
		case "prev-archive":
			first(&l.prev, upgraded(headLink(base, href), base))
		case "next":
			first(&l.next, upgraded(headLink(base, href), base))
		case "hub":
			first(&l.hub, headLink(base, href))
		case "self":
			first(&l.self, headLink(base, href))
		case "alternate":
			if !isFeedType(kind) {
				first(&l.home, headLink(base, href))
			}
		}
	}
}

func first(at **url.URL, u *url.URL) {
	if *at == nil {
		*at = u
	}
}

// madeBy takes in what the head says of the program that made the feed.
func (l *links) madeBy(generator string) {
	l.wordpress = l.wordpress || strings.Contains(strings.ToLower(generator), "wordpress")
}

// headLink is an absolute http or https address of one that a head or a header names, else nil. What comes out of
// a feed is asked for without a password of its choice.
func headLink(base *url.URL, href string) *url.URL {
	if href = strings.TrimSpace(href); href == "" || len(href) > maxLink {
		return nil
	}
	u, err := base.Parse(href)
	if err != nil || !isWeb(u) {
		return nil
	}
	u.User, u.Fragment, u.RawFragment = nil, "", ""
	if len(u.String()) > maxLink {
		return nil
	}
	return u
}

// upgraded is an address that comes out of a document at from, over https where from is: an old link of a site
// that has moved to https since. Never from https to http.
func upgraded(u, from *url.URL) *url.URL {
	if u != nil && from.Scheme == "https" && u.Scheme == "http" {
		u.Scheme = "https"
		u.Host = strings.TrimSuffix(u.Host, ":80")
	}
	return u
}
