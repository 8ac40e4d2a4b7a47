package setup

import (
	"context"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"

	"lastpost/internal/alexa"
)

func (i *Interview) askInvocationName(context.Context) (err error) {
	proposal, note := proposeInvocationName(i.found.title, i.found.host)
	if i.Answers.InvocationName == "" {
		i.console.printf("Proposed invocation name %q: %s.", proposal, note)
	}
	i.file.invocation, err = i.console.ask(question{
		flag: "invocation-name", text: `4 of 7. The invocation name, the words after "Alexa, open"`, proposal: proposal,
		judge: i.judgeInvocationName,
	}, i.Answers.InvocationName)
	return err
}

func (i *Interview) judgeInvocationName(answer string) (name, fault string) {
	for word := range strings.FieldsSeq(answer) {
		if isRefusedWord(word) {
			return "", fmt.Sprintf("must not have the word %q in it: Amazon refuses it", word)
		}
	}
	return answer, alexa.CheckInvocationName(answer)
}

// isRefusedWord reports whether Amazon refuses a new name with the word. Package alexa accepts these words, because a
// published skill of an existing configuration keeps its name.
func isRefusedWord(word string) bool { return word == "skill" || word == "app" }

// Limits of a proposal. Short names are recognized best.
const (
	maxNameWords  = 6
	maxNameLength = 50
)

// proposeInvocationName returns an invocation name that Amazon accepts, made of the feed's title or else of the host name,
// and the reason.
func proposeInvocationName(title, host string) (name, reason string) {
	for _, part := range titleParts(title) {
		if name, left := nameFromWords(spokenWords(part)); name != "" {
			reason = fmt.Sprintf("it is made of the feed's title %q", excerpt(title))
			if len(left) > 0 {
				reason += fmt.Sprintf(", without %s, because a skill's name must not have Alexa's own words", quoteAll(left))
			}
			return name, reason
		}
	}
	label, _, isName := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(host, "www."), "blog."), ".")
	if _, err := netip.ParseAddr(host); err == nil {
		isName = false
	}
	if name, _ := nameFromWords(spokenWords(label)); name != "" && isName {
		return name, "it is made of the host name, because the feed's title gives none"
	}
	return "blog reader", "the feed's title gives none"
}

func quoteAll(words []string) string {
	quoted := make([]string, len(words))
	for n, word := range words {
		quoted[n] = fmt.Sprintf("%q", word)
	}
	return strings.Join(quoted, " and ")
}

// titleSeparators stand between a blog's name and its description.
var titleSeparators = regexp.MustCompile(`\s+[|–—•·»«/~:-]+\s+|[:|•·»—]\s+|\s*[(\[{]`)

// titleParts returns the parts of a title. Parts that say nothing, such as "Blog" or "Home", come last.
func titleParts(title string) (parts []string) {
	var general []string
	for _, part := range titleSeparators.Split(title, -1) {
		part = strings.TrimSpace(part)
		switch word := strings.ToLower(part); {
		case part == "":
		case slices.Contains(strings.Fields("blog home homepage news posts rss feed articles index"), word):
			general = append(general, part)
		default:
			parts = append(parts, part)
		}
	}
	return append(parts, general...)
}

// nameFromWords returns a name of these words, or "" if there is none. It leaves out words that Amazon refuses.
func nameFromWords(words []string) (name string, left []string) {
	var kept []string
	for _, word := range words {
		if isRefusedWord(word) || alexa.CheckInvocationName("half "+word+" elf") != "" {
			left = append(left, word)
			continue
		}
		longer := strings.Join(append(slices.Clone(kept), word), " ")
		if len(strings.Fields(longer)) > maxNameWords || len(longer) > maxNameLength {
			break
		}
		kept = append(kept, word)
	}
	for len(kept) > 0 && isConnecting(kept[len(kept)-1]) {
		kept = kept[:len(kept)-1]
	}
	if len(kept) == 0 || len(kept) == 1 && kept[0] == "blog" {
		return "", left
	}
	for _, name := range []string{strings.Join(kept, " "), strings.Join(kept, " ") + " blog"} {
		if alexa.CheckInvocationName(name) == "" {
			return name, left
		}
	}
	return "", left
}

// isConnecting reports whether a name must not end with the word: an article, a preposition or "and".
func isConnecting(word string) bool {
	return word == "and" || alexa.CheckInvocationName("half "+word) != ""
}

// wordPattern matches the parts of a title that are spoken: numbers, words, initials and some signs.
var wordPattern = regexp.MustCompile(`\d+(?:,\d{3})*(?:st|nd|rd|th)?|\p{L}[\p{L}']*|[.&+@%]`)

// spokenWords returns the words of a text in lower case, as an English listener says them. A number is one element.
func spokenWords(text string) (words []string) {
	text = latinLetters(text)
	for _, at := range wordPattern.FindAllStringIndex(text, -1) {
		token := text[at[0]:at[1]]
		switch {
		case token == ".":
			if word := spokenDot(text, at[0]); word != "" {
				words = append(words, word)
			}
		case spokenSign(token) != "":
			words = append(words, spokenSign(token))
		case unicode.IsDigit(rune(token[0])):
			words = append(words, spokenNumber(token))
		case isInitialAt(text, at):
			words = append(words, strings.ToLower(token)+".")
		default:
			words = append(words, splitCamelCase(strings.Trim(token, "'"))...)
		}
	}
	return words
}

// latinLetters returns the text with letters that English has: no accents, and no letters of other scripts.
func latinLetters(text string) string {
	text = strings.NewReplacer("’", "'", "‘", "'", "ß", "ss", "æ", "ae", "Æ", "Ae", "œ", "oe", "ø", "o", "Ø", "O", "ł", "l", "Ł", "L",
		"đ", "d", "þ", "th", "ı", "i").Replace(text)
	plain, _, err := transform.String(transform.Chain(norm.NFD, runes.Remove(runes.In(unicode.Mn))), text)
	if err != nil {
		plain = text
	}
	return strings.Map(func(r rune) rune {
		if r < utf8.RuneSelf {
			return r
		}
		return ' '
	}, plain)
}

func spokenSign(sign string) string {
	return map[string]string{"&": "and", "+": "plus", "@": "at", "%": "percent"}[sign]
}

// spokenDot returns the word for a dot inside a word or a number, such as that of kottke.org, or "".
func spokenDot(text string, at int) string {
	if at == 0 || at+1 == len(text) {
		return ""
	}
	before, after := rune(text[at-1]), rune(text[at+1])
	switch {
	case unicode.IsDigit(before) && unicode.IsDigit(after):
		return "point"
	case isInitialAt(text, []int{at - 1, at}):
		return ""
	case isAlphanumeric(before) && isAlphanumeric(after):
		return "dot"
	}
	return ""
}

func isAlphanumeric(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// isInitialAt reports whether a token is a single letter with a period after it, such as those of "B.B.C.".
func isInitialAt(text string, at []int) bool {
	return at[1]-at[0] == 1 && unicode.IsLetter(rune(text[at[0]])) && at[1] < len(text) && text[at[1]] == '.' &&
		(at[0] == 0 || !isAlphanumeric(rune(text[at[0]-1])))
}

func spokenNumber(token string) string {
	digits := strings.ReplaceAll(strings.TrimRight(token, "stndrh"), ",", "")
	if digits != strings.ReplaceAll(token, ",", "") {
		return spellOrdinal(digits)
	}
	return spellNumber(digits)
}

// camelCase matches the boundary in words such as "HalfElf". It keeps names such as "McCarthy" and "iPhone".
var camelCase = regexp.MustCompile(`([A-Za-z][a-z]{2,})([A-Z][a-z])`)

func splitCamelCase(word string) []string {
	for {
		split := camelCase.ReplaceAllString(word, "$1 $2")
		if split == word {
			return strings.Fields(strings.ToLower(word))
		}
		word = split
	}
}
