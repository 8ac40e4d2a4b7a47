package skillpkg

import (
	"slices"
	"strings"

	"lastpost/internal/phrases"
)

// manifest is skill.json, by Amazon's "Skill Manifest Schema".
type manifest struct {
	Version    string     `json:"manifestVersion"`
	Publishing publishing `json:"publishingInformation"`
	APIs       apis       `json:"apis"`
	Events     events     `json:"events"`
	Privacy    privacy    `json:"privacyAndCompliance"`

	Permissions []permission `json:"permissions"`
}

type permission struct {
	Name string `json:"name"`
}

// personID is the permission to tell the persons of an account apart. Amazon calls it Skill Personalization. Requests
// contain a person only if the listener allows it in the Alexa app.
const personID = "alexa::person_id:read"

type publishing struct {
	Locales      map[string]listing `json:"locales"`
	Worldwide    bool               `json:"isAvailableWorldwide"`
	Countries    []string           `json:"distributionCountries"` // empty if available worldwide
	Distribution string             `json:"distributionMode"`
	Category     string             `json:"category"`
	Testing      string             `json:"testingInstructions"`
}

// listing is the page of the skill store in one locale.
type listing struct {
	Name        string   `json:"name"`
	Summary     string   `json:"summary"`
	Description string   `json:"description"`
	Examples    []string `json:"examplePhrases"`
	Keywords    []string `json:"keywords"`
	SmallIcon   string   `json:"smallIconUri"`
	LargeIcon   string   `json:"largeIconUri"`
}

type apis struct {
	Custom custom `json:"custom"`
}

type custom struct {
	Endpoint   endpoint         `json:"endpoint"`
	Interfaces []skillInterface `json:"interfaces"`
}

type endpoint struct {
	URI         string          `json:"uri"`
	Certificate CertificateType `json:"sslCertificateType"`
}

type skillInterface struct {
	Type      string     `json:"type"`
	Viewports []viewport `json:"supportedViewports,omitempty"`
}

// viewport is a range of screen sizes, in density-independent pixels.
type viewport struct {
	Mode      string `json:"mode"`
	Shape     string `json:"shape"`
	MinWidth  int    `json:"minWidth"`
	MaxWidth  int    `json:"maxWidth"`
	MinHeight int    `json:"minHeight"`
	MaxHeight int    `json:"maxHeight"`
}

type events struct {
	Endpoint      endpoint       `json:"endpoint"`
	Subscriptions []subscription `json:"subscriptions"`
}

type subscription struct {
	EventName string `json:"eventName"`
}

type privacy struct {
	AllowsPurchases bool              `json:"allowsPurchases"`
	PersonalInfo    bool              `json:"usesPersonalInfo"`
	ChildDirected   bool              `json:"isChildDirected"`
	ExportCompliant bool              `json:"isExportCompliant"`
	ContainsAds     bool              `json:"containsAds"`
	Locales         map[string]policy `json:"locales,omitempty"`
}

type policy struct {
	URL string `json:"privacyPolicyUrl"`
}

// The interfaces that the service uses.
const (
	audioPlayer = "AUDIO_PLAYER"
	screens     = "ALEXA_PRESENTATION_APL"
)

func (s Spec) buildManifest(stores map[string]phrases.StoreTexts) manifest {
	target := endpoint{s.Endpoint, s.Certificate}
	m := manifest{Version: "1.0", Privacy: s.privacyAnswers(), Permissions: []permission{{personID}}}
	m.APIs.Custom = custom{target, []skillInterface{{screens, supportedViewports()}}}
	if s.Episodes {
		m.APIs.Custom.Interfaces = append(m.APIs.Custom.Interfaces, skillInterface{Type: audioPlayer})
	}
	// The service deletes the data of a listener who disables the skill. It does not handle other events.
	m.Events = events{target, []subscription{{"SKILL_DISABLED"}}}
	m.Publishing = publishing{
		Locales: map[string]listing{}, Worldwide: true, Countries: []string{}, Distribution: "PUBLIC",
		Category: "NEWS", // the category of Amazon for daily texts
	}
	for locale, store := range stores {
		m.Publishing.Locales[locale] = s.buildListing(store)
	}
	if len(s.Locales) > 0 {
		m.Publishing.Testing = stores[s.Locales[0]].Testing
	}
	return m
}

func (s Spec) buildListing(store phrases.StoreTexts) listing {
	l := listing{
		Name: s.storeTitle(), Summary: store.Summary, Description: store.Description, Keywords: distinctKeywords(store.Keywords),
		SmallIcon: "file://" + iconPath(smallIcon), LargeIcon: "file://" + iconPath(largeIcon),
	}
	for _, example := range store.Examples {
		l.Examples = append(l.Examples, example.String())
	}
	return l
}

// distinctKeywords removes duplicate keywords. A skill may be called "The Blog", which is also a general keyword.
func distinctKeywords(keywords []string) (distinct []string) {
	for _, keyword := range keywords {
		if !slices.ContainsFunc(distinct, func(other string) bool { return strings.EqualFold(other, keyword) }) {
			distinct = append(distinct, keyword)
		}
	}
	return distinct
}

// privacyAnswers answers Amazon's privacy questions about the skill. This service sells nothing, does not show
// advertisements and does not ask listeners for their names.
//
// For Amazon, personal information is data that identifies a person. The service stores the day of the last visit, the
// newest post at that time, and the place where the listener stopped in a post or an episode. It stores them under a keyed
// hash of ids that Amazon generates for this skill only. It does not read names, addresses or accounts, and it deletes the
// data when the listener disables the skill. Only the blog's owner can say whether the blog is directed to children. The
// command therefore asks the owner to check the answers.
func (s Spec) privacyAnswers() privacy {
	p := privacy{ExportCompliant: true}
	if s.PrivacyPolicyURL != "" {
		p.Locales = map[string]policy{}
		for _, locale := range s.Locales {
			p.Locales[locale] = policy{s.PrivacyPolicyURL}
		}
	}
	return p
}

// supportedViewports returns the screen sizes that Amazon requires of each skill with APL documents, and the small
// sizes that Amazon recommends. The APL documents of the service use relative sizes and support round screens.
func supportedViewports() []viewport {
	return []viewport{
		{"HUB", "ROUND", 100, 599, 100, 599},
		{"HUB", "RECTANGLE", 960, 1279, 100, 599},
		{"HUB", "RECTANGLE", 960, 1279, 600, 959},
		{"HUB", "RECTANGLE", 1280, 1920, 600, 1279},
		{"TV", "RECTANGLE", 960, 960, 540, 540},
	}
}
