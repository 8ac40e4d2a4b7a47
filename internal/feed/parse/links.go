package parse

import (
	"encoding/xml"
	"net/url"
	"strings"

	"lastpost/internal/feed"
)

// Links holds the links in the feed's head to other documents, as absolute URLs. A field is nil if the head does not
// have the link. If the head has several links of a kind, the first is used.
type Links struct {
	Prev      *url.URL // RFC 5005, section 4: rel="prev-archive"
	Next      *url.URL // RFC 5005, section 3: rel="next", as in Blogger; next_url of JSON Feed
	Hub, Self *url.URL // WebSub: the hub to subscribe at, and the topic
	Home      *url.URL // the site's home page
	WordPress bool     // the feed states WordPress as its generator
	Complete  bool     // RFC 5005, section 2: the feed contains all posts
}

// addLink stores a link of the head (RFC 4287, section 4.2.7). An alternate link is the home page, unless its type is a
// feed type.
func (l *Links) addLink(rel, kind, href string, base *url.URL) {
	if strings.TrimSpace(rel) == "" {
		rel = "alternate"
	}
	for token := range strings.FieldsSeq(strings.ToLower(rel)) {
		switch strings.TrimPrefix(token, "http://www.iana.org/assignments/relation/") {
		case "prev-archive":
			setIfNil(&l.Prev, feed.UpgradeScheme(feed.ResolveDiscovered(base, href), base))
		case "next":
			setIfNil(&l.Next, feed.UpgradeScheme(feed.ResolveDiscovered(base, href), base))
		case "hub":
			setIfNil(&l.Hub, feed.ResolveDiscovered(base, href))
		case "self":
			setIfNil(&l.Self, feed.ResolveDiscovered(base, href))
		case "alternate":
			if !isFeedType(kind) {
				setIfNil(&l.Home, feed.ResolveDiscovered(base, href))
			}
		}
	}
}

func setIfNil(at **url.URL, u *url.URL) {
	if *at == nil {
		*at = u
	}
}

// setGenerator stores whether the stated generator is WordPress.
func (l *Links) setGenerator(generator string) {
	l.WordPress = l.WordPress || strings.Contains(strings.ToLower(generator), "wordpress")
}

// alternateLink is the best link to the page of an item.
type alternateLink struct {
	url   string
	score int
}

// add replaces the link if the new one is better. An item may have links to several formats and languages of a page
// (RFC 4287, section 4.2.7.2), and links to other networks than the web.
func (l *alternateLink) add(address string, score int) {
	if address != "" && score > l.score {
		l.url, l.score = address, score
	}
}

// linkScore returns a higher number for a link to HTML, and then for a page in the given language.
func linkScore(t xml.StartElement, language string) int {
	score := 1
	switch feed.MediaType(plainAttr(t, "type")) {
	case "", "text/html", "application/xhtml+xml":
		score += 4
	}
	primary := func(tag string) string {
		tag, _, _ = strings.Cut(trimLower(tag), "-")
		return tag
	}
	switch stated := plainAttr(t, "hreflang"); {
	case stated == "":
		score++
	case strings.EqualFold(stated, language):
		score += 3
	case primary(stated) == primary(language):
		score += 2
	}
	return score
}
