package skillpkg

import (
	"maps"
	"net/url"
	"slices"
	"strings"

	"lastpost/internal/alexa"
	"lastpost/internal/phrases"
)

// The limits of Amazon's "Skill Manifest Schema", in characters unless noted.
const (
	minName, maxName = 2, 50
	maxSummary       = 160
	maxDescription   = 4000
	maxTesting       = 4000
	maxExamples      = 3  // count
	maxKeywords      = 30 // count
	maxPhrase        = 200
)

// wakeWord begins every example phrase, in every locale.
const wakeWord = "Alexa, "

// checkManifest applies Amazon's rules for skill.json.
func (d *draft) checkManifest() Problems {
	j := &checker{file: manifestFile}
	m := d.manifest
	d.checkLocales(j)
	j.checkEndpoint("apis.custom.endpoint", m.APIs.Custom.Endpoint)
	j.checkPolicy(d.spec.PrivacyPolicyURL)
	j.checkLength("publishingInformation.testingInstructions", m.Publishing.Testing, 1, maxTesting,
		"change testing in the language's store.json")
	for _, locale := range slices.Sorted(maps.Keys(m.Publishing.Locales)) {
		path := "publishingInformation.locales." + locale
		j.checkListing(path, m.Publishing.Locales[locale])
		j.checkExamples(path+".examplePhrases", d.spec.InvocationName, d.stores[locale].Examples, d.models[locale])
	}
	return j.problems
}

func (d *draft) checkLocales(j *checker) {
	const path = "publishingInformation.locales"
	if len(d.spec.Locales) == 0 {
		j.addProblem(path, "has none, and Amazon requires at least one: name a locale, for example en-US")
	}
	for _, locale := range d.spec.Locales { // a locale becomes part of a file name, so this also refuses "../en-US"
		if message := alexa.CheckLocale(locale); message != "" {
			j.addProblemf(path, "has %q, which %s", locale, message)
		}
	}
}

// checkEndpoint applies the rules for addresses of Amazon's "Host a Custom Skill as a Web Service".
func (j *checker) checkEndpoint(path string, e endpoint) {
	u, err := url.Parse(e.URI)
	switch {
	case e.URI == "":
		j.addProblem(path+".uri", "is not known: set public_url to the public address of the service, such as https://skill.example.com")
	case err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil:
		j.addProblem(path+".uri", "must be an https address such as https://skill.example.com/alexa: Alexa calls only https")
	case u.Port() != "" && u.Port() != "443":
		j.addProblem(path+".uri", "must use port 443, the only one that Alexa calls: omit the port")
	}
	if !slices.Contains(CertificateTypes(), e.Certificate) {
		j.addProblemf(path+".sslCertificateType", "is %q: choose Trusted, Wildcard or SelfSigned", e.Certificate)
	}
}

func (j *checker) checkPolicy(address string) {
	if u, err := url.Parse(address); address != "" && (err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "") {
		j.addProblem("privacyAndCompliance.locales", "must have the address of a page: set privacy_policy_url to an https:// address")
	}
}

// checkListing applies the limits of the store texts.
func (j *checker) checkListing(path string, l listing) {
	j.checkLength(path+".name", l.Name, minName, maxName, "give the skill a shorter title")
	j.checkLength(path+".summary", l.Summary, 1, maxSummary,
		"give the skill a shorter title, or change summary in the language's store.json")
	j.checkLength(path+".description", l.Description, 1, maxDescription, "change description in the language's store.json")
	if n := len(l.Keywords); n > maxKeywords {
		j.addProblemf(path+".keywords", "are %d, and Amazon accepts %d: remove some from the language's store.json", n, maxKeywords)
	}
}

// checkExamples applies the rules of Amazon's testers for example phrases: each invokes the skill by its name, and the
// rest is a sample utterance, so that the phrase works.
func (j *checker) checkExamples(path, invocationName string, examples []phrases.Example, model languageModel) {
	const remedy = "change examples in the language's store.json"
	if n := len(examples); n < 1 || n > maxExamples {
		j.addProblemf(path, "are %d, and Amazon accepts 1 to %d: %s", n, maxExamples, remedy)
	}
	for _, e := range examples {
		j.checkLength(path, e.String(), 1, maxPhrase, remedy)
		switch {
		case !strings.HasPrefix(e.Opening, wakeWord):
			j.addProblemf(path, "have %q, which must begin with %q: %s", e, wakeWord, remedy)
		case !strings.Contains(e.Opening+" ", " "+invocationName+" "):
			j.addProblemf(path, "have %q, which must open the skill by its name, %q: %s", e, invocationName, remedy)
		case strings.ContainsAny(e.String(), refusedInExamples):
			j.addProblemf(path, "have %q, and Amazon refuses the characters %s: %s", e, refusedInExamples, remedy)
		case e.Sample != "" && !model.hasSample(e.Sample):
			j.addProblemf(path, "have %q, but %q is not a sample utterance: add it to the samples, or %s", e, e.Sample, remedy)
		}
	}
}
