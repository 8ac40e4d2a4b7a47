package rules_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/smapi/smapitest/rules"
)

const goodManifest = `{"manifest":{"manifestVersion":"1.0",
"publishingInformation":{"locales":{"en-US":{"name":"Half Elf","smallIconUri":"file://assets/s.png","keywords":["blog"]}},
"distributionCountries":["DE"],"distributionMode":"PUBLIC"},
"privacyAndCompliance":{"locales":{"en-US":{"privacyPolicyUrl":"https://example.com"}}},
"events":{"endpoint":{"uri":"https://skill.example.com/"},"subscriptions":[{"eventName":"SKILL_DISABLED"}]},
"apis":{"custom":{"endpoint":{"uri":"https://skill.example.com/","sslCertificateType":"Trusted"},
"interfaces":[{"type":"ALEXA_PRESENTATION_APL","supportedViewports":[{"mode":"HUB","shape":"ROUND","minWidth":100}]}]}}}}`

const goodModel = `{"interactionModel":{"languageModel":{"invocationName":"half elf","intents":[
{"name":"AMAZON.StopIntent","samples":[]},{"name":"Latest","samples":["what's new"]},
{"name":"Search","slots":[{"name":"Query","type":"AMAZON.SearchQuery"},{"name":"Tag","type":"TAG"}],
"samples":["search for {Query}","posts about {Tag}"]}],
"types":[{"name":"TAG","values":[{"name":{"value":"Go","synonyms":["golang"]}}]}]}}}`

// decode parses a document in which a text is replaced.
func decode(t *testing.T, document, old, replacement string) (value any) {
	t.Helper()
	require.Contains(t, document, old)
	require.NoError(t, json.Unmarshal([]byte(strings.Replace(document, old, replacement, 1)), &value))
	return value
}

func assets() map[string]string { return map[string]string{"assets/s.png": "00"} }

func TestGoodFiles(t *testing.T) {
	require.Empty(t, rules.CheckManifest(decode(t, goodManifest, "", ""), assets()))
	require.Empty(t, rules.CheckModel(decode(t, goodModel, "", ""), "en-US"))
	require.Empty(t, rules.CheckEnablement(decode(t, goodManifest, "", "")))
}

func TestManifestRules(t *testing.T) {
	cases := []struct{ name, old, replacement, code, path string }{
		{"the version is unknown", `"1.0"`, `"2.0"`, "INVALID_ENUM_VALUE", "$.manifest.manifestVersion"},
		{"the manifest is missing", `{"manifest":`, `{"skill":`, "MISSING_REQUIRED_PROPERTY", "$"},
		{"a key is unknown", `"distributionMode"`, `"distributionStyle"`, "UNEXPECTED_PROPERTY", "$.manifest.publishingInformation"},
		{"the key of an interface is unknown", `"minWidth"`, `"minimalWidth"`, "UNEXPECTED_PROPERTY",
			"$.manifest.apis.custom.interfaces[0].supportedViewports[0]"},
		{"a number is a text", `"minWidth":100`, `"minWidth":"100"`, "INVALID_DATA_TYPE",
			"$.manifest.apis.custom.interfaces[0].supportedViewports[0].minWidth"},
		{"the name is missing", `"name":"Half Elf",`, ``, "MISSING_REQUIRED_PROPERTY", "$.manifest.publishingInformation.locales.en-US"},
		{"the name is short", `"Half Elf"`, `"H"`, "INVALID_STRING_LENGTH", "$.manifest.publishingInformation.locales.en-US.name"},
		{"the name is long", `"Half Elf"`, `"` + strings.Repeat("ä", 51) + `"`, "INVALID_STRING_LENGTH",
			"$.manifest.publishingInformation.locales.en-US.name"},
		{"there are many keywords", `["blog"]`, `["b"` + strings.Repeat(`,"b"`, 30) + `]`, "INVALID_ARRAY_SIZE",
			"$.manifest.publishingInformation.locales.en-US.keywords"},
		{"a country is a name", `["DE"]`, `["Germany"]`, "INVALID_STRING_PATTERN", "$.manifest.publishingInformation.distributionCountries[0]"},
		{"the endpoint is http", `"custom":{"endpoint":{"uri":"https:`, `"custom":{"endpoint":{"uri":"http:`, "INVALID_STRING_PATTERN",
			"$.manifest.apis.custom.endpoint.uri"},
		{"the certificate type is unknown", `"Trusted"`, `"trusted"`, "INVALID_ENUM_VALUE",
			"$.manifest.apis.custom.endpoint.sslCertificateType"},
		{"a locale is unknown", `"locales":{"en-US":{"name"`, `"locales":{"en-NZ":{"name"`, "INVALID_LOCALE",
			"$.manifest.publishingInformation.locales.en-NZ"},
		{"the privacy policy has another locale", `"locales":{"en-US":{"privacy`, `"locales":{"de-DE":{"privacy`, "UNEXPECTED_PROPERTY",
			"$.manifest.privacyAndCompliance.locales.de-DE"},
		{"there is no locale", `"en-US":{"name":"Half Elf","smallIconUri":"file://assets/s.png","keywords":["blog"]}`, ``,
			"INVALID_NUMBER_OF_PROPERTIES", "$.manifest.publishingInformation.locales"},
		{"an icon is not in the package", `assets/s.png`, `assets/t.png`, "RESOURCE_NOT_FOUND",
			"$.manifest.publishingInformation.locales.en-US.smallIconUri"},
		{"an icon is http", `file://assets/s.png`, `http://example.com/s.png`, "INVALID_URL_FORMAT",
			"$.manifest.publishingInformation.locales.en-US.smallIconUri"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			found := rules.CheckManifest(decode(t, goodManifest, c.old, c.replacement), assets())
			require.NotEmpty(t, found)
			require.Equal(t, c.code, found[0].Code, found)
			require.Equal(t, c.path, found[0].Path())
		})
	}
}

func TestEndpointMessageIsAmazons(t *testing.T) {
	found := rules.CheckManifest(decode(t, goodManifest, `"custom":{"endpoint":{"uri":"https:`, `"custom":{"endpoint":{"uri":"http:`), assets())
	require.Len(t, found, 1)
	require.Equal(t, `String instance with value "http://skill.example.com/" at property path "$.manifest.apis.custom.endpoint.uri" `+
		`does not match the regular expression: "^(arn|https://)".`, found[0].Message)
	require.Equal(t, map[string]any{"type": "MALFORMED_INPUT"}, found[0].Details["reason"])
}

func TestFilesAreForPackagesOnly(t *testing.T) {
	found := rules.CheckManifest(decode(t, goodManifest, "", ""), nil)
	require.Len(t, found, 1)
	require.Equal(t, "INVALID_URL_FORMAT", found[0].Code)
	require.Empty(t, rules.CheckManifest(decode(t, goodManifest, "file://assets/s.png", "https://example.com/s.png"), nil))
}

func TestModelRules(t *testing.T) {
	const noSchema = "InvalidModelDefinitionSchema"
	cases := []struct{ name, old, replacement, locale, code string }{
		{"the language model is missing", `{"interactionModel":{"languageModel":`, `{"languageModel":{"x":`, "en-US", noSchema},
		{"the invocation name is missing", `"invocationName":"half elf",`, ``, "en-US", noSchema},
		{"a key is unknown", `"slots"`, `"slot"`, "en-US", noSchema},
		{"the invocation name has capitals", `"half elf"`, `"Half Elf"`, "en-US", "InvalidInvocationName"},
		{"the invocation name has a digit", `"half elf"`, `"half elf 2"`, "en-US", "InvalidInvocationName"},
		{"the carrier phrase is missing", `search for {Query}`, `{Query}`, "en-US", "MissingCarrierPhrase"},
		{"another slot is beside a phrase slot", `search for {Query}`, `search for {Query} in {Tag}`, "en-US", "PhraseSlotBesideSlot"},
		{"the slot type is empty", `[{"name":{"value":"Go","synonyms":["golang"]}}]`, `[]`, "en-US", "EmptySlotType"},
		{"the slot type is undefined", `"type":"TAG"`, `"type":"LABEL"`, "en-US", "UndefinedSlotType"},
		{"a sample has an unknown slot", `about {Tag}`, `about {Label}`, "en-US", "UndefinedSlot"},
		{"a sample has a broken slot", `about {Tag}`, `about {Tag} {`, "en-US", "InvalidSample"},
		{"two intents have one sample", `"posts about {Tag}"`, `"What's new"`, "en-US", "DuplicateSample"},
		{"two intents have one name", `"name":"Search"`, `"name":"Latest"`, "en-US", "DuplicateIntent"},
		{"two slots have one name", `"name":"Tag","type":"TAG"`, `"name":"Query","type":"TAG"`, "en-US", "DuplicateSlot"},
		{"an intent has no sample", `["what's new"]`, `[]`, "en-US", "MissingSamples"},
		{"the name of an intent has a space", `"Latest"`, `"Latest post"`, "en-US", "InvalidIntentName"},
		{"a type is defined twice", `"types":[`, `"types":[{"name":"TAG","values":[{"name":{"value":"Go"}}]},`, "en-US", "DuplicateSlotType"},
		{"a value is there twice", `"values":[`, `"values":[{"name":{"value":"go"}},`, "en-US", "DuplicateSlotValue"},
		{"French does not have the sensitivity", `"invocationName"`,
			`"modelConfiguration":{"fallbackIntentSensitivity":{"level":"LOW"}},"invocationName"`, "fr-FR", "UnsupportedFallbackIntentSensitivity"},
		{"German has the sensitivity", `"invocationName"`,
			`"modelConfiguration":{"fallbackIntentSensitivity":{"level":"LOW"}},"invocationName"`, "de-DE", ""},
		{"British English has the sensitivity", `"invocationName"`,
			`"modelConfiguration":{"fallbackIntentSensitivity":{"level":"LOW"}},"invocationName"`, "en-GB", ""},
		{"French has an empty configuration", `"invocationName"`, `"modelConfiguration":{},"invocationName"`, "fr-FR", ""},
		{"a level is unknown", `"invocationName"`,
			`"modelConfiguration":{"fallbackIntentSensitivity":{"level":"NONE"}},"invocationName"`, "de-DE", noSchema},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			found := rules.CheckModel(decode(t, goodModel, c.old, c.replacement), c.locale)
			if c.code == "" {
				require.Empty(t, found)
				return
			}
			require.NotEmpty(t, found)
			require.Equal(t, c.code, found[0].Code, found)
			require.NotEmpty(t, found[0].Path())
		})
	}
}

func TestCarrierPhraseMessageIsAmazons(t *testing.T) {
	found := rules.CheckModel(decode(t, goodModel, "search for {Query}", "{Query}"), "en-US")
	require.Len(t, found, 1)
	require.True(t, strings.HasPrefix(found[0].Message, `Sample utterance "{Query}" in intent "Search" must include a carrier phrase. `), found[0].Message)
}

func TestEnablementRules(t *testing.T) {
	cases := []struct{ old, replacement, want string }{
		{`"endpoint":{"uri":"https://skill.example.com/","sslCertificateType":"Trusted"},`, ``,
			`custom - object has missing required properties (["endpoint"])`},
		{`,"sslCertificateType":"Trusted"`, ``, "HTTPS endpoints must have an sslCertificateType."},
		{`"uri":"https://skill.example.com/","sslCertificateType"`, `"uri":"","sslCertificateType"`, "Regionalized endpoints must not be empty."},
	}
	for _, c := range cases {
		require.Equal(t, []rules.Violation{{Message: c.want}}, rules.CheckEnablement(decode(t, goodManifest, c.old, c.replacement)))
	}
	lambda := decode(t, goodManifest, `"uri":"https://skill.example.com/","sslCertificateType":"Trusted"`, `"uri":"arn:aws:lambda:1:2:function:a"`)
	require.Empty(t, rules.CheckManifest(lambda, assets()))
	require.Empty(t, rules.CheckEnablement(lambda))
	require.Empty(t, rules.CheckEnablement(decode(t, `{"manifest":{"apis":{"music":{}}}}`, "", "")), "another kind of skill")
}

func TestArchives(t *testing.T) {
	good := map[string]string{"skill.json": goodManifest, "interactionModels/custom/en-US.json": goodModel, "assets/s.png": "PNG"}
	opened, err := rules.OpenPackage(archive(t, good))
	require.NoError(t, err)
	require.Equal(t, []string{"en-US"}, rules.Locales(opened.Manifest))
	require.Contains(t, opened.Models, "en-US")
	require.Len(t, opened.Assets["assets/s.png"], 64)

	good["interactionModels/"], good["interactionModels/custom/"] = "", "" // some tools write folders
	_, err = rules.OpenPackage(archive(t, good))
	require.NoError(t, err)

	large := strings.Repeat("a", 8<<20)
	_, err = rules.OpenPackage(archive(t, map[string]string{"skill.json": goodManifest, "assets/a": large}))
	require.NoError(t, err)
	cases := map[string]map[string]string{
		`"assets/a" of the skill package is too large`:   {"skill.json": goodManifest, "assets/a": large + "a"},
		`invalid or repeated path "assets\\a"`:           {"skill.json": goodManifest, `assets\a`: "a"},
		`unexpected file "interactionModels/en-US.json"`: {"skill.json": goodManifest, "interactionModels/en-US.json": goodModel},
		"must have skill.json at its root":               {},
		`unexpected file "skill-package/skill.json"`:     {"skill-package/skill.json": goodManifest},
		`unexpected file ".ask/ask-states.json"`:         {"skill.json": goodManifest, ".ask/ask-states.json": "{}"},
		`invalid or repeated path "../skill.json"`:       {"../skill.json": goodManifest},
		`"skill.json" of the skill package is not valid`: {"skill.json": "{"},
		"of an unsupported locale":                       {"skill.json": goodManifest, "interactionModels/custom/en.json": goodModel},
	}
	for want, files := range cases {
		_, err := rules.OpenPackage(archive(t, files))
		require.ErrorContains(t, err, want)
	}
	_, err = rules.OpenPackage([]byte("no archive"))
	require.ErrorContains(t, err, "not a zip archive")

	var twice bytes.Buffer
	writer := zip.NewWriter(&twice)
	for range 2 {
		_, err := writer.Create("skill.json")
		require.NoError(t, err)
	}
	require.NoError(t, writer.Close())
	_, err = rules.OpenPackage(twice.Bytes())
	require.ErrorContains(t, err, `"skill.json"`)
	broken := archive(t, map[string]string{"skill.json": strings.Repeat(goodManifest, 3)})
	copy(broken[60:], "broken broken broken")
	_, err = rules.OpenPackage(broken)
	require.ErrorContains(t, err, `broken file "skill.json"`)
}

func TestReplaceFiles(t *testing.T) {
	value := decode(t, `{"a":["file://assets/s.png","https://example.com"],"b":1}`, "", "")
	replaced := rules.ReplaceFiles(value, func(path string) string { return "new " + path })
	require.Equal(t, decode(t, `{"a":["new assets/s.png","https://example.com"],"b":1}`, "", ""), replaced)
}

func archive(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var content bytes.Buffer
	writer := zip.NewWriter(&content)
	for name, text := range files {
		file, err := writer.Create(name)
		require.NoError(t, err)
		_, err = io.WriteString(file, text)
		require.NoError(t, err)
	}
	require.NoError(t, writer.Close())
	return content.Bytes()
}

func TestRecognition(t *testing.T) {
	model := decode(t, goodModel, "", "")
	cases := []struct {
		utterance string
		inSession bool
		intent    string // "": the launch; "-": none
		slot      string
	}{
		{utterance: "open half elf"},
		{utterance: "Talk to  Half Elf"},
		{utterance: "ask half elf what's new", intent: "Latest"},
		{utterance: "ask half elf to search for a green dragon", intent: "Search", slot: "a green dragon"},
		{utterance: "what's new", intent: "-"},
		{utterance: "what's new", inSession: true, intent: "Latest"},
		{utterance: "half elf", intent: "-"},
		{utterance: "please would you open half elf", intent: "-"},
		{utterance: "open half elfs", intent: "-"},
		{utterance: "ask half elf for nothing at all", intent: "-"},
	}
	for _, c := range cases {
		intent, ok := rules.Recognize(model, c.utterance, c.inSession)
		require.Equal(t, c.intent != "-", ok, c.utterance)
		if ok {
			require.Equal(t, c.intent, intent.Name, c.utterance)
			require.Equal(t, c.slot, intent.Slots["Query"].Value, c.utterance)
		}
	}
}

func TestLinkingRules(t *testing.T) {
	good := rules.LinkingClient{
		Type: "AUTH_CODE", AuthorizationURL: "https://a.example/authorize", AccessTokenURL: "https://a.example/token", ClientID: "id",
		ClientSecret: "secret", Scheme: "HTTP_BASIC",
	}
	require.Empty(t, good.Check())
	require.Empty(t, rules.LinkingClient{Type: "IMPLICIT", AuthorizationURL: "https://a.example/", ClientID: "id"}.Check())
	hostless := good
	hostless.AuthorizationURL = "https:///authorize"
	require.Len(t, hostless.Check(), 1)
	changes := map[string]func(*rules.LinkingClient){
		"type":                       func(l *rules.LinkingClient) { l.Type = "CODE" },
		"authorizationUrl":           func(l *rules.LinkingClient) { l.AuthorizationURL = "http://a.example/authorize" },
		"accessTokenUrl":             func(l *rules.LinkingClient) { l.AccessTokenURL = "" },
		"clientId":                   func(l *rules.LinkingClient) { l.ClientID = "" },
		"clientSecret":               func(l *rules.LinkingClient) { l.ClientSecret = "" },
		"accessTokenScheme":          func(l *rules.LinkingClient) { l.Scheme = "basic" },
		"voiceForwardAccountLinking": func(l *rules.LinkingClient) { l.VoiceForward = "yes" },
	}
	for name, change := range changes {
		changed := good
		change(&changed)
		require.Equal(t, []rules.Violation{{Message: "Property " + name + " is missing or invalid."}}, changed.Check())
	}
}
