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
//   - de.hearing.json, in package utterance, has the words that typed requests are made of: numbers, months, ways to say a
//     date. Without it `skill ask` would understand no German; Alexa herself does not read it.
//   - de.store.json has what the skill store shows, for the skill package. See [Store].
//   - The line is one of [languages]: the locales, and how each writes a date so that Alexa reads it out as people say it.
//
// The tests go through all languages, and say what is missing.

//go:embed *.json
var files embed.FS

// A source is where a language of the book comes from.
type source struct {
	name    string             // of its files, before the dot
	locales map[string]layouts // Alexa's locales that speak it
	names   *strings.Replacer  // puts Go's names of months and weekdays into the language; nil where it is English
}

// languages are all that the book has. A function, so that nothing can change them.
func languages() []source {
	return []source{
		{name: "en", locales: map[string]layouts{
			"en-US": monthFirst, "en-CA": monthFirst, "en-GB": dayFirst, "en-AU": dayFirst, "en-IN": dayFirst,
		}},
	}
}

// Book holds every language.
type Book struct {
	languages map[string]*Language // by locale
}

// Load reads the languages that the binary carries.
func Load() (*Book, error) {
	return loadAll(files, languages())
}

func loadAll(files fs.FS, sources []source) (*Book, error) {
	b := &Book{languages: map[string]*Language{}}
	for _, s := range sources {
		if err := s.load(files, b.languages); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// load reads a language's files once for all of its locales.
func (s source) load(files fs.FS, into map[string]*Language) error {
	tag, texts, err := readMessages(files, s.name+".json")
	if err != nil {
		return fmt.Errorf("language file %s.json: %w", s.name, err)
	}
	var samples map[string][]string
	if err := ReadStrictly(files, s.name+".samples.json", &samples); err != nil {
		return err
	}
	// Nobody but the maker of a skill package asks for the store: a service would start later for nothing.
	store := sync.OnceValues(func() (*storeTexts, error) { return readStore(files, s.name) })
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
	texts, err := readWordings(file.Messages)
	return file.Tag, texts, err
}

// Locales are those that are answered in their own language, sorted.
func (b *Book) Locales() []string {
	return slices.Sorted(maps.Keys(b.languages))
}

// Language gives what is said in a locale of Alexa's, such as en-GB; American English where the book has no better.
func (b *Book) Language(locale string) *Language {
	if l, ok := b.languages[locale]; ok {
		return l
	}
	return b.languages["en-US"]
}

// Speaks tells whether the locale is answered in its own language.
func (b *Book) Speaks(locale string) bool {
	_, ok := b.languages[locale]
	return ok
}
