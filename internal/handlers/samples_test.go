package handlers_test

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/handlers"
	"lastpost/internal/phrases"
)

// TestSamplesMatchIntents requires that each language has samples for each intent in the table of intents, and for no
// others. AMAZON.FallbackIntent must not have samples.
func TestSamplesMatchIntents(t *testing.T) {
	slots := map[string][]handlers.SlotSpec{}
	for _, intent := range handlers.Intents() {
		slots[intent.Name] = intent.Slots
	}
	catalog, err := phrases.Load()
	require.NoError(t, err)
	for _, locale := range catalog.Locales() {
		language := catalog.Language(locale)
		file := "internal/phrases/" + language.Name() + ".samples.json"
		for name, specs := range slots {
			samples := language.Samples(name)
			if name == "AMAZON.FallbackIntent" {
				require.Empty(t, samples, "%s: remove %s", file, name)
				continue
			}
			if len(samples) == 0 {
				t.Errorf("%s: add samples of %s", file, name)
				continue
			}
			checkSampleSlots(t, file+": "+name, samples, specs)
		}
		for _, name := range language.Intents() {
			_, known := slots[name]
			require.True(t, known, "%s is unknown: add it to internal/handlers/intents.go, or remove it from %s", name, file)
		}
	}
}

// slotPattern matches a slot in a sample, such as {Date}.
var slotPattern = regexp.MustCompile(`\{(.*?)\}`)

// checkSampleSlots requires that the samples of an intent together use all slots of the intent, and no other slots.
func checkSampleSlots(t *testing.T, intent string, samples []string, specs []handlers.SlotSpec) {
	t.Helper()
	var want, used []string
	for _, spec := range specs {
		want = append(want, spec.Name)
	}
	for _, sample := range samples {
		for _, found := range slotPattern.FindAllStringSubmatch(sample, -1) {
			require.Contains(t, want, found[1], "%s: %q has a slot that is not in internal/handlers/intents.go", intent, sample)
			used = append(used, found[1])
		}
	}
	require.Subset(t, used, want, "%s: add samples with the slot", intent)
}
