package phrases

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/nicksnyder/go-i18n/v2/i18n/template"
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
	}
	return nil
}

// substitution lets go-i18n, which knows the plural rules, read texts this way too.
type substitution struct{}

// Cacheable says that a text needs to be read once.
func (substitution) Cacheable() bool { return true }

// Parse reads a text; the delimiters are always "{{" and "}}".
func (substitution) Parse(source, _, _ string) (template.ParsedTemplate, error) {
	t, err := parse(source)
	return executable(t), err
}

type executable text

// Execute puts the words in, which come as *Words.
func (e executable) Execute(data any) (string, error) {
	words, ok := data.(*Words)
	if !ok {
		return "", fmt.Errorf("%T are no words", data)
	}
	return text(e).with(words), nil
}
