package speech

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"

	"lastpost/internal/speech/prose"
)

// writeLink writes the text of a link. If the text is a complete or shortened URL, it writes the host name instead.
func (w *sentenceWriter) writeLink(n *html.Node) {
	text := strings.TrimSpace(textContent(n))
	if strings.ContainsAny(text, "/") && !strings.ContainsAny(text, " \n\t") {
		if to, err := url.Parse(strings.TrimSpace(attrValue(n, "href"))); err == nil && to.Hostname() != "" {
			name, _ := prose.HostName(to.Hostname())
			shown, _ := prose.HostName(text)
			if strings.EqualFold(shown, name) {
				w.writeHostName(name, text)
				return
			}
		}
	}
	w.writeChildren(n)
}

// writeHostName writes the host name of a link whose text is a URL. As in [prose.ShortenURLs], it is not written after a
// word.
func (w *sentenceWriter) writeHostName(name, text string) {
	if !prose.IsTweetLink(text) && !prose.EndsWithWord(string(w.line[max(0, len(w.line)-utf8.UTFMax):])) {
		w.appendText(name)
	}
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
