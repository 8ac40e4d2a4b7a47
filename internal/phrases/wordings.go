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
type wordings []forms

// pick gives one of the wordings, 0 the first of them.
func (w wordings) pick(n uint32) *forms {
	if len(w) == 0 {
		return new(forms)
	}
	return &w[n%uint32(len(w))] //nolint:gosec // there are never that many
}

// readWordings sorts a file's messages by what they say. A wording that nothing would ever pick is an error: its number
// leaves a gap, or is none.
func readWordings(messages []*i18n.Message) (map[Message]wordings, error) {
	numbered := map[Message]map[int]forms{}
	for _, m := range messages {
		message, number, err := splitKey(m.ID)
		if err != nil {
			return nil, err
		}
		if numbered[message] == nil {
			numbered[message] = map[int]forms{}
		}
		if numbered[message][number], err = parseForms(m); err != nil {
			return nil, fmt.Errorf("%s: %w", m.ID, err)
		}
		if numbered[message][number][plural.Other] == "" {
			return nil, fmt.Errorf("%s: has no text for any number", m.ID)
		}
	}
	texts := make(map[Message]wordings, len(numbered))
	for message, all := range numbered {
		var err error
		if texts[message], err = inOrder(message, all); err != nil {
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

// inOrder puts the wordings of a message into a row.
func inOrder(message Message, all map[int]forms) (wordings, error) {
	row := make(wordings, 0, len(all))
	for number := 1; len(row) < len(all); number++ {
		wording, ok := all[number]
		switch {
		case !ok && number == 1:
			return nil, fmt.Errorf("%s: has further wordings, and no first one", message)
		case !ok:
			return nil, fmt.Errorf("%s: wording /%d is missing before the last", message, number)
		case number > 1 && !wording.like(&row[0]):
			return nil, fmt.Errorf("%s/%d: must have the plural forms of the first wording", message, number)
		}
		row = append(row, wording)
	}
	return row, nil
}

// like tells whether two wordings have the same plural forms.
func (f *forms) like(other *forms) bool {
	for form := range f {
		if (f[form] == "") != (other[form] == "") {
			return false
		}
	}
	return true
}
