package utterance

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A vocabulary has the words of a language that typed requests are made of, as they stand in its file NAME.vocabulary.json. All are in
// lower case, without punctuation but apostrophes, and as [vocabulary.Expand] leaves them.
type vocabulary struct {
	Expand  map[string]string `json:"expand"`  // what is short for several words
	Wake    []string          `json:"wake"`    // "Alexa"
	Open    []string          `json:"open"`    // what opens a skill where nothing else is said
	Launch  []string          `json:"launch"`  // what stands before a skill's name: "ask"
	Connect []string          `json:"connect"` // and behind it: "for"
	Please  []string          `json:"please"`  // what may be left out at either end
	From    []string          `json:"from"`    // before a name that ends a request: "what's new on half elf"

	// Determiners begin no category that the blog does not have: "show me all posts" is not of the category All.
	Determiners []string `json:"determiners"`

	Numbers  map[string]int `json:"numbers"`  // "twenty" and "five" make 25; numbers of one word stand here whole
	Ordinals map[string]int `json:"ordinals"` // "twenty" and "fifth" likewise
	Endings  []string       `json:"endings"`  // of ordinals in digits: "3rd"
	Counts   map[string]int `json:"counts"`   // "a" week ago
	Hundred  string         `json:"hundred"`  // of years: "nineteen hundred"
	Thousand string         `json:"thousand"` // "two thousand nine"
	Zeros    []string       `json:"zeros"`    // "twenty oh nine"
	And      string         `json:"and"`      // "two thousand and nine"

	Weekdays map[string]int    `json:"weekdays"` // Sunday is 0
	Months   map[string]int    `json:"months"`
	Seasons  map[string]string `json:"seasons"` // as AMAZON.DATE has them: SP, SU, FA, WI
	Quarters map[string]int    `json:"quarters"`
	Holidays map[string]string `json:"holidays"` // "12-25": those that have a date
	Decades  map[string]int    `json:"decades"`  // the "nineties" are 90
	Plural   string            `json:"plural"`   // the "1990s"
	Years    map[string]int    `json:"years"`    // "last year" is -1
	Units    map[string]string `json:"units"`    // day, week, weekend, month, quarter, year, decade, century
	Before   []string          `json:"before"`   // what may stand before a date or a part of one: "on", "the"

	Dates map[string][]string `json:"dates"` // what a date can mean, see [meanings], and the ways to say it
}

// validate finds what no date can mean, and so would never be heard.
func (v *vocabulary) validate() error {
	for meaning := range v.Dates {
		if !slices.Contains(dateMeanings(), meaning) {
			return fmt.Errorf("no date can mean %q", meaning)
		}
	}
	return nil
}

// parseNumber reads "7", "seven" and "forty two"; false for what is none, or above 999.
func (v *vocabulary) parseNumber(words []word) (int, bool) {
	n, ok := v.parseCompound(words, v.Numbers)
	if !ok && len(words) == 1 {
		return parseDigits(words[0].text, 3)
	}
	return n, ok
}

// parseOrdinal reads "3rd", "third" and "twenty third".
func (v *vocabulary) parseOrdinal(words []word) (int, bool) {
	n, ok := v.parseCompound(words, v.Ordinals)
	if !ok && len(words) == 1 {
		for _, ending := range v.Endings {
			if number, ok := strings.CutSuffix(words[0].text, ending); ok {
				return parseDigits(number, 3)
			}
		}
	}
	return n, ok
}

// parseCompound reads a word of the list, also after a number of tens: "third" and "twenty third".
func (v *vocabulary) parseCompound(words []word, list map[string]int) (int, bool) {
	switch len(words) {
	case 1:
		n, ok := list[words[0].text]
		return n, ok
	case 2:
		tens, ones := v.Numbers[words[0].text], list[words[1].text]
		return tens + ones, tens >= 20 && tens%10 == 0 && 0 < ones && ones < 10
	}
	return 0, false
}

// parseYear reads "2025" and the words for it: those of a thousand or a hundred, or two numbers of two digits.
func (v *vocabulary) parseYear(words []word) (int, bool) {
	if len(words) == 1 {
		n, ok := parseDigits(words[0].text, 4)
		return n, ok && n >= 1000
	}
	words = slices.DeleteFunc(slices.Clone(words), func(w word) bool { return w.text == v.And })
	for i := 1; i < len(words); i++ {
		first, ok := v.parseNumber(words[:i])
		if !ok {
			continue
		}
		if year, ok := v.parseYearRest(first, words[i:]); ok {
			return year, true
		}
	}
	return 0, false
}

// parseYearRest reads what follows a year's first number.
func (v *vocabulary) parseYearRest(first int, rest []word) (int, bool) {
	second := rest[1:]
	rests, ok := 0, len(second) == 0
	if !ok {
		rests, ok = v.parseNumber(second)
	}
	ok = ok && rests < 100
	hundreds := 15 <= first && first < 22 // of the years that are said in hundreds
	switch {
	case rest[0].text == v.Thousand:
		return first*1000 + rests, ok && first < 10
	case rest[0].text == v.Hundred:
		return first*100 + rests, ok && hundreds
	case slices.Contains(v.Zeros, rest[0].text):
		return first*100 + rests, ok && hundreds && len(second) > 0 && rests < 10
	}
	rests, ok = v.parseNumber(rest)
	return first*100 + rests, ok && hundreds && 10 <= rests && rests < 100
}

// parseDecade reads "nineties", "1990s" and "nineteen nineties". Of decades without their century it is the last that has
// begun by this year.
func (v *vocabulary) parseDecade(words []word, thisYear int) (int, bool) {
	last := words[len(words)-1].text
	tens, ok := v.Decades[last]
	if !ok && v.Plural != "" {
		tens, ok = parseDigits(strings.TrimSuffix(strings.TrimSuffix(last, v.Plural), "'"), 4)
		ok = ok && strings.HasSuffix(last, v.Plural) && tens%10 == 0
	}
	if !ok || len(words) > 1 {
		century, isNumber := v.parseNumber(words[:len(words)-1])
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

// parseDigits reads a number of at most so many ASCII digits.
func parseDigits(text string, most int) (int, bool) {
	if len(text) > most || strings.Trim(text, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(text)
	return n, err == nil
}
