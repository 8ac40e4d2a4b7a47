package parse

import (
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/mmcdole/gofeed"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"lastpost/internal/feed"
)

// The kinds of an item's images, the one that is most surely the post's first.
const (
	mediaContent = iota
	mediaThumbnail
	itunesImage
)

// image is the first usable address of what an item states, else of its content, or "".
func image(stated [3]string, content string, base *url.URL) string {
	for _, address := range stated {
		if u := feed.Absolute(base, address); u != "" {
			return u
		}
	}
	return firstImage(content, base)
}

// firstImage is where the first image of a content is, or "". One that is a single dot counts the readers.
func firstImage(content string, base *url.URL) string {
	if !strings.Contains(content, "<") {
		return ""
	}
	z := html.NewTokenizer(strings.NewReader(content))
	z.SetMaxBuf(maxToken)
	for {
		switch z.Next() {
		case html.ErrorToken:
			return ""
		case html.StartTagToken, html.SelfClosingTagToken:
			if u := feed.Absolute(base, source(z.Token())); u != "" {
				return u
			}
		}
	}
}

// source is the address of an image, or "" where the tag shows none.
func source(t html.Token) string {
	if t.DataAtom != atom.Img || isDot(attr(t, "width")) || isDot(attr(t, "height")) {
		return ""
	}
	return attr(t, "src")
}

func isDot(size string) bool {
	size = strings.TrimSuffix(strings.TrimSpace(size), "px")
	return size == "0" || size == "1"
}

// isPicture tells whether a media:content is an image (https://www.rssboard.org/media-rss): it says so, or it says
// nothing and looks like one. WordPress.com gives the author's portrait before the post's images.
func isPicture(address, kind, medium string) bool {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || strings.HasSuffix(strings.ToLower(u.Hostname()), "gravatar.com") {
		return false
	}
	if kind != "" || medium != "" {
		return strings.EqualFold(medium, "image") || strings.HasPrefix(strings.ToLower(kind), "image/")
	}
	return slices.Contains([]string{".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif"}, strings.ToLower(path.Ext(u.Path)))
}

// audio is the first enclosure with sound of a kind that Alexa plays.
func audio(enclosures []*gofeed.Enclosure, base *url.URL) feed.Audio {
	for _, e := range enclosures {
		if kind := feed.AudioType(e.Type, e.URL); kind != "" {
			if u := feed.Absolute(base, e.URL); u != "" {
				return feed.Audio{URL: u, Type: kind}
			}
		}
	}
	return feed.Audio{}
}
