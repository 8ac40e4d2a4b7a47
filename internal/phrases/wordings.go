package phrases

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/feature/plural"
)

// wordings are the alternative texts of one message. Frequent messages have several, so that they do not sound
// repetitive. In a language file, the second wording of "ask-day" has the key "ask-day/2" and the third "ask-day/3".
// All have the same meaning and the same plural forms.
type wordings []pluralForms

// pickWording returns wording n modulo the number of wordings.
func (w wordings) pickWording(n uint32) *pluralForms {
	if len(w) == 0 {
		return new(pluralForms)
	}
	return &w[n%uint32(len(w))] //nolint:gosec // far fewer than 2^32
}

// parseWordings groups a file's messages by key. A wording that can never be picked is an error: its number is not
// valid, or a lower number is missing.
func parseWordings(messages []*i18n.Message) (map[Message]wordings, error) {
	numbered := map[Message]map[int]pluralForms{}
	for _, m := range messages {
		message, number, err := splitKey(m.ID)
		if err != nil {
			return nil, err
		}
		if numbered[message] == nil {
			numbered[message] = map[int]pluralForms{}
		}
		if numbered[message][number], err = parseForms(m); err != nil {
			return nil, fmt.Errorf("%s: %w", m.ID, err)
		}
		if numbered[message][number][plural.Other] == "" {
			return nil, fmt.Errorf("%s: the plural form \"other\" is missing", m.ID)
		}
	}
	texts := make(map[Message]wordings, len(numbered))
	for message, byNumber := range numbered {
		var err error
		if texts[message], err = orderWordings(message, byNumber); err != nil {
			return nil, err
		}
	}
	return texts, nil
}

// undatedSuffix ends the key of a text that replaces another text for a post without a date.
const undatedSuffix = "-undated"

// undatedTexts returns the texts with the suffix, by the message that they replace.
func undatedTexts(texts map[Message]wordings) map[Message]wordings {
	undated := map[Message]wordings{}
	for key, text := range texts {
		if message, ok := strings.CutSuffix(string(key), undatedSuffix); ok {
			undated[Message(message)] = text
		}
	}
	return undated
}

// splitKey splits "ask-day/2" into key and number. A key without a number is the first wording.
func splitKey(key string) (Message, int, error) {
	message, suffix, found := strings.Cut(key, "/")
	if !found {
		return Message(message), 1, nil
	}
	number, _ := strconv.Atoi(suffix) // the next line refuses the 0 of an error
	if number < 2 || strconv.Itoa(number) != suffix {
		return "", 0, fmt.Errorf("%s: number additional wordings /2, /3 and so on", key)
	}
	return Message(message), number, nil
}

// orderWordings returns the wordings of a message in the order of their numbers.
func orderWordings(message Message, byNumber map[int]pluralForms) (wordings, error) {
	ordered := make(wordings, 0, len(byNumber))
	for number := 1; len(ordered) < len(byNumber); number++ {
		wording, ok := byNumber[number]
		switch {
		case !ok && number == 1:
			return nil, fmt.Errorf("%s: has additional wordings but not the first one", message)
		case !ok:
			return nil, fmt.Errorf("%s: wording /%d is missing", message, number)
		case number > 1 && !wording.hasSameForms(&ordered[0]):
			return nil, fmt.Errorf("%s/%d: must have the plural forms of the first wording", message, number)
		}
		ordered = append(ordered, wording)
	}
	return ordered, nil
}

// hasSameForms reports whether two wordings have the same plural forms.
func (f *pluralForms) hasSameForms(other *pluralForms) bool {
	for form := range f {
		if (f[form] == "") != (other[form] == "") {
			return false
		}
	}
	return true
}
