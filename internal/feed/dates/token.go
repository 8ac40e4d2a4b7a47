package dates

import (
	"strings"
	"unicode"
)

// Limits of a text. Longer texts are cut: a date stands at the beginning, and a long comment may follow it.
const (
	maxText   = 256 // bytes
	maxTokens = 32
	maxDigits = 18 // of a number, so that it fits in an int64
)

// token is a number, a word or another character of a date.
type token struct {
	kind   tokenKind
	word   string // the word as foldWord returns it, or the digits of a number
	raw    string // the word as it stands
	value  int64  // of a number
	symbol rune   // of a symbol; '-' for every kind of dash
	glued  bool   // no space precedes the token
}

type tokenKind int

const (
	symbolToken tokenKind = iota
	numberToken
	wordToken
)

func (t token) isWord(words ...string) bool {
	for _, word := range words {
		if t.kind == wordToken && t.word == word {
			return true
		}
	}
	return false
}

// isNumber reports whether the token is a number of at least low and at most high digits.
func (t token) isNumber(low, high int) bool {
	return t.kind == numberToken && len(t.word) >= low && len(t.word) <= high
}

func (t token) isSymbol(symbols string) bool {
	return t.kind == symbolToken && t.symbol != 0 && strings.ContainsRune(symbols, t.symbol)
}

// units are the characters that follow a year, a month, a day, an hour, a minute and a second in Chinese, Japanese and
// Korean, in this order.
const units = "年년月월日일時时点시分분秒초"

// splitText splits a text into tokens. It returns the texts in parentheses separately, because they are comments (RFC
// 5322, section 3.2.2).
func splitText(text string) (tokens []token, comment string) {
	runes := []rune(strings.ToValidUTF8(text[:min(len(text), maxText)], " "))
	tokens = make([]token, 0, 16)
	var comments strings.Builder
	depth, glued := 0, false
	for i := 0; i < len(runes) && len(tokens) < maxTokens; {
		r := runes[i]
		switch {
		case r == '(' || r == '（':
			depth, glued = depth+1, false
			comments.WriteByte(' ')
			i++
		case depth > 0:
			if r == ')' || r == '）' {
				depth--
			} else {
				comments.WriteRune(r)
			}
			i++
		case unicode.IsSpace(r):
			glued = false
			i++
		case unicode.Is(unicode.Cf, r): // direction marks
			i++
		default:
			t, end := nextToken(runes, i)
			t.glued = glued
			tokens, i, glued = append(tokens, t), end, true
		}
	}
	return tokens, comments.String()
}

// nextToken returns the token at runes[start], and the index after it.
func nextToken(runes []rune, start int) (t token, end int) {
	switch r := runes[start]; {
	case unicode.IsDigit(r):
		return numberAt(runes, start)
	case strings.ContainsRune(units, r):
		return newWord(runes[start : start+1]), start + 1
	case unicode.IsLetter(r):
		return wordAt(runes, start)
	case r == '\u2212' || unicode.Is(unicode.Pd, r):
		return token{symbol: '-'}, start + 1
	default:
		return token{symbol: r}, start + 1
	}
}

// numberAt returns a number in the digits of any script.
func numberAt(runes []rune, start int) (t token, end int) {
	t.kind = numberToken
	digits := make([]byte, 0, 4)
	for end = start; end < len(runes) && unicode.IsDigit(runes[end]); end++ {
		digit := digitValue(runes[end])
		digits = append(digits, '0'+byte(digit))
		if len(digits) <= maxDigits {
			t.value = 10*t.value + int64(digit)
		}
	}
	t.word = string(digits)
	return t, end
}

// digitValue returns the value of a decimal digit. In Unicode, the ten digits of a script follow each other.
func digitValue(r rune) int {
	if r <= '9' {
		return int(r - '0')
	}
	for _, table := range unicode.Nd.R16 {
		if rune(table.Lo) <= r && r <= rune(table.Hi) {
			return int(r-rune(table.Lo)) % 10
		}
	}
	for _, table := range unicode.Nd.R32 {
		if rune(table.Lo) <= r && r <= rune(table.Hi) {
			return int(r-rune(table.Lo)) % 10
		}
	}
	return 0
}

// wordAt returns a word. Apostrophes and stops within a word ("a.m.") are removed. The name of a time zone is one word
// with its slashes, dashes and digits.
func wordAt(runes []rune, start int) (t token, end int) {
	word, path := make([]rune, 0, 12), false
	for end = start; end < len(runes); end++ {
		r := runes[end]
		inside := end+1 < len(runes) && unicode.IsLetter(runes[end+1])
		switch {
		case strings.ContainsRune(units, r):
			return newWord(word), end
		case unicode.IsLetter(r), unicode.IsMark(r), path && (unicode.IsDigit(r) || r == '+' || r == '-'), r == '_' && inside:
			word = append(word, r)
		case r == '/' && inside:
			word, path = append(word, r), true
		case inside && (r == '.' || r == '\'' || r == '’'):
		default:
			return newWord(word), end
		}
	}
	return newWord(word), end
}

func newWord(word []rune) token {
	return token{kind: wordToken, word: foldWord(string(word)), raw: string(word)}
}
