package alexa

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// Amazon's limits ("AudioPlayer Interface Reference"), in characters. For a
// stream's words no limit is named: a screen shows a line of each.
const (
	maxStreamURL  = 8000
	maxToken      = 1024
	maxScreenLine = 500
)

// ErrDirective is wrapped by the error of [Encode] for a directive that Alexa would refuse: half a play is none.
var ErrDirective = errors.New("alexa: directive")

// Directive is what the device does besides speaking: [Play], [Stop], [Screen].
// Values, and not pointers to them, are what [Encode] takes.
type Directive interface{ directive() }

func (Play) directive()   {}
func (Stop) directive()   {}
func (Screen) directive() {}

// Play has the device play a stream, in place of what it plays (AudioPlayer.Play). It wants the session ended, and a
// device that [Device.Supports] AudioPlayer.
type Play struct {
	URL      string        // see [Playable]
	Token    string        // comes back in requests and in the Context; 1 to 1,024 characters of UTF-8
	Offset   time.Duration // where it begins; a negative one is zero
	Title    string        // on screens; may be empty, as what follows
	Subtitle string
	ArtURL   string // HTTPS, at most 2,000 characters; else it is left out
}

// Stop has the device stop what it plays (AudioPlayer.Stop).
type Stop struct{}

// Screen shows a document (Alexa.Presentation.APL.RenderDocument), on a device that [Device.Supports]
// Alexa.Presentation.APL. Where a response is too long its screens are left out.
type Screen struct {
	Token    string // comes back with what is touched; as a Play's
	Document Document
	Data     any // the document's data sources, by name; nil: none
}

// Playable reports whether a URL is one that a [Play] takes: absolute, https, without user info (which would show in
// the Alexa app), without spaces and what else a URL cannot hold, and of at most 8,000 characters.
func Playable(streamURL string) bool {
	u := parseHTTPSURL(streamURL, maxStreamURL)
	return u != nil && u.User == nil
}

// A Document is one of APL, which a [Screen] shows. The zero Document is none.
type Document struct{ compact []byte }

// NewDocument takes a document's JSON, which must be an object. It is made once and sent often.
func NewDocument(source []byte) (Document, error) {
	var compact bytes.Buffer
	if err := json.Compact(&compact, source); err != nil {
		return Document{}, fmt.Errorf("%w: a screen's document: %w", ErrDirective, err)
	}
	if !bytes.HasPrefix(compact.Bytes(), []byte("{")) {
		return Document{}, fmt.Errorf("%w: a screen's document is no object", ErrDirective)
	}
	return Document{compact.Bytes()}, nil
}

// MustDocument is [NewDocument] for documents that are a part of the program.
func MustDocument(source []byte) Document {
	d, err := NewDocument(source)
	if err != nil {
		panic(err)
	}
	return d
}

type playJSON struct {
	Type      string `json:"type"`
	Behavior  string `json:"playBehavior"`
	AudioItem struct {
		Stream struct {
			URL    string `json:"url"`
			Token  string `json:"token"`
			Offset int64  `json:"offsetInMilliseconds"`
		} `json:"stream"`
		Metadata struct {
			Title    string `json:"title,omitempty"`
			Subtitle string `json:"subtitle,omitempty"`
			Art      struct {
				Sources []artSource `json:"sources,omitempty"`
			} `json:"art,omitempty"`
		} `json:"metadata,omitempty"`
	} `json:"audioItem"`
}

type artSource struct {
	URL string `json:"url"`
}

type screenJSON struct {
	Type        string         `json:"type"`
	Token       string         `json:"token"`
	Document    jsontext.Value `json:"document"`
	Datasources jsontext.Value `json:"datasources,omitzero"`
}

// toDirectiveJSON gives a directive as Alexa reads it (Amazon: "AudioPlayer Interface Reference",
// "Alexa.Presentation.APL Interface Reference").
func toDirectiveJSON(directive Directive) (any, error) {
	switch d := directive.(type) {
	case Play:
		return d.toJSON()
	case Stop:
		return map[string]string{"type": "AudioPlayer.Stop"}, nil
	case Screen:
		return d.toJSON()
	}
	return nil, fmt.Errorf("%w: none is a %T", ErrDirective, directive)
}

func (p Play) toJSON() (*playJSON, error) {
	if !Playable(p.URL) {
		return nil, fmt.Errorf("%w: a stream needs an https URL of at most %d characters", ErrDirective, maxStreamURL)
	}
	if !isToken(p.Token) {
		return nil, fmt.Errorf("%w: a stream's token has 1 to %d characters", ErrDirective, maxToken)
	}
	w := &playJSON{Type: "AudioPlayer.Play", Behavior: "REPLACE_ALL"}
	stream, metadata := &w.AudioItem.Stream, &w.AudioItem.Metadata
	stream.URL, stream.Token, stream.Offset = p.URL, p.Token, max(p.Offset, 0).Milliseconds()
	metadata.Title, metadata.Subtitle = screenLine(p.Title), screenLine(p.Subtitle)
	if art := checkImageURL(p.ArtURL); art != "" {
		metadata.Art.Sources = []artSource{{art}}
	}
	return w, nil
}

func (s Screen) toJSON() (*screenJSON, error) {
	if !isToken(s.Token) {
		return nil, fmt.Errorf("%w: a screen's token has 1 to %d characters", ErrDirective, maxToken)
	}
	if s.Document.compact == nil {
		return nil, fmt.Errorf("%w: a screen without a document", ErrDirective)
	}
	w := &screenJSON{Type: "Alexa.Presentation.APL.RenderDocument", Token: s.Token, Document: s.Document.compact}
	if s.Data == nil {
		return w, nil
	}
	var err error
	if w.Datasources, err = marshalRaw(s.Data); err != nil {
		return nil, fmt.Errorf("%w: a screen's data: %w", ErrDirective, err)
	}
	return w, nil
}

// isToken reports whether a text can be a token, and comes back as it is, which what is not UTF-8 does not.
func isToken(text string) bool {
	n := utf16Length(text)
	return n > 0 && n <= maxToken && utf8.ValidString(text)
}

func isScreen(d Directive) bool {
	_, ok := d.(Screen)
	return ok
}

// screenLine gives a text as one line of a screen.
func screenLine(text string) string {
	return truncate(strings.Join(strings.Fields(cleanCardText(text)), " "), false, sizeLimit{maxScreenLine, utf16Length})
}
