// Package skillpkg generates the skill package that Amazon imports: a folder with the manifest, an interaction model
// for each locale, and the icons. The models teach Alexa what listeners can say. They are generated from the service's
// table of intents and from the samples of package phrases, so that they always agree with the service.
//
// Build checks a package against Amazon's rules before Write writes anything, because Amazon reports violations late,
// one at a time, and not always clearly. This package reads no posts and no configuration: callers pass what belongs to
// one blog. It does not use the network. Amazon's own tool, "ask deploy", imports the package.
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

// Spec describes the package of one blog's skill.
type Spec struct {
	// ApplicationID is the id of the skill to update. An id of zeros stands for a skill that does not exist yet: the first
	// import creates it.
	ApplicationID string

	// InvocationName is what listeners say after "Alexa, open".
	InvocationName string

	// Title is the skill's name in the store. "" stands for the capitalized invocation name.
	Title string

	// Endpoint is the https URL that Alexa calls, and Certificate the type of its certificate.
	Endpoint    string
	Certificate CertificateType

	// PrivacyPolicyURL is a page that the store links to; "" if none.
	PrivacyPolicyURL string

	// Locales are the locales of the skill, such as en-US.
	Locales []string

	// Episodes says that the blog has episodes. Without them, the package neither promises nor declares audio.
	Episodes bool

	// Topics are words that find a post, for an example phrase, the best first. See [Topics].
	Topics []string

	// Intents are the intents that the service handles, and Types the slot types that the skill defines for them.
	Intents []ModelIntent
	Types   []Type
}

// CertificateType is the type of the endpoint's certificate, for Amazon. With a wrong type, the TLS handshake fails.
type CertificateType string

// The types of certificates, as in the manifest.
const (
	Trusted    CertificateType = "Trusted"    // from a CA that Amazon trusts, for this host
	Wildcard   CertificateType = "Wildcard"   // from a CA that Amazon trusts, for all hosts of the parent domain
	SelfSigned CertificateType = "SelfSigned" // uploaded to Amazon's console; for skills in development only
)

// CertificateTypes returns all types.
func CertificateTypes() []CertificateType { return []CertificateType{Trusted, Wildcard, SelfSigned} }

// File is one file of a package.
type File struct {
	Name    string // path with slashes, relative to the folder that contains the package
	Content []byte
}

// The folders and files of a package, by Amazon's "Skill Package Format" and the conventions of "ask".
const (
	packageDir    = "skill-package"
	modelDir      = packageDir + "/interactionModels/custom"
	manifestFile  = packageDir + "/skill.json"
	resourcesFile = "ask-resources.json"
	statesFile    = ".ask/ask-states.json"
)

// Build returns the files of a skill's package, sorted by name. The same arguments give the same bytes. If the package
// would break Amazon's rules, it returns no files, and the error is Problems with all violations.
//
// Amazon refuses a slot type without values, so Build omits the samples that need one (see Spec.ReducedIntents).
// Listeners of a blog without categories then cannot ask for a category: Alexa takes "posts in gardening" for something
// else, or does not understand it.
func Build(catalog *phrases.Catalog, s Spec) ([]File, error) {
	d, err := newDraft(catalog, s)
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

// ReducedIntents returns the names of the intents whose samples the models do not have completely, because one of their
// slot types does not have values.
func (s Spec) ReducedIntents() (names []string) {
	for _, i := range s.Intents {
		if slices.ContainsFunc(i.Slots, func(slot ModelSlot) bool { return !s.hasValues(slot) }) {
			names = append(names, i.Name)
		}
	}
	return names
}

// draft is a package that has not been checked yet.
type draft struct {
	spec     Spec
	manifest manifest
	models   map[string]languageModel      // by locale
	stores   map[string]phrases.StoreTexts // by locale
	files    []File
}

func newDraft(catalog *phrases.Catalog, s Spec) (*draft, error) {
	d := &draft{spec: s, models: map[string]languageModel{}, stores: map[string]phrases.StoreTexts{}}
	words := phrases.Params{Title: s.storeTitle(), Blog: s.InvocationName}
	for _, locale := range s.Locales {
		language := catalog.Language(locale)
		store, err := language.StoreTexts(words, s.storeFacts())
		if err != nil {
			return nil, err
		}
		d.stores[locale], d.models[locale] = store, s.buildModel(language)
	}
	d.manifest = s.buildManifest(d.stores)
	d.addJSONFiles()
	return d, nil
}

// addJSONFiles adds the JSON files of the package: manifest, models and the files of Amazon's tool.
func (d *draft) addJSONFiles() {
	envelope := map[string]any{"manifest": d.manifest}
	d.addFiles(File{manifestFile, encodeJSON(envelope)}, File{resourcesFile, encodeJSON(askResources())})
	if hasSkillID(d.spec.ApplicationID) {
		d.addFiles(File{statesFile, encodeJSON(newAskStates(d.spec.ApplicationID))})
	}
	for locale, model := range d.models {
		d.addFiles(File{modelPath(locale), encodeJSON(modelEnvelope(model))})
	}
}

// addFiles adds files and keeps them sorted.
func (d *draft) addFiles(files ...File) {
	d.files = append(d.files, files...)
	slices.SortFunc(d.files, compareNames)
}

func compareNames(a, b File) int { return cmp.Compare(a.Name, b.Name) }

func modelPath(locale string) string { return path.Join(modelDir, locale+".json") }

// storeTitle returns the skill's name in the store.
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
