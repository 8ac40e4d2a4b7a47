package phrases

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"slices"
)

// Samples are the utterances that Alexa is taught for an intent, in the order of the language's file; none for an intent that
// needs none, as AMAZON.FallbackIntent.
func (l *Language) Samples(intent string) []string {
	return slices.Clone(l.hearing.samples[intent])
}

// Intents are those that the language has samples for, sorted.
func (l *Language) Intents() []string {
	return slices.Sorted(maps.Keys(l.hearing.samples))
}

// hearing is what a language needs to understand requests. All of its locales share one.
type hearing struct {
	samples    map[string][]string
	utterances []utterance
	words      *vocabulary
	ways       []way // to say a date
}

// An utterance is a sample, ready to be compared.
type utterance struct {
	intent   string
	pattern  pattern
	literals int
}

// readHearing reads the two files of what is heard.
func readHearing(files fs.FS, language string) (*hearing, error) {
	raw, err := fs.ReadFile(files, language+".hearing.json")
	if err != nil {
		return nil, err
	}
	h := &hearing{}
	if h.words, err = readVocabulary(raw); err != nil {
		return nil, fmt.Errorf("language file %s.hearing.json: %w", language, err)
	}
	if h.ways, err = h.words.ways(); err != nil {
		return nil, fmt.Errorf("language file %s.hearing.json: %w", language, err)
	}
	if raw, err = fs.ReadFile(files, language+".samples.json"); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(raw, &h.samples); err != nil {
		return nil, fmt.Errorf("language file %s.samples.json: %w", language, err)
	}
	for _, intent := range slices.Sorted(maps.Keys(h.samples)) {
		for _, sample := range h.samples[intent] {
			p := h.words.compile(sample)
			h.utterances = append(h.utterances, utterance{intent, p, p.literals()})
		}
	}
	return h, nil
}
