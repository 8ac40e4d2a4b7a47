package main

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/assembly"
	"lastpost/internal/config"
	"lastpost/internal/handlers"
	"lastpost/internal/phrases"
	"lastpost/internal/skillpkg"
)

// modelFor returns the interaction model of the skill package for a locale.
func modelFor(t testing.TB, locale string, categories []string) []byte {
	t.Helper()
	c := &config.Config{PublicURL: "https://skill.example.com"}
	skill := config.Skill{ApplicationID: testSkillID, Path: "/alexa", InvocationName: "half elf", Locales: []string{locale}}
	files, err := skillpkg.Build(loadCatalog(t), assembly.PackageSpec(c, skill, skillpkg.Trusted, assembly.BlogFacts{Categories: categories, Episodes: 1}))
	require.NoError(t, err)
	at := slices.IndexFunc(files, func(f skillpkg.File) bool { return f.Name == "skill-package/interactionModels/custom/"+locale+".json" })
	require.GreaterOrEqual(t, at, 0)
	return files[at].Content
}

func loadCatalog(t testing.TB) *phrases.Catalog {
	t.Helper()
	book, err := phrases.Load()
	require.NoError(t, err)
	return book
}

// A parsedModel contains the parts of an interaction model that Amazon's rules apply to.
type parsedModel struct {
	InvocationName string
	Intents        []parsedIntent
	Types          []struct{ Name string }
}

type parsedIntent struct {
	Name    string
	Slots   []struct{ Name, Type string }
	Samples []string
}

func readModel(t testing.TB, model []byte) parsedModel {
	t.Helper()
	var file struct {
		InteractionModel struct{ LanguageModel parsedModel }
	}
	require.NoError(t, json.Unmarshal(model, &file))
	return file.InteractionModel.LanguageModel
}

// TestInteractionModelFollowsAmazonRules checks the generated model of every locale.
func TestInteractionModelFollowsAmazonRules(t *testing.T) {
	t.Parallel()
	for _, locale := range loadCatalog(t).Locales() {
		t.Run(locale, func(t *testing.T) {
			model := readModel(t, modelFor(t, locale, []string{"Recipes", "R&D"}))
			require.Equal(t, "half elf", model.InvocationName)
			require.ElementsMatch(t, handledIntents(), model.intentNames(), "the model contains exactly the handled intents")
			require.Subset(t, model.intentNames(), []string{"AMAZON.HelpIntent", "AMAZON.StopIntent", "AMAZON.CancelIntent", "AMAZON.FallbackIntent",
				"AMAZON.NavigateHomeIntent", "AMAZON.PauseIntent", "AMAZON.ResumeIntent"}, "Amazon requires these of a skill that plays audio")
			require.Subset(t, model.intentNames(), loadCatalog(t).Language(locale).Intents(), "every intent with samples is in the model")
			requireUniqueSamples(t, model)
			for _, intent := range model.Intents {
				requireValidIntent(t, model, intent)
			}
		})
	}
}

// TestConfigurationAcceptsEveryLocale compares the locales of the catalog with Amazon's list in the configuration.
func TestConfigurationAcceptsEveryLocale(t *testing.T) {
	for _, locale := range loadCatalog(t).Locales() {
		_, err := config.Parse("skill.yaml", fmt.Appendf(nil, "tls: {mode: off}\nskills:\n  - {name: halfelf, application_id: %s, invocation_name: half elf, "+
			"feed: \"https://halfelf.org/feed/\", locales: [%s]}\n", testSkillID, locale), os.LookupEnv)
		require.NoError(t, err, "add %s to Locales in internal/alexa/locale.go", locale)
	}
}

// TestModelWithoutCategories requires that a blog without categories keeps the questions that do not name one.
func TestModelWithoutCategories(t *testing.T) {
	t.Parallel()
	raw := modelFor(t, "en-US", nil)
	model := readModel(t, raw)
	require.Empty(t, model.Types)
	require.NotContains(t, string(raw), "Category}")
	require.NotContains(t, string(raw), handlers.CategoryType)
	require.Contains(t, string(raw), `"what topics are there"`)
	require.Contains(t, string(raw), `"how many posts were there in {Date}"`)
	require.Len(t, model.Intents, len(handledIntents()))
}

func handledIntents() (names []string) {
	for _, intent := range handlers.Intents() {
		names = append(names, intent.Name)
	}
	return names
}

func (m parsedModel) intentNames() (names []string) {
	for _, intent := range m.Intents {
		names = append(names, intent.Name)
	}
	return names
}

// requireUniqueSamples checks that no sample occurs twice, ignoring case. Alexa cannot choose an intent for a repeated sample.
func requireUniqueSamples(t *testing.T, model parsedModel) {
	t.Helper()
	intentBySample := map[string]string{}
	for _, intent := range model.Intents {
		for _, sample := range intent.Samples {
			key := strings.ToLower(sample)
			require.Empty(t, intentBySample[key], "%q is a sample of %s too", sample, intent.Name)
			intentBySample[key] = intent.Name
		}
	}
}

// requireValidIntent checks the slots and samples of one intent.
func requireValidIntent(t *testing.T, model parsedModel, intent parsedIntent) {
	t.Helper()
	utterance := regexp.MustCompile(`^(?:[\p{L}\p{M}.'’-]+|\{\w+\}(?:'s)?)(?: (?:[\p{L}\p{M}.'’-]+|\{\w+\}(?:'s)?))*$`)
	slots := map[string]string{}
	for _, slot := range intent.Slots {
		require.Regexp(t, `^[A-Za-z_]+$`, slot.Name)
		require.True(t, strings.HasPrefix(slot.Type, "AMAZON.") || slices.Contains(model.typeNames(), slot.Type), "%s has no type %s", intent.Name, slot.Type)
		slots[slot.Name] = slot.Type
	}
	used := map[string]bool{}
	for _, sample := range intent.Samples {
		require.Regexp(t, utterance, sample, "%s: letters, spaces, slots, apostrophes, hyphens and periods", intent.Name)
		named := slotNames(sample)
		require.LessOrEqual(t, len(named), len(slots))
		for _, name := range named {
			require.Contains(t, slots, name, "%q of %s", sample, intent.Name)
			require.False(t, slots[name] == "AMAZON.SearchQuery" && (len(named) > 1 || sample == "{"+name+"}"), "%q: a search needs words around it, and no other slot", sample)
			used[name] = true
		}
	}
	require.Len(t, used, len(slots), "%s: every slot is in a sample", intent.Name)
}

func slotNames(sample string) (names []string) {
	for _, found := range regexp.MustCompile(`\{(\w+)\}`).FindAllStringSubmatch(sample, -1) {
		names = append(names, found[1])
	}
	return names
}

func (m parsedModel) typeNames() (names []string) {
	for _, kind := range m.Types {
		names = append(names, kind.Name)
	}
	return names
}
