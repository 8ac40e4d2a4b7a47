package skillpkg

import (
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"lastpost/internal/phrases"
)

// The limits of Amazon's "Skill Manifest Schema", in characters where nothing else is said.
const (
	minName, maxName = 2, 50
	maxSummary       = 160
	maxDescription   = 4000
	maxTesting       = 4000
	maxExamples      = 3  // in number
	maxKeywords      = 30 // in number
	maxPhrase        = 200
)

// wakeWord is how an example phrase begins, in every locale.
const wakeWord = "Alexa, "

// checkManifest applies Amazon's rules on skill.json.
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

// localeForm also keeps the name of a file from leading anywhere else.
var localeForm = regexp.MustCompile(`^[a-z]{2}-[A-Z]{2}$`)

func (d *draft) checkLocales(j *checker) {
	const path = "publishingInformation.locales"
	if len(d.spec.Locales) == 0 {
		j.addProblem(path, "has none, and Amazon takes a skill in one language or more: name a locale, for example en-US")
	}
	for _, locale := range d.spec.Locales {
		if !localeForm.MatchString(locale) {
			j.addProblemf(path, "has %q, which is no locale: write it as en-US", locale)
		}
	}
}

// checkEndpoint applies the rules of Amazon's "Host a Custom Skill as a Web Service" that an address can break.
func (j *checker) checkEndpoint(path string, e endpoint) {
	u, err := url.Parse(e.URI)
	switch {
	case e.URI == "":
		j.addProblem(path+".uri", "is not known: set public_url to what the world calls the service, for example https://skill.example.com")
	case err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil:
		j.addProblem(path+".uri", "must be an https address, for example https://skill.example.com/alexa: Alexa calls no other")
	case u.Port() != "" && u.Port() != "443":
		j.addProblem(path+".uri", "must be on port 443: Alexa calls no other; leave the port out")
	}
	if !slices.Contains(CertificateTypes(), e.Certificate) {
		j.addProblemf(path+".sslCertificateType", "is %q: choose Trusted, Wildcard or SelfSigned", e.Certificate)
	}
}

func (j *checker) checkPolicy(address string) {
	if u, err := url.Parse(address); address != "" && (err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "") {
		j.addProblem("privacyAndCompliance.locales", "must have the address of a page: set privacy_policy_url to one that begins with https://")
	}
}

// checkListing applies the limits of what the store shows.
func (j *checker) checkListing(path string, l listing) {
	j.checkLength(path+".name", l.Name, minName, maxName, "give the skill a shorter title")
	j.checkLength(path+".summary", l.Summary, 1, maxSummary, "give the skill a shorter title, or change summary in the language's store.json")
	j.checkLength(path+".description", l.Description, 1, maxDescription, "change description in the language's store.json")
	if n := len(l.Keywords); n > maxKeywords {
		j.addProblemf(path+".keywords", "are %d, and Amazon takes %d: take some out of the language's store.json", n, maxKeywords)
	}
}

// checkExamples applies the rules that Amazon's testers hold example phrases to: each opens the skill by its name, and what
// it asks is one of the samples, so that it works when somebody tries it.
func (j *checker) checkExamples(path, invocationName string, examples []phrases.Example, model languageModel) {
	const where = "change examples in the language's store.json"
	if n := len(examples); n < 1 || n > maxExamples {
		j.addProblemf(path, "are %d, and Amazon takes 1 to %d: %s", n, maxExamples, where)
	}
	for _, e := range examples {
		j.checkLength(path, e.String(), 1, maxPhrase, where)
		switch {
		case !strings.HasPrefix(e.Opening, wakeWord):
			j.addProblemf(path, "have %q, which must begin with %q: %s", e, wakeWord, where)
		case !strings.Contains(e.Opening+" ", " "+invocationName+" "):
			j.addProblemf(path, "have %q, which must open the skill by its name, %q: %s", e, invocationName, where)
		case e.Sample != "" && !model.hasSample(e.Sample):
			j.addProblemf(path, "have %q, of which %q is no sample utterance: add it to the samples, or %s", e, e.Sample, where)
		}
	}
}
