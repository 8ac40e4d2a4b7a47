package speech

import (
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// address finds the URLs in a text, and names of hosts that begin with www.
var address = regexp.MustCompile(`(?i)\b(?:https?|ftp)://[\pL\pN\[_-][^\s<>"”»]*|\bwww\.[^\s<>"”»]+`)

// hosts gives a text with each bare URL as the name of its host: "https colon slash slash" is nothing to listen to.
func hosts(text string) string {
	if !strings.Contains(text, "://") && !strings.Contains(text, "www.") && !strings.Contains(text, "WWW.") {
		return text
	}
	return address.ReplaceAllStringFunc(text, host)
}

// host gives the name of a URL's host, and the punctuation that the URL's sentence has put behind it.
func host(raw string) string {
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

// link reads a link's text. One that shows where it leads, shortened or not, is read as the host.
func (w *writer) link(n *html.Node) {
	text := strings.TrimSpace(content(n))
	if strings.ContainsAny(text, "/") && !strings.ContainsAny(text, " \n\t") {
		if to, err := url.Parse(strings.TrimSpace(attr(n, "href"))); err == nil && to.Hostname() != "" {
			name := host(to.Hostname())
			if strings.EqualFold(strings.TrimRight(host(text), ".…"), name) {
				w.write(name)
				return
			}
		}
	}
	w.children(n)
}

// abbreviation says what an abbreviation stands for. A title that begins with a digit is a date for machines.
func (w *writer) abbreviation(n *html.Node) {
	title := strings.TrimSpace(attr(n, "title"))
	if r, _ := utf8.DecodeRuneInString(title); !speakable(title) || unicode.IsDigit(r) {
		w.children(n)
		return
	}
	w.write(title)
}

var raisedDigits = strings.NewReplacer("0", "⁰", "1", "¹", "2", "²", "3", "³", "4", "⁴", "5", "⁵", "6", "⁶",
	"7", "⁷", "8", "⁸", "9", "⁹", "-", "⁻", "−", "⁻", "+", "⁺")

// raised reads what is set high. A number stays a power: 10<sup>6</sup> is not one hundred and six.
func (w *writer) raised(n *html.Node) {
	if text := strings.TrimSpace(content(n)); text != "" && strings.Trim(text, "0123456789+-−") == "" {
		w.write(raisedDigits.Replace(text))
		return
	}
	w.children(n)
}
