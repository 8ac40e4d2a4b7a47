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
	entries := slices.Concat(v.Wake, v.Open, v.Launch, v.Kinds, v.Connect, v.Please, v.Fillers, v.After, v.Articles, v.From, v.Determiners, v.Endings, v.Zeros,
		v.Before, v.Half, v.AndHalf,
		[]string{v.Hundred, v.Thousand, v.And, v.Plural})
	for _, text := range []map[string]int{v.Numbers, v.Ordinals, v.Counts, v.Weekdays, v.Months, v.Quarters, v.Decades, v.Years} {
		entries = slices.AppendSeq(entries, maps.Keys(text))
	}
	for _, text := range []map[string]string{v.Seasons, v.Holidays, v.Units, v.Durations} {
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

// TestRecognizesEveryDatePattern fills each date phrase with words of the vocabulary, and finds slots without values.
func TestRecognizesEveryDatePattern(t *testing.T) {
	forEachLanguage(t, func(t *testing.T, l *phrases.Language, r *Recognizer) {
		v := r.vocabulary
		sample := sampleBeforeDate(t, l)
		word := func(slot string) string { return v.wordForSlot(t, l.Name(), slot) }
		for meaning, ways := range v.Dates {
			for _, way := range ways {
				phrase := slotOfSample.ReplaceAllStringFunc(way, word)
				got, ok := r.Recognize(sample+phrase, MatchContext{Today: today})
				require.True(t, ok && got.Intent == "LastPostIntent" && got.Slots["Date"] != "", "%s: %s%s", meaning, sample, phrase)
			}
		}
	})
}

// sampleBeforeDate returns the words of a sample of LastPostIntent that ends with a date.
func sampleBeforeDate(t *testing.T, l *phrases.Language) string {
	t.Helper()
	for _, sample := range l.Samples("LastPostIntent") {
		if prefix, ok := strings.CutSuffix(sample, " {Date}"); ok {
			return prefix + " "
		}
	}
	require.Fail(t, "no sample ends with a date", "add one of LastPostIntent to internal/phrases/%s.samples.json", l.Name())
	return ""
}

// wordForSlot returns a word for a slot of date phrases: the first of Monday, March, the third, 2025, summer, the first
// quarter, Christmas, the nineties, the twentieth century, two and week.
func (v *vocabulary) wordForSlot(t *testing.T, language, slot string) string {
	t.Helper()
	word := ""
	switch slot {
	case "{Weekday}":
		word = firstWord(v.Weekdays, 1)
	case "{Month}":
		word = firstWord(v.Months, 3)
	case "{Day}":
		word = firstWord(v.Ordinals, 3)
	case "{Year}":
		word = "2025"
	case "{Season}":
		word = firstWord(v.Seasons, "SU")
	case "{Quarter}":
		word = firstWord(v.Quarters, 1)
	case "{Holiday}":
		word = firstWord(v.Holidays, "12-25")
	case "{Decade}":
		word = firstWord(v.Decades, 90)
	case "{Century}":
		word = firstWord(v.Ordinals, 20)
	case "{Count}":
		word = firstWord(v.Numbers, 2)
	case "{Unit}":
		word = firstWord(v.Units, "week")
	}
	require.NotEmpty(t, word, "add a word for %s to internal/utterance/%s.vocabulary.json", slot, language)
	return word
}

// firstWord returns the first word with a meaning, or "".
func firstWord[T comparable](meanings map[string]T, meaning T) string {
	for _, word := range slices.Sorted(maps.Keys(meanings)) {
		if meanings[word] == meaning {
			return word
		}
	}
	return ""
}

// TestEveryVocabularyHasTheSameKeys finds lists and date meanings that are missing in a vocabulary. A list that a language
// does not need is empty.
func TestEveryVocabularyHasTheSameKeys(t *testing.T) {
	english := vocabularyKeys(t, "en")
	forEachLanguage(t, func(t *testing.T, l *phrases.Language, _ *Recognizer) {
		keys := vocabularyKeys(t, l.Name())
		for _, key := range english {
			require.True(t, slices.Contains(keys, key), "add %s to internal/utterance/%s.vocabulary.json; it may be empty", key, l.Name())
		}
		for _, key := range keys {
			require.True(t, slices.Contains(english, key), "add %s of %s to internal/utterance/en.vocabulary.json; it may be empty", key, l.Name())
		}
	})
}

// vocabularyKeys returns the keys of a vocabulary file, and the date meanings as "dates: MEANING".
func vocabularyKeys(t *testing.T, language string) []string {
	t.Helper()
	var file map[string]any
	require.NoError(t, phrases.ReadStrictly(files, language+".vocabulary.json", &file))
	keys := slices.Collect(maps.Keys(file))
	dates, _ := file["dates"].(map[string]any)
	for meaning := range dates {
		keys = append(keys, "dates: "+meaning)
	}
	slices.Sort(keys)
	return keys
}

func TestRefusesUnknownVocabularyKeys(t *testing.T) {
	for _, row := range []struct{ claim, file, want string }{
		{"an unknown list", `{"monthes": {}}`, `unknown field "monthes"`},
		{"an unknown unit of a duration", `{"durations": {"days": "D"}}`, `unknown unit "D" of "days"`},
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
