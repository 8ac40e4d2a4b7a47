package inspect

import (
	"fmt"
	"html/template"
	"strings"
	"time"

	"lastpost/internal/inspect/present"
)

// templateFuncs returns the functions that the templates use.
func (p *Page) templateFuncs() template.FuncMap {
	return template.FuncMap{
		"at":      func(t time.Time, zone *time.Location) present.Moment { return present.At(t, p.Now(), zone) },
		"calls":   p.Recorder.Calls,
		"image":   present.WebImage,
		"join":    strings.Join,
		"json":    newJSONPart,
		"link":    present.WebLink,
		"ms":      func(d time.Duration) string { return fmt.Sprintf("%.2f ms", float64(d.Microseconds())/1000) },
		"plural":  present.Plural,
		"short":   func(text string) string { return present.Shorten(text, 60) },
		"prose":   splitProse,
		"ruleRow": p.manualRow,
		"size":    present.Size,
		"state":   func(c CertificateStatus) string { return c.stateAt(p.Now()) },
	}
}

// A jsonPart is a document on a page. Its ID is for the buttons that copy and unfold it.
type jsonPart struct {
	ID, Label string
	present.JSONView
}

// newJSONPart returns a part for a document of any string type.
func newJSONPart(id, label string, document any) jsonPart {
	text, _ := document.([]byte)
	if s, ok := document.(string); ok {
		text = []byte(s)
	}
	return jsonPart{id, label, present.JSON(text)}
}

// A proseSpan is a part of a text: words, or code.
type proseSpan struct {
	Code bool
	Text string
}

// splitProse splits a text whose code is between backquotes.
func splitProse(text string) (spans []proseSpan) {
	parts := strings.Split(text, "`")
	if len(parts)%2 == 0 { // a backquote without its partner
		return []proseSpan{{false, text}}
	}
	for i, part := range parts {
		if part != "" {
			spans = append(spans, proseSpan{i%2 == 1, part})
		}
	}
	return spans
}
