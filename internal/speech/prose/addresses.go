package prose

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// urlPattern matches URLs, and host names that start with "www.". A URL ends before Japanese text, which does not have
// spaces.
var urlPattern = regexp.MustCompile(`(?i)(?:https?|ftp)://[\pL\pN\[_-][^` + afterURL + `]*|\bwww\.[^` + afterURL + `]+|` +
	`www\.[\w-]+\.\pL{2,}/[^` + afterURL + `]*`)

const afterURL = `\s<>"”»\x{3000}-\x{30FF}\x{3400}-\x{9FFF}\x{FF00}-\x{FFEF}`

// tweetLink matches the links that Twitter adds to the text of a tweet.
var tweetLink = regexp.MustCompile(`(?i)\s?(?:(?:https?://)?pic\.(?:twitter|x)\.com/\w+|https?://t\.co/\w+|\bt\.co/\w{6,})…?`)

// IsTweetLink reports whether a text contains a link that Twitter adds to the text of a tweet.
func IsTweetLink(text string) bool { return tweetLink.MatchString(text) }

// ShortenURLs replaces each bare URL by its host name, because a spoken URL ("https colon slash slash") is hard to
// listen to. It removes a URL that follows a word without a space, because the space was lost between a text and its
// link.
func ShortenURLs(text string) string {
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
		name, after := HostName(text[at[0]:at[1]])
		switch last := text[max(0, at[0]-1):at[0]]; {
		case last == ":":
			b.WriteString(" " + name)
		case !EndsWithWord(text[:at[0]]) && (last == "" || !strings.Contains(".!?", last)):
			b.WriteString(name)
		}
		b.WriteString(after)
		done = at[1]
	}
	return b.String() + text[done:]
}

// EndsWithWord reports whether a text ends with a letter or number of a script that separates words by spaces.
func EndsWithWord(text string) bool {
	last, _ := utf8.DecodeLastRuneInString(text)
	return IsWord(last) && last < 0x3000
}

// HostName returns the host name of a URL, and the punctuation marks that come after the URL in the sentence.
func HostName(raw string) (name, after string) {
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
