// Package skillpkg makes what Amazon imports to know the skill. The interaction model teaches Alexa what can be asked and
// in which words: it is generated from the table of intents that the service answers by and the samples of phrases, so
// that what she is taught and what is answered cannot drift apart. The package reads no posts and no configuration: what
// belongs to one blog is handed to it.
package skillpkg

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"lastpost/internal/phrases"
)

// An Intent is one that the service answers.
type Intent struct {
	Name  string
	Slots []Slot
}

// A Slot is a variable part of an intent's utterances.
type Slot struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// A Type is a slot type of the skill's own, with its values as people read them. Alexa takes them for examples: she gives
// other words too where they stand where a value should.
type Type struct {
	Name   string
	Values []string
}

// builtIn begins the names of the intents and slot types that Alexa brings along.
const builtIn = "AMAZON."

// Model gives the interaction model of one locale as Amazon imports it: the file
// skill-package/interactionModels/custom/LOCALE.json. The same arguments give the same bytes.
//
// Every type of the skill's own that a slot names must be among types, and every intent of the skill's own must have
// samples in the language. As Amazon refuses a type without a value, an intent that needs one is left out: a blog without
// categories cannot be asked for them, and "posts in gardening" is then heard as something else, or not at all.
func Model(language *phrases.Language, invocationName string, intents []Intent, types []Type) ([]byte, error) {
	model := languageModel{InvocationName: invocationName, Types: []slotType{}}
	model.Configuration.FallbackIntentSensitivity.Level = "LOW"
	for _, t := range types {
		if values := t.values(); len(values) > 0 {
			model.Types = append(model.Types, slotType{t.Name, values})
		}
	}
	for _, i := range intents {
		filled, err := model.fills(i, types)
		if err != nil {
			return nil, err
		}
		if !filled {
			continue
		}
		taught, err := teach(language, i)
		if err != nil {
			return nil, err
		}
		model.Intents = append(model.Intents, taught)
	}
	slices.SortStableFunc(model.Intents, wholeFirst)
	return model.encode()
}

// languageModel is the part of the file that Alexa learns from.
type languageModel struct {
	InvocationName string     `json:"invocationName"`
	Intents        []intent   `json:"intents"`
	Types          []slotType `json:"types"`
	Configuration  struct {
		FallbackIntentSensitivity struct {
			Level string `json:"level"`
		} `json:"fallbackIntentSensitivity"`
	} `json:"modelConfiguration"`
}

type intent struct {
	Name    string   `json:"name"`
	Slots   []Slot   `json:"slots,omitempty"`
	Samples []string `json:"samples"`
}

type slotType struct {
	Name   string  `json:"name"`
	Values []value `json:"values"`
}

type value struct {
	Name struct {
		Value string `json:"value"`
	} `json:"name"`
}

// fills tells whether all slots of an intent have types with values.
func (m *languageModel) fills(i Intent, types []Type) (bool, error) {
	filled := true
	for _, slot := range i.Slots {
		if strings.HasPrefix(slot.Type, builtIn) {
			continue
		}
		if !slices.ContainsFunc(types, func(t Type) bool { return t.Name == slot.Type }) {
			return false, fmt.Errorf("intent %s: slot %s: there is no type %s", i.Name, slot.Name, slot.Type)
		}
		filled = filled && slices.ContainsFunc(m.Types, func(t slotType) bool { return t.Name == slot.Type })
	}
	return filled, nil
}

// teach gives an intent with its samples. Alexa has utterances of her own for a built-in one, and a built-in one is only
// heard in exactly these words: so the samples that the language has are added to hers, and none are needed.
func teach(language *phrases.Language, i Intent) (intent, error) {
	samples := language.Samples(i.Name)
	if len(samples) == 0 {
		if !strings.HasPrefix(i.Name, builtIn) {
			return intent{}, fmt.Errorf("intent %s: the language has no samples for it", i.Name)
		}
		samples = []string{}
	}
	return intent{Name: i.Name, Slots: i.Slots, Samples: samples}, nil
}

// wholeFirst puts intents without slots before those with some. Amazon does not mind the order, but clients that play
// Alexa take the first of two that fit equally well, and should take "what's new" before "what's new {Date}" with no date.
func wholeFirst(a, b intent) int {
	return min(len(a.Slots), 1) - min(len(b.Slots), 1)
}

// longestValue is how long a slot value may be, in characters.
const longestValue = 140

// values are those that Amazon takes: none twice, in whichever letter case, none that nobody could say, and none too long.
// They stay as they are written, as what Alexa makes of a spoken one is looked for in the archive.
func (t Type) values() (taken []value) {
	seen := map[string]bool{}
	for _, text := range t.Values {
		text = strings.TrimSpace(text)
		folded := strings.ToLower(text)
		if !sayable(text) || seen[folded] {
			continue
		}
		seen[folded] = true
		var v value
		v.Name.Value = text
		taken = append(taken, v)
	}
	return taken
}

// sayable tells whether a text has something to say, and nothing that Amazon would read as a slot.
func sayable(text string) bool {
	spoken := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }
	foreign := func(r rune) bool { return r == '{' || r == '}' || !unicode.IsPrint(r) }
	return strings.ContainsFunc(text, spoken) && !strings.ContainsFunc(text, foreign) && utf8.RuneCountInString(text) <= longestValue
}

// encode writes the file, for people to read too: indented, and with "&" as it is.
func (m *languageModel) encode() ([]byte, error) {
	var file struct {
		InteractionModel struct {
			LanguageModel *languageModel `json:"languageModel"`
		} `json:"interactionModel"`
	}
	file.InteractionModel.LanguageModel = m
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	err := encoder.Encode(file)
	return out.Bytes(), err
}
