// Package utterance recognizes typed requests: it finds the intent and the slots that Alexa would send. It matches the
// words against the sample utterances of a language. It does not send requests, and the service does not use it.
package utterance

import (
	"embed"
	"fmt"
	"io/fs"

	"lastpost/internal/phrases"
)

// NAME.vocabulary.json holds the vocabulary of the language NAME of [phrases.Catalog].
//
//go:embed *.json
var files embed.FS

// A Recognizer recognizes typed requests in one language. It is safe for concurrent use.
type Recognizer struct {
	vocabulary   *vocabulary
	samples      sampleIndex
	datePatterns []datePattern
}

// A sampleUtterance is a compiled sample utterance.
type sampleUtterance struct {
	intent   string
	pattern  pattern
	bare     pattern // without articles
	literals int
}

// New reads the vocabulary of a language and compiles its sample utterances. It returns an error if the language does
// not have a vocabulary.
func New(l *phrases.Language) (*Recognizer, error) {
	vocab, err := readVocabulary(files, l.Name())
	if err != nil {
		return nil, err
	}
	r := &Recognizer{vocabulary: vocab, datePatterns: vocab.compileDatePatterns()}
	for _, intent := range l.Intents() {
		for _, text := range l.Samples(intent) {
			r.samples.add(vocab.compileSample(intent, text))
		}
	}
	return r, nil
}

func (v *vocabulary) compileSample(intent, text string) sampleUtterance {
	p := v.compilePattern(text)
	return sampleUtterance{intent, p, v.withoutArticles(p), p.countLiterals()}
}

// readVocabulary refuses unknown keys, because a misspelled list would be ignored.
func readVocabulary(files fs.FS, language string) (*vocabulary, error) {
	v := &vocabulary{}
	name := language + ".vocabulary.json"
	if err := phrases.ReadStrictly(files, name, v); err != nil {
		return nil, err
	}
	if err := v.validate(); err != nil {
		return nil, fmt.Errorf("language file %s: %w", name, err)
	}
	return v, nil
}
