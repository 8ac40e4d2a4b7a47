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

// itemImage is the first usable address of what an item states, else of its content, or "".
func itemImage(stated [3]string, content string, base *url.URL) string {
	for _, address := range stated {
		if u := feed.ResolveLink(base, address); u != "" {
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
			if u := feed.ResolveLink(base, imageSource(z.Token())); u != "" {
				return u
			}
		}
	}
}

// imageSource is the address of an image, or "" where the tag shows none.
func imageSource(t html.Token) string {
	if t.DataAtom != atom.Img || isTrackingPixel(htmlAttr(t, "width")) || isTrackingPixel(htmlAttr(t, "height")) {
		return ""
	}
	return htmlAttr(t, "src")
}

func isTrackingPixel(size string) bool {
	size = strings.TrimSuffix(strings.TrimSpace(size), "px")
	return size == "0" || size == "1"
}

// isImageMedia tells whether a media:content is an image (https://www.rssboard.org/media-rss): it says so, or it says
// nothing and looks like one. WordPress.com gives the author's portrait before the post's images.
func isImageMedia(address, kind, medium string) bool {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || strings.HasSuffix(strings.ToLower(u.Hostname()), "gravatar.com") {
		return false
	}
	if kind != "" || medium != "" {
		return strings.EqualFold(medium, "image") || strings.HasPrefix(strings.ToLower(kind), "image/")
	}
	return slices.Contains([]string{".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif"}, strings.ToLower(path.Ext(u.Path)))
}

// firstAudio is the first enclosure with sound of a kind that Alexa plays.
func firstAudio(enclosures []*gofeed.Enclosure, base *url.URL) feed.Audio {
	for _, e := range enclosures {
		if kind := feed.AudioType(e.Type, e.URL); kind != "" {
			if u := feed.ResolveLink(base, e.URL); u != "" {
				return feed.Audio{URL: u, Type: kind}
			}
		}
	}
	return feed.Audio{}
}
