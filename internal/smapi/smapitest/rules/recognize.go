package rules

import (
	"encoding/json"
	"regexp"
	"strings"
)

// A RecognizedIntent is what Alexa recognized. The zero value is the launch of the skill.
type RecognizedIntent struct {
	Name               string                    `json:"name"`
	ConfirmationStatus string                    `json:"confirmationStatus"`
	Slots              map[string]RecognizedSlot `json:"slots,omitempty"`
}

// A RecognizedSlot is a slot of the intent, with or without a value.
type RecognizedSlot struct {
	Name               string `json:"name"`
	Value              string `json:"value,omitempty"`
	ConfirmationStatus string `json:"confirmationStatus"`
}

// spokenModel is what the recognition reads of a model.
type spokenModel struct {
	Interaction struct {
		Language struct {
			InvocationName string `json:"invocationName"`
			Intents        []struct {
				Name    string   `json:"name"`
				Samples []string `json:"samples"`
				Slots   []struct {
					Name string `json:"name"`
				} `json:"slots"`
			} `json:"intents"`
		} `json:"languageModel"`
	} `json:"interactionModel"`
}

// maxOpeningWords is the number of words before the invocation name, such as "open" or "talk to".
const maxOpeningWords = 2

// Recognize recognizes an utterance that begins with the invocation of the skill. Words after the name are a sample utterance,
// perhaps behind a word such as "for". With anySample, an utterance without the invocation is a sample too: the session is open.
func Recognize(decoded any, utterance string, anySample bool) (intent RecognizedIntent, ok bool) {
	var model spokenModel
	encoded, err := json.Marshal(decoded)
	if err != nil || json.Unmarshal(encoded, &model) != nil {
		return RecognizedIntent{}, false
	}
	words := " " + strings.ToLower(strings.Join(strings.Fields(utterance), " ")) + " "
	opening, rest, invoked := strings.Cut(words, " "+model.Interaction.Language.InvocationName+" ")
	if n := len(strings.Fields(opening)); !invoked || n < 1 || n > maxOpeningWords {
		if anySample {
			return model.match(strings.TrimSpace(words))
		}
		return RecognizedIntent{}, false
	}
	rest = strings.TrimSpace(rest)
	if rest == "" {
		return RecognizedIntent{}, true
	}
	if intent, ok = model.match(rest); ok {
		return intent, true
	}
	_, behind, _ := strings.Cut(rest, " ")
	return model.match(behind)
}

// slotInSample is a slot of a sample after its quotation.
var slotInSample = regexp.MustCompile(`\\\{\s*(\w+)\s*\\\}`)

// match finds the first sample that has the words.
func (m spokenModel) match(words string) (RecognizedIntent, bool) {
	for _, candidate := range m.Interaction.Language.Intents {
		for _, sample := range candidate.Samples {
			expression := slotInSample.ReplaceAllString(regexp.QuoteMeta(sample), `(?P<$1>.+)`)
			form, err := regexp.Compile("(?i)^" + expression + "$")
			if err != nil {
				continue // a slot is in the sample twice
			}
			found := form.FindStringSubmatch(words)
			if found == nil {
				continue
			}
			intent := RecognizedIntent{candidate.Name, "NONE", map[string]RecognizedSlot{}}
			for _, slot := range candidate.Slots {
				filled := RecognizedSlot{Name: slot.Name, ConfirmationStatus: "NONE"}
				if i := form.SubexpIndex(slot.Name); i > 0 {
					filled.Value = found[i]
				}
				intent.Slots[slot.Name] = filled
			}
			return intent, true
		}
	}
	return RecognizedIntent{}, false
}
