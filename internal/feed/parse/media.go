package parse

import (
	"net/url"
	"path"
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
		default:
			continue
		}
		if name, more := z.TagName(); !more || atom.Lookup(name) != atom.Img {
			continue
		}
		if u := feed.Absolute(base, source(z)); u != "" {
			return u
		}
	}
}

// source is the address of the image whose tag was read last, or "" where it shows nothing.
func source(z *html.Tokenizer) (src string) {
	dot := false
	for {
		key, value, more := z.TagAttr()
		switch string(key) {
		case "src":
			src = string(value)
		case "width", "height":
			dot = dot || isDot(string(value))
		}
		if !more {
			break
		}
	}
	if dot {
		return ""
	}
	return src
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
	switch strings.ToLower(path.Ext(u.Path)) {
	case ".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif":
		return true
	}
	return false
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
