package phrases

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"
)

// A Store is what Amazon's skill store says of a skill in one language.
type Store struct {
	Summary     string    // a sentence
	Description string    // all that can be done, in paragraphs
	Examples    []Example // what the store proposes to say, the easiest first
	Keywords    []string  // what the skill is found by
	Testing     string    // what Amazon's testers are told
}

// An Example is a phrase to try, in the two parts that Amazon looks at.
type Example struct {
	Opening string // how the skill is opened, with its invocation name, as "Alexa, ask half elf to"
	Sample  string // what is asked of it: one of the samples that Alexa is taught; "" where it is only opened
}

// String is the whole phrase.
func (e Example) String() string { return strings.TrimSpace(e.Opening + " " + e.Sample) }

// Store gives the texts with the words in them, of which they have Title, the skill's name in the store, and Blog, the
// name that it is opened by. A fault of the language's file is one of the binary, which its tests find.
func (l *Language) Store(words Words) (Store, error) {
	texts, err := l.store()
	if err != nil {
		return Store{}, err
	}
	s := Store{
		Summary: texts.Summary.with(&words), Description: texts.Description.with(&words), Testing: texts.Testing.with(&words),
	}
	for _, e := range texts.Examples {
		s.Examples = append(s.Examples, Example{Opening: e.Opening.with(&words), Sample: e.Sample})
	}
	for _, keyword := range texts.Keywords {
		s.Keywords = append(s.Keywords, keyword.with(&words))
	}
	return s, nil
}

// storeTexts is a language's file of the store, NAME.store.json.
type storeTexts struct {
	Summary, Description storeText
	Examples             []struct {
		Opening storeText
		Sample  string
	}
	Keywords []storeText
	Testing  storeText
}

// A storeText is a text that stands in the file as one, or as a list of its paragraphs.
type storeText struct{ text }

// UnmarshalJSON checks the text, so that an unknown word is found when the file is read.
func (t *storeText) UnmarshalJSON(raw []byte) (err error) {
	var whole string
	if bytes.HasPrefix(raw, []byte("[")) {
		var paragraphs []string
		err = json.Unmarshal(raw, &paragraphs)
		whole = strings.Join(paragraphs, "\n\n")
	} else {
		err = json.Unmarshal(raw, &whole)
	}
	if err != nil {
		return err
	}
	t.text = text(whole)
	return t.check()
}

// readStore reads the file of the store, in which nothing may be missing.
func readStore(files fs.FS, language string) (*storeTexts, error) {
	s := &storeTexts{}
	if err := ReadStrictly(files, language+".store.json", s); err != nil {
		return nil, err
	}
	if s.Summary.text == "" || s.Description.text == "" || s.Testing.text == "" || len(s.Examples) == 0 {
		return nil, fmt.Errorf("language file %s.store.json: summary, description, examples and testing must be there", language)
	}
	return s, nil
}
