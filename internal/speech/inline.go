package speech

import (
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// urlPattern finds the URLs in a text, and names of hosts that begin with www.
var urlPattern = regexp.MustCompile(`(?i)\b(?:https?|ftp)://[\pL\pN\[_-][^\s<>"”»]*|\bwww\.[^\s<>"”»]+`)

// shortenURLs gives a text with each bare URL as the name of its host: "https colon slash slash" is nothing to listen to.
func shortenURLs(text string) string {
	if !strings.Contains(text, "://") && !strings.Contains(text, "www.") && !strings.Contains(text, "WWW.") {
		return text
	}
	return urlPattern.ReplaceAllStringFunc(text, hostName)
}

// hostName gives the name of a URL's host, and the punctuation that the URL's sentence has put behind it.
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

// writeLink reads a link's text. One that shows where it leads, shortened or not, is read as the host.
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

// writeAbbreviation says what an abbreviation stands for. A title that begins with a digit is a date for machines.
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

// writeSuperscript reads what is set high. A number stays a power: 10<sup>6</sup> is not one hundred and six.
func (w *sentenceWriter) writeSuperscript(n *html.Node) {
	if text := strings.TrimSpace(textContent(n)); text != "" && strings.Trim(text, "0123456789+-−") == "" {
		w.appendText(superscriptDigits.Replace(text))
		return
	}
	w.writeChildren(n)
}
