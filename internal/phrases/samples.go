package phrases

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"slices"
)

// Samples are the utterances that Alexa is taught for an intent, in the order of the language's file; none for an intent that
// needs none, as AMAZON.FallbackIntent.
func (l *Language) Samples(intent string) []string {
	return slices.Clone(l.samples[intent])
}

// Intents are those that the language has samples for, sorted.
func (l *Language) Intents() []string {
	return slices.Sorted(maps.Keys(l.samples))
}

// ReadStrictly decodes the JSON file of a language. It refuses unknown keys: a misspelt list would not be used.
func ReadStrictly(files fs.FS, name string, into any) error {
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
