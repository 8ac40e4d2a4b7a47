package parse

import (
	"net/url"
	"strings"

	"lastpost/internal/feed"
)

// Links are the other documents that a feed's head names, absolute; nil where it names none. The first of a kind
// counts.
type Links struct {
	Prev      *url.URL // RFC 5005, section 4: rel="prev-archive"
	Next      *url.URL // RFC 5005, section 3: rel="next", as Blogger has it; JSON Feed's next_url
	Hub, Self *url.URL // WebSub: whom to subscribe with, and to what
	Home      *url.URL // the site's page
	WordPress bool     // the feed says that WordPress made it
	Complete  bool     // RFC 5005, section 2: there is nothing older
}

// addLink takes in a link of the head (RFC 4287, section 4.2.7). It is a link to a page unless it says otherwise.
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

// setGenerator takes in what the head says of the program that made the feed.
func (l *Links) setGenerator(generator string) {
	l.WordPress = l.WordPress || strings.Contains(strings.ToLower(generator), "wordpress")
}
