package phrases

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"
)

// A Store is what Amazon's skill store says of a skill in one language.
type StoreTexts struct {
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

// StoreTexts gives the texts with the words in them, of which they have Title, the skill's name in the store, and Blog, the
// name that it is opened by. A fault of the language's file is one of the binary, which its tests find.
func (l *Language) StoreTexts(words Params) (StoreTexts, error) {
	texts, err := l.store()
	if err != nil {
		return StoreTexts{}, err
	}
	s := StoreTexts{
		Summary: texts.Summary.expand(&words), Description: texts.Description.expand(&words), Testing: texts.Testing.expand(&words),
	}
	for _, e := range texts.Examples {
		s.Examples = append(s.Examples, Example{Opening: e.Opening.expand(&words), Sample: e.Sample})
	}
	for _, keyword := range texts.Keywords {
		s.Keywords = append(s.Keywords, keyword.expand(&words))
	}
	return s, nil
}

// storeFile is a language's file of the store, NAME.store.json.
type storeFile struct {
	Summary, Description storeText
	Examples             []struct {
		Opening storeText
		Sample  string
	}
	Keywords []storeText
	Testing  storeText
}

// A storeText is a text that stands in the file as one, or as a list of its paragraphs.
type storeText struct{ template }

// UnmarshalJSON checks the text, so that an unknown word is found when the file is read.
func (t *storeText) UnmarshalJSON(raw []byte) (err error) {
	var joined string
	if bytes.HasPrefix(raw, []byte("[")) {
		var paragraphs []string
		err = json.Unmarshal(raw, &paragraphs)
		joined = strings.Join(paragraphs, "\n\n")
	} else {
		err = json.Unmarshal(raw, &joined)
	}
	if err != nil {
		return err
	}
	t.template = template(joined)
	return t.validate()
}

// readStoreFile reads the file of the store, in which nothing may be missing.
func readStoreFile(files fs.FS, language string) (*storeFile, error) {
	s := &storeFile{}
	if err := ReadStrictly(files, language+".store.json", s); err != nil {
		return nil, err
	}
	if s.Summary.template == "" || s.Description.template == "" || s.Testing.template == "" || len(s.Examples) == 0 {
		return nil, fmt.Errorf("language file %s.store.json: summary, description, examples and testing must be there", language)
	}
	return s, nil
}
