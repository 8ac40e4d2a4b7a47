// Package present turns recorded values into the words, times, trees and links that the inspector's pages show. Its input
// comes from outside, so every result is text: the templates escape it. The package is pure: no network, no clock.
package present

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"lastpost/internal/alexa"
)

// A SlotValue is the value of a variable part of an utterance.
type SlotValue struct{ Name, Value string }

// MaxHeard limits the length of Heard, in characters. The JSON of the request has the whole texts.
const MaxHeard = 160

// A HeardRequest is the part of a request that Heard describes.
type HeardRequest struct {
	Type, Intent string
	Slots        []SlotValue // slots with a value
	Reason       string      // of a SessionEndedRequest
	Began        time.Time
	Zone         *time.Location // of the blog; nil: UTC
}

// Heard describes what the listener said or did, such as "Last post: last Tuesday".
func (r HeardRequest) Heard() string {
	var values []string
	for _, slot := range r.Slots {
		values = append(values, r.slotWords(slot))
	}
	text := heardName(r.Type, r.Intent)
	if len(values) > 0 {
		text += ": " + strings.Join(values, ", ")
	}
	if reason := reasonWords(r.Reason); reason != "" {
		text += ": " + reason
	}
	return Shorten(text, MaxHeard)
}

// heardName returns the words for an intent, or for the type of a request without one.
func heardName(kind, intent string) string {
	if intent == "AMAZON.FallbackIntent" {
		return "Not understood"
	}
	if intent != "" {
		return splitName(intent, "Intent")
	}
	switch kind {
	case "LaunchRequest":
		return "Opened the skill"
	case "SessionEndedRequest":
		return "The session ended"
	case "System.ExceptionEncountered":
		return "Amazon reported an error"
	case "Alexa.Presentation.APL.UserEvent":
		return "Touched the screen"
	}
	return splitName(kind, "Request")
}

// splitName returns a name such as AMAZON.RepeatIntent as words: "Repeat".
func splitName(name, ending string) string {
	name = name[strings.LastIndexByte(name, '.')+1:]
	if short := strings.TrimSuffix(name, ending); short != "" {
		name = short
	}
	var out strings.Builder
	runes := []rune(name)
	for i, r := range runes {
		starts := i > 0 && unicode.IsUpper(r) && (unicode.IsLower(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1]))
		if starts {
			out.WriteByte(' ')
		}
		if starts && i+1 < len(runes) && unicode.IsLower(runes[i+1]) {
			r = unicode.ToLower(r)
		}
		out.WriteRune(r)
	}
	return out.String()
}

// reasonWords returns the reason of a SessionEndedRequest in words.
func reasonWords(reason string) string {
	switch reason {
	case "USER_INITIATED":
		return "the listener ended it"
	case "EXCEEDED_MAX_REPROMPTS":
		return "the listener said nothing"
	case "ERROR":
		return "an error"
	}
	return reason
}

// slotWords returns the value of a slot in words. Values that are not understood stay as they are.
func (r HeardRequest) slotWords(slot SlotValue) string {
	switch slot.Name {
	case "Date":
		if words, ok := dateWords(slot.Value, r.Began, r.Zone); ok {
			return words
		}
	case "Duration":
		if d, err := alexa.ParseDuration(slot.Value); err == nil {
			return durationWords(d)
		}
	case "Number":
		return slot.Value
	}
	return "“" + slot.Value + "”"
}

// dateWords returns the words for an AMAZON.DATE. If Alexa guessed a year in the future, the listener said none.
func dateWords(value string, now time.Time, zone *time.Location) (string, bool) {
	if zone == nil {
		zone = time.UTC
	}
	if day, err := time.Parse(time.DateOnly, value); err == nil {
		return dayWords(day, now.In(zone)), true
	}
	period, err := alexa.ParseDate(value, now, zone)
	if err != nil {
		return "", false
	}
	from, year := period.From, " "+period.From.Format("2006")
	if period.YearBack {
		year = ""
	}
	switch period.Unit {
	case alexa.Day: // PRESENT_REF
		return "now", true
	case alexa.Week, alexa.Weekend:
		return weekWords(period, now.In(zone)), true
	case alexa.Month:
		return from.Format("January") + year, true
	case alexa.Quarter:
		return fmt.Sprintf("quarter %d", (int(from.Month())+2)/3) + strings.Replace(year, " ", " of ", 1), true
	case alexa.Season:
		return [...]string{"spring", "summer", "fall", "winter"}[from.Month()/3-1] + year, true
	case alexa.Year:
		return from.Format("2006"), true
	case alexa.Decade:
		return "the " + from.Format("2006") + "s", true
	}
	return fmt.Sprintf("the years %d to %d", from.Year(), period.To.Year()-1), true
}

// dayWords returns the words for a day, as seen at now.
func dayWords(day, now time.Time) string {
	switch ago := daysBetween(day, now); {
	case ago == 0:
		return "today"
	case ago == 1:
		return "yesterday"
	case ago > 1 && ago <= 7:
		return "last " + day.Format("Monday")
	case ago < 0 && ago >= -7: // Alexa sends the coming Tuesday if a listener says "Tuesday"
		return day.Format("Monday")
	case ago < -7: // Alexa guessed the year
		return day.Format("2 January")
	}
	return day.Format("2 January 2006")
}

// weekWords returns the words for a week or a weekend, as seen at now.
func weekWords(period alexa.Period, now time.Time) string {
	unit := period.Unit.String()
	year, week := now.ISOWeek()
	y, w := period.From.ISOWeek()
	lastYear, lastWeek := now.AddDate(0, 0, -7).ISOWeek()
	switch {
	case y == year && w == week:
		return "this " + unit
	case y == lastYear && w == lastWeek:
		return "last " + unit
	case period.YearBack:
		return "a " + unit + " in the future"
	}
	return "the " + unit + " of " + period.From.Format("2 January 2006")
}

// durationWords returns the words for a duration of seconds or more.
func durationWords(d time.Duration) string {
	var parts []string
	for _, unit := range []struct {
		length time.Duration
		name   string
	}{{time.Hour, "hour"}, {time.Minute, "minute"}, {time.Second, "second"}} {
		if n := int(d / unit.length); n > 0 {
			parts = append(parts, Plural(n, unit.name, unit.name+"s"))
			d -= time.Duration(n) * unit.length
		}
	}
	if len(parts) == 0 {
		return "0 seconds"
	}
	return strings.Join(parts, " ")
}

// Shorten returns at most limit characters of text. A shortened text ends in "…", if possible after a whole word.
func Shorten(text string, limit int) string {
	if utf8.RuneCountInString(text) <= limit {
		return text
	}
	short := string([]rune(text)[:limit])
	if i := strings.LastIndexByte(short, ' '); i > len(short)/2 {
		short = short[:i]
	}
	return strings.TrimRight(short, " ,;:") + "…"
}
