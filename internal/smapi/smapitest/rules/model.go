package rules

import (
	"regexp"
	"slices"
	"strings"
)

// The forms of names and of slots in samples.
var (
	invocationForm = regexp.MustCompile(`^[\p{L}\p{M}][\p{L}\p{M}'’. ]*$`)
	nameForm       = regexp.MustCompile(`^[A-Za-z_.]+$`)
	slotForm       = regexp.MustCompile(`\{\s*(\w+)\s*\}`)
)

// builtIn begins the names that Amazon defines. phraseType is its slot type for any words.
const (
	builtIn    = "AMAZON."
	phraseType = builtIn + "SearchQuery"
)

// modelSchema is the schema of a model's file.
func modelSchema() *schema {
	slot := object(map[string]*schema{
		"name": text(1, 0), "type": text(1, 0), "multipleValues": anyValue, "samples": list(0, text(1, 0)),
	}, "name", "type")
	intent := object(map[string]*schema{
		"name": text(1, 0), "slots": list(0, slot), "samples": list(0, text(1, 200)), "generatedBy": anyValue,
	}, "name")
	value := object(map[string]*schema{"id": text(0, 0), "name": object(map[string]*schema{
		"value": text(1, 140), "synonyms": list(0, text(1, 140)),
	}, "value")}, "name")
	slotType := object(map[string]*schema{
		"name": text(1, 0), "values": list(0, value), "valueSupplier": anyValue, "generatedBy": anyValue,
	}, "name")
	sensitivity := object(map[string]*schema{"level": oneOf("HIGH", "MEDIUM", "LOW")}, "level")
	intents := list(0, intent)
	intents.least = 1
	language := object(map[string]*schema{
		"invocationName": text(2, 50), "intents": intents, "types": list(0, slotType),
		"modelConfiguration": object(map[string]*schema{"fallbackIntentSensitivity": sensitivity}),
	}, "invocationName", "intents")
	return object(map[string]*schema{
		"interactionModel": object(map[string]*schema{"languageModel": language, "dialog": anyValue, "prompts": anyValue}, "languageModel"),
		"version":          text(0, 0), "description": text(0, 0),
	}, "interactionModel")
}

// CheckModel returns the violations of a decoded model of a locale.
func CheckModel(model any, locale string) []Violation {
	found := modelSchema().check("$", model)
	if len(found) > 0 {
		for i := range found {
			found[i].Code = "InvalidModelDefinitionSchema"
		}
		return found
	}
	m := modelChecker{language: dig(model, "interactionModel", "languageModel"), locale: locale, types: map[string]bool{}}
	m.checkNames()
	m.checkTypes()
	m.checkIntents()
	return m.found
}

// A modelChecker collects the violations of a model that has the right schema.
type modelChecker struct {
	language map[string]any
	locale   string
	types    map[string]bool // that the model defines
	found    []Violation
}

func (m *modelChecker) add(code, path string, value any, format string, args ...any) {
	m.found = append(m.found, newViolation(code, path, value, format, args...))
}

// checkNames checks the invocation name and the configuration.
func (m *modelChecker) checkNames() {
	const path = "$.interactionModel.languageModel."
	name := textOf(m.language["invocationName"])
	if name != strings.ToLower(name) || !invocationForm.MatchString(name) {
		m.add("InvalidInvocationName", path+"invocationName", name, "Invocation name %q must be lower-case words of letters.", name)
	}
	sensitivity := dig(m.language["modelConfiguration"], "fallbackIntentSensitivity")
	if sensitivity != nil && !strings.HasPrefix(m.locale, "en-") && m.locale != "de-DE" {
		m.add("UnsupportedFallbackIntentSensitivity", path+"modelConfiguration.fallbackIntentSensitivity", nil,
			"fallbackIntentSensitivity is not supported in locale %s.", m.locale)
	}
}

func (m *modelChecker) checkTypes() {
	for i, slotType := range objects(m.language["types"]) {
		path, name := at("$.interactionModel.languageModel.types", i), textOf(slotType["name"])
		if m.types[name] {
			m.add("DuplicateSlotType", path+".name", name, "Slot type %q is defined more than once.", name)
		}
		m.types[name] = true
		values := objects(slotType["values"])
		if len(values) == 0 && slotType["valueSupplier"] == nil && !strings.HasPrefix(name, builtIn) {
			m.add("EmptySlotType", path, nil, "Slot type %q must have at least one value.", name)
		}
		seen := map[string]bool{}
		for j, value := range values {
			word := strings.ToLower(textOf(dig(value["name"])["value"]))
			if seen[word] {
				m.add("DuplicateSlotValue", at(path+".values", j), word, "Slot type %q has the value %q more than once.", name, word)
			}
			seen[word] = true
		}
	}
}

func (m *modelChecker) checkIntents() {
	seen, owners := map[string]bool{}, map[string]string{}
	for i, intent := range objects(m.language["intents"]) {
		path, name := at("$.interactionModel.languageModel.intents", i), textOf(intent["name"])
		isBuiltIn, samples := strings.HasPrefix(name, builtIn), texts(intent["samples"])
		switch {
		case !nameForm.MatchString(name):
			m.add("InvalidIntentName", path+".name", name, "Intent name %q may contain only letters, underscores and periods.", name)
		case seen[name]:
			m.add("DuplicateIntent", path+".name", name, "Intent %q is defined more than once.", name)
		case !isBuiltIn && len(samples) == 0:
			m.add("MissingSamples", path, nil, "Intent %q must have at least one sample utterance.", name)
		}
		seen[name] = true
		slots := m.checkSlots(path, name, intent)
		for j, sample := range samples {
			m.checkSample(at(path+".samples", j), name, sample, slots)
			folded := strings.ToLower(sample)
			if owner, taken := owners[folded]; taken {
				m.add("DuplicateSample", at(path+".samples", j), sample,
					"Sample utterance %q in intent %q is also in intent %q.", sample, name, owner)
			}
			owners[folded] = name
		}
	}
}

// checkSlots returns the slots of an intent by name: their types.
func (m *modelChecker) checkSlots(path, intentName string, intent map[string]any) map[string]string {
	slots := map[string]string{}
	for i, slot := range objects(intent["slots"]) {
		name, slotType := textOf(slot["name"]), textOf(slot["type"])
		switch {
		case slots[name] != "":
			m.add("DuplicateSlot", at(path+".slots", i), name, "Slot %q in intent %q is defined more than once.", name, intentName)
		case !m.types[slotType] && !strings.HasPrefix(slotType, builtIn):
			m.add("UndefinedSlotType", at(path+".slots", i), slotType,
				"Slot %q in intent %q has the undefined type %q.", name, intentName, slotType)
		}
		slots[name] = slotType
	}
	return slots
}

func (m *modelChecker) checkSample(path, intent, sample string, slots map[string]string) {
	used := slotForm.FindAllStringSubmatch(sample, -1)
	hasPhrase := slices.ContainsFunc(used, func(slot []string) bool { return slots[slot[1]] == phraseType })
	for _, slot := range used {
		if _, known := slots[slot[1]]; !known {
			m.add("UndefinedSlot", path, sample, "Sample utterance %q in intent %q has the undefined slot %q.", sample, intent, slot[1])
		}
	}
	if strings.Count(sample, "{") != len(used) || strings.Count(sample, "}") != len(used) {
		m.add("InvalidSample", path, sample, "Sample utterance %q in intent %q has braces that do not enclose a slot.", sample, intent)
	}
	switch {
	case hasPhrase && len(used) > 1:
		m.add("PhraseSlotBesideSlot", path, sample,
			"Sample utterance %q in intent %q must not have another slot beside a slot of type %s.", sample, intent, phraseType)
	case hasPhrase && strings.TrimSpace(slotForm.ReplaceAllString(sample, "")) == "":
		m.add("MissingCarrierPhrase", path, sample, "Sample utterance %q in intent %q must include a carrier phrase. "+
			"Sample utterances with phrase types cannot consist of only slots.", sample, intent)
	}
}

// textOf returns a text, "" for another value.
func textOf(value any) string {
	found, _ := value.(string)
	return found
}

// objects returns the objects of a decoded array.
func objects(value any) (found []map[string]any) {
	array, _ := value.([]any)
	for _, element := range array {
		object, _ := element.(map[string]any)
		found = append(found, object)
	}
	return found
}

// texts returns the texts of a decoded array.
func texts(value any) (found []string) {
	array, _ := value.([]any)
	for _, element := range array {
		found = append(found, textOf(element))
	}
	return found
}
