package feed

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode"
	"unicode/utf8"
)

// TruncateHTML cuts s to at most the given number of bytes. It does not cut within a character or a tag, nor within an
// entity of usual length.
func TruncateHTML(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.Clone(TrimPartialMarkup(s[:most]))
}

// TrimPartialMarkup removes an incomplete character, tag or entity from the end of s.
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
	if at := strings.LastIndexByte(s, '<'); at >= 0 && len(s)-at <= longestTag && StartsMarkup(s[at+1:]) && !strings.Contains(s[at:], ">") {
		s = s[:at]
	}
	if at := strings.LastIndexByte(s, '&'); at >= 0 && len(s)-at < longestEntity && !strings.ContainsAny(s[at:], "; \t\r\n<") {
		s = s[:at]
	}
	return s
}

// StartsMarkup reports whether a "<" followed by s is the beginning of markup.
func StartsMarkup(s string) bool {
	return s == "" || s[0] == '/' || s[0] == '!' || s[0] == '?' || 'a' <= s[0]|0x20 && s[0]|0x20 <= 'z'
}

// CleanCategories returns the category names, each on one line, without duplicates. Names that differ only in case are
// duplicates; the first of them stays.
func CleanCategories(names []string) []string { return cleanNames(names, MaxCategories) }

// CleanAuthors returns the names of authors, each on one line, without duplicates.
func CleanAuthors(names []string) []string { return cleanNames(names, MaxAuthors) }

// cleanNames returns the first names, each on one line, without duplicates.
func cleanNames(names []string, most int) []string {
	var cleaned []string
	seen := map[string]bool{}
	for _, name := range names {
		name = truncateLine(OneLine(name), maxName)
		folded := strings.ToLower(name)
		if name == "" || seen[folded] {
			continue
		}
		seen[folded] = true
		cleaned = append(cleaned, strings.Clone(name))
		if len(cleaned) == most {
			break
		}
	}
	return cleaned
}

// ParseLanguageTag returns s if it looks like a language tag (RFC 5646), else "". It corrects the underscore of a locale,
// as in en_US.
func ParseLanguageTag(s string) string {
	const longestTag = 35 // RFC 5646, section 4.4.1
	s = strings.ReplaceAll(strings.TrimSpace(s), "_", "-")
	if len(s) > longestTag || strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		return ""
	}
	return strings.Clone(s)
}

// maxPlainTitle limits a plain-text title, in bytes. It exceeds MaxTitle because a decoded entity can be longer than
// its markup.
const maxPlainTitle = 2 * MaxTitle

// truncateLine returns s as one line, cut to at most the given number of bytes.
func truncateLine(s string, most int) string {
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "")
	}
	return OneLine(s)
}

// OneLine returns s as one line. It replaces each run of white space by one space and removes characters that are
// invisible or invalid in XML.
func OneLine(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	var last rune // the last rune written
	space := false
	for i, r := range s {
		switch {
		case unicode.IsSpace(r):
			space = true
			continue
		case r == zeroWidthJoiner && !space && joinsEmoji(last, s[i+utf8.RuneLen(r):]):
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

const (
	zeroWidthJoiner   = '\u200d'
	objectReplacement = '\ufffc' // stands for an image or an attachment in text that was copied from an editor
)

// joinsEmoji reports whether a zero-width joiner between last and rest combines two emoji, as in a family emoji.
func joinsEmoji(last rune, rest string) bool {
	next, _ := utf8.DecodeRuneInString(rest)
	return isPictograph(next) && (isPictograph(last) || last == '\ufe0f' || last >= 0x1f3fb && last <= 0x1f3ff)
}

// isPictograph reports whether a visible character is a symbol. The replacement character is also a symbol in Unicode.
func isPictograph(r rune) bool { return unicode.Is(unicode.So, r) && !isInvisible(r) }

// isInvisible reports whether a character is invisible: a control, a zero-width character, a filler, a noncharacter, or
// a replacement for a character or an object. It also reports bidirectional controls, because an attacker could use them
// to reorder the text that a reader sees. The number signs of Arabic and related scripts are format characters, but
// visible.
func isInvisible(r rune) bool {
	return unicode.Is(unicode.Cc, r) || r == utf8.RuneError || r == objectReplacement ||
		unicode.Is(unicode.Cf, r) && !unicode.Is(unicode.Prepended_Concatenation_Mark, r) ||
		unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) ||
		unicode.Is(unicode.Noncharacter_Code_Point, r)
}

// PrintableID returns a name as an ID. It replaces a long name, or a name with control characters, by its hash. IDs are
// printed in terminals and logs, where an attacker could forge a line with a control character.
func PrintableID(name string) string {
	if len(name) > maxID || strings.ContainsFunc(name, unicode.IsControl) {
		return Digest(name)
	}
	return strings.Clone(name)
}

// Digest returns the SHA-256 of a text as "sha256:" and hexadecimal digits.
func Digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return "sha256:" + hex.EncodeToString(sum[:])
}
