package phrases

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
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

// maxExamples is how many phrases the store shows.
const maxExamples = 3

// StoreFacts are what the store texts may say about a blog.
type StoreFacts struct {
	Episodes   bool     // the blog has episodes
	Categories []string // categories that an example may name, the best first
	Topics     []string // words that find a post, for an example, the best first
}

// Example is a phrase to try, in the parts that Amazon checks.
type Example struct {
	Opening string // invocation of the skill, such as "Alexa, ask half elf to"
	Sample  string // one of the sample utterances; "" if the phrase only opens the skill
	Value   string // replaces the slot of the sample; "" if the sample does not have a slot
}

// String returns the whole phrase.
func (e Example) String() string {
	request := e.Sample
	if before, slot, ok := strings.Cut(e.Sample, "{"); ok {
		_, after, _ := strings.Cut(slot, "}")
		request = before + e.Value + after
	}
	return strings.TrimSpace(e.Opening + " " + request)
}

// StoreTexts returns the store texts. They say only what is true of the blog: a part that needs one of the facts is left
// out without it. They use the placeholders Title, the skill's name in the store, Blog, its invocation name, Names, a
// category, and Said, a topic. An error is a bug in the language file, which the tests find.
func (l *Language) StoreTexts(params Params, facts StoreFacts) (StoreTexts, error) {
	texts, err := l.store()
	if err != nil {
		return StoreTexts{}, err
	}
	params.Names, params.Said = texts.firstCategory(facts), cmp.Or(facts.Topics...)
	has := map[string]bool{"": true, "episodes": facts.Episodes, "category": params.Names != "", "topic": params.Said != ""}
	s := StoreTexts{
		Summary: texts.Summary.expand(has, &params), Description: texts.Description.expand(has, &params),
		Testing: texts.Testing.expand(has, &params),
	}
	for _, e := range texts.Examples {
		if has[e.With] && len(s.Examples) < maxExamples {
			value := map[string]string{"category": params.Names, "topic": params.Said}[e.With]
			s.Examples = append(s.Examples, Example{Opening: e.Opening.expand(&params, nil), Sample: e.Sample, Value: value})
		}
	}
	for _, keyword := range texts.Keywords {
		if has[keyword.With] {
			s.Keywords = append(s.Keywords, keyword.Text.expand(&params, nil))
		}
	}
	return s, nil
}

// firstCategory returns the first category that says what its posts are about, or "".
func (f *storeFile) firstCategory(facts StoreFacts) string {
	for _, category := range facts.Categories {
		if !slices.ContainsFunc(f.Vague, func(vague string) bool { return strings.EqualFold(vague, category) }) {
			return category
		}
	}
	return ""
}

// storeFile is the content of NAME.store.json.
type storeFile struct {
	Summary, Description storeText
	Examples             []storeExample
	Vague                []string // categories that say nothing, such as "Uncategorized"
	Keywords             []storeLine
	Testing              storeText
}

// A storeExample is an example that needs the fact With. The slot of its sample gets the category or the topic.
type storeExample struct {
	Opening      template
	Sample, With string
}

// A storeText is a list of paragraphs, and a paragraph a list of lines. In the file, a text of one paragraph and a
// paragraph of one line need no list.
type storeText [][]storeLine

// A storeLine is a line that needs the fact With: "episodes", "category" or "topic". In the file, a line that needs none
// is a string.
type storeLine struct {
	Text template
	With string
}

// expand returns a text without the lines that need other facts, and without paragraphs that become empty.
func (t storeText) expand(has map[string]bool, params *Params) string {
	var paragraphs []string
	for _, lines := range t {
		var kept []string
		for _, line := range lines {
			if has[line.With] {
				kept = append(kept, line.Text.expand(params, nil))
			}
		}
		if len(kept) > 0 {
			paragraphs = append(paragraphs, strings.Join(kept, "\n"))
		}
	}
	return strings.Join(paragraphs, "\n\n")
}

// UnmarshalJSON accepts the short forms of the file.
func (t *storeText) UnmarshalJSON(raw []byte) error {
	paragraphs, err := listOf(raw)
	for _, paragraph := range paragraphs {
		lines, notList := listOf(paragraph)
		list := make([]storeLine, len(lines))
		err = cmp.Or(err, notList)
		for i, line := range lines {
			err = cmp.Or(err, json.Unmarshal(line, &list[i]))
		}
		*t = append(*t, list)
	}
	return err
}

// listOf returns the elements of a JSON list. Another value counts as a list of one element.
func listOf(raw json.RawMessage) (list []json.RawMessage, err error) {
	if !strings.HasPrefix(string(raw), "[") {
		return []json.RawMessage{raw}, nil
	}
	err = json.Unmarshal(raw, &list)
	return list, err
}

// UnmarshalJSON accepts the short form of the file. It also checks the placeholders, so that reading the file finds an
// unknown one.
func (l *storeLine) UnmarshalJSON(raw []byte) error {
	type plainLine storeLine // without this method
	var err error
	if strings.HasPrefix(string(raw), "{") {
		err = decodeStrictly(raw, (*plainLine)(l))
	} else {
		err = json.Unmarshal(raw, &l.Text)
	}
	return cmp.Or(err, l.Text.checkPlaceholders(), checkFact(l.With))
}

// UnmarshalJSON also checks the placeholders and the fact.
func (e *storeExample) UnmarshalJSON(raw []byte) error {
	type plainExample storeExample // without this method
	err := decodeStrictly(raw, (*plainExample)(e))
	return cmp.Or(err, e.Opening.checkPlaceholders(), checkFact(e.With))
}

func checkFact(with string) error {
	if !slices.Contains([]string{"", "episodes", "category", "topic"}, with) {
		return fmt.Errorf("unknown fact %q: use episodes, category or topic", with)
	}
	return nil
}

// readStoreFile reads the store texts of a language and checks that none is missing.
func readStoreFile(files fs.FS, language string) (*storeFile, error) {
	s := &storeFile{}
	if err := ReadStrictly(files, language+".store.json", s); err != nil {
		return nil, err
	}
	if s.Summary == nil || s.Description == nil || s.Testing == nil || len(s.Examples) == 0 {
		return nil, fmt.Errorf("language file %s.store.json: summary, description, examples and testing are required", language)
	}
	return s, nil
}
