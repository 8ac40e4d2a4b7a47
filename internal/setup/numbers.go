package setup

import (
	"strconv"
	"strings"
)

// spellNumber returns a number of digits in words, as people say it: "37" is "thirty seven", "1999" is "nineteen ninety
// nine". The words do not have hyphens, because an invocation name may not have them.
func spellNumber(digits string) string {
	n, err := strconv.Atoi(digits)
	switch {
	case err != nil || n >= 1_000_000 || len(digits) > 1 && digits[0] == '0':
		return spellDigits(digits)
	case n >= 1100 && n < 2000 || n >= 2010 && n < 2100:
		return spellYear(n)
	}
	return spellCount(n)
}

// spellOrdinal returns a number such as "21" as "twenty first".
func spellOrdinal(digits string) string {
	words := strings.Fields(spellNumber(digits))
	last := words[len(words)-1]
	irregular := map[string]string{
		"one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth", "twelve": "twelfth",
	}
	switch {
	case irregular[last] != "":
		last = irregular[last]
	case strings.HasSuffix(last, "y"):
		last = strings.TrimSuffix(last, "y") + "ieth"
	default:
		last += "th"
	}
	return strings.Join(append(words[:len(words)-1], last), " ")
}

func spellDigits(digits string) string {
	var words []string
	for _, digit := range digits {
		words = append(words, spellCount(int(digit-'0')))
	}
	return strings.Join(words, " ")
}

// spellYear spells a year in two pairs of digits.
func spellYear(n int) string {
	century, rest := spellCount(n/100), n%100
	switch {
	case rest == 0:
		return century + " hundred"
	case rest < 10:
		return century + " oh " + spellCount(rest)
	}
	return century + " " + spellCount(rest)
}

// spellCount spells a number from 0 to 999,999.
func spellCount(n int) string {
	small := strings.Fields("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen " +
		"seventeen eighteen nineteen")
	tens := strings.Fields("twenty thirty forty fifty sixty seventy eighty ninety")
	switch {
	case n < len(small):
		return small[n]
	case n < 100:
		return spellRest(tens[n/10-2], n%10)
	case n < 1000:
		return spellRest(small[n/100]+" hundred", n%100)
	}
	return spellRest(spellCount(n/1000)+" thousand", n%1000)
}

func spellRest(words string, rest int) string {
	if rest == 0 {
		return words
	}
	return words + " " + spellCount(rest)
}
