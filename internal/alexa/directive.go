package alexa

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Amazon's limits ("AudioPlayer Interface Reference"), in characters. For a
// stream's words no limit is named: a screen shows a line of each.
const (
	maxStreamURL = 8000
	maxToken     = 1024
	maxLine      = 500
)

// ErrDirective is wrapped by the error of [Encode] for a directive that Alexa
// would refuse: half a play is none.
var ErrDirective = errors.New("alexa: directive")

// Directive is what the device does besides speaking: [Play], [Stop], [Screen].
// Values, and not pointers to them, are what [Encode] takes.
type Directive interface{ directive() }

func (Play) directive()   {}
func (Stop) directive()   {}
func (Screen) directive() {}

// Play has the device play a stream, in place of what it plays
// (AudioPlayer.Play). It wants the session ended, and a device that
// [Device.Supports] AudioPlayer.
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

// Screen shows a document (Alexa.Presentation.APL.RenderDocument), on a device
// that [Device.Supports] Alexa.Presentation.APL. Where a response is too long
// its screens are left out.
type Screen struct {
	Token    string          // comes back with what is touched; as a Play's
	Document json.RawMessage // of APL; an object
	Data     any             // the document's data sources, by name; nil: none
}

// Playable reports whether a URL is one that a [Play] takes: absolute, https,
// without user info (which would show in the Alexa app), without spaces and what
// else a URL cannot hold, and of at most 8,000 characters.
func Playable(streamURL string) bool {
	u := httpsURL(streamURL, maxStreamURL)
	return u != nil && u.User == nil
}

// The directives' JSON (Amazon: "AudioPlayer Interface Reference",
// "Alexa.Presentation.APL Interface Reference").
type (
	playJSON struct {
		Type         string        `json:"type"`
		PlayBehavior string        `json:"playBehavior"`
		AudioItem    audioItemJSON `json:"audioItem"`
	}
	audioItemJSON struct {
		Stream   streamJSON   `json:"stream"`
		Metadata metadataJSON `json:"metadata,omitzero"`
	}
	streamJSON struct {
		URL    string `json:"url"`
		Token  string `json:"token"`
		Offset int64  `json:"offsetInMilliseconds"`
	}
	metadataJSON struct {
		Title    string   `json:"title,omitempty"`
		Subtitle string   `json:"subtitle,omitempty"`
		Art      *artJSON `json:"art,omitempty"`
	}
	artJSON struct {
		Sources [1]sourceJSON `json:"sources"`
	}
	sourceJSON struct {
		URL string `json:"url"`
	}
	stopJSON struct {
		Type string `json:"type"`
	}
	screenJSON struct {
		Type        string          `json:"type"`
		Token       string          `json:"token"`
		Document    json.RawMessage `json:"document"`
		Datasources any             `json:"datasources,omitempty"`
	}
)

func (p Play) json() (any, error) {
	if !Playable(p.URL) {
		return nil, fmt.Errorf("%w: a stream needs an https URL of at most %d characters", ErrDirective, maxStreamURL)
	}
	if !isToken(p.Token) {
		return nil, fmt.Errorf("%w: a stream's token has 1 to %d characters", ErrDirective, maxToken)
	}
	stream := streamJSON{URL: p.URL, Token: p.Token, Offset: max(p.Offset, 0).Milliseconds()}
	metadata := metadataJSON{Title: line(p.Title), Subtitle: line(p.Subtitle)}
	if art := imageURL(p.ArtURL); art != "" {
		metadata.Art = &artJSON{[1]sourceJSON{{art}}}
	}
	return playJSON{
		Type: "AudioPlayer.Play", PlayBehavior: "REPLACE_ALL",
		AudioItem: audioItemJSON{Stream: stream, Metadata: metadata},
	}, nil
}

func (s Screen) json() (any, error) {
	if !isToken(s.Token) {
		return nil, fmt.Errorf("%w: a screen's token has 1 to %d characters", ErrDirective, maxToken)
	}
	if !bytes.HasPrefix(bytes.TrimSpace(s.Document), []byte("{")) {
		return nil, fmt.Errorf("%w: a screen's document is no object", ErrDirective)
	}
	return screenJSON{
		Type: "Alexa.Presentation.APL.RenderDocument", Token: s.Token, Document: s.Document, Datasources: s.Data,
	}, nil
}

// isToken reports whether a text can be a token, and comes back as it is, which
// what is not UTF-8 does not.
func isToken(text string) bool {
	n := units(text)
	return n > 0 && n <= maxToken && utf8.ValidString(text)
}

// directivesJSON gives all directives as Alexa reads them.
func directivesJSON(directives []Directive) (out []any, err error) {
	for _, d := range directives {
		var one any
		switch d := d.(type) {
		case Play:
			one, err = d.json()
		case Stop:
			one = stopJSON{Type: "AudioPlayer.Stop"}
		case Screen:
			one, err = d.json()
		default:
			err = fmt.Errorf("%w: none is a %T", ErrDirective, d)
		}
		if err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	return out, nil
}

func isScreen(d Directive) bool {
	_, ok := d.(Screen)
	return ok
}

// line gives a text as one line of a screen.
func line(text string) string {
	return cut(strings.Join(strings.Fields(shown(text)), " "), false, span{maxLine, units})
}
