package utterance

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// maxDateWords is the maximum number of words in a date: "saturday the twenty first of february nineteen hundred and
// ninety nine".
const maxDateWords = 12

// dateMeanings returns all meanings of dates, in the order of matching: "last quarter" is the previous quarter, not a
// fourth quarter.
func dateMeanings() []string {
	return []string{
		"right now", "today", "yesterday", "tomorrow", "day before yesterday", "day after tomorrow",
		"weekday of last week", "before last", "this", "last", "next", "ago",
		"week of", "weekend of", "century", "decade", "year", "coming",
	}
}

// A datePattern is a phrase for a date with its meaning.
type datePattern struct {
	pattern pattern
	meaning string
}

// compileDatePatterns compiles the vocabulary's date phrases, in the order of matching.
func (v *vocabulary) compileDatePatterns() (patterns []datePattern) {
	for _, meaning := range dateMeanings() {
		for _, phrase := range v.Dates[meaning] {
			patterns = append(patterns, datePattern{v.compilePattern(phrase), meaning})
		}
	}
	return patterns
}

// matchDate returns the AMAZON.DATE of words, or "" if they are not a date. It skips words that may precede a date.
func (e *matcher) matchDate(tokens []token) string {
	for 0 < len(tokens) && len(tokens) <= maxDateWords {
		if value := strings.ToUpper(tokens[0].text); len(tokens) == 1 && isAmazonDate(value) {
			return value
		}
		if value := e.matchDateWords(tokens); value != "" {
			return value
		}
		n := prefixLength(tokens, e.vocabulary.Before)
		if n == 0 {
			return ""
		}
		tokens = tokens[n:]
	}
	return ""
}

func (e *matcher) matchDateWords(tokens []token) string {
	for _, w := range e.datePatterns {
		found, ok := w.pattern.matchWords(tokens, e.readDateSlot)
		if !ok {
			continue
		}
		if value := evaluateDate(w.meaning, found, e.today); isAmazonDate(value) {
			return value
		}
	}
	return ""
}

// readDateSlot returns the value of a slot of a date phrase.
func (e *matcher) readDateSlot(slot string, tokens []token) (string, confidence) {
	v := e.vocabulary
	if n := prefixLength(tokens, v.Before); n > 0 && n < len(tokens) {
		if value, sure := e.readDateSlot(slot, tokens[n:]); sure != noMatch {
			return value, sure
		}
	}
	switch text := joinTexts(tokens); slot {
	case "Unit":
		return v.Units[text], exactIf(v.Units[text] != "")
	case "Season":
		return v.Seasons[text], exactIf(v.Seasons[text] != "")
	case "Holiday":
		return v.Holidays[text], exactIf(v.Holidays[text] != "")
	case "Weekday":
		return lookUpNumber(v.Weekdays, text)
	case "Month":
		return lookUpNumber(v.Months, text)
	case "Quarter":
		return lookUpNumber(v.Quarters, text)
	default:
		n, ok := v.readDateNumber(slot, text, tokens, e.today)
		return strconv.Itoa(n), exactIf(ok)
	}
}

// readDateNumber returns the value of a numeric slot.
func (v *vocabulary) readDateNumber(slot, text string, tokens []token, today time.Time) (int, bool) {
	switch slot {
	case "Day":
		if n, ok := v.parseOrdinal(tokens); ok {
			return n, 1 <= n && n <= 31
		}
		n, ok := v.parseNumber(tokens)
		return n, ok && 1 <= n && n <= 31
	case "Count":
		if n, ok := v.Counts[text]; ok {
			return n, true
		}
		return v.parseNumber(tokens)
	case "Year":
		if n, ok := v.Years[text]; ok {
			return today.Year() + n, true
		}
		return v.parseYear(tokens)
	case "Decade":
		return v.parseDecade(tokens, today.Year())
	case "Century":
		return v.parseOrdinal(tokens)
	}
	return 0, false
}

func lookUpNumber(tokens map[string]int, text string) (string, confidence) {
	n, ok := tokens[text]
	return strconv.Itoa(n), exactIf(ok)
}

func exactIf(ok bool) confidence {
	if ok {
		return exactForm
	}
	return noMatch
}

// evaluateDate returns the AMAZON.DATE for a meaning and its slot values. The result is invalid if the values do not
// fit together, as in "february thirtieth".
func evaluateDate(meaning string, slots []slotValue, today time.Time) string {
	values := slotValuesOf(slots)
	if days, ok := map[string]int{
		"day before yesterday": -2, "yesterday": -1, "today": 0, "tomorrow": 1, "day after tomorrow": 2,
	}[meaning]; ok {
		return unit("day").periodAt(today, days)
	}
	switch meaning {
	case "right now":
		return "PRESENT_REF"
	case "ago":
		return unit(values["Unit"]).periodAt(today, -values.number("Count"))
	case "year":
		return fmt.Sprintf("%04d", values.number("Year"))
	case "decade":
		return fmt.Sprintf("%03dX", values.number("Decade")/10)
	case "century":
		return fmt.Sprintf("%02dXX", values.number("Century")-1)
	}
	return values.relativeDate(meaning, today)
}

// slotValues holds the values of a date or a request by slot name.
type slotValues map[string]string

func slotValuesOf(found []slotValue) slotValues {
	p := make(slotValues, len(found))
	for _, f := range found {
		p[f.slot] = f.value
	}
	return p
}

func (p slotValues) number(slot string) int {
	n, _ := strconv.Atoi(p[slot])
	return n
}

// relativeDate resolves "this", "last", "next" or no such word for a unit, a weekday or a yearly period.
func (p slotValues) relativeDate(meaning string, today time.Time) string {
	if name, ok := p["Unit"]; ok {
		return unit(name).periodAt(today, map[string]int{"before last": -2, "last": -1, "next": 1}[meaning])
	}
	r, ok := p.yearlyPeriod()
	if !ok {
		return resolveWeekday(meaning, p.number("Weekday"), today).Format(time.DateOnly)
	}
	value := p.chooseYear(r, meaning, today)
	if meaning != "week of" && meaning != "weekend of" {
		return value
	}
	day, err := time.Parse(time.DateOnly, value)
	switch {
	case err != nil:
		return ""
	case meaning == "weekend of":
		return isoWeek(day) + "-WE"
	}
	return isoWeek(day)
}

// chooseYear sets the year of a yearly period.
func (p slotValues) chooseYear(r yearlyPeriod, meaning string, today time.Time) string {
	_, hasYear := p["Year"]
	switch {
	case hasYear:
		return r.inYear(p.number("Year"))
	case meaning == "this":
		return r.thisYear(today)
	case meaning == "last":
		return r.lastPast(today)
	case meaning == "next":
		return r.nextFuture(today)
	}
	return r.currentOrNext(today)
}

// yearlyPeriod returns the yearly period that the slot values name, if any.
func (p slotValues) yearlyPeriod() (yearlyPeriod, bool) {
	switch {
	case p["Day"] != "":
		return yearlyDay(p.number("Month"), p.number("Day")), true
	case p["Month"] != "":
		month := p.number("Month")
		return yearlyPeriod{format: fmt.Sprintf("%%04d-%02d", month), month: month, months: 1}, true
	case p["Season"] != "": // the winter of a year starts in December of this year
		first := map[string]int{"SP": 3, "SU": 6, "FA": 9, "WI": 12}[p["Season"]]
		return yearlyPeriod{format: "%04d-" + p["Season"], month: first, months: 3}, true
	case p["Quarter"] != "":
		quarter := p.number("Quarter")
		return yearlyPeriod{format: fmt.Sprintf("%%04d-Q%d", quarter), month: 3*quarter - 2, months: 3}, true
	case p["Holiday"] != "":
		month, day, _ := strings.Cut(p["Holiday"], "-")
		m, _ := strconv.Atoi(month)
		d, _ := strconv.Atoi(day)
		return yearlyDay(m, d), true
	}
	return yearlyPeriod{}, false
}
