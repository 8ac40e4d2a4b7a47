package skillpkg

import (
	"slices"
	"strings"

	"lastpost/internal/phrases"
)

// manifest is skill.json: Amazon's "Skill Manifest Schema".
type manifest struct {
	Version    string     `json:"manifestVersion"`
	Publishing publishing `json:"publishingInformation"`
	APIs       apis       `json:"apis"`
	Events     events     `json:"events"`
	Privacy    privacy    `json:"privacyAndCompliance"`
}

type publishing struct {
	Locales      map[string]listing `json:"locales"`
	Worldwide    bool               `json:"isAvailableWorldwide"`
	Countries    []string           `json:"distributionCountries"` // none where it is available worldwide
	Distribution string             `json:"distributionMode"`
	Category     string             `json:"category"`
	Testing      string             `json:"testingInstructions"`
}

// A listing is what the store shows in one locale.
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

// A viewport is a range of screens, in density-independent pixels.
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

// The interfaces that the service speaks.
const (
	audioPlayer = "AUDIO_PLAYER"
	screens     = "ALEXA_PRESENTATION_APL"
)

func (s Spec) buildManifest(stores map[string]phrases.StoreTexts) manifest {
	to := endpoint{s.Endpoint, s.Certificate}
	m := manifest{Version: "1.0", Privacy: s.privacyAnswers()}
	m.APIs.Custom = custom{to, []skillInterface{{Type: audioPlayer}, {screens, supportedViewports()}}}
	// A listener who disables the skill is forgotten. This is the one event that the service does anything about.
	m.Events = events{to, []subscription{{"SKILL_DISABLED"}}}
	m.Publishing = publishing{
		Locales: map[string]listing{}, Worldwide: true, Countries: []string{}, Distribution: "PUBLIC",
		Category: "NEWS", // of Amazon's categories the one that texts of the day are filed under
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

// distinctKeywords leaves keywords out that are there already, as a skill may well be called "The Blog".
func distinctKeywords(keywords []string) (left []string) {
	for _, keyword := range keywords {
		if !slices.ContainsFunc(left, func(other string) bool { return strings.EqualFold(other, keyword) }) {
			left = append(left, keyword)
		}
	}
	return left
}

// privacyAnswers answers what Amazon asks, for the service as it is: it sells nothing, shows no advertisement, and asks nobody who
// they are. Personal information is for Amazon what tells who somebody is. What the service keeps of a listener is the day
// of the last visit and the newest post there was, under a keyed hash of an id that Amazon makes up for this skill alone;
// it reads neither name nor address nor account, and it forgets the listener when the skill is disabled. Whether the blog
// is directed to children its owner knows, who is told to look at the answers.
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

// supportedViewports are the screens that Amazon requires of every skill with documents, and the small ones that it recommends. The
// service's documents measure in parts of the screen, and know round ones.
func supportedViewports() []viewport {
	return []viewport{
		{"HUB", "ROUND", 100, 599, 100, 599},
		{"HUB", "RECTANGLE", 960, 1279, 100, 599},
		{"HUB", "RECTANGLE", 960, 1279, 600, 959},
		{"HUB", "RECTANGLE", 1280, 1920, 600, 1279},
		{"TV", "RECTANGLE", 960, 960, 540, 540},
	}
}
