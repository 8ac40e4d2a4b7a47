package phrases

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"sync"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

// A language consists of five files and an element of supportedLanguages. For German:
//
//   - de.json has the messages: every key of en.json, with the plural forms of the language (zero, one, two, few, many,
//     other; "other" is required). A message may have several wordings, see [wordings], and its placeholders, such as
//     ${Date}, may have any order.
//     The texts of dates have the parts of a date: ${Day}, ${Weekday}, ${Month}, ${Year} and ${Date}, which is "date" or
//     "date-of-year". The keys from-… name a day where other texts have ${Date}, and the keys on-… where they have ${Period}. If
//     grammar needs another text for a value, add it under the key with the value: "month-4" for April, "from-weekday-0" for
//     Sunday, "from-day@8" for the eighth of a month. "day-1" is a word for ${Day}, such as French "premier".
//   - de.samples.json has the sample utterances of each intent, in Amazon's format.
//   - de.vocabulary.json, in package utterance, has the vocabulary of typed requests: numbers, months, ways to say a date.
//     Only `skill ask` needs it. Alexa does not read it.
//   - testdata/de.json, in package utterance, has words for the tests of samples and vocabulary.
//   - de.store.json has the texts of the skill store, for the skill package. See [StoreTexts].
//   - LOCALE.json, such as de-AT.json, has the messages that a locale says in another way. It is optional. Its keys are keys
//     of de.json.
//   - The element of supportedLanguages has the locales.
//
// The tests check every language and report what is missing.

//go:embed *.json
var languageFiles embed.FS

// languageSource describes where a language comes from.
type languageSource struct {
	name    string   // base name of its files
	locales []string // Alexa's locales with this language
}

// supportedLanguages returns all languages. It is a function so that no code can change them.
func supportedLanguages() []languageSource {
	return []languageSource{
		{name: "en", locales: []string{"en-AU", "en-CA", "en-GB", "en-IN", "en-US"}},
	}
}

// Catalog holds all languages.
type Catalog struct {
	languages map[string]*Language // by locale
}

// Load reads the languages that are embedded in the binary.
func Load() (*Catalog, error) {
	return loadCatalog(languageFiles, supportedLanguages())
}

func loadCatalog(files fs.FS, sources []languageSource) (*Catalog, error) {
	c := &Catalog{languages: map[string]*Language{}}
	for _, s := range sources {
		if err := s.loadInto(files, c.languages); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// loadInto reads a language's files once and adds the language to into for each of its locales.
func (s languageSource) loadInto(files fs.FS, into map[string]*Language) error {
	tag, messages, err := readMessages(files, s.name+".json")
	if err != nil {
		return fmt.Errorf("language file %s.json: %w", s.name, err)
	}
	var samples map[string][]string
	if err := ReadStrictly(files, s.name+".samples.json", &samples); err != nil {
		return err
	}
	// Only the generator of skill packages needs the store texts. Parsing them lazily keeps the start of the service fast.
	store := sync.OnceValues(func() (*storeFile, error) { return readStoreFile(files, s.name) })
	base, err := parseWordings(messages)
	if err != nil {
		return fmt.Errorf("language file %s.json: %w", s.name, err)
	}
	for _, locale := range s.locales {
		texts, err := regionalTexts(files, locale, messages, base)
		if err != nil {
			return fmt.Errorf("language file %s.json: %w", locale, err)
		}
		l := &Language{name: s.name, tag: tag, texts: texts, undated: undatedTexts(texts), samples: samples, store: store}
		l.cardinals, l.months, l.weekdays = l.wordsOf("cardinals"), l.wordsOf("months"), l.wordsOf("weekdays")
		into[locale] = l
	}
	return nil
}

// regionalTexts returns the texts of a locale: base, except for the messages of the file of the locale.
func regionalTexts(files fs.FS, locale string, messages []*i18n.Message, base map[Message]wordings) (map[Message]wordings, error) {
	_, regional, err := readMessages(files, locale+".json")
	if errors.Is(err, fs.ErrNotExist) {
		return base, nil
	}
	if err != nil {
		return nil, err
	}
	merged := slices.Clone(messages)
	for _, m := range regional {
		at := slices.IndexFunc(messages, func(general *i18n.Message) bool { return general.ID == m.ID })
		if at < 0 {
			return nil, fmt.Errorf("%s: unknown message", m.ID)
		}
		if !sameForms(m, messages[at]) {
			return nil, fmt.Errorf("%s: must have the plural forms of the general text", m.ID)
		}
		merged[at] = m
	}
	return parseWordings(merged)
}

// sameForms reports whether two messages have the same plural forms. It ignores messages with an error, which
// parseWordings reports.
func sameForms(a, b *i18n.Message) bool {
	formsOfA, errA := parseForms(a)
	formsOfB, errB := parseForms(b)
	return errA != nil || errB != nil || formsOfA.hasSameForms(&formsOfB)
}

func readMessages(files fs.FS, name string) (language.Tag, []*i18n.Message, error) {
	raw, err := fs.ReadFile(files, name)
	if err != nil {
		return language.Tag{}, nil, err
	}
	file, err := i18n.NewBundle(language.English).ParseMessageFileBytes(raw, name)
	if err != nil {
		return language.Tag{}, nil, err
	}
	return file.Tag, file.Messages, nil
}

// Locales returns the supported locales, sorted.
func (c *Catalog) Locales() []string {
	return slices.Sorted(maps.Keys(c.languages))
}

// Language returns the language of one of Alexa's locales, such as en-GB. For an unsupported locale it returns American
// English.
func (c *Catalog) Language(locale string) *Language {
	if l, ok := c.languages[locale]; ok {
		return l
	}
	return c.languages["en-US"]
}

// Supports reports whether the catalog has the language of the locale.
func (c *Catalog) Supports(locale string) bool {
	_, ok := c.languages[locale]
	return ok
}
