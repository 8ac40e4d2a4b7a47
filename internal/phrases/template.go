package phrases

import (
	"cmp"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

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

// expand replaces the placeholders. If the text begins with a period, a date or a number, expand also makes its first letter a
// capital.
func (t template) expand(params *Params, cardinals []string) string {
	text := t.replacePlaceholders(params, cardinals)
	if t.beginsWithOwnWords() {
		return capitalize(text)
	}
	return text
}

// replacePlaceholders replaces the placeholders. It writes small counts and numbers as words. cardinals has the words from one up.
func (t template) replacePlaceholders(params *Params, cardinals []string) string {
	return os.Expand(string(t), func(name string) string {
		value, _ := params.placeholderValue(name) // checkPlaceholders has refused unknown ones
		switch name {
		case "Count":
			return numberText(params.Count, value, cardinals)
		case "Number":
			return numberText(params.Number, value, cardinals)
		}
		return value
	})
}

// beginsWithOwnWords reports whether the text begins with a placeholder whose words come from this package. Those words
// have no capital. A title or a name keeps its first letter.
func (t template) beginsWithOwnWords() bool {
	name, found := strings.CutPrefix(string(t), "${")
	name, _, _ = strings.Cut(name, "}")
	return found && slices.Contains([]string{"Period", "Date", "Count", "Number"}, name)
}

// numberText returns the word for n, or digits if there is no word for it.
func numberText(n int, digits string, cardinals []string) string {
	if n < 1 || n > len(cardinals) {
		return digits
	}
	return cardinals[n-1]
}

// capitalize makes the first letter a capital.
func capitalize(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	if !unicode.IsLower(first) {
		return text
	}
	return string(unicode.ToUpper(first)) + text[size:]
}

// placeholderValue returns the value of a placeholder. It returns false for an unknown placeholder.
func (p *Params) placeholderValue(name string) (string, bool) {
	field := reflect.ValueOf(p).Elem().FieldByName(name)
	if !field.IsValid() || name == "Pick" || name == "Ongoing" {
		return "", false
	}
	return fmt.Sprint(field), true
}
