package feed

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode"
	"unicode/utf8"
)

// TruncateHTML is s, or where it is longer than most the part of it that fits. It does not end within a character, nor
// within a tag or an entity unless that is a monstrous one.
func TruncateHTML(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.Clone(TrimPartialMarkup(s[:most]))
}

// TrimPartialMarkup is s without a character, a tag or an entity that its end cuts in two.
func TrimPartialMarkup(s string) string {
	const longestTag, longestEntity = 4 << 10, 33
	for n := 1; n <= min(utf8.UTFMax, len(s)); n++ {
		if c := s[len(s)-n]; utf8.RuneStart(c) {
			if !utf8.FullRuneInString(s[len(s)-n:]) {
				s = s[:len(s)-n]
			}
			break
		}
	}
	if at := strings.LastIndexByte(s, '<'); at >= 0 && len(s)-at <= longestTag && startsMarkup(s[at+1:]) && !strings.Contains(s[at:], ">") {
		s = s[:at]
	}
	if at := strings.LastIndexByte(s, '&'); at >= 0 && len(s)-at < longestEntity && !strings.ContainsAny(s[at:], "; \t\r\n<") {
		s = s[:at]
	}
	return s
}

// startsMarkup tells whether what follows a "<" makes it markup.
func startsMarkup(s string) bool {
	return s == "" || s[0] == '/' || s[0] == '!' || s[0] == '?' || 'a' <= s[0]|0x20 && s[0]|0x20 <= 'z'
}

// CleanCategories are what an item is filed under: one line each, each once by its first spelling.
func CleanCategories(names []string) []string {
	var kept []string
	seen := map[string]bool{}
	for _, name := range names {
		name = truncateLine(OneLine(name), maxCategory)
		folded := strings.ToLower(name)
		if name == "" || seen[folded] {
			continue
		}
		seen[folded] = true
		kept = append(kept, strings.Clone(name))
		if len(kept) == MaxCategories {
			break
		}
	}
	return kept
}

// ParseLanguageTag is s if it looks like a language tag (RFC 5646), else "".
func ParseLanguageTag(s string) string {
	const longestTag = 35 // RFC 5646, section 4.4.1
	s = strings.TrimSpace(s)
	if len(s) > longestTag || strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		return ""
	}
	return strings.Clone(s)
}

// maxPlainTitle bounds a title that is plain text, in bytes. An entity may be a little shorter than what it means.
const maxPlainTitle = 2 * MaxTitle

// truncateLine is one line of at most so many bytes.
func truncateLine(s string, most int) string {
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "")
	}
	return OneLine(s)
}

// OneLine folds white space and drops what cannot be seen or may not stand in XML.
func OneLine(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	var last rune // the last one written
	space := false
	for i, r := range s {
		switch {
		case unicode.IsSpace(r):
			space = true
			continue
		case r == zeroWidthJoiner && joinsEmoji(last, s[i+utf8.RuneLen(r):]):
		case isInvisible(r):
			continue
		}
		if space && b.Len() > 0 {
			b.WriteByte(' ')
		}
		space = false
		b.WriteRune(r)
		last = r
	}
	return b.String()
}

const zeroWidthJoiner = '\u200d'

// joinsEmoji tells whether a joiner between last and rest makes one emoji of two, as in a family.
func joinsEmoji(last rune, rest string) bool {
	next, _ := utf8.DecodeRuneInString(rest)
	return isPictograph(next) && (isPictograph(last) || last == '\ufe0f' || last >= 0x1f3fb && last <= 0x1f3ff)
}

func isPictograph(r rune) bool { return unicode.Is(unicode.So, r) }

// isInvisible tells the characters that show nothing: controls (bidirectional ones deceive the reader),
// zero-width ones, fillers, those that no text may contain, and the replacement of what was not text.
// Arabic's and its kin's number signs are format characters that do show.
func isInvisible(r rune) bool {
	return unicode.Is(unicode.Cc, r) || r == utf8.RuneError ||
		unicode.Is(unicode.Cf, r) && !unicode.Is(unicode.Prepended_Concatenation_Mark, r) ||
		unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) ||
		unicode.Is(unicode.Noncharacter_Code_Point, r)
}

// PrintableID is a name as an ID: names go to terminals and logs, where a control character could forge a line.
func PrintableID(name string) string {
	if len(name) > maxID || strings.ContainsFunc(name, unicode.IsControl) {
		return Digest(name)
	}
	return strings.Clone(name)
}

// Digest names a text by its SHA-256, as "sha256:" and hexadecimal digits.
func Digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return "sha256:" + hex.EncodeToString(sum[:])
}
