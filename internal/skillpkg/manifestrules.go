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
	leastName, mostName = 2, 50
	mostSummary         = 160
	mostDescription     = 4000
	mostTesting         = 4000
	mostExamples        = 3  // in number
	mostKeywords        = 30 // in number
	mostPhrase          = 200
)

// wake is how an example phrase begins, in every locale.
const wake = "Alexa, "

// judgeManifest applies Amazon's rules on skill.json.
func (d *draft) judgeManifest() Problems {
	j := &judge{file: manifestFile}
	m := d.manifest
	d.judgeLocales(j)
	j.judgeEndpoint("apis.custom.endpoint", m.APIs.Custom.Endpoint)
	j.judgePolicy(d.skill.PrivacyPolicyURL)
	j.length("publishingInformation.testingInstructions", m.Publishing.Testing, 1, mostTesting,
		"change testing in the language's store.json")
	for _, locale := range slices.Sorted(maps.Keys(m.Publishing.Locales)) {
		path := "publishingInformation.locales." + locale
		j.judgeListing(path, m.Publishing.Locales[locale])
		j.judgeExamples(path+".examplePhrases", d.skill.InvocationName, d.stores[locale].Examples, d.models[locale])
	}
	return j.problems
}

// localeForm also keeps the name of a file from leading anywhere else.
var localeForm = regexp.MustCompile(`^[a-z]{2}-[A-Z]{2}$`)

func (d *draft) judgeLocales(j *judge) {
	const path = "publishingInformation.locales"
	if len(d.skill.Locales) == 0 {
		j.fault(path, "has none, and Amazon takes a skill in one language or more: name a locale, for example en-US")
	}
	for _, locale := range d.skill.Locales {
		if !localeForm.MatchString(locale) {
			j.faultf(path, "has %q, which is no locale: write it as en-US", locale)
		}
	}
}

// judgeEndpoint applies the rules of Amazon's "Host a Custom Skill as a Web Service" that an address can break.
func (j *judge) judgeEndpoint(path string, e endpoint) {
	u, err := url.Parse(e.URI)
	switch {
	case e.URI == "":
		j.fault(path+".uri", "is not known: set public_url to what the world calls the service, for example https://skill.example.com")
	case err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil:
		j.fault(path+".uri", "must be an https address, for example https://skill.example.com/alexa: Alexa calls no other")
	case u.Port() != "" && u.Port() != "443":
		j.fault(path+".uri", "must be on port 443: Alexa calls no other; leave the port out")
	}
	if !slices.Contains(CertificateTypes(), e.Certificate) {
		j.faultf(path+".sslCertificateType", "is %q: choose Trusted, Wildcard or SelfSigned", e.Certificate)
	}
}

func (j *judge) judgePolicy(address string) {
	if u, err := url.Parse(address); address != "" && (err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "") {
		j.fault("privacyAndCompliance.locales", "must have the address of a page: set privacy_policy_url to one that begins with https://")
	}
}

// judgeListing applies the limits of what the store shows.
func (j *judge) judgeListing(path string, l listing) {
	j.length(path+".name", l.Name, leastName, mostName, "give the skill a shorter title")
	j.length(path+".summary", l.Summary, 1, mostSummary, "give the skill a shorter title, or change summary in the language's store.json")
	j.length(path+".description", l.Description, 1, mostDescription, "change description in the language's store.json")
	if n := len(l.Keywords); n > mostKeywords {
		j.faultf(path+".keywords", "are %d, and Amazon takes %d: take some out of the language's store.json", n, mostKeywords)
	}
}

// judgeExamples applies the rules that Amazon's testers hold example phrases to: each opens the skill by its name, and what
// it asks is one of the samples, so that it works when somebody tries it.
func (j *judge) judgeExamples(path, invocationName string, examples []phrases.Example, taught languageModel) {
	const where = "change examples in the language's store.json"
	if n := len(examples); n < 1 || n > mostExamples {
		j.faultf(path, "are %d, and Amazon takes 1 to %d: %s", n, mostExamples, where)
	}
	for _, e := range examples {
		j.length(path, e.String(), 1, mostPhrase, where)
		switch {
		case !strings.HasPrefix(e.Opening, wake):
			j.faultf(path, "have %q, which must begin with %q: %s", e, wake, where)
		case !strings.Contains(e.Opening+" ", " "+invocationName+" "):
			j.faultf(path, "have %q, which must open the skill by its name, %q: %s", e, invocationName, where)
		case e.Sample != "" && !taught.teaches(e.Sample):
			j.faultf(path, "have %q, of which %q is no sample utterance: add it to the samples, or %s", e, e.Sample, where)
		}
	}
}
