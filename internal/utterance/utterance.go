// Package utterance understands typed words: it finds the intent and the slots that Alexa would send for them. It compares
// the words with the sample utterances of a language. It does not send requests, and the service does not need it.
package utterance

import (
	"embed"
	"fmt"
	"io/fs"

	"lastpost/internal/phrases"
)

// NAME.hearing.json has the vocabulary of the language NAME of [phrases.Catalog].
//
//go:embed *.json
var files embed.FS

// A Recognizer understands typed requests of one language. It may be used from any number of goroutines.
type Recognizer struct {
	words   *vocabulary
	samples []sample
	ways    []way
}

// A sample is a sample utterance, ready to be compared.
type sample struct {
	intent   string
	pattern  pattern
	literals int
}

// New reads the vocabulary of a language, and prepares its sample utterances. It fails if the language has no vocabulary.
func New(l *phrases.Language) (*Recognizer, error) {
	words, err := readVocabulary(files, l.Name())
	if err != nil {
		return nil, err
	}
	r := &Recognizer{words: words, ways: words.ways()}
	for _, intent := range l.Intents() {
		for _, text := range l.Samples(intent) {
			r.samples = append(r.samples, words.sample(intent, text))
		}
	}
	return r, nil
}

func (v *vocabulary) sample(intent, text string) sample {
	p := v.compile(text)
	return sample{intent, p, p.literals()}
}

// readVocabulary refuses unknown keys: a misspelt list would not be used.
func readVocabulary(files fs.FS, language string) (*vocabulary, error) {
	v := &vocabulary{}
	name := language + ".hearing.json"
	if err := phrases.ReadStrictly(files, name, v); err != nil {
		return nil, err
	}
	if err := v.check(); err != nil {
		return nil, fmt.Errorf("language file %s: %w", name, err)
	}
	return v, nil
}
