package speech

import (
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// urlPattern matches URLs, and host names that start with "www.". A URL ends before Japanese text, which does not have
// spaces.
var urlPattern = regexp.MustCompile(`(?i)(?:https?|ftp)://[\pL\pN\[_-][^` + afterURL + `]*|\bwww\.[^` + afterURL + `]+`)

const afterURL = `\s<>"”»\x{3000}-\x{30FF}\x{3400}-\x{9FFF}\x{FF00}-\x{FFEF}`

// tweetLink matches the links that Twitter adds to the text of a tweet.
var tweetLink = regexp.MustCompile(`(?i)\s?(?:(?:https?://)?pic\.(?:twitter|x)\.com/\w+|https?://t\.co/\w+|\bt\.co/\w{6,})…?`)

// shortenURLs replaces each bare URL by its host name, because a spoken URL ("https colon slash slash") is hard to
// listen to. It removes a URL that follows a word without a space, because the space was lost between a text and its
// link.
func shortenURLs(text string) string {
	if strings.Contains(text, "/") {
		text = tweetLink.ReplaceAllString(text, "")
	}
	if !strings.Contains(text, "://") && !strings.Contains(text, "www.") && !strings.Contains(text, "WWW.") {
		return text
	}
	var b strings.Builder
	done := 0
	for _, at := range urlPattern.FindAllStringIndex(text, -1) {
		b.WriteString(text[done:at[0]])
		name, after := hostName(text[at[0]:at[1]])
		if !endsWithWord(text[:at[0]]) {
			b.WriteString(name)
		}
		b.WriteString(after)
		done = at[1]
	}
	return b.String() + text[done:]
}

// endsWithWord reports whether a text ends with a letter or number of a script that separates words by spaces.
func endsWithWord(text string) bool {
	last, _ := utf8.DecodeLastRuneInString(text)
	return isWord(last) && last < 0x3000
}

// hostName returns the host name of a URL, and the punctuation marks that come after the URL in the sentence.
func hostName(raw string) (name, after string) {
	bare := strings.TrimRight(raw, ".,;:!?)]}'…")
	after = raw[len(bare):]
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
	return bare, after
}

// writeLink writes the text of a link. If the text is a complete or shortened URL, it writes the host name instead.
func (w *sentenceWriter) writeLink(n *html.Node) {
	text := strings.TrimSpace(textContent(n))
	if strings.ContainsAny(text, "/") && !strings.ContainsAny(text, " \n\t") {
		if to, err := url.Parse(strings.TrimSpace(attrValue(n, "href"))); err == nil && to.Hostname() != "" {
			name, _ := hostName(to.Hostname())
			shown, _ := hostName(text)
			if strings.EqualFold(shown, name) {
				w.writeHostName(name, text)
				return
			}
		}
	}
	w.writeChildren(n)
}

// writeHostName writes the host name of a link whose text is a URL. As in shortenURLs, it is not written after a word.
func (w *sentenceWriter) writeHostName(name, text string) {
	if !tweetLink.MatchString(text) && !endsWithWord(string(w.line[max(0, len(w.line)-utf8.UTFMax):])) {
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
