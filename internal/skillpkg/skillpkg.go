// Package skillpkg makes what Amazon imports to know the skill: the skill package, a folder with the manifest, an
// interaction model for each locale, and the icons. The models teach Alexa what can be asked and in which words. They are
// generated from the table of intents that the service answers by and the samples of phrases, so that what she is taught
// and what is answered cannot drift apart.
//
// A package is held to Amazon's rules before any of it is written, since Amazon names what breaks them late, one at a
// time, and not always in words that help. What this package does not do: it reads no posts and no configuration, as what
// belongs to one blog is handed to it, and it talks to nobody. To import is for Amazon's own tool, "ask deploy".
package skillpkg

import (
	"cmp"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"lastpost/internal/phrases"
)

// A Skill is what one blog's package is made of.
type Spec struct {
	// ApplicationID is the id that Amazon gave the skill, so that it is this one that is updated. One of nothing but
	// noughts is nobody's, and stands for a skill that Amazon does not know yet: the first import makes it.
	ApplicationID string

	// InvocationName is what listeners say after "Alexa, open".
	InvocationName string

	// Title is the skill's name in the store; "" is the invocation name with capitals.
	Title string

	// Endpoint is the https URL that Alexa calls, and Certificate of which type its certificate is.
	Endpoint    string
	Certificate CertificateType

	// PrivacyPolicyURL is what the store links to; "" is none.
	PrivacyPolicyURL string

	// Locales are Alexa's names of the languages that the skill is offered in.
	Locales []string

	// Intents are those that the service answers, and Types the slot types of its own that they name.
	Intents []Intent
	Types   []Type
}

// A CertificateType is what Amazon has to know about the endpoint's certificate: by a wrong one the handshake fails.
type CertificateType string

// The types of certificates, in the manifest's words.
const (
	Trusted    CertificateType = "Trusted"    // of a CA that Amazon trusts, for this very host
	Wildcard   CertificateType = "Wildcard"   // of a CA that Amazon trusts, for all hosts of the domain above
	SelfSigned CertificateType = "SelfSigned" // uploaded to Amazon's console; for skills in development only
)

// CertificateTypes are all that there are.
func CertificateTypes() []CertificateType { return []CertificateType{Trusted, Wildcard, SelfSigned} }

// A File is one of a package.
type File struct {
	Name    string // with slashes, from the folder that the package is in
	Content []byte
}

// The folders and files of a package, by Amazon's "Skill Package Format" and by the conventions of "ask".
const (
	packageDir    = "skill-package"
	modelDir      = packageDir + "/interactionModels/custom"
	manifestFile  = packageDir + "/skill.json"
	resourcesFile = "ask-resources.json"
	statesFile    = ".ask/ask-states.json"
)

// Build gives the files of a skill's package, sorted by their names. The same arguments give the same bytes. Where the
// package would break Amazon's rules, the error is Problems, all of them, and there are no files.
//
// As Amazon refuses a slot type without a value, an intent that needs one is left out (see Skill.Untaught): a blog without
// categories cannot be asked for them, and "posts in gardening" is then heard as something else, or not at all.
func Build(book *phrases.Catalog, s Spec) ([]File, error) {
	d, err := newDraft(book, s)
	if err != nil {
		return nil, err
	}
	icons, err := drawIcons(s.InvocationName)
	if err != nil {
		return nil, err
	}
	d.addFiles(icons...)
	if problems := d.checkAll(); len(problems) > 0 {
		return nil, problems
	}
	return d.files, nil
}

// OmittedIntents are the intents that are left out of the models, as a slot type of theirs has no values.
func (s Spec) OmittedIntents() (names []string) {
	for _, i := range s.Intents {
		if !s.hasAllSlotValues(i) {
			names = append(names, i.Name)
		}
	}
	return names
}

// A draft is a package that was not judged yet.
type draft struct {
	spec     Spec
	manifest manifest
	models   map[string]languageModel      // by locale
	stores   map[string]phrases.StoreTexts // by locale
	files    []File
}

func newDraft(book *phrases.Catalog, s Spec) (*draft, error) {
	d := &draft{spec: s, models: map[string]languageModel{}, stores: map[string]phrases.StoreTexts{}}
	words := phrases.Params{Title: s.storeTitle(), Blog: s.InvocationName}
	for _, locale := range s.Locales {
		language := book.Language(locale)
		store, err := language.StoreTexts(words)
		if err != nil {
			return nil, err
		}
		d.stores[locale], d.models[locale] = store, s.buildModel(language)
	}
	d.manifest = s.buildManifest(d.stores)
	d.renderJSON()
	return d, nil
}

// renderJSON writes down what is JSON.
func (d *draft) renderJSON() {
	envelope := map[string]any{"manifest": d.manifest}
	d.addFiles(File{manifestFile, encodeJSON(envelope)}, File{resourcesFile, encodeJSON(askResources())})
	if hasSkillID(d.spec.ApplicationID) {
		d.addFiles(File{statesFile, encodeJSON(newAskStates(d.spec.ApplicationID))})
	}
	for locale, model := range d.models {
		d.addFiles(File{modelPath(locale), encodeJSON(modelEnvelope(model))})
	}
}

// addFiles keeps the files sorted.
func (d *draft) addFiles(files ...File) {
	d.files = append(d.files, files...)
	slices.SortFunc(d.files, compareNames)
}

func compareNames(a, b File) int { return cmp.Compare(a.Name, b.Name) }

func modelPath(locale string) string { return path.Join(modelDir, locale+".json") }

// storeTitle is the skill's name in the store.
func (s Spec) storeTitle() string {
	if s.Title != "" {
		return s.Title
	}
	words := strings.Split(s.InvocationName, " ")
	for i, word := range words {
		first, size := utf8.DecodeRuneInString(word)
		words[i] = string(unicode.ToUpper(first)) + word[size:]
	}
	return strings.Join(words, " ")
}
