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
type template string

// pluralForms are the texts of a message by plural form; that for any number is always there.
type pluralForms [plural.Many + 1]template

// textFor gives the text of a form, or where the language's file has none for it the one for any number.
func (f *pluralForms) textFor(form plural.Form) template { return cmp.Or(f[form], f[plural.Other]) }

func parseForms(m *i18n.Message) (f pluralForms, err error) {
	f = pluralForms{
		plural.Zero: template(m.Zero), plural.One: template(m.One), plural.Two: template(m.Two), plural.Few: template(m.Few), plural.Many: template(m.Many),
		plural.Other: template(m.Other),
	}
	for _, t := range f {
		err = cmp.Or(err, t.validate())
	}
	return f, err
}

// validate refuses words that do not exist, and dollars and braces that belong to no word.
func (t template) validate() (err error) {
	placeholders := 0
	os.Expand(string(t), func(name string) string {
		placeholders++
		if _, known := new(Params).value(name); !known && err == nil {
			err = fmt.Errorf("unknown word ${%s}", name)
		}
		return ""
	})
	for _, char := range []string{"$", "{", "}"} {
		if err == nil && strings.Count(string(t), char) != placeholders {
			err = fmt.Errorf("%q may only stand in words such as ${Blog}: %q", char, string(t))
		}
	}
	return err
}

// expand puts the words in.
func (t template) expand(words *Params) string {
	return os.Expand(string(t), func(name string) string {
		word, _ := words.value(name) // check has found all of them
		return word
	})
}

// value gives the word of a name; false where there is none.
func (w *Params) value(name string) (string, bool) {
	field := reflect.ValueOf(w).Elem().FieldByName(name)
	if !field.IsValid() || name == "Pick" {
		return "", false
	}
	return fmt.Sprint(field), true
}
