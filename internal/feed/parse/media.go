package parse

import (
	"cmp"
	"net/url"
	"path"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"lastpost/internal/feed"
	"lastpost/internal/feed/decode"
)

// The kinds of images of an item, in order of preference.
const (
	mediaContent = iota
	mediaThumbnail
	itunesImage
)

// itemImage returns the first usable stated image URL, or else the first image in the texts, or "".
func itemImage(stated [3]string, text longestText, base *url.URL) string {
	for _, address := range stated {
		if u := mediaURL(base, address); u != "" {
			return u
		}
	}
	return cmp.Or(firstImage(text.html, base), firstImage(text.otherImage, base))
}

// mediaURL resolves the address of an image or a sound. It returns "" for a mere fragment, which is the page itself.
func mediaURL(base *url.URL, address string) string {
	if strings.HasPrefix(strings.TrimSpace(address), "#") {
		return ""
	}
	return feed.ResolveLink(base, address)
}

// firstImage returns the URL of the first image in the content, or "". It skips tracking pixels.
func firstImage(content string, base *url.URL) string {
	if !strings.Contains(content, "<") {
		return ""
	}
	z := html.NewTokenizer(strings.NewReader(content))
	z.SetMaxBuf(decode.MaxToken)
	for {
		switch z.Next() {
		case html.ErrorToken:
			return ""
		case html.StartTagToken, html.SelfClosingTagToken:
			if u := mediaURL(base, imageSource(z.Token())); u != "" {
				return u
			}
		}
	}
}

// imageSource returns the URL of an img tag, or "" for any other tag or a tracking pixel.
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

// isImageMedia reports whether a media:content element is an image (https://www.rssboard.org/media-rss). The type or
// medium decides, or else the file extension. It returns false for images from Gravatar, because WordPress.com lists
// the author's portrait there before the post's images.
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
