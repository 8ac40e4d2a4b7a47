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

// Amazon's limits ("AudioPlayer Interface Reference"), in characters. Amazon does not publish a limit for the title and
// subtitle of a stream. Screens show one line of each.
const (
	maxStreamURL  = 8000
	maxToken      = 1024
	maxScreenLine = 500
)

// ErrDirective is wrapped by the error of [Encode] for a directive that Alexa would refuse.
var ErrDirective = errors.New("alexa: directive")

// Directive is a command to the device: [Play], [Stop] or [Screen]. [Encode] accepts values, not pointers.
type Directive interface{ directive() }

func (Play) directive()   {}
func (Stop) directive()   {}
func (Screen) directive() {}

// Play starts a stream and replaces the current one (AudioPlayer.Play). With ExpectedPrevious, it starts the stream after
// the current one. It requires a response that ends the session, and a device that [Device.Supports] AudioPlayer.
type Play struct {
	URL      string        // see [Playable]
	Token    string        // returned in requests and in the Context; 1 to 1,024 characters of UTF-8
	Offset   time.Duration // start position; a negative position means zero
	Title    string        // shown on screens; Title, Subtitle and ArtURL may be empty
	Subtitle string
	ArtURL   string // HTTPS, at most 2,000 characters; otherwise omitted

	// ExpectedPrevious is the token of the current stream. The device ignores the Play if it plays another stream by then.
	// Empty means that the stream replaces the current one. The limits of Token apply.
	ExpectedPrevious string
}

// Stop stops the current stream (AudioPlayer.Stop).
type Stop struct{}

// Screen shows a document (Alexa.Presentation.APL.RenderDocument). It requires a device that [Device.Supports]
// Alexa.Presentation.APL. [Encode] drops screens from a response that is too long.
type Screen struct {
	Token    string // returned with touch events; the limits of Play.Token apply
	Document Document
	Data     any // the document's data sources by name; nil means none
}

// Playable reports whether [Play] accepts a URL. It must be absolute, use https, contain only valid URL characters, and
// have at most 8,000 characters. It must not contain a user name or password, because the Alexa app would show them.
func Playable(streamURL string) bool {
	u := parseHTTPSURL(streamURL, maxStreamURL)
	return u != nil && u.User == nil
}

// A Document is an APL document for a [Screen]. The zero Document is empty and not valid.
type Document struct{ compact []byte }

// NewDocument returns the APL document in source, a JSON object. Callers create a document once and send it often.
func NewDocument(source []byte) (Document, error) {
	var compact bytes.Buffer
	if err := json.Compact(&compact, source); err != nil {
		return Document{}, fmt.Errorf("%w: parse screen document: %w", ErrDirective, err)
	}
	if !bytes.HasPrefix(compact.Bytes(), []byte("{")) {
		return Document{}, fmt.Errorf("%w: the screen document is not a JSON object", ErrDirective)
	}
	return Document{compact.Bytes()}, nil
}

// MustDocument is like [NewDocument] but panics on an error. It is for documents that are part of the program.
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
			URL              string `json:"url"`
			Token            string `json:"token"`
			ExpectedPrevious string `json:"expectedPreviousToken,omitempty"`
			Offset           int64  `json:"offsetInMilliseconds"`
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

// toDirectiveJSON returns a directive in Alexa's format (Amazon: "AudioPlayer Interface Reference",
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
	return nil, fmt.Errorf("%w: unknown type %T", ErrDirective, directive)
}

func (p Play) toJSON() (*playJSON, error) {
	if !Playable(p.URL) {
		return nil, fmt.Errorf("%w: stream URL is not a valid https URL of at most %d characters", ErrDirective, maxStreamURL)
	}
	if !isToken(p.Token) {
		return nil, fmt.Errorf("%w: stream token is not 1 to %d characters of UTF-8", ErrDirective, maxToken)
	}
	w := &playJSON{Type: "AudioPlayer.Play", Behavior: "REPLACE_ALL"}
	stream, metadata := &w.AudioItem.Stream, &w.AudioItem.Metadata
	if p.ExpectedPrevious != "" {
		if !isToken(p.ExpectedPrevious) {
			return nil, fmt.Errorf("%w: expected token is not 1 to %d characters of UTF-8", ErrDirective, maxToken)
		}
		w.Behavior, stream.ExpectedPrevious = "ENQUEUE", p.ExpectedPrevious
	}
	stream.URL, stream.Token, stream.Offset = p.URL, p.Token, max(p.Offset, 0).Milliseconds()
	metadata.Title, metadata.Subtitle = screenLine(p.Title), screenLine(p.Subtitle)
	if art := checkImageURL(p.ArtURL); art != "" {
		metadata.Art.Sources = []artSource{{art}}
	}
	return w, nil
}

func (s Screen) toJSON() (*screenJSON, error) {
	if !isToken(s.Token) {
		return nil, fmt.Errorf("%w: screen token is not 1 to %d characters of UTF-8", ErrDirective, maxToken)
	}
	if s.Document.compact == nil {
		return nil, fmt.Errorf("%w: screen without a document", ErrDirective)
	}
	w := &screenJSON{Type: "Alexa.Presentation.APL.RenderDocument", Token: s.Token, Document: s.Document.compact}
	if s.Data == nil {
		return w, nil
	}
	var err error
	if w.Datasources, err = marshalRaw(s.Data); err != nil {
		return nil, fmt.Errorf("%w: encode screen data: %w", ErrDirective, err)
	}
	return w, nil
}

// isToken reports whether Alexa accepts a token and returns it unchanged. This requires valid UTF-8.
func isToken(text string) bool {
	n := utf16Length(text)
	return n > 0 && n <= maxToken && utf8.ValidString(text)
}

func isScreen(d Directive) bool {
	_, ok := d.(Screen)
	return ok
}

// screenLine returns a text without line breaks, shortened to one line of a screen.
func screenLine(text string) string {
	return truncate(strings.Join(strings.Fields(cleanCardText(text)), " "), false, sizeLimit{maxScreenLine, utf16Length})
}
