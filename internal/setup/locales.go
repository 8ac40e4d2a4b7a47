package setup

import (
	"context"
	"slices"
	"strings"

	"lastpost/internal/alexa"
)

// defaultLocale is the locale of a skill whose language is unknown.
const defaultLocale = "en-US"

func (i *Interview) askLocales(context.Context) error {
	proposal, note := i.proposeLocales()
	if i.Answers.Locales == "" && note != "" {
		i.console.printf("%s", note)
	}
	answer, err := i.console.ask(question{
		flag: "locales", text: "6 of 7. The locales of the skill, separated by commas", proposal: strings.Join(proposal, ","),
		judge: i.judgeLocales,
	}, i.Answers.Locales)
	i.file.locales = splitLocales(answer)
	return err
}

// proposeLocales returns the locales for the language of the feed, and what the user should know about them.
func (i *Interview) proposeLocales() (locales []string, note string) {
	language := i.found.language
	for _, locale := range i.book.Locales() {
		if strings.EqualFold(locale, language) && locale != defaultLocale {
			return []string{locale, defaultLocale}, "The language of the feed is " + language + "."
		}
	}
	base, _, _ := strings.Cut(strings.ToLower(language), "-")
	if language != "" && base != "en" {
		return []string{defaultLocale}, "The language of the feed is " + language + ". Lastpost speaks " +
			strings.Join(i.book.Locales(), ", ") + " only: its own sentences are in English, also between posts in another language."
	}
	return []string{defaultLocale}, ""
}

func splitLocales(answer string) []string {
	return strings.FieldsFunc(answer, func(r rune) bool { return r == ',' || r == ' ' })
}

func (i *Interview) judgeLocales(answer string) (value, fault string) {
	locales := splitLocales(answer)
	if len(locales) == 0 {
		return "", "must name at least one locale, for example en-US"
	}
	for n, locale := range locales {
		switch fault := alexa.CheckLocale(locale); {
		case len(alexa.SimilarLocales(locale)) == 0:
			return "", "must be one of " + strings.Join(i.book.Locales(), ", ")
		case fault != "":
			return "", fault
		case slices.Contains(locales[:n], locale):
			return "", "must not name a locale twice"
		case !i.book.Supports(locale):
			return "", "is not possible yet: Lastpost speaks " + strings.Join(i.book.Locales(), ", ") + " only"
		}
	}
	return strings.Join(locales, ","), ""
}
