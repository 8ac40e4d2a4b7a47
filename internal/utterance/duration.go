package utterance

import (
	"strconv"
	"strings"
)

// maxCountWords is the maximum number of words in the count of a duration: "a couple of".
const maxCountWords = 3

// durationUnits are the designators of an AMAZON.DURATION, from large to small. Each unit has 60 of the next.
const durationUnits = "HMS"

// matchDuration returns the AMAZON.DURATION of words such as "one minute and thirty seconds", or "" if they are not a
// duration.
func (v *vocabulary) matchDuration(tokens []token) string {
	var counts [len(durationUnits)]int
	for last := -1; len(tokens) > 0; {
		unit, length := v.parseDurationUnit(tokens, &counts)
		if unit <= last { // not a unit, or larger than the previous unit
			return ""
		}
		last, tokens = unit, tokens[length:]
		if len(tokens) > 1 && tokens[0].text == v.And {
			tokens = tokens[1:]
		}
	}
	return formatDuration(counts)
}

// parseDurationUnit parses a count with its unit at the beginning of the words, such as "two minutes", "half an hour" or
// "a minute and a half", and adds it to counts. It returns the unit, or -1, and the number of words.
func (v *vocabulary) parseDurationUnit(tokens []token, counts *[len(durationUnits)]int) (unit, length int) {
	count, halves, length := v.parseDurationCount(tokens)
	if length == len(tokens) {
		return -1, 0
	}
	designator := v.Durations[tokens[length].text]
	unit = strings.Index(durationUnits, designator)
	if designator == "" || length == 0 {
		return -1, 0
	}
	length++
	if n := prefixLength(tokens[length:], v.AndHalf); n > 0 && halves == 0 {
		halves, length = 1, length+n
	}
	counts[unit] += count
	if halves > 0 && unit+1 < len(counts) {
		counts[unit+1] += 30
	}
	return unit, length
}

// parseDurationCount parses the count before a unit. halves is 1 if half a unit belongs to it. It returns the number of
// words, or 0.
func (v *vocabulary) parseDurationCount(tokens []token) (count, halves, length int) {
	if n := prefixLength(tokens, v.Half); n > 0 {
		return 0, 1, n
	}
	for n := min(maxCountWords, len(tokens)); n > 0; n-- {
		count, ok := v.Counts[joinTexts(tokens[:n])]
		if !ok {
			count, ok = v.parseNumber(tokens[:n])
		}
		if !ok {
			continue
		}
		if half := prefixLength(tokens[n:], v.AndHalf); half > 0 {
			return count, 1, n + half
		}
		return count, 0, n
	}
	return 0, 0, 0
}

// formatDuration returns an AMAZON.DURATION such as PT1M30S.
func formatDuration(counts [len(durationUnits)]int) string {
	value := "PT"
	for unit, n := range counts {
		if n > 0 {
			value += strconv.Itoa(n) + durationUnits[unit:unit+1]
		}
	}
	if value == "PT" {
		return ""
	}
	return value
}
