package phrases

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/feature/plural"
)

// wordings are the ways to say one message. What is heard often has several: in a language's file the second one of "ask-day"
// stands as "ask-day/2", the third as "ask-day/3". All of them mean the same, and have the same plural forms.
type wordings []pluralForms

// variant gives one of the wordings, 0 the first of them.
func (w wordings) variant(n uint32) *pluralForms {
	if len(w) == 0 {
		return new(pluralForms)
	}
	return &w[n%uint32(len(w))] //nolint:gosec // there are never that many
}

// parseWordings sorts a file's messages by what they say. A wording that nothing would ever pick is an error: its number
// leaves a gap, or is none.
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
			return nil, fmt.Errorf("%s: has no text for any number", m.ID)
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

// splitKey takes "ask-day/2" apart. A key without a number is the first wording.
func splitKey(key string) (Message, int, error) {
	message, suffix, found := strings.Cut(key, "/")
	if !found {
		return Message(message), 1, nil
	}
	number, _ := strconv.Atoi(suffix) // what is no number is no such number either
	if number < 2 || strconv.Itoa(number) != suffix {
		return "", 0, fmt.Errorf("%s: further wordings are numbered /2, /3 and so on", key)
	}
	return Message(message), number, nil
}

// orderWordings puts the wordings of a message into a row.
func orderWordings(message Message, byNumber map[int]pluralForms) (wordings, error) {
	ordered := make(wordings, 0, len(byNumber))
	for number := 1; len(ordered) < len(byNumber); number++ {
		wording, ok := byNumber[number]
		switch {
		case !ok && number == 1:
			return nil, fmt.Errorf("%s: has further wordings, and no first one", message)
		case !ok:
			return nil, fmt.Errorf("%s: wording /%d is missing before the last", message, number)
		case number > 1 && !wording.hasSameForms(&ordered[0]):
			return nil, fmt.Errorf("%s/%d: must have the plural forms of the first wording", message, number)
		}
		ordered = append(ordered, wording)
	}
	return ordered, nil
}

// hasSameForms tells whether two wordings have the same plural forms.
func (f *pluralForms) hasSameForms(other *pluralForms) bool {
	for form := range f {
		if (f[form] == "") != (other[form] == "") {
			return false
		}
	}
	return true
}
