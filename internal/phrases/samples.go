package phrases

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"sync"
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
	samples map[string][]string
	words   *vocabulary

	// compiled are the samples and the ways to say a date, ready to be compared. They are made for the first typed
	// request: a service has none, and would start later for nothing.
	compiled func() compiled
}

type compiled struct {
	utterances []utterance
	ways       []way
}

// An utterance is a sample, ready to be compared.
type utterance struct {
	intent   string
	pattern  pattern
	literals int
}

// readHearing reads the two files of what is heard.
func readHearing(files fs.FS, language string) (*hearing, error) {
	h := &hearing{words: &vocabulary{}}
	if err := readStrictly(files, language+".hearing.json", h.words); err != nil {
		return nil, err
	}
	if err := h.words.check(); err != nil {
		return nil, fmt.Errorf("language file %s.hearing.json: %w", language, err)
	}
	h.compiled = sync.OnceValue(func() compiled { return compiled{h.utterances(), h.words.ways()} })
	return h, readStrictly(files, language+".samples.json", &h.samples)
}

// readStrictly reads a file that has nothing in it but what is known: a list that is misspelt would be missed by nobody.
func readStrictly(files fs.FS, name string, into any) error {
	raw, err := fs.ReadFile(files, name)
	if err != nil {
		return fmt.Errorf("language file %s: %w", name, err)
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return fmt.Errorf("language file %s: %w", name, err)
	}
	return nil
}

// utterances compiles the samples, in an order that is always the same.
func (h *hearing) utterances() (all []utterance) {
	for _, intent := range slices.Sorted(maps.Keys(h.samples)) {
		for _, sample := range h.samples[intent] {
			p := h.words.compile(sample)
			all = append(all, utterance{intent, p, p.literals()})
		}
	}
	return all
}
