package skillpkg

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"lastpost/internal/alexa"
)

// The limits of Amazon's "Create the Interaction Model for Your Skill".
const (
	maxIntents      = 1000
	maxSampleLength = 200                 // characters
	maxModelBytes   = 3 * 1024 * 1024 / 2 // bytes of the file
)

// requiredIntents returns the intents that Amazon's testers require of every skill, and of skills that play audio.
func requiredIntents() []string {
	return []string{"AMAZON.HelpIntent", "AMAZON.StopIntent", "AMAZON.CancelIntent", "AMAZON.FallbackIntent", "AMAZON.NavigateHomeIntent",
		"AMAZON.PauseIntent", "AMAZON.ResumeIntent"}
}

// The forms of names and utterances. An utterance is a list of words separated by one space. A slot counts as a word and may
// have a possessive ending.
var (
	nameForm   = regexp.MustCompile(`^[A-Za-z_]+$`)
	slotForm   = regexp.MustCompile(`\{(\w*)\}`)
	wordForm   = `(?:[\p{L}\p{M}.'’-]+|\{\w+\}(?:['’]\p{L}+)?)`
	sampleForm = regexp.MustCompile(`^` + wordForm + `(?: ` + wordForm + `)*$`)
)

// searchQuery is the slot type for any words. It needs other words in the sample.
const searchQuery = builtIn + "SearchQuery"

// hasSample reports whether any intent has the sample.
func (m languageModel) hasSample(sample string) bool {
	return slices.ContainsFunc(m.Intents, func(i intent) bool { return slices.Contains(i.Samples, sample) })
}

// checkModel applies Amazon's rules for the interaction model of a file.
func (m languageModel) checkModel(file string) Problems {
	j := &checker{file: file}
	j.addProblem("languageModel.invocationName", alexa.CheckInvocationName(m.InvocationName))
	j.checkLength("languageModel.invocationName", m.InvocationName, minName, maxName, "choose a shorter invocation_name")
	j.checkTypes(m)
	j.checkIntents(m)
	j.checkDuplicates(m)
	if size := len(encodeJSON(modelEnvelope(m))); size > maxModelBytes {
		j.addProblemf("", "is %d bytes, and Amazon accepts %d: remove samples or values", size, maxModelBytes)
	}
	return j.problems
}

func (j *checker) checkTypes(m languageModel) {
	seen := map[string]bool{}
	for _, t := range m.Types {
		path := "types." + t.Name
		switch {
		case !nameForm.MatchString(t.Name):
			j.addProblem(path, "must have a name of letters and underscores only: rename the type")
		case seen[t.Name]:
			j.addProblem(path, "is defined twice: remove one of them")
		case len(t.Values) == 0:
			j.addProblem(path, "needs at least one value: add values, or remove the type")
		}
		seen[t.Name] = true
		for _, v := range t.Values {
			if !isSayable(v.Name.Value) {
				j.addProblemf(path, "has the value %q, which cannot be spoken or is longer than %d characters: remove it",
					v.Name.Value, maxValueLength)
			}
		}
	}
}

func (j *checker) checkIntents(m languageModel) {
	if n := len(m.Intents); n > maxIntents {
		j.addProblemf("intents", "are %d, and Amazon accepts %d: remove some", n, maxIntents)
	}
	seen := map[string]bool{}
	for _, i := range m.Intents {
		path := "intents." + i.Name
		isCustom := !strings.HasPrefix(i.Name, builtIn)
		switch {
		case !nameForm.MatchString(strings.TrimPrefix(i.Name, builtIn)):
			j.addProblem(path, "must have a name of letters and underscores only: rename the intent")
		case seen[i.Name]:
			j.addProblem(path, "is defined twice: remove one of them")
		case isCustom && len(i.Samples) == 0:
			j.addProblem(path, "needs sample utterances, or Alexa never sends it: add some to the language's samples.json")
		}
		seen[i.Name] = true
		j.checkSlots(path, m, i)
		for _, sample := range i.Samples {
			j.checkSample(path, i, sample)
		}
	}
	for _, name := range requiredIntents() {
		if !seen[name] {
			j.addProblemf("intents", "lack %s, which Amazon requires of every skill that plays audio: add it to the table of intents", name)
		}
	}
}

// checkSlots checks the slots of an intent. It refuses a slot that no sample uses, because the samples were probably
// forgotten.
func (j *checker) checkSlots(path string, m languageModel, i intent) {
	seen := map[string]bool{}
	for _, slot := range i.Slots {
		slotPath := path + ".slots." + slot.Name
		isDefined := slices.ContainsFunc(m.Types, func(t slotType) bool { return t.Name == slot.Type })
		used := slices.ContainsFunc(i.Samples, func(sample string) bool { return strings.Contains(sample, "{"+slot.Name+"}") })
		switch {
		case !nameForm.MatchString(slot.Name):
			j.addProblem(slotPath, "must have a name of letters and underscores only: rename the slot")
		case seen[slot.Name]:
			j.addProblem(slotPath, "is defined twice: remove one of them")
		case !isDefined && !strings.HasPrefix(slot.Type, builtIn):
			j.addProblemf(slotPath, "has the undefined type %q: add the type, or use one of Amazon's", slot.Type)
		case !used:
			j.addProblem(slotPath, "is not used in any sample utterance: use it in one, or remove it")
		}
		seen[slot.Name] = true
	}
}

// checkSample applies Amazon's rules for one utterance.
func (j *checker) checkSample(path string, i intent, sample string) {
	if n := utf8.RuneCountInString(sample); n > maxSampleLength {
		j.addProblemf(path, "has a sample of %d characters, and Amazon accepts %d: shorten %q", n, maxSampleLength, sample)
	}
	if !sampleForm.MatchString(sample) {
		j.addProblemf(path, "has the sample %q, which may contain only letters, slots in braces, apostrophes, hyphens and the periods of "+
			"abbreviations, with one space between words: write it out", sample)
	}
	slots := slotForm.FindAllStringSubmatch(sample, -1)
	used := map[string]bool{}
	for _, found := range slots {
		at := slices.IndexFunc(i.Slots, func(s ModelSlot) bool { return s.Name == found[1] })
		switch {
		case at < 0:
			j.addProblemf(path, "has the sample %q with a slot that the intent does not have: add the slot, or remove it there", sample)
		case used[found[1]]:
			j.addProblemf(path, "has the sample %q with the same slot twice: remove one of them", sample)
		case i.Slots[at].Type == searchQuery && len(slots) > 1:
			j.addProblemf(path, "has the sample %q with another slot besides %s: remove the other slot", sample, searchQuery)
		case i.Slots[at].Type == searchQuery && sample == found[0]:
			j.addProblemf(path, "has the sample %q without other words than %s: add some, such as \"search for\"", sample, searchQuery)
		}
		used[found[1]] = true
	}
}

// checkDuplicates refuses an utterance of two intents, in any letter case, because Alexa could not choose between them.
func (j *checker) checkDuplicates(m languageModel) {
	first := map[string]string{}
	for _, i := range m.Intents {
		for _, sample := range i.Samples {
			folded := strings.ToLower(sample)
			if other, taken := first[folded]; taken {
				j.addProblemf("intents."+i.Name, "has the sample %q, which %s has too: remove one of them", sample, other)
				continue
			}
			first[folded] = i.Name
		}
	}
}
