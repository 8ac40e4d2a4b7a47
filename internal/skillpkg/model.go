package skillpkg

import (
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

// languageModel is the part of an interaction model that Alexa learns from.
type languageModel struct {
	InvocationName string         `json:"invocationName"`
	Intents        []intent       `json:"intents"`
	Types          []slotType     `json:"types"`
	Configuration  map[string]any `json:"modelConfiguration"`
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
	Name valueName `json:"name"`
}

type valueName struct {
	Value    string   `json:"value"`
	Synonyms []string `json:"synonyms"`
}

// buildModel is what Alexa is taught in one language.
func (s Spec) buildModel(language *phrases.Language) languageModel {
	model := languageModel{InvocationName: s.InvocationName, Types: []slotType{}}
	model.Configuration = map[string]any{"fallbackIntentSensitivity": map[string]string{"level": "LOW"}}
	for _, t := range s.Types {
		if values := t.acceptedValues(); len(values) > 0 {
			model.Types = append(model.Types, slotType{t.Name, values})
		}
	}
	for _, i := range s.Intents {
		if !s.hasAllSlotValues(i) {
			continue
		}
		// Alexa has utterances of her own for a built-in intent, and is only taught to hear these words besides: so none are
		// needed.
		samples := append([]string{}, language.Samples(i.Name)...)
		model.Intents = append(model.Intents, intent{i.Name, i.Slots, samples})
	}
	slices.SortStableFunc(model.Intents, slotlessFirst)
	return model
}

// hasAllSlotValues tells whether those slot types of an intent that are the skill's own have values. One that is not there at all
// is another matter, and a fault.
func (s Spec) hasAllSlotValues(i Intent) bool {
	return !slices.ContainsFunc(i.Slots, func(slot Slot) bool {
		return slices.ContainsFunc(s.Types, func(t Type) bool { return t.Name == slot.Type && len(t.acceptedValues()) == 0 })
	})
}

// slotlessFirst puts intents without slots before those with some. Amazon does not mind the order, but clients that play
// Alexa take the first of two that fit equally well, and should take "what's new" before "what's new {Date}" with no date.
func slotlessFirst(a, b intent) int {
	return min(len(a.Slots), 1) - min(len(b.Slots), 1)
}

// maxValueLength is how long a slot value may be, in characters.
const maxValueLength = 140

// acceptedValues are those that Amazon takes: none twice, in whichever letter case, none that nobody could say, and none too long.
// They stay as they are written, as what Alexa makes of a spoken one is looked for in the archive.
func (t Type) acceptedValues() (accepted []value) {
	seen := map[string]bool{}
	for _, text := range t.Values {
		text = strings.TrimSpace(text)
		folded := strings.ToLower(text)
		if !isSayable(text) || seen[folded] {
			continue
		}
		seen[folded] = true
		accepted = append(accepted, value{valueName{Value: text, Synonyms: []string{}}})
	}
	return accepted
}

// isSayable tells whether a text has something to say, and nothing that Amazon would read as a slot.
func isSayable(text string) bool {
	spoken := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }
	foreign := func(r rune) bool { return r == '{' || r == '}' || !unicode.IsPrint(r) }
	return strings.ContainsFunc(text, spoken) && !strings.ContainsFunc(text, foreign) && utf8.RuneCountInString(text) <= maxValueLength
}

// modelEnvelope is what stands around a model in its file.
func modelEnvelope(m languageModel) any {
	return map[string]any{"interactionModel": map[string]any{"languageModel": m}}
}
