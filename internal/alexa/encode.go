package alexa

import (
	"bytes"
	encodingjson "encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// maxResponse is what a response must stay under, in bytes: the smallest limit
// that Amazon has named ("Response format"; newer texts allow more).
const maxResponse = 24 * 1024

// ErrTooLarge is wrapped by the error of [Encode] for a response that is too large even without its words.
var ErrTooLarge = errors.New("alexa: response too large")

// Encode gives a response as Alexa reads it, within Amazon's limits: what is too long is cut at the end of a sentence,
// and where the whole is too long, the screens go first, then the card's text gives way, then the reprompt, then the
// speech. Session attributes and what is played are never cut, as half of either is none; where they leave no room, the
// error wraps [ErrTooLarge]. A directive that Alexa would refuse, and the response with it, gives an error that wraps
// [ErrDirective]. The other error is that of attributes that encoding/json does not write. A nil Response is a zero
// one.
func Encode(r *Response) ([]byte, error) {
	fit := r.fitted()
	out, err := fit.marshal()
	if len(out) >= maxResponse && slices.ContainsFunc(fit.Directives, isScreen) {
		fit.Directives = slices.DeleteFunc(slices.Clone(fit.Directives), isScreen)
		out, err = fit.marshal()
	}
	for _, shorten := range []func(excess int){
		func(excess int) { fit.Card = fit.Card.shortened(excess) },
		func(excess int) { fit.Reprompt = fit.Reprompt.shortened(excess) },
		func(excess int) { fit.Speech = fit.Speech.shortened(excess) },
	} {
		if err != nil || len(out) < maxResponse {
			return out, err
		}
		shorten(len(out) - maxResponse + 1)
		out, err = fit.marshal()
	}
	if len(out) >= maxResponse {
		return nil, fmt.Errorf("%w: %d bytes without its words, of less than %d", ErrTooLarge, len(out), maxResponse)
	}
	return out, err
}

// fitted gives the response with each of its parts within Amazon's limits.
func (r *Response) fitted() Response {
	if r == nil {
		return Response{}
	}
	fit := *r
	fit.Speech, fit.Reprompt, fit.Card = r.Speech.fitted(), r.Reprompt.fitted(), r.Card.fitted()
	return fit
}

// wire is the JSON of a response (Amazon: "Request and Response JSON Reference").
type wire struct {
	Version    string         `json:"version"`
	Attributes jsontext.Value `json:"sessionAttributes,omitzero"`
	Response   struct {
		Speech           speechWire  `json:"outputSpeech,omitzero"`
		Card             *cardWire   `json:"card,omitzero"`
		Reprompt         talkWire    `json:"reprompt,omitzero"`
		Directives       []any       `json:"directives,omitempty"`
		CanFulfill       *CanFulfill `json:"canFulfillIntent,omitzero"`
		ShouldEndSession *bool       `json:"shouldEndSession,omitzero"`
	} `json:"response"`
}

type speechWire struct {
	Type string `json:"type"`
	SSML string `json:"ssml"`
}

type talkWire struct {
	Speech speechWire `json:"outputSpeech"`
}

type cardWire struct {
	Type    string `json:"type"`
	Title   string `json:"title,omitempty"`
	Content string `json:"content,omitempty"` // of a Simple card
	Text    string `json:"text,omitempty"`    // of a Standard card
	Image   struct {
		Small string `json:"smallImageUrl,omitempty"`
		Large string `json:"largeImageUrl,omitempty"`
	} `json:"image,omitzero"`
}

// written are the options of the JSON. There are no HTML escapes, because an escaped tag takes three times its room, and
// what is not UTF-8 becomes U+FFFD. A screen's document is not searched for names that occur twice: that takes 3 µs.
var written = json.JoinOptions(jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true),
	jsontext.PreserveRawStrings(true), json.Deterministic(true))

// marshal writes the response, however long.
func (r *Response) marshal() ([]byte, error) {
	w := wire{Version: "1.0"}
	var err error
	if len(r.Attributes) > 0 {
		if w.Attributes, err = rawJSON(r.Attributes); err != nil {
			return nil, fmt.Errorf("alexa: session attributes: %w", err)
		}
	}
	w.Response.Speech, w.Response.Reprompt.Speech = r.Speech.wire(), r.Reprompt.wire()
	w.Response.Card, w.Response.CanFulfill = r.Card.wire(), r.CanFulfill.known()
	for _, directive := range r.Directives {
		one, err := directiveWire(directive)
		if err != nil {
			return nil, err
		}
		w.Response.Directives = append(w.Response.Directives, one)
	}
	w.Response.ShouldEndSession = r.ShouldEndSession
	return json.Marshal(&w, written)
}

// rawJSON gives what encoding/json writes for a value, without HTML escapes.
func rawJSON(value any) (jsontext.Value, error) {
	var out bytes.Buffer
	encoder := encodingjson.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), err
}

func (s Speech) wire() speechWire {
	if s.Empty() {
		return speechWire{}
	}
	return speechWire{"SSML", s.SSML()}
}

func (c *Card) wire() *cardWire {
	if c == nil {
		return nil
	}
	w := &cardWire{Type: "Simple", Title: c.Title, Content: c.Text}
	if c.SmallImageURL != "" || c.LargeImageURL != "" {
		w = &cardWire{Type: "Standard", Title: c.Title, Text: c.Text}
		w.Image.Small, w.Image.Large = c.SmallImageURL, c.LargeImageURL
	}
	return w
}
