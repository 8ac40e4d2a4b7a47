package phrases

import (
	"cmp"
	"fmt"
	"os"
	"reflect"
	"strings"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/feature/plural"
)

// A text is a message as it stands in a language's file. "${Name}" stands for one of the [Words]; other
// dollars and braces are refused.
//
// os.Expand puts the words in: at most 2 µs a message. strings.NewReplacer, which must be built for each, takes 4.6 µs,
// and text/template more.
type text string

// forms are the texts of a message by plural form; that for any number is always there.
type forms [plural.Many + 1]text

// of gives the text of a form, or where the language's file has none for it the one for any number.
func (f *forms) of(form plural.Form) text { return cmp.Or(f[form], f[plural.Other]) }

func parseForms(m *i18n.Message) (f forms, err error) {
	f = forms{
		plural.Zero: text(m.Zero), plural.One: text(m.One), plural.Two: text(m.Two), plural.Few: text(m.Few), plural.Many: text(m.Many),
		plural.Other: text(m.Other),
	}
	for _, t := range f {
		err = cmp.Or(err, t.check())
	}
	return f, err
}

// check refuses words that do not exist, and dollars and braces that belong to no word.
func (t text) check() (err error) {
	found := 0
	os.Expand(string(t), func(name string) string {
		found++
		if _, known := new(Words).word(name); !known && err == nil {
			err = fmt.Errorf("unknown word ${%s}", name)
		}
		return ""
	})
	for _, sign := range []string{"$", "{", "}"} {
		if err == nil && strings.Count(string(t), sign) != found {
			err = fmt.Errorf("%q may only stand in words such as ${Blog}: %q", sign, string(t))
		}
	}
	return err
}

// with puts the words in.
func (t text) with(words *Words) string {
	return os.Expand(string(t), func(name string) string {
		word, _ := words.word(name) // check has found all of them
		return word
	})
}

// word gives the word of a name; false where there is none.
func (w *Words) word(name string) (string, bool) {
	field := reflect.ValueOf(w).Elem().FieldByName(name)
	if !field.IsValid() || name == "Pick" {
		return "", false
	}
	return fmt.Sprint(field), true
}
