package phrases

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"slices"
)

// Samples returns the sample utterances of an intent, in the order of the language file. Some built-in intents, such as
// AMAZON.FallbackIntent, do not have samples.
func (l *Language) Samples(intent string) []string {
	return slices.Clone(l.samples[intent])
}

// Intents returns the intents with samples, sorted.
func (l *Language) Intents() []string {
	return slices.Sorted(maps.Keys(l.samples))
}

// ReadStrictly decodes a JSON file of a language. It refuses unknown keys, because a misspelled key would have no
// effect.
func ReadStrictly(files fs.FS, name string, into any) error {
	raw, err := fs.ReadFile(files, name)
	if err != nil {
		return fmt.Errorf("language file %s: %w", name, err)
	}
	if err := decodeStrictly(raw, into); err != nil {
		return fmt.Errorf("language file %s: %w", name, err)
	}
	return nil
}

// decodeStrictly decodes JSON and refuses unknown keys.
func decodeStrictly(raw []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	return decoder.Decode(into)
}
