package utterance

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"lastpost/internal/phrases"
)

// allEntries returns all words of a vocabulary that are compared with typed words.
func (v *vocabulary) allEntries() []string {
	entries := slices.Concat(v.Wake, v.Open, v.Launch, v.Connect, v.Please, v.From, v.Determiners, v.Endings, v.Zeros, v.Before,
		[]string{v.Hundred, v.Thousand, v.And, v.Plural})
	for _, text := range []map[string]int{v.Numbers, v.Ordinals, v.Counts, v.Weekdays, v.Months, v.Quarters, v.Decades, v.Years} {
		entries = slices.AppendSeq(entries, maps.Keys(text))
	}
	for _, text := range []map[string]string{v.Seasons, v.Holidays, v.Units} {
		entries = slices.AppendSeq(entries, maps.Keys(text))
	}
	for _, long := range v.Expand {
		entries = append(entries, long)
	}
	return entries
}

// TestVocabularyEntriesAreNormalized finds entries that never match: with capitals, punctuation or short forms.
func TestVocabularyEntriesAreNormalized(t *testing.T) {
	forEachLanguage(t, func(t *testing.T, _ *phrases.Language, r *Recognizer) {
		v := r.vocabulary
		for _, entry := range v.allEntries() {
			require.Equal(t, entry, joinTexts(v.splitWords(entry)))
		}
		for short := range v.Expand {
			require.Equal(t, strings.ToLower(short), short)
		}
	})
}

// TestRecognizesEveryDatePattern fills each date phrase with matching words, and finds slots without values.
func TestRecognizesEveryDatePattern(t *testing.T) {
	text := strings.NewReplacer("{Weekday}", "monday", "{Month}", "march", "{Day}", "third", "{Year}", "2025", "{Season}", "summer", "{Quarter}", "first",
		"{Holiday}", "christmas", "{Decade}", "nineties", "{Century}", "twentieth", "{Count}", "two", "{Unit}", "weeks")
	l := recognizerFor(t, "en-US")
	for meaning, ways := range l.vocabulary.Dates {
		for _, way := range ways {
			phrase := text.Replace(way)
			require.NotEmpty(t, recognizeDate(t, phrase, today), "%s: %s", meaning, phrase)
		}
	}
}

func TestRefusesUnknownVocabularyKeys(t *testing.T) {
	for _, row := range []struct{ claim, file, want string }{
		{"an unknown list", `{"monthes": {}}`, `unknown field "monthes"`},
		{"an unknown date meaning", `{"dates": {"someday": ["some day"]}}`, `unknown date meaning "someday"`},
		{"no JSON", `{`, "EOF"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			_, err := readVocabulary(fstest.MapFS{"en.vocabulary.json": {Data: []byte(row.file)}}, "en")
			require.ErrorContains(t, err, "language file en.vocabulary.json: ")
			require.ErrorContains(t, err, row.want)
		})
	}
}
