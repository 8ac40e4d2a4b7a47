package utterance

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/phrases"
)

var today = time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC) // a Saturday

// recognizers caches a Recognizer for each locale, because creating one takes milliseconds.
var recognizers sync.Map

func recognizerFor(t testing.TB, locale string) *Recognizer {
	t.Helper()
	if r, ok := recognizers.Load(locale); ok {
		return r.(*Recognizer)
	}
	r, err := New(catalog(t).Language(locale))
	require.NoError(t, err)
	recognizers.Store(locale, r)
	return r
}

func catalog(t testing.TB) *phrases.Catalog {
	t.Helper()
	book, err := phrases.Load()
	require.NoError(t, err)
	return book
}

// forEachLanguage runs a test for each language once.
func forEachLanguage(t *testing.T, test func(*testing.T, *phrases.Language, *Recognizer)) {
	seen := map[string]bool{}
	book := catalog(t)
	for _, locale := range book.Locales() {
		l := book.Language(locale)
		if seen[l.Name()] {
			continue
		}
		seen[l.Name()] = true
		t.Run(l.Name(), func(t *testing.T) { test(t, l, recognizerFor(t, locale)) })
	}
}

var slotOfSample = regexp.MustCompile(`\{(.*?)\}`)

// slotsOf returns the slots in the samples of an intent.
func slotsOf(l *phrases.Language, intent string) (slots []string) {
	for _, found := range slotOfSample.FindAllStringSubmatch(strings.Join(l.Samples(intent), " "), -1) {
		slots = append(slots, found[1])
	}
	slices.Sort(slots)
	return slices.Compact(slots)
}

// testWords are the words of one language with which TestRecognizesEverySample completes the samples.
type testWords struct {
	Addresses []string                     `json:"addresses"` // ways to address the skill half elf; % is the sample
	Slots     map[string]map[string]string `json:"slots"`     // words and their value, by slot
}

func readTestWords(t *testing.T, language string) (table testWords) {
	t.Helper()
	file := language + ".json"
	require.NoError(t, phrases.ReadStrictly(os.DirFS("testdata"), file, &table), "add internal/utterance/testdata/%s, like en.json", file)
	require.NotEmpty(t, table.Addresses, "add addresses to internal/utterance/testdata/%s", file)
	return table
}

// TestRecognizesEverySample recognizes each sample with plausible slot values, alone and after words that address the
// skill, such as "Alexa, ask half elf for".
func TestRecognizesEverySample(t *testing.T) {
	forEachLanguage(t, func(t *testing.T, l *phrases.Language, r *Recognizer) {
		test := readTestWords(t, l.Name())
		for _, intent := range l.Intents() {
			for _, sample := range l.Samples(intent) {
				found := slotOfSample.FindStringSubmatch(sample)
				if found == nil {
					requireRecognized(t, r, test.Addresses, sample, intent, map[string]string{})
					continue
				}
				slot := found[1]
				require.NotEmpty(t, test.Slots[slot], "add words for the slot %s to internal/utterance/testdata/%s.json", slot, l.Name())
				for text, value := range test.Slots[slot] {
					requireRecognized(t, r, test.Addresses, strings.ReplaceAll(sample, "{"+slot+"}", text), intent, map[string]string{slot: value})
				}
			}
		}
	})
}

// requireRecognized tests all forms of the address.
func requireRecognized(t *testing.T, r *Recognizer, addresses []string, text, intent string, slots map[string]string) {
	t.Helper()
	for _, address := range addresses {
		got, ok := r.Recognize(strings.Replace(address, "%", text, 1), contextFor("half elf"))
		require.True(t, ok, "%s: %s", address, text)
		require.Equal(t, Recognition{intent, slots}, got, "%s: %s", address, text)
	}
}

// TestRecognizesTheStoreExamples recognizes the quoted requests of the store texts, because users and Amazon's testers
// will say them.
func TestRecognizesTheStoreExamples(t *testing.T) {
	forEachLanguage(t, func(t *testing.T, l *phrases.Language, r *Recognizer) {
		store, err := l.StoreTexts(phrases.Params{Title: "Half Elf", Blog: "half elf"}, storeFacts())
		require.NoError(t, err)
		quoted := regexp.MustCompile(`"([^"]+)"`).FindAllStringSubmatch(store.Description+store.Testing, -1)
		require.Greater(t, len(quoted), 15)
		for _, text := range quoted {
			_, ok := r.Recognize(text[1], MatchContext{Today: time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC), InvocationName: "half elf"})
			require.True(t, ok, text[1])
		}
	})
}

// TestOtherLanguageNeedsOnlyAVocabulary uses a language that exists only in this test.
func TestOtherLanguageNeedsOnlyAVocabulary(t *testing.T) {
	disk := fstest.MapFS{"de.vocabulary.json": {Data: []byte(`{"ordinals": {"dritten": 3}, "months": {"märz": 3}, "before": ["vom"],
		"dates": {"coming": ["{Day} {Month}"], "decade": ["{Decade}"], "year": ["{Year}"]}}`)}}
	german, err := readVocabulary(disk, "de")
	require.NoError(t, err)
	r := &Recognizer{vocabulary: german, datePatterns: german.compileDatePatterns()}
	r.samples.add(german.compileSample("LastPostIntent", "der Beitrag vom {Date}"))
	got, ok := r.Recognize("Der Beitrag vom dritten März!", MatchContext{Today: today})
	require.True(t, ok)
	require.Equal(t, Recognition{Intent: "LastPostIntent", Slots: map[string]string{"Date": "2027-03-03"}}, got)
	got, _ = r.Recognize("der Beitrag vom 1990", MatchContext{Today: today})
	require.Equal(t, "1990", got.Slots["Date"], "a language without plurals of numbers has no decades in digits")
	_, err = readVocabulary(disk, "fr")
	require.ErrorContains(t, err, "language file fr.vocabulary.json: ")
}
