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

// template is a text of a language file. "${Name}" stands for a field of [Params]. Other dollar signs and braces are
// refused.
//
// os.Expand takes at most 2 µs for a message. strings.NewReplacer, which would be built for each message, takes 4.6 µs,
// and text/template takes longer.
type template string

// pluralForms are the texts of a message by plural form. The form "other" is always set.
type pluralForms [plural.Many + 1]template

// textFor returns the text of a plural form, or the text of "other" if the language file has none for the form.
func (f *pluralForms) textFor(form plural.Form) template { return cmp.Or(f[form], f[plural.Other]) }

func parseForms(m *i18n.Message) (f pluralForms, err error) {
	f = pluralForms{
		plural.Zero: template(m.Zero), plural.One: template(m.One), plural.Two: template(m.Two),
		plural.Few: template(m.Few), plural.Many: template(m.Many), plural.Other: template(m.Other),
	}
	for _, t := range f {
		err = cmp.Or(err, t.checkPlaceholders())
	}
	return f, err
}

// checkPlaceholders refuses unknown placeholders, and dollar signs and braces outside of a placeholder.
func (t template) checkPlaceholders() (err error) {
	placeholders := 0
	os.Expand(string(t), func(name string) string {
		placeholders++
		if _, known := new(Params).placeholderValue(name); !known && err == nil {
			err = fmt.Errorf("unknown placeholder ${%s}", name)
		}
		return ""
	})
	for _, char := range []string{"$", "{", "}"} {
		if err == nil && strings.Count(string(t), char) != placeholders {
			err = fmt.Errorf("%q is allowed only in a placeholder such as ${Blog}: %q", char, string(t))
		}
	}
	return err
}

// expand replaces the placeholders.
func (t template) expand(params *Params) string {
	return os.Expand(string(t), func(name string) string {
		value, _ := params.placeholderValue(name) // checkPlaceholders has refused unknown ones
		return value
	})
}

// placeholderValue returns the value of a placeholder. It returns false for an unknown placeholder.
func (p *Params) placeholderValue(name string) (string, bool) {
	field := reflect.ValueOf(p).Elem().FieldByName(name)
	if !field.IsValid() || name == "Pick" {
		return "", false
	}
	return fmt.Sprint(field), true
}
