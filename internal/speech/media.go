package speech

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"lastpost/internal/feed"
)

// announceFrame announces an embedded frame as video, audio or other content. It skips a frame without a size, because
// such frames only count visits.
func (w *sentenceWriter) announceFrame(n *html.Node) {
	if isTrackingSize(n) {
		return
	}
	source := attrValue(n, "src")
	for _, name := range []string{"data-src", "data-lazy-src", "data"} {
		if source == "" || strings.HasPrefix(source, "about:") {
			source = attrValue(n, name)
		}
	}
	kind, _, _ := strings.Cut(attrValue(n, "type"), "/")
	site := &url.URL{}
	if to, err := url.Parse(strings.TrimSpace(source)); err == nil {
		site = to
	}
	switch {
	case kind == "video", videoSites.MatchString(site.Hostname()):
		w.announce(w.announcements.Video)
	case kind == "audio", audioSites.MatchString(site.Hostname()):
		w.announce(w.announcements.Audio)
	default:
		w.announce(w.announcements.Embed)
	}
}

// announceEmbedBlock announces an embed figure of WordPress and reads its caption. The figure may contain a frame, a
// URL or a quotation.
func (w *sentenceWriter) announceEmbedBlock(n *html.Node) {
	switch {
	case hasClass(n, "is-type-video"):
		w.announce(w.announcements.Video)
	case hasClass(n, "is-type-audio", "is-provider-spotify", "is-provider-soundcloud", "is-provider-mixcloud", "is-provider-pocket-casts"):
		w.announce(w.announcements.Audio)
	default:
		w.announce(w.announcements.Embed)
	}
	for child := range n.ChildNodes() {
		if child.DataAtom == atom.Figcaption {
			w.writeElement(child)
		}
	}
}

// These patterns match the hosts of embedded videos and audio.
var (
	videoSites = regexp.MustCompile(`(?i)^(?:.*\.)?(?:youtube\.com|youtube-nocookie\.com|youtu\.be|vimeo\.com|dailymotion\.com|` +
		`videopress\.com|wistia\.net|wistia\.com|loom\.com|player\.twitch\.tv|rumble\.com|peertube\.tv)$`)
	audioSites = regexp.MustCompile(`(?i)^(?:.*\.)?(?:soundcloud\.com|spotify\.com|bandcamp\.com|mixcloud\.com|podcasts\.apple\.com|` +
		`libsyn\.com|podbean\.com|simplecast\.com|buzzsprout\.com|transistor\.fm|anchor\.fm|megaphone\.fm|acast\.com)$`)
)

func isTrackingSize(n *html.Node) bool {
	for _, side := range []string{"width", "height"} {
		if size, err := strconv.Atoi(strings.TrimSuffix(attrValue(n, side), "px")); err == nil && size <= 1 {
			return true
		}
	}
	return false
}

// writeImage writes the text of an image, if the image has a text. Within a sentence, the text is part of the sentence.
// Otherwise it is a separate sentence.
func (w *sentenceWriter) writeImage(n *html.Node) {
	alt := imageText(n)
	if alt == "" {
		return
	}
	alone := w.isSentenceStart()
	w.appendText(" ")
	w.appendText(alt)
	if alone {
		w.line = append(w.line, sentenceStop)
	}
	w.appendText(" ")
}

// isSentenceStart reports whether the next words start a sentence, or follow a colon.
func (w *sentenceWriter) isSentenceStart() bool {
	before := strings.TrimRight(string(w.line[max(0, len(w.line)-8):]), " ")
	return before == "" || strings.ContainsAny(before[len(before)-1:], ".!?:\n\v")
}

// imageText returns the text to speak for an image, or "".
func imageText(n *html.Node) string {
	alt := feed.ImageText(func(name string) string { return attrValue(n, name) })
	if words, _ := cleanText(alt); !isSpeakable(words) || isTrackingSize(n) {
		return ""
	}
	return alt
}
