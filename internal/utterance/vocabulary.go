package utterance

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A vocabulary holds the words of typed requests in one language, from its file NAME.vocabulary.json. All words are in
// lower case, without punctuation except apostrophes, and expanded as in Expand.
type vocabulary struct {
	Expand  map[string]string `json:"expand"`  // short forms and their words: "what's"
	Wake    []string          `json:"wake"`    // "Alexa"
	Open    []string          `json:"open"`    // open a skill if used alone: "open"
	Launch  []string          `json:"launch"`  // before the skill name: "ask"
	Kinds   []string          `json:"kinds"`   // name a skill together with a word such as "the": "open the skill"
	Connect []string          `json:"connect"` // after the skill name: "for"
	Please  []string          `json:"please"`  // polite words at both ends
	Fillers []string          `json:"fillers"` // before a request: "um", "no, the second one"
	After   []string          `json:"after"`   // after a request: "read it then"
	From    []string          `json:"from"`    // before a skill name at the end: "what's new on half elf"

	// Articles may be missing, and may be said in addition: "read last post".
	Articles []string `json:"articles"`

	// Determiners never start an unknown category: "show me all posts" does not ask for a category All.
	Determiners []string `json:"determiners"`

	Numbers  map[string]int `json:"numbers"`  // "twenty" and "five" make 25; contains all numbers of one word
	Ordinals map[string]int `json:"ordinals"` // "twenty" and "fifth" make 25
	Endings  []string       `json:"endings"`  // endings of ordinals in digits: "3rd"
	Counts   map[string]int `json:"counts"`   // "a" week ago
	Hundred  string         `json:"hundred"`  // in years: "nineteen hundred"
	Thousand string         `json:"thousand"` // "two thousand nine"
	Zeros    []string       `json:"zeros"`    // "twenty oh nine"
	And      string         `json:"and"`      // "two thousand and nine", "an hour and ten minutes"

	Durations map[string]string `json:"durations"` // as in AMAZON.DURATION: H, M, S
	Half      []string          `json:"half"`      // before a unit: "half a" minute
	AndHalf   []string          `json:"andHalf"`   // after a number or a unit: two "and a half" minutes

	Weekdays map[string]int    `json:"weekdays"` // Sunday is 0
	Months   map[string]int    `json:"months"`
	Seasons  map[string]string `json:"seasons"` // as in AMAZON.DATE: SP, SU, FA, WI
	Quarters map[string]int    `json:"quarters"`
	Holidays map[string]string `json:"holidays"` // month and day: "12-25"; only holidays with a fixed date
	Decades  map[string]int    `json:"decades"`  // the "nineties" are 90
	Plural   string            `json:"plural"`   // the "1990s"
	Years    map[string]int    `json:"years"`    // "last year" is -1
	Units    map[string]string `json:"units"`    // day, week, weekend, month, quarter, year, decade, century
	Before   []string          `json:"before"`   // before a date or a part of a date: "on", "the"

	Dates map[string][]string `json:"dates"` // date phrases by meaning, see [dateMeanings]
}

// validate returns an error for an unknown date meaning or unit of a duration, because its words would be ignored.
func (v *vocabulary) validate() error {
	for word, unit := range v.Durations {
		if len(unit) != 1 || !strings.Contains(durationUnits, unit) {
			return fmt.Errorf("unknown unit %q of %q", unit, word)
		}
	}
	for meaning := range v.Dates {
		if !slices.Contains(dateMeanings(), meaning) {
			return fmt.Errorf("unknown date meaning %q", meaning)
		}
	}
	return nil
}

// parseNumber parses "7", "seven" or "forty two". It returns false for other words and for numbers above 999.
func (v *vocabulary) parseNumber(tokens []token) (int, bool) {
	n, ok := v.parseCompound(tokens, v.Numbers)
	if !ok && len(tokens) == 1 {
		return parseDigits(tokens[0].text, 3)
	}
	return n, ok
}

// parseOrdinal parses "3rd", "third" or "twenty third".
func (v *vocabulary) parseOrdinal(tokens []token) (int, bool) {
	n, ok := v.parseCompound(tokens, v.Ordinals)
	if !ok && len(tokens) == 1 {
		for _, ending := range v.Endings {
			if number, ok := strings.CutSuffix(tokens[0].text, ending); ok {
				return parseDigits(number, 3)
			}
		}
	}
	return n, ok
}

// parseCompound parses a word of the list, alone or after a multiple of ten: "third" or "twenty third".
func (v *vocabulary) parseCompound(tokens []token, list map[string]int) (int, bool) {
	switch len(tokens) {
	case 1:
		n, ok := list[tokens[0].text]
		return n, ok
	case 2:
		tens, ones := v.Numbers[tokens[0].text], list[tokens[1].text]
		return tens + ones, tens >= 20 && tens%10 == 0 && 0 < ones && ones < 10
	}
	return 0, false
}

// parseYear parses a year: "2025", thousands or hundreds in words, or two numbers of two digits.
func (v *vocabulary) parseYear(tokens []token) (int, bool) {
	if len(tokens) == 1 {
		n, ok := parseDigits(tokens[0].text, 4)
		return n, ok && n >= 1000
	}
	tokens = slices.DeleteFunc(slices.Clone(tokens), func(w token) bool { return w.text == v.And })
	for i := 1; i < len(tokens); i++ {
		first, ok := v.parseNumber(tokens[:i])
		if !ok {
			continue
		}
		if year, ok := v.parseYearRest(first, tokens[i:]); ok {
			return year, true
		}
	}
	return 0, false
}

// parseYearRest parses the words after the first number of a year.
func (v *vocabulary) parseYearRest(first int, rest []token) (int, bool) {
	second := rest[1:]
	units, ok := 0, len(second) == 0
	if !ok {
		units, ok = v.parseNumber(second)
	}
	ok = ok && units < 100
	hundreds := 15 <= first && first < 22 // years in hundreds, such as "nineteen hundred"
	switch {
	case rest[0].text == v.Thousand:
		return first*1000 + units, ok && first < 10
	case rest[0].text == v.Hundred:
		return first*100 + units, ok && hundreds
	case slices.Contains(v.Zeros, rest[0].text):
		return first*100 + units, ok && hundreds && len(second) > 0 && units < 10
	}
	units, ok = v.parseNumber(rest)
	return first*100 + units, ok && hundreds && 10 <= units && units < 100
}

// parseDecade parses "nineties", "1990s" or "nineteen nineties". A decade without a century is the latest one that has
// started.
func (v *vocabulary) parseDecade(tokens []token, thisYear int) (int, bool) {
	last := tokens[len(tokens)-1].text
	tens, ok := v.Decades[last]
	if !ok && v.Plural != "" {
		tens, ok = parseDigits(strings.TrimSuffix(strings.TrimSuffix(last, v.Plural), "'"), 4)
		ok = ok && strings.HasSuffix(last, v.Plural) && tens%10 == 0
	}
	if !ok || len(tokens) > 1 {
		century, isNumber := v.parseNumber(tokens[:len(tokens)-1])
		return century*100 + tens, ok && isNumber && tens < 100 && 15 <= century && century < 22
	}
	if tens >= 1000 {
		return tens, true
	}
	decade := thisYear/100*100 + tens
	if decade > thisYear {
		decade -= 100
	}
	return decade, tens < 100
}

// parseDigits parses a number of at most maxDigits ASCII digits.
func parseDigits(text string, maxDigits int) (int, bool) {
	if len(text) > maxDigits || strings.Trim(text, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(text)
	return n, err == nil
}
