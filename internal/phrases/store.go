package phrases

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"
)

// StoreTexts are the texts of Amazon's skill store about a skill, in one language.
type StoreTexts struct {
	Summary     string    // one sentence
	Description string    // the features, in paragraphs
	Examples    []Example // phrases to try, the simplest first
	Keywords    []string  // search terms
	Testing     string    // instructions for Amazon's testers
}

// Example is a phrase to try, in the two parts that Amazon checks.
type Example struct {
	Opening string // invocation of the skill, such as "Alexa, ask half elf to"
	Sample  string // one of the sample utterances; "" if the phrase only opens the skill
}

// String returns the whole phrase.
func (e Example) String() string { return strings.TrimSpace(e.Opening + " " + e.Sample) }

// StoreTexts returns the store texts. They use the placeholders Title, the skill's name in the store, and Blog, its
// invocation name. An error is a bug in the language file, which the tests find.
func (l *Language) StoreTexts(params Params) (StoreTexts, error) {
	texts, err := l.store()
	if err != nil {
		return StoreTexts{}, err
	}
	s := StoreTexts{
		Summary: texts.Summary.expand(&params, nil), Description: texts.Description.expand(&params, nil),
		Testing: texts.Testing.expand(&params, nil),
	}
	for _, e := range texts.Examples {
		s.Examples = append(s.Examples, Example{Opening: e.Opening.expand(&params, nil), Sample: e.Sample})
	}
	for _, keyword := range texts.Keywords {
		s.Keywords = append(s.Keywords, keyword.expand(&params, nil))
	}
	return s, nil
}

// storeFile is the content of NAME.store.json.
type storeFile struct {
	Summary, Description skillStoreText
	Examples             []struct {
		Opening skillStoreText
		Sample  string
	}
	Keywords []skillStoreText
	Testing  skillStoreText
}

// skillStoreText is a text for the skill store that the file contains as one string or as a list of paragraphs.
type skillStoreText struct{ template }

// UnmarshalJSON also checks the placeholders, so that reading the file finds an unknown one.
func (t *skillStoreText) UnmarshalJSON(raw []byte) (err error) {
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
	return t.checkPlaceholders()
}

// readStoreFile reads the store texts of a language and checks that none is missing.
func readStoreFile(files fs.FS, language string) (*storeFile, error) {
	s := &storeFile{}
	if err := ReadStrictly(files, language+".store.json", s); err != nil {
		return nil, err
	}
	if s.Summary.template == "" || s.Description.template == "" || s.Testing.template == "" || len(s.Examples) == 0 {
		return nil, fmt.Errorf("language file %s.store.json: summary, description, examples and testing are required", language)
	}
	return s, nil
}
