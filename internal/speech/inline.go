package speech

import (
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// urlPattern matches URLs, and host names that start with "www.".
var urlPattern = regexp.MustCompile(`(?i)\b(?:https?|ftp)://[\pL\pN\[_-][^\s<>"”»]*|\bwww\.[^\s<>"”»]+`)

// shortenURLs replaces each bare URL by its host name, because a spoken URL ("https colon slash slash") is hard to
// listen to.
func shortenURLs(text string) string {
	if !strings.Contains(text, "://") && !strings.Contains(text, "www.") && !strings.Contains(text, "WWW.") {
		return text
	}
	return urlPattern.ReplaceAllStringFunc(text, hostName)
}

// hostName returns the host name of a URL, followed by the punctuation marks that come after the URL in the sentence.
func hostName(raw string) string {
	bare := strings.TrimRight(raw, ".,;:!?)]}'…")
	after := raw[len(bare):]
	if _, rest, ok := strings.Cut(bare, "://"); ok {
		bare = rest
	}
	if end := strings.IndexAny(bare, "/?#\\"); end >= 0 {
		bare = bare[:end]
	}
	if at := strings.LastIndexByte(bare, '@'); at >= 0 {
		bare = bare[at+1:]
	}
	bare, _, _ = strings.Cut(bare, ":")
	for len(bare) > 4 && strings.EqualFold(bare[:4], "www.") {
		bare = bare[4:]
	}
	return bare + after
}

// writeLink writes the text of a link. If the text is a complete or shortened URL, it writes the host name instead.
func (w *sentenceWriter) writeLink(n *html.Node) {
	text := strings.TrimSpace(textContent(n))
	if strings.ContainsAny(text, "/") && !strings.ContainsAny(text, " \n\t") {
		if to, err := url.Parse(strings.TrimSpace(attrValue(n, "href"))); err == nil && to.Hostname() != "" {
			name := hostName(to.Hostname())
			if strings.EqualFold(strings.TrimRight(hostName(text), ".…"), name) {
				w.appendText(name)
				return
			}
		}
	}
	w.writeChildren(n)
}

// writeAbbreviation writes the long form of an abbreviation. A title that starts with a digit is a machine-readable
// date, and is not used.
func (w *sentenceWriter) writeAbbreviation(n *html.Node) {
	title := strings.TrimSpace(attrValue(n, "title"))
	if r, _ := utf8.DecodeRuneInString(title); !isSpeakable(title) || unicode.IsDigit(r) {
		w.writeChildren(n)
		return
	}
	w.appendText(title)
}

var superscriptDigits = strings.NewReplacer("0", "⁰", "1", "¹", "2", "²", "3", "³", "4", "⁴", "5", "⁵", "6", "⁶",
	"7", "⁷", "8", "⁸", "9", "⁹", "-", "⁻", "−", "⁻", "+", "⁺")

// writeSuperscript writes superscript text. A number stays a superscript, because 10<sup>6</sup> must not become 106.
func (w *sentenceWriter) writeSuperscript(n *html.Node) {
	if text := strings.TrimSpace(textContent(n)); text != "" && strings.Trim(text, "0123456789+-−") == "" {
		w.appendText(superscriptDigits.Replace(text))
		return
	}
	w.writeChildren(n)
}
