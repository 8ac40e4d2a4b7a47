package alexatest

import (
	"encoding/json"
	"regexp"
	"slices"
)

// playRules are of what is played.
func playRules() []rule {
	return []rule{
		{"AudioPlayer only where the device has it", func(asked Request, a Response) bool {
			return asked.hasInterface("AudioPlayer") || countDirectives[Play](a)+countDirectives[Stop](a) == 0
		}},
		{"at most one Play", func(_ Request, a Response) bool { return countDirectives[Play](a) <= 1 }},
		{"Play", func(_ Request, a Response) bool { return a.Play() == nil || isPlayable(*a.Play()) }},
		{"the session ends where something is played", func(_ Request, a Response) bool {
			return a.Play() == nil || !a.IsOpen()
		}},
	}
}

// isPlayable tells whether the device begins to play it.
func isPlayable(p Play) bool {
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
	insecure := func(image string) bool { return !isSecureURL(image, 2000) }
	return isSecureURL(p.URL, 8000) && p.Token != "" && utf16Length(p.Token) <= 1024 && p.Offset >= 0 && !slices.ContainsFunc(p.Art, insecure)
}

// screenRules are of what is shown.
func screenRules() []rule {
	return []rule{
		{"APL only where the device has it", func(asked Request, a Response) bool {
			return asked.hasInterface("Alexa.Presentation.APL") || countDirectives[Screen](a) == 0
		}},
		{"at most one RenderDocument", func(_ Request, a Response) bool { return countDirectives[Screen](a) <= 1 }},
		{"RenderDocument", func(_ Request, a Response) bool { return a.Screen() == nil || isRenderable(*a.Screen()) }},
		{"datasources for all that the document names", func(_ Request, a Response) bool {
			return a.Screen() == nil || hasDatasources(*a.Screen())
		}},
	}
}

// documentHead is what every document of APL has.
type documentHead struct {
	Type         string `json:"type"`
	Version      string `json:"version"`
	MainTemplate *struct {
		Parameters []any `json:"parameters"`
		Items      any   `json:"items"` // one or several, as item
		Item       any   `json:"item"`
	} `json:"mainTemplate"`
}

// isRenderable tells whether the device takes it for a document.
func isRenderable(s Screen) bool {
	document := s.documentHead()
	main := document.MainTemplate
	return s.Token != "" && utf16Length(s.Token) <= 1024 && document.Type == "APL" && document.Version != "" &&
		main != nil && (hasComponent(main.Items) || hasComponent(main.Item))
}

// documentHead reads the document as far as it is one.
func (s Screen) documentHead() (document documentHead) {
	_ = json.Unmarshal(s.Document, &document)
	return document
}

// hasComponent tells whether there is a component, or more than one.
func hasComponent(items any) bool {
	several, isArray := items.([]any)
	return len(several) > 0 || items != nil && !isArray
}

var (
	bindingPattern = regexp.MustCompile(`\$\{[^}]*\}`)
	payloadPattern = regexp.MustCompile(`\bpayload\.(\w+)`)
)

// hasDatasources tells whether each ${payload.NAME…} has its data source, and whether
// the document binds the payload at all: without either, the screen stays empty.
func hasDatasources(s Screen) bool {
	main := s.documentHead().MainTemplate
	bound := main != nil && slices.Contains(main.Parameters, any("payload"))
	for _, found := range bindingPattern.FindAll(s.Document, -1) {
		for _, root := range payloadPattern.FindAllSubmatch(found, -1) {
			if _, there := s.Datasources[string(root[1])]; !there || !bound {
				return false
			}
		}
	}
	return true
}
