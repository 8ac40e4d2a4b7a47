package phrases

import (
	"embed"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

// To add a language, say German, four files and a line are needed:
//
//   - de.json has what is said: every key of en.json, with the plural forms that the language has (zero, one, two, few,
//     many, other; "other" always), its own order of the words, as ${Date}, and as many wordings as sound well (see
//     [wordings]).
//   - de.samples.json has what is heard: for each intent the ways to ask for it, as Amazon wants them written.
//   - de.vocabulary.json, in package utterance, has the words that typed requests are made of: numbers, months, ways to say a
//     date. Without it `skill ask` would understand no German; Alexa herself does not read it.
//   - de.store.json has what the skill store shows, for the skill package. See [Store].
//   - The line is one of [languages]: the locales, and how each writes a date so that Alexa reads it out as people say it.
//
// The tests go through all languages, and say what is missing.

//go:embed *.json
var languageFiles embed.FS

// A source is where a language of the book comes from.
type languageSource struct {
	name    string                 // of its files, before the dot
	locales map[string]dateLayouts // Alexa's locales that speak it
	names   *strings.Replacer      // puts Go's names of months and weekdays into the language; nil where it is English
}

// supportedLanguages are all that the book has. A function, so that nothing can change them.
func supportedLanguages() []languageSource {
	return []languageSource{
		{name: "en", locales: map[string]dateLayouts{
			"en-US": monthFirst, "en-CA": monthFirst, "en-GB": dayFirst, "en-AU": dayFirst, "en-IN": dayFirst,
		}},
	}
}

// Catalog holds every language.
type Catalog struct {
	languages map[string]*Language // by locale
}

// Load reads the languages that the binary carries.
func Load() (*Catalog, error) {
	return loadAll(languageFiles, supportedLanguages())
}

func loadAll(files fs.FS, sources []languageSource) (*Catalog, error) {
	b := &Catalog{languages: map[string]*Language{}}
	for _, s := range sources {
		if err := s.loadInto(files, b.languages); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// loadInto reads a language's files once for all of its locales.
func (s languageSource) loadInto(files fs.FS, into map[string]*Language) error {
	tag, texts, err := readMessages(files, s.name+".json")
	if err != nil {
		return fmt.Errorf("language file %s.json: %w", s.name, err)
	}
	var samples map[string][]string
	if err := ReadStrictly(files, s.name+".samples.json", &samples); err != nil {
		return err
	}
	// Nobody but the maker of a skill package asks for the store: a service would start later for nothing.
	store := sync.OnceValues(func() (*storeFile, error) { return readStoreFile(files, s.name) })
	for locale, dates := range s.locales {
		into[locale] = &Language{name: s.name, tag: tag, texts: texts, dates: dates, names: s.names, samples: samples, store: store}
	}
	return nil
}

func readMessages(files fs.FS, name string) (language.Tag, map[Message]wordings, error) {
	raw, err := fs.ReadFile(files, name)
	if err != nil {
		return language.Tag{}, nil, err
	}
	file, err := i18n.NewBundle(language.English).ParseMessageFileBytes(raw, name)
	if err != nil {
		return language.Tag{}, nil, err
	}
	texts, err := parseWordings(file.Messages)
	return file.Tag, texts, err
}

// Locales are those that are answered in their own language, sorted.
func (b *Catalog) Locales() []string {
	return slices.Sorted(maps.Keys(b.languages))
}

// Language gives what is said in a locale of Alexa's, such as en-GB; American English where the book has no better.
func (b *Catalog) Language(locale string) *Language {
	if l, ok := b.languages[locale]; ok {
		return l
	}
	return b.languages["en-US"]
}

// Supports tells whether the locale is answered in its own language.
func (b *Catalog) Supports(locale string) bool {
	_, ok := b.languages[locale]
	return ok
}
