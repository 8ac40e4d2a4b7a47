package skillpkg

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"lastpost/internal/phrases"
)

// ModelIntent is an intent that the service handles.
type ModelIntent struct {
	Name  string
	Slots []ModelSlot
}

// ModelSlot is a variable part of an intent's utterances.
type ModelSlot struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// Type is a slot type that the skill defines, with its values as people read them. For Alexa the values are examples:
// it also accepts other words.
type Type struct {
	Name   string
	Values []string
}

// builtIn is the prefix of intents and slot types that Amazon defines.
const builtIn = "AMAZON."

// languageModel is the part of an interaction model that teaches Alexa what listeners say.
type languageModel struct {
	InvocationName string         `json:"invocationName"`
	Intents        []intent       `json:"intents"`
	Types          []slotType     `json:"types"`
	Configuration  map[string]any `json:"modelConfiguration"`
}

type intent struct {
	Name    string      `json:"name"`
	Slots   []ModelSlot `json:"slots,omitempty"`
	Samples []string    `json:"samples"`
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

// buildModel returns the model for one language.
func (s Spec) buildModel(language *phrases.Language) languageModel {
	model := languageModel{InvocationName: s.InvocationName, Types: []slotType{}}
	model.Configuration = map[string]any{"fallbackIntentSensitivity": map[string]string{"level": "LOW"}}
	for _, t := range s.Types {
		if values := t.acceptedValues(); len(values) > 0 {
			model.Types = append(model.Types, slotType{t.Name, values})
		}
	}
	for _, i := range s.Intents {
		// A built-in intent has Amazon's own utterances. Samples only extend them, so there may be none.
		kept := intent{i.Name, i.Slots, append([]string{}, language.Samples(i.Name)...)}
		for _, slot := range i.Slots {
			if !s.hasValues(slot) {
				kept = kept.withoutSlot(slot)
			}
		}
		if len(kept.Samples) > 0 || len(language.Samples(i.Name)) == 0 {
			model.Intents = append(model.Intents, kept)
		}
	}
	slices.SortStableFunc(model.Intents, slotlessFirst)
	return model
}

// hasValues reports whether a slot has values, unless its type is Amazon's. An undefined type does not matter here: it is
// a problem that the checks report.
func (s Spec) hasValues(slot ModelSlot) bool {
	return !slices.ContainsFunc(s.Types, func(t Type) bool { return t.Name == slot.Type && len(t.acceptedValues()) == 0 })
}

// withoutSlot returns the intent without a slot and without the samples that use it.
func (i intent) withoutSlot(slot ModelSlot) intent {
	i.Slots = slices.DeleteFunc(slices.Clone(i.Slots), func(s ModelSlot) bool { return s.Name == slot.Name })
	i.Samples = slices.DeleteFunc(i.Samples, func(sample string) bool { return strings.Contains(sample, "{"+slot.Name+"}") })
	return i
}

// slotlessFirst sorts intents without slots before intents with slots. Amazon ignores the order. Clients that simulate
// Alexa take the first of two equal matches, and should take "what's new" before "what's new {Date}" without a date.
func slotlessFirst(a, b intent) int {
	return min(len(a.Slots), 1) - min(len(b.Slots), 1)
}

// maxValueLength is the maximum length of a slot value, in characters.
const maxValueLength = 140

// acceptedValues returns the values that Amazon accepts. It drops duplicates (in any letter case), values without
// letters and digits, and values that are too long. It keeps the spelling, because the archive searches for the value
// that Alexa recognizes.
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

// isSayable reports whether a text has a letter or digit and contains nothing that Amazon would read as a slot.
func isSayable(text string) bool {
	isSpoken := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }
	isForbidden := func(r rune) bool { return r == '{' || r == '}' || !unicode.IsPrint(r) }
	return strings.ContainsFunc(text, isSpoken) && !strings.ContainsFunc(text, isForbidden) &&
		utf8.RuneCountInString(text) <= maxValueLength
}

// modelEnvelope wraps a model in the structure of its file.
func modelEnvelope(m languageModel) any {
	return map[string]any{"interactionModel": map[string]any{"languageModel": m}}
}
