package skillpkg

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/phrases"
)

// validSpec returns a spec whose package keeps all rules.
func validSpec() Spec {
	intents := append(testIntents(), ModelIntent{"SearchPostsIntent", []ModelSlot{{"Query", "AMAZON.SearchQuery"}}}, ModelIntent{"ReadPostIntent", []ModelSlot{{"Date", "AMAZON.DATE"}}},
		ModelIntent{"PlayEpisodeIntent", []ModelSlot{{"Date", "AMAZON.DATE"}}}, ModelIntent{"PlayLatestIntent", nil})
	for _, name := range []string{"Help", "Stop", "Cancel", "NavigateHome", "Pause", "Resume"} {
		intents = append(intents, ModelIntent{"AMAZON." + name + "Intent", nil})
	}
	return Spec{
		ApplicationID: "amzn1.ask.skill.0d5cf4ae-6f1c-4a25-9c0b-2b3c4d5e6f70", InvocationName: "half elf",
		Endpoint: "https://skill.example.com/alexa/halfelf", Certificate: Trusted, PrivacyPolicyURL: "https://halfelf.org/privacy/",
		Locales: []string{"en-US", "en-GB"}, Intents: intents, Types: categories("Recipes", "R&D"),
		Episodes: true, Topics: []string{"Winter gardens"},
	}
}

// problemsAfter returns the problems of a valid draft after a change.
func problemsAfter(t *testing.T, change func(*draft)) []string {
	t.Helper()
	d, err := newDraft(loadCatalog(t), validSpec())
	require.NoError(t, err)
	change(d)
	return d.checkAll()
}

func TestValidPackageHasNoProblems(t *testing.T) {
	require.Empty(t, problemsAfter(t, func(*draft) {}))
	files, err := Build(loadCatalog(t), validSpec())
	require.NoError(t, err)
	require.Len(t, files, 7)
}

// TestManifestRules breaks one rule of the manifest at a time and expects exactly this problem.
func TestManifestRules(t *testing.T) {
	const store = "skill-package/skill.json: publishingInformation.locales.en-US."
	onListing := func(change func(*listing)) func(*draft) {
		return func(d *draft) {
			l := d.manifest.Publishing.Locales["en-US"]
			change(&l)
			d.manifest.Publishing.Locales["en-US"] = l
		}
	}
	onExamples := func(examples ...phrases.Example) func(*draft) {
		return func(d *draft) {
			s := d.stores["en-US"]
			s.Examples = examples
			d.stores["en-US"] = s
		}
	}
	open := phrases.Example{Opening: "Alexa, open half elf"}
	for _, row := range []struct {
		claim  string
		change func(*draft)
		want   string
	}{
		{"a name of one character", onListing(func(l *listing) { l.Name = "H" }), store + "name: has 1 characters, and Amazon accepts 2 to 50: give the skill a shorter title"},
		{"a name that is too long", onListing(func(l *listing) { l.Name = strings.Repeat("ä", 51) }), store + "name: has 51 characters"},
		{"no summary", onListing(func(l *listing) { l.Summary = "" }), store + "summary: has 0 characters, and Amazon accepts 1 to 160"},
		{"a long summary", onListing(func(l *listing) { l.Summary = strings.Repeat("ä", 161) }), store + "summary: has 161 characters"},
		{"no description", onListing(func(l *listing) { l.Description = "" }), store + "description: has 0 characters"},
		{"a long description", onListing(func(l *listing) { l.Description = strings.Repeat("ä", 4001) }), store + "description: has 4001 characters, and Amazon accepts 1 to 4000"},
		{"too many keywords", onListing(func(l *listing) { l.Keywords = make([]string, 31) }), store + "keywords: are 31, and Amazon accepts 30"},
		{"no example", onExamples(), store + "examplePhrases: are 0, and Amazon accepts 1 to 3"},
		{"four examples", onExamples(open, open, open, open), store + "examplePhrases: are 4, and Amazon accepts 1 to 3"},
		{"an example without the wake word", onExamples(phrases.Example{Opening: "open half elf"}), store + `examplePhrases: have "open half elf", which must begin with "Alexa, "`},
		{"an example of another skill", onExamples(phrases.Example{Opening: "Alexa, open half elfin"}), store + `examplePhrases: have "Alexa, open half elfin", which must open the skill by its name, "half elf"`},
		{"an example that is not a sample", onExamples(phrases.Example{Opening: "Alexa, ask half elf to", Sample: "dance"}), store + `examplePhrases: have "Alexa, ask half elf to dance", but "dance" is not a sample utterance`},
		{"a long example", onExamples(phrases.Example{Opening: "Alexa, open half elf " + strings.Repeat("w", 180)}), store + "examplePhrases: has 201 characters, and Amazon accepts 1 to 200"},
		{"no instructions for the testers", func(d *draft) { d.manifest.Publishing.Testing = "" }, "skill-package/skill.json: publishingInformation.testingInstructions: has 0 characters"},
		{"no endpoint", func(d *draft) { d.manifest.APIs.Custom.Endpoint.URI = "" }, "skill-package/skill.json: apis.custom.endpoint.uri: is not known: set public_url"},
		{"an endpoint without TLS", func(d *draft) { d.manifest.APIs.Custom.Endpoint.URI = "http://skill.example.com/" }, "skill-package/skill.json: apis.custom.endpoint.uri: must be an https address"},
		{"an endpoint on another port", func(d *draft) { d.manifest.APIs.Custom.Endpoint.URI = "https://skill.example.com:8443/" }, "skill-package/skill.json: apis.custom.endpoint.uri: must use port 443"},
		{"an endpoint without a host", func(d *draft) { d.manifest.APIs.Custom.Endpoint.URI = "https:///alexa" }, "skill-package/skill.json: apis.custom.endpoint.uri: must be an https address"},
		{"an endpoint with an invalid URL", func(d *draft) { d.manifest.APIs.Custom.Endpoint.URI = "https://%zz/" }, "skill-package/skill.json: apis.custom.endpoint.uri: must be an https address"},
		{"an endpoint with a password", func(d *draft) { d.manifest.APIs.Custom.Endpoint.URI = "https://a:b@skill.example.com/" }, "skill-package/skill.json: apis.custom.endpoint.uri: must be an https address"},
		{"an unknown certificate type", func(d *draft) { d.manifest.APIs.Custom.Endpoint.Certificate = "Good" }, `skill-package/skill.json: apis.custom.endpoint.sslCertificateType: is "Good": choose Trusted, Wildcard or SelfSigned`},
		{"a policy with a file URL", func(d *draft) { d.spec.PrivacyPolicyURL = "file:///etc/privacy" }, "skill-package/skill.json: privacyAndCompliance.locales: must have the address of a page"},
		{"no locale", func(d *draft) { d.spec.Locales = nil }, "skill-package/skill.json: publishingInformation.locales: has none"},
		{"a locale with a path", func(d *draft) { d.spec.Locales = []string{"../en-US"} }, `skill-package/skill.json: publishingInformation.locales: has "../en-US", which must be one of ar-SA`},
		{"a locale that Alexa does not have", func(d *draft) { d.spec.Locales = []string{"en-UK"} }, `locales: has "en-UK", which must be a locale of Alexa; did you mean en-GB?`},
	} {
		t.Run(row.claim, func(t *testing.T) {
			got := problemsAfter(t, row.change)
			require.Len(t, got, 1)
			require.Contains(t, got[0], row.want)
		})
	}
}

// TestExamplesHaveNoRefusedCharacters puts each character that Amazon's API refuses into an example phrase: the backslash,
// the half-width signs and their full-width forms, and the Japanese quotation marks.
func TestExamplesHaveNoRefusedCharacters(t *testing.T) {
	const refused = `/*@#$%^&(){}_[]|<>:;+=` + `\` + "／＊＠＃＄％＾＆（）｛｝＿「」｜＼＜＞：＋￥"
	require.Len(t, []rune(refused), 45)
	for _, r := range refused {
		t.Run(string(r), func(t *testing.T) {
			got := problemsAfter(t, func(d *draft) {
				s := d.stores["en-US"]
				s.Examples = []phrases.Example{{Opening: "Alexa, ask half elf for", Sample: "the latest in {Category}", Value: "bread " + string(r)}}
				d.stores["en-US"] = s
			})
			require.Len(t, got, 1)
			require.Contains(t, got[0], "and Amazon refuses the characters")

			s := validSpec()
			s.Types, s.Topics = categories("A"+string(r)+"B", "Q "+string(r)+" A"), []string{"A " + string(r) + " post", string(r)}
			listing := manifestOf(t, s).Publishing.Locales["en-US"]
			require.NotContains(t, strings.Join(listing.Examples, ""), string(r))
			require.NotContains(t, strings.Join(Topics([]string{"One" + string(r) + "two", "One " + string(r) + " two", string(r) + "One two"}), ""), string(r))
		})
	}
}

// TestLimitsAreInclusive requires that values of exactly the maximum size are accepted.
func TestLimitsAreInclusive(t *testing.T) {
	for _, row := range []struct {
		claim  string
		change func(*draft)
	}{
		{"no privacy policy", func(d *draft) { d.spec.PrivacyPolicyURL = "" }},
		{"an endpoint with port 443", func(d *draft) { d.manifest.APIs.Custom.Endpoint.URI = "https://skill.example.com:443/" }},
		{"the longest texts", func(d *draft) {
			l := d.manifest.Publishing.Locales["en-US"]
			l.Name, l.Summary, l.Description = strings.Repeat("ä", 50), strings.Repeat("ä", 160), strings.Repeat("ä", 4000)
			l.Keywords = make([]string, 30)
			d.manifest.Publishing.Locales["en-US"] = l
		}},
		{"the longest sample and value", func(d *draft) {
			m := d.models["en-US"]
			m.Types[0].Values[0].Name.Value = strings.Repeat("ä", 140)
			m.Intents = append(m.Intents, intent{"DanceIntent", nil, []string{strings.Repeat("ä", 200)}})
			d.models["en-US"] = m
		}},
		{"slots, apostrophes, hyphens, abbreviations", func(d *draft) {
			m := d.models["en-US"]
			m.Intents = append(m.Intents, intent{"DanceIntent", []ModelSlot{{"Date", "AMAZON.DATE"}}, []string{"{Date}'s tip-toe o'clock b. b. c. dance", "élan {Date}"}})
			d.models["en-US"] = m
		}},
	} {
		t.Run(row.claim, func(t *testing.T) { require.Empty(t, problemsAfter(t, row.change)) })
	}
}

// TestModelRules breaks one rule of the interaction model at a time and expects this problem.
func TestModelRules(t *testing.T) {
	const file = "skill-package/interactionModels/custom/en-GB.json: "
	on := func(change func(*languageModel)) func(*draft) {
		return func(d *draft) {
			m := d.models["en-GB"]
			change(&m)
			d.models["en-GB"] = m
		}
	}
	add := func(i intent) func(*draft) { return on(func(m *languageModel) { m.Intents = append(m.Intents, i) }) }
	sample := func(text string) func(*draft) {
		return add(intent{"DanceIntent", []ModelSlot{{"Query", "AMAZON.SearchQuery"}, {"Other", "AMAZON.DATE"}}, []string{"dance for {Query}", "dance on {Other}", text}})
	}
	for _, row := range []struct {
		claim  string
		change func(*draft)
		want   string
	}{
		{"a name of one word", on(func(m *languageModel) { m.InvocationName = "elf" }), "languageModel.invocationName: must be two words or more"},
		{"a name with one of Alexa's words", on(func(m *languageModel) { m.InvocationName = "open elf" }), "languageModel.invocationName: must not have Alexa's own words"},
		{"a long name", on(func(m *languageModel) { m.InvocationName = "elf " + strings.Repeat("w", 47) }), "languageModel.invocationName: has 51 characters"},
		{"a type with a digit", on(func(m *languageModel) { m.Types[0].Name = "Blog2" }), "types.Blog2: must have a name of letters and underscores only"},
		{"a type without values", on(func(m *languageModel) { m.Types[0].Values = nil }), "types.BlogCategory: needs at least one value"},
		{"a duplicate type", on(func(m *languageModel) { m.Types = append(m.Types, m.Types[0]) }), "types.BlogCategory: is defined twice"},
		{"a value that is too long", on(func(m *languageModel) { m.Types[0].Values[0].Name.Value = strings.Repeat("w", 141) }), "types.BlogCategory: has the value"},
		{"a value that is a slot", on(func(m *languageModel) { m.Types[0].Values[0].Name.Value = "{Date}" }), `types.BlogCategory: has the value "{Date}"`},
		{"an intent with a digit", add(intent{"Dance2Intent", nil, []string{"dance"}}), "intents.Dance2Intent: must have a name of letters and underscores only"},
		{"a duplicate intent", add(intent{"AMAZON.HelpIntent", nil, nil}), "intents.AMAZON.HelpIntent: is defined twice"},
		{"an intent without samples", add(intent{"DanceIntent", nil, nil}), "intents.DanceIntent: needs sample utterances"},
		{"no help", on(func(m *languageModel) { m.Intents = withoutIntent(m.Intents, "AMAZON.HelpIntent") }), "intents: lack AMAZON.HelpIntent"},
		{"no fallback", on(func(m *languageModel) { m.Intents = withoutIntent(m.Intents, "AMAZON.FallbackIntent") }), "intents: lack AMAZON.FallbackIntent"},
		{"no pause", on(func(m *languageModel) { m.Intents = withoutIntent(m.Intents, "AMAZON.PauseIntent") }), "intents: lack AMAZON.PauseIntent"},
		{"a slot with a digit", add(intent{"DanceIntent", []ModelSlot{{"Day2", "AMAZON.DATE"}}, []string{"dance {Day2}"}}), "intents.DanceIntent.slots.Day2: must have a name of letters"},
		{"a slot of an undefined type", add(intent{"DanceIntent", []ModelSlot{{"Mood", "Mood"}}, []string{"dance {Mood}"}}), `intents.DanceIntent.slots.Mood: has the undefined type "Mood"`},
		{"a slot that no sample uses", add(intent{"DanceIntent", []ModelSlot{{"Day", "AMAZON.DATE"}}, []string{"dance"}}), "intents.DanceIntent.slots.Day: is not used in any sample utterance"},
		{"a duplicate slot", add(intent{"DanceIntent", []ModelSlot{{"Day", "AMAZON.DATE"}, {"Day", "AMAZON.DATE"}}, []string{"dance {Day}"}}), "intents.DanceIntent.slots.Day: is defined twice"},
		{"a digit in a sample", sample("dance 2 times"), `intents.DanceIntent: has the sample "dance 2 times", which may contain only letters`},
		{"a question mark in a sample", sample("dance?"), `has the sample "dance?", which may contain only letters`},
		{"two spaces in a sample", sample("dance  now"), `has the sample "dance  now", which may contain only letters`},
		{"an empty sample", sample(""), `has the sample "", which may contain only letters`},
		{"a sample that is too long", sample("d" + strings.Repeat("a", 200)), "has a sample of 201 characters, and Amazon accepts 200"},
		{"a slot that the intent does not have", sample("dance {Mood}"), "with a slot that the intent does not have"},
		{"a slot twice in a sample", sample("dance {Other} to {Other}"), "with the same slot twice"},
		{"a search without other words", sample("{Query}"), "without other words than AMAZON.SearchQuery"},
		{"a search with another slot", sample("dance {Query} on {Other}"), "with another slot besides AMAZON.SearchQuery"},
		{"a sample of two intents", sample("What's New"), `intents.DanceIntent: has the sample "What's New", which WhatsNewIntent has too`},
		{"a slot name in the wrong case", sample("dance on {other}"), "with a slot that the intent does not have"},
		{"too many intents", on(func(m *languageModel) {
			for i := range 1000 {
				name := strings.Map(func(r rune) rune { return r - '0' + 'a' }, fmt.Sprintf("%04d", i))
				m.Intents = append(m.Intents, intent{"Dance" + name + "Intent", nil, []string{"dance " + name}})
			}
		}), "intents: are 1015, and Amazon accepts 1000"},
		{"too large a file", on(func(m *languageModel) {
			for i := range 12000 {
				m.Types[0].Values = append(m.Types[0].Values, value{valueName{fmt.Sprintf("%d %s", i, strings.Repeat("w", 100)), []string{}}})
			}
		}), "bytes, and Amazon accepts 1572864"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			got := problemsAfter(t, row.change)
			require.NotEmpty(t, got)
			require.Contains(t, strings.Join(got, "\n"), row.want)
			require.True(t, strings.HasPrefix(got[0], file), got[0])
			require.LessOrEqual(t, len(got), 2, got)
		})
	}
}

func withoutIntent(intents []intent, name string) (left []intent) {
	for _, i := range intents {
		if i.Name != name {
			left = append(left, i)
		}
	}
	return left
}

// TestReportsAllProblems builds a package with several problems. The error must list all of them.
func TestReportsAllProblems(t *testing.T) {
	s := validSpec()
	s.InvocationName, s.Endpoint, s.Certificate = "elf", "", "Good"
	s.Intents = append(s.Intents, ModelIntent{"DanceIntent", []ModelSlot{{"Mood", "Mood"}}})
	files, err := Build(loadCatalog(t), s)
	require.Nil(t, files, "no files")
	var problems Problems
	require.ErrorAs(t, err, &problems)
	for _, want := range []string{
		"skill.json: apis.custom.endpoint.uri: ", "skill.json: apis.custom.endpoint.sslCertificateType: ",
		"en-GB.json: languageModel.invocationName: ", "en-US.json: languageModel.invocationName: ",
		"intents.DanceIntent: needs sample utterances", "intents.DanceIntent.slots.Mood: has the undefined type",
	} {
		require.Contains(t, err.Error(), want)
	}
	require.Len(t, strings.Split(err.Error(), "\n"), len(problems))
}
