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
	word func(*Words) string
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
		word := wordOf(name)
		if !closed || word == nil {
			return nil, fmt.Errorf("there is no word {{%s}}", name)
		}
		t = append(t, part{word: word})
		source = after
	}
	return t, nil
}

// with puts the words in.
func (t text) with(words *Words) string {
	var said strings.Builder
	for _, part := range t {
		if part.word != nil {
			said.WriteString(part.word(words))
		} else {
			said.WriteString(part.said)
		}
	}
	return said.String()
}

// wordOf finds the word of a name; nil where there is none.
func wordOf(name string) func(*Words) string {
	switch name {
	case ".Blog":
		return func(w *Words) string { return w.Blog }
	case ".Date":
		return func(w *Words) string { return w.Date }
	case ".Period":
		return func(w *Words) string { return w.Period }
	case ".Month":
		return func(w *Words) string { return w.Month }
	case ".Year":
		return func(w *Words) string { return strconv.Itoa(w.Year) }
	case ".Count":
		return func(w *Words) string { return strconv.Itoa(w.Count) }
	case ".Number":
		return func(w *Words) string { return strconv.Itoa(w.Number) }
	case ".Title":
		return func(w *Words) string { return w.Title }
	case ".Said":
		return func(w *Words) string { return w.Said }
	case ".Names":
		return func(w *Words) string { return w.Names }
	}
	return nil
}
