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

// maxResponse is the limit of a response's size. A response must have fewer bytes. Amazon has published several limits,
// and this is the smallest one ("Response format").
const maxResponse = 24 * 1024

// ErrTooLarge is wrapped by the error of [Encode] for a response that is too large even without its texts.
var ErrTooLarge = errors.New("alexa: response too large")

// Encode returns a response as JSON within Amazon's limits. It cuts each text that is too long at the end of a
// sentence. If the whole response is too long, it drops the screens, then shortens the card's text, the reprompt and
// the speech, in this order. It never cuts session attributes and streams, because a part of them is useless. If the
// attributes and streams alone are too long, the error wraps [ErrTooLarge].
//
// The error wraps [ErrDirective] if Alexa would refuse a directive. Any other error comes from encoding/json, which
// encodes the session attributes. Encode treats a nil Response like a zero Response.
func Encode(r *Response) ([]byte, error) {
	fit := r.withinLimits()
	out, err := fit.marshalJSON()
	if len(out) >= maxResponse && slices.ContainsFunc(fit.Directives, isScreen) {
		fit.Directives = slices.DeleteFunc(slices.Clone(fit.Directives), isScreen)
		out, err = fit.marshalJSON()
	}
	for _, shorten := range []func(excess int){
		func(excess int) { fit.Card = fit.Card.shortenedBy(excess) },
		func(excess int) { fit.Reprompt = fit.Reprompt.shortenedBy(excess) },
		func(excess int) { fit.Speech = fit.Speech.shortenedBy(excess) },
	} {
		if err != nil || len(out) < maxResponse {
			return out, err
		}
		shorten(len(out) - maxResponse + 1)
		out, err = fit.marshalJSON()
	}
	if len(out) >= maxResponse {
		return nil, fmt.Errorf("%w: %d bytes without its texts, limit %d", ErrTooLarge, len(out), maxResponse)
	}
	return out, err
}

// withinLimits returns a copy of the response in which each part is within the limit for that part.
func (r *Response) withinLimits() Response {
	if r == nil {
		return Response{}
	}
	fit := *r
	fit.Speech, fit.Reprompt, fit.Card = r.Speech.withinLimits(), r.Reprompt.withinLimits(), r.Card.withinLimits()
	return fit
}

// responseJSON is a response in Amazon's format (Amazon: "Request and Response JSON Reference").
type responseJSON struct {
	Version    string         `json:"version"`
	Attributes jsontext.Value `json:"sessionAttributes,omitzero"`
	Response   struct {
		Speech           speechJSON   `json:"outputSpeech,omitzero"`
		Card             *cardJSON    `json:"card,omitzero"`
		Reprompt         repromptJSON `json:"reprompt,omitzero"`
		Directives       []any        `json:"directives,omitempty"`
		CanFulfill       *CanFulfill  `json:"canFulfillIntent,omitzero"`
		ShouldEndSession *bool        `json:"shouldEndSession,omitzero"`
	} `json:"response"`
}

type speechJSON struct {
	Type string `json:"type"`
	SSML string `json:"ssml"`
}

type repromptJSON struct {
	Speech speechJSON `json:"outputSpeech"`
}

type cardJSON struct {
	Type    string `json:"type"`
	Title   string `json:"title,omitempty"`
	Content string `json:"content,omitempty"` // of a Simple card
	Text    string `json:"text,omitempty"`    // of a Standard card
	Image   struct {
		Small string `json:"smallImageUrl,omitempty"`
		Large string `json:"largeImageUrl,omitempty"`
	} `json:"image,omitzero"`
}

// jsonOptions are the options for encoding. HTML escapes are off, because an escaped tag takes three times the space.
// Invalid UTF-8 becomes U+FFFD. Repeated names in a screen's document are not checked, because the check takes 3 µs for
// each response.
var jsonOptions = json.JoinOptions(jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true),
	jsontext.PreserveRawStrings(true), json.Deterministic(true))

// marshalJSON encodes the response. It does not check the size.
func (r *Response) marshalJSON() ([]byte, error) {
	w := responseJSON{Version: "1.0"}
	var err error
	if len(r.Attributes) > 0 {
		if w.Attributes, err = marshalRaw(r.Attributes); err != nil {
			return nil, fmt.Errorf("alexa: encode session attributes: %w", err)
		}
	}
	w.Response.Speech, w.Response.Reprompt.Speech = r.Speech.toJSON(), r.Reprompt.toJSON()
	w.Response.Card, w.Response.CanFulfill = r.Card.toJSON(), r.CanFulfill.normalized()
	for _, directive := range r.Directives {
		one, err := toDirectiveJSON(directive)
		if err != nil {
			return nil, err
		}
		w.Response.Directives = append(w.Response.Directives, one)
	}
	w.Response.ShouldEndSession = r.ShouldEndSession
	return json.Marshal(&w, jsonOptions)
}

// marshalRaw encodes a value with encoding/json, without HTML escapes.
func marshalRaw(value any) (jsontext.Value, error) {
	var out bytes.Buffer
	encoder := encodingjson.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), err
}

func (s Speech) toJSON() speechJSON {
	if s.Empty() {
		return speechJSON{}
	}
	return speechJSON{"SSML", s.SSML()}
}

func (c *Card) toJSON() *cardJSON {
	if c == nil {
		return nil
	}
	w := &cardJSON{Type: "Simple", Title: c.Title, Content: c.Text}
	if c.SmallImageURL != "" || c.LargeImageURL != "" {
		w = &cardJSON{Type: "Standard", Title: c.Title, Text: c.Text}
		w.Image.Small, w.Image.Large = c.SmallImageURL, c.LargeImageURL
	}
	return w
}
