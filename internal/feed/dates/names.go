package dates

import (
	_ "embed"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

//go:embed names.txt
var namesFile string

// names holds the words that mean a month or a weekday in any language, and the abbreviations of zones.
type names struct {
	months   map[string]time.Month
	weekdays map[string]time.Weekday
	zones    map[string]zone
}

var loadNames = sync.OnceValue(func() names {
	n := names{map[string]time.Month{}, map[string]time.Weekday{}, map[string]zone{}}
	for line := range strings.Lines(namesFile) {
		words := strings.Fields(line)
		for _, word := range words[min(2, len(words)):] {
			n.add(words[0], words[1], word)
		}
	}
	return n
})

// add adds a word from a line of the file. kind and value are the first words of the line.
func (n names) add(kind, value, word string) {
	number, err := strconv.Atoi(value)
	switch {
	case kind == "month":
		n.months[word] = time.Month(number)
	case kind == "weekday":
		n.weekdays[word] = time.Weekday(number)
	case kind == "zone" && err == nil:
		n.zones[word] = zone{numeric: true, seconds: 60 * number}
	case kind == "zone":
		n.zones[word] = zone{name: value}
	}
}

// otherMonth returns the month of a word that means another month in a language (ISO 639) than in names.txt, or zero.
func otherMonth(word, language string) time.Month {
	switch language + " " + word {
	case "hr lip":
		return time.June
	case "hr srp":
		return time.July
	case "hr lis", "hr listopad", "hr listopada":
		return time.October
	case "fi mar": // marraskuu
		return time.November
	case "ga mei": // Meitheamh
		return time.June
	}
	return 0
}

// isAM and isPM report whether a word next to a time means the first or the second half of the day.
func isAM(word string) bool {
	return slices.Contains([]string{"am", "πμ", "ص", "पूर्वाह्न", "午前", "上午", "早上", "凌晨", "오전"}, word)
}

func isPM(word string) bool {
	return slices.Contains([]string{"pm", "μμ", "م", "अपराह्न", "午後", "下午", "中午", "晚上", "오후"}, word)
}

// foldWord returns a word in lower case and without accents, so that "FÉVRIER", "Fevrier" and "février" are equal.
func foldWord(word string) string {
	lower := strings.ToLower(word)
	if isASCII(lower) {
		return lower
	}
	bare := strings.Map(func(r rune) rune {
		switch {
		case r == 'ı':
			return 'i'
		case r >= '\u0300' && r <= '\u036f', unicode.Is(unicode.Cf, r), strings.ContainsRune("’ʼ׳॰", r):
			return -1
		}
		return r
	}, norm.NFD.String(lower))
	return norm.NFC.String(bare)
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII })
}
