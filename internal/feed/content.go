package feed

import (
	"strings"
	"unicode/utf8"
)

// cutHTML is s, or where it is longer than most the part of it that fits. It does not end within a character, nor
// within a tag or an entity unless that is a monstrous one.
func cutHTML(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.Clone(unbroken(s[:most]))
}

// unbroken is s without a character, a tag or an entity that its end cuts in two.
func unbroken(s string) string {
	const longestTag, longestEntity = 4 << 10, 33
	for n := 1; n <= min(utf8.UTFMax, len(s)); n++ {
		if c := s[len(s)-n]; utf8.RuneStart(c) {
			if !utf8.FullRuneInString(s[len(s)-n:]) {
				s = s[:len(s)-n]
			}
			break
		}
	}
	if at := strings.LastIndexByte(s, '<'); at >= 0 && len(s)-at <= longestTag && opensTag(s[at+1:]) && !strings.Contains(s[at:], ">") {
		s = s[:at]
	}
	if at := strings.LastIndexByte(s, '&'); at >= 0 && len(s)-at < longestEntity && !strings.ContainsAny(s[at:], "; \t\r\n<") {
		s = s[:at]
	}
	return s
}

// opensTag tells whether what follows a "<" makes it markup.
func opensTag(s string) bool {
	return s == "" || s[0] == '/' || s[0] == '!' || s[0] == '?' || 'a' <= s[0]|0x20 && s[0]|0x20 <= 'z'
}

// paragraphs is plain text as HTML: a blank line begins a paragraph.
func paragraphs(text string) string {
	escape := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
	var b strings.Builder
	open := false
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch {
		case line == "" && open:
			b.WriteString("</p>")
		case line == "":
			continue
		case open:
			b.WriteByte('\n')
		default:
			b.WriteString("<p>")
		}
		open = line != ""
		_, _ = escape.WriteString(&b, line)
	}
	if open {
		b.WriteString("</p>")
	}
	return b.String()
}

// longest is the longest of several texts, the first of them where they are equally long.
func longest(texts ...string) string {
	most := ""
	for _, s := range texts {
		if len(s) > len(most) {
			most = s
		}
	}
	return most
}

// categories are what an item is filed under: plain text, each once by its first spelling.
func categories(names []string) []string { return filed(names, cleanTitle) }

// filed are the names that clean makes of names.
func filed(names []string, clean func(string) string) []string {
	var kept []string
	seen := map[string]bool{}
	for _, name := range names {
		name = clipped(clean(name), maxCategory)
		folded := strings.ToLower(name)
		if name == "" || seen[folded] {
			continue
		}
		seen[folded] = true
		kept = append(kept, strings.Clone(name))
		if len(kept) == maxCategories {
			break
		}
	}
	return kept
}

// languageTag is s if it looks like a language tag (RFC 5646), else "".
func languageTag(s string) string {
	const longestTag = 35 // RFC 5646, section 4.4.1
	s = strings.TrimSpace(s)
	if s == "" || len(s) > longestTag {
		return ""
	}
	for i := range len(s) {
		if !isAlnum(s[i]) && s[i] != '-' {
			return ""
		}
	}
	return strings.Clone(s)
}
