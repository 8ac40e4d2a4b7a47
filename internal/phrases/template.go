package phrases

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/feature/plural"
)

// A text is a message as it stands in a language's file, in its parts. "{{.Name}}" stands for one of the [Words], and
// nothing else is special. It takes the place of text/template, whose reflection would be a good part of what answering
// a request costs.
type text []part

// A part is said as it is, or stands for a word.
type part struct {
	said string
	word string // its name; "": none
}

// forms are the texts of a message by plural form; that for any number is always there.
type forms [plural.Many + 1]text

// of gives the text of a form, or where the language's file has none for it the one for any number.
func (f *forms) of(form plural.Form) text {
	if f[form] == nil {
		return f[plural.Other]
	}
	return f[form]
}

func parseForms(m *i18n.Message) (f forms, err error) {
	for form, source := range map[plural.Form]string{
		plural.Zero: m.Zero, plural.One: m.One, plural.Two: m.Two, plural.Few: m.Few, plural.Many: m.Many, plural.Other: m.Other,
	} {
		if f[form], err = parse(source); err != nil {
			return f, err
		}
	}
	return f, nil
}

func parse(source string) (text, error) {
	var t text
	for source != "" {
		before, rest, found := strings.Cut(source, "{{")
		t = append(t, part{said: before})
		if !found {
			break
		}
		name, after, closed := strings.Cut(rest, "}}")
		if _, known := new(Words).word(name); !closed || !known {
			return nil, fmt.Errorf("there is no word {{%s}}", name)
		}
		t = append(t, part{word: name})
		source = after
	}
	return t, nil
}

// with puts the words in.
func (t text) with(words *Words) string {
	if len(t) == 1 && t[0].word == "" {
		return t[0].said
	}
	var said strings.Builder
	said.Grow(usualMessage)
	for _, part := range t {
		if part.word == "" {
			said.WriteString(part.said)
		} else {
			word, _ := words.word(part.word) // parse has seen to it
			said.WriteString(word)
		}
	}
	return said.String()
}

// usualMessage is room for most messages, in bytes.
const usualMessage = 96

// word gives the word of a name; false where there is none.
func (w *Words) word(name string) (string, bool) {
	switch name {
	case ".Blog":
		return w.Blog, true
	case ".Date":
		return w.Date, true
	case ".Period":
		return w.Period, true
	case ".Month":
		return w.Month, true
	case ".Year":
		return strconv.Itoa(w.Year), true
	case ".Count":
		return strconv.Itoa(w.Count), true
	case ".Number":
		return strconv.Itoa(w.Number), true
	case ".Title":
		return w.Title, true
	case ".Said":
		return w.Said, true
	case ".Names":
		return w.Names, true
	}
	return "", false
}
