package alexatest

import (
	"encoding/json"
	"regexp"
	"slices"
)

// playRules returns the rules for audio directives.
func playRules() []rule {
	return []rule{
		{"AudioPlayer directives only for a device with AudioPlayer", func(request Request, r Response) bool {
			return request.hasInterface("AudioPlayer") || countDirectives[Play](r)+countDirectives[Stop](r) == 0
		}},
		{"at most one Play", func(_ Request, r Response) bool { return countDirectives[Play](r) <= 1 }},
		{"Play", func(_ Request, r Response) bool { return r.Play() == nil || isPlayable(*r.Play()) }},
		{"no open session after Play", func(_ Request, r Response) bool {
			return r.Play() == nil || !r.IsOpen()
		}},
	}
}

// isPlayable reports whether the device accepts the directive.
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
	return isSecureURL(p.URL, 8000) && p.Token != "" && utf16Length(p.Token) <= 1024 && p.Offset >= 0 &&
		!slices.ContainsFunc(p.Art, insecure)
}

// screenRules returns the rules for screen directives.
func screenRules() []rule {
	return []rule{
		{"APL documents only for a device with APL", func(request Request, r Response) bool {
			return request.hasInterface("Alexa.Presentation.APL") || countDirectives[Screen](r) == 0
		}},
		{"at most one RenderDocument", func(_ Request, r Response) bool { return countDirectives[Screen](r) <= 1 }},
		{"RenderDocument", func(_ Request, r Response) bool { return r.Screen() == nil || isRenderable(*r.Screen()) }},
		{"a datasource for each name in the document", func(_ Request, r Response) bool {
			return r.Screen() == nil || hasDatasources(*r.Screen())
		}},
	}
}

// documentHead is the part of an APL document that the rules check.
type documentHead struct {
	Type         string `json:"type"`
	Version      string `json:"version"`
	MainTemplate *struct {
		Parameters []any `json:"parameters"`
		Items      any   `json:"items"` // one component or several; "item" is an alias
		Item       any   `json:"item"`
	} `json:"mainTemplate"`
}

// isRenderable reports whether the device accepts the document.
func isRenderable(s Screen) bool {
	document := s.documentHead()
	main := document.MainTemplate
	return s.Token != "" && utf16Length(s.Token) <= 1024 && document.Type == "APL" && document.Version != "" &&
		main != nil && (hasComponent(main.Items) || hasComponent(main.Item))
}

// documentHead decodes the document. Fields that cannot be decoded stay empty.
func (s Screen) documentHead() (document documentHead) {
	_ = json.Unmarshal(s.Document, &document)
	return document
}

// hasComponent reports whether items contains at least one component.
func hasComponent(items any) bool {
	several, isArray := items.([]any)
	return len(several) > 0 || items != nil && !isArray
}

var (
	bindingPattern = regexp.MustCompile(`\$\{[^}]*\}`)
	payloadPattern = regexp.MustCompile(`\bpayload\.(\w+)`)
)

// hasDatasources reports whether each ${payload.NAME…} has a data source and the document has the parameter payload.
// Without them, the screen stays empty.
func hasDatasources(s Screen) bool {
	main := s.documentHead().MainTemplate
	bound := main != nil && slices.Contains(main.Parameters, any("payload"))
	for _, found := range bindingPattern.FindAll(s.Document, -1) {
		for _, root := range payloadPattern.FindAllSubmatch(found, -1) {
			if _, ok := s.Datasources[string(root[1])]; !ok || !bound {
				return false
			}
		}
	}
	return true
}
