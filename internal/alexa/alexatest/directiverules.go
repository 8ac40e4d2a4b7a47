package alexatest

import (
	"encoding/json"
	"regexp"
	"slices"
)

// playRules are of what is played.
func playRules() []rule {
	return []rule{
		{"AudioPlayer only where the device has it", func(asked Asked, a Answer) bool {
			return asked.has("AudioPlayer") || count[Play](a)+count[Stop](a) == 0
		}},
		{"at most one Play", func(_ Asked, a Answer) bool { return count[Play](a) <= 1 }},
		{"Play", func(_ Asked, a Answer) bool { return a.Play() == nil || playable(*a.Play()) }},
		{"the session ends where something is played", func(_ Asked, a Answer) bool {
			return a.Play() == nil || !a.Open()
		}},
	}
}

// playable tells whether the device begins to play it.
func playable(p Play) bool {
	switch p.Behavior {
	case "REPLACE_ALL", "REPLACE_ENQUEUED":
		if p.ExpectedPreviousToken != "" {
			return false
		}
	case "ENQUEUE":
		if p.ExpectedPreviousToken == "" {
			return false
		}
	default:
		return false
	}
	insecure := func(image string) bool { return !secure(image, 2000) }
	return secure(p.URL, 8000) && p.Token != "" && units(p.Token) <= 1024 && p.Offset >= 0 && !slices.ContainsFunc(p.Art, insecure)
}

// screenRules are of what is shown.
func screenRules() []rule {
	return []rule{
		{"APL only where the device has it", func(asked Asked, a Answer) bool {
			return asked.has("Alexa.Presentation.APL") || count[Screen](a) == 0
		}},
		{"at most one RenderDocument", func(_ Asked, a Answer) bool { return count[Screen](a) <= 1 }},
		{"RenderDocument", func(_ Asked, a Answer) bool { return a.Screen() == nil || rendered(*a.Screen()) }},
		{"datasources for all that the document names", func(_ Asked, a Answer) bool {
			return a.Screen() == nil || supplied(*a.Screen())
		}},
	}
}

// template is what every document of APL has.
type template struct {
	Type         string `json:"type"`
	Version      string `json:"version"`
	MainTemplate *struct {
		Parameters []any `json:"parameters"`
		Items      any   `json:"items"` // one or several, as item
		Item       any   `json:"item"`
	} `json:"mainTemplate"`
}

// rendered tells whether the device takes it for a document.
func rendered(s Screen) bool {
	document := s.template()
	main := document.MainTemplate
	return s.Token != "" && units(s.Token) <= 1024 && document.Type == "APL" && document.Version != "" &&
		main != nil && (something(main.Items) || something(main.Item))
}

// template reads the document as far as it is one.
func (s Screen) template() (document template) {
	_ = json.Unmarshal(s.Document, &document)
	return document
}

// something tells whether there is a component, or more than one.
func something(items any) bool {
	several, isArray := items.([]any)
	return len(several) > 0 || items != nil && !isArray
}

var (
	expression = regexp.MustCompile(`\$\{[^}]*\}`)
	payload    = regexp.MustCompile(`\bpayload\.(\w+)`)
)

// supplied tells whether each ${payload.NAME…} has its data source, and whether
// the document binds the payload at all: without either, the screen stays empty.
func supplied(s Screen) bool {
	main := s.template().MainTemplate
	bound := main != nil && slices.Contains(main.Parameters, any("payload"))
	for _, found := range expression.FindAll(s.Document, -1) {
		for _, root := range payload.FindAllSubmatch(found, -1) {
			if _, there := s.Datasources[string(root[1])]; !there || !bound {
				return false
			}
		}
	}
	return true
}
