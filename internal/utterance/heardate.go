package utterance

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// longestDate is how many words a date may have: "saturday the twenty first of february nineteen hundred and ninety nine".
const longestDate = 12

// meanings are what the dates of a vocabulary can mean, those first that are tried first: "last quarter" is the one before this,
// and no fourth one.
func meanings() []string {
	return []string{
		"right now", "today", "yesterday", "tomorrow", "day before yesterday", "day after tomorrow",
		"weekday of last week", "this", "last", "next", "ago", "week of", "weekend of", "century", "decade", "year", "coming",
	}
}

// A way is one to say a date, and what it means.
type way struct {
	pattern pattern
	meaning string
}

// ways compiles the vocabulary's dates, in the order in which they are tried.
func (v *vocabulary) ways() (ways []way) {
	for _, meaning := range meanings() {
		for _, said := range v.Dates[meaning] {
			ways = append(ways, way{v.compile(said), meaning})
		}
	}
	return ways
}

// date gives the AMAZON.DATE of words; "" where they are none. What may stand before a date is left out.
func (e *ear) date(words []word) string {
	for 0 < len(words) && len(words) <= longestDate {
		if value := strings.ToUpper(words[0].text); len(words) == 1 && isDate(value) {
			return value
		}
		if value := e.dateInWords(words); value != "" {
			return value
		}
		n := begins(words, e.words.Before)
		if n == 0 {
			return ""
		}
		words = words[n:]
	}
	return ""
}

func (e *ear) dateInWords(words []word) string {
	for _, w := range e.ways {
		found, ok := w.pattern.match(words, e.partOfDate)
		if !ok {
			continue
		}
		if value := evaluate(w.meaning, found, e.today); isDate(value) {
			return value
		}
	}
	return ""
}

// partOfDate reads a slot of the ways to say a date.
func (e *ear) partOfDate(slot string, words []word) (string, sureness) {
	v := e.words
	if n := begins(words, v.Before); n > 0 && n < len(words) {
		if value, sure := e.partOfDate(slot, words[n:]); sure != no {
			return value, sure
		}
	}
	switch text := joined(words); slot {
	case "Unit":
		return v.Units[text], sureIf(v.Units[text] != "")
	case "Season":
		return v.Seasons[text], sureIf(v.Seasons[text] != "")
	case "Holiday":
		return v.Holidays[text], sureIf(v.Holidays[text] != "")
	case "Weekday":
		return looked(v.Weekdays, text)
	case "Month":
		return looked(v.Months, text)
	case "Quarter":
		return looked(v.Quarters, text)
	default:
		n, ok := v.numberOfDate(slot, text, words, e.today)
		return strconv.Itoa(n), sureIf(ok)
	}
}

// numberOfDate reads a slot that is a number.
func (v *vocabulary) numberOfDate(slot, text string, words []word, today time.Time) (int, bool) {
	switch slot {
	case "Day":
		if n, ok := v.ordinal(words); ok {
			return n, 1 <= n && n <= 31
		}
		n, ok := v.number(words)
		return n, ok && 1 <= n && n <= 31
	case "Count":
		if n, ok := v.Counts[text]; ok {
			return n, true
		}
		return v.number(words)
	case "Year":
		if n, ok := v.Years[text]; ok {
			return today.Year() + n, true
		}
		return v.year(words)
	case "Decade":
		return v.decade(words, today.Year())
	case "Century":
		return v.ordinal(words)
	}
	return 0, false
}

func looked(words map[string]int, text string) (string, sureness) {
	n, ok := words[text]
	return strconv.Itoa(n), sureIf(ok)
}

func sureIf(ok bool) sureness {
	if ok {
		return exact
	}
	return no
}

// evaluate gives the AMAZON.DATE that a meaning has with these parts; what is none where they do not go together, as in
// "february thirtieth".
func evaluate(meaning string, found []filling, today time.Time) string {
	parts := partsOf(found)
	if days, ok := map[string]int{
		"day before yesterday": -2, "yesterday": -1, "today": 0, "tomorrow": 1, "day after tomorrow": 2,
	}[meaning]; ok {
		return unit("day").step(today, days)
	}
	switch meaning {
	case "right now":
		return "PRESENT_REF"
	case "ago":
		return unit(parts["Unit"]).step(today, -parts.number("Count"))
	case "year":
		return fmt.Sprintf("%04d", parts.number("Year"))
	case "decade":
		return fmt.Sprintf("%03dX", parts.number("Decade")/10)
	case "century":
		return fmt.Sprintf("%02dXX", parts.number("Century")-1)
	}
	return parts.relative(meaning, today)
}

// parts are the values of a date or a request, by the names of their slots.
type parts map[string]string

func partsOf(found []filling) parts {
	p := make(parts, len(found))
	for _, f := range found {
		p[f.slot] = f.value
	}
	return p
}

func (p parts) number(slot string) int {
	n, _ := strconv.Atoi(p[slot])
	return n
}

// relative gives what "this", "last", "next" and no such word mean of a unit, of a day of the week, and of what comes
// back every year.
func (p parts) relative(meaning string, today time.Time) string {
	if name, ok := p["Unit"]; ok {
		return unit(name).step(today, map[string]int{"last": -1, "next": 1}[meaning])
	}
	r, ok := p.recurring()
	if !ok {
		return weekday(meaning, p.number("Weekday"), today).Format(time.DateOnly)
	}
	value := p.choose(r, meaning, today)
	if meaning != "week of" && meaning != "weekend of" {
		return value
	}
	day, err := time.Parse(time.DateOnly, value)
	switch {
	case err != nil:
		return ""
	case meaning == "weekend of":
		return weekOf(day) + "-WE"
	}
	return weekOf(day)
}

// choose gives the year to what comes back every year.
func (p parts) choose(r recurring, meaning string, today time.Time) string {
	_, hasYear := p["Year"]
	switch {
	case hasYear:
		return r.in(p.number("Year"))
	case meaning == "this":
		return r.this(today)
	case meaning == "last":
		return r.last(today)
	case meaning == "next":
		return r.next(today)
	}
	return r.coming(today)
}

// recurring gives what comes back every year, if the parts name such a thing.
func (p parts) recurring() (recurring, bool) {
	switch {
	case p["Day"] != "":
		return recurringDay(p.number("Month"), p.number("Day")), true
	case p["Month"] != "":
		month := p.number("Month")
		return recurring{format: fmt.Sprintf("%%04d-%02d", month), month: month, months: 1}, true
	case p["Season"] != "": // the winter of a year begins in its December
		first := map[string]int{"SP": 3, "SU": 6, "FA": 9, "WI": 12}[p["Season"]]
		return recurring{format: "%04d-" + p["Season"], month: first, months: 3}, true
	case p["Quarter"] != "":
		quarter := p.number("Quarter")
		return recurring{format: fmt.Sprintf("%%04d-Q%d", quarter), month: 3*quarter - 2, months: 3}, true
	case p["Holiday"] != "":
		month, day, _ := strings.Cut(p["Holiday"], "-")
		m, _ := strconv.Atoi(month)
		d, _ := strconv.Atoi(day)
		return recurringDay(m, d), true
	}
	return recurring{}, false
}
