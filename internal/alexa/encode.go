package alexa

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// maxResponse is what a response must stay under, in bytes: the smallest limit
// that Amazon has named ("Response format"; newer texts allow more).
const maxResponse = 24 * 1024

// ErrTooLarge is wrapped by the error of [Encode] for a response that is too
// large even without its words.
var ErrTooLarge = errors.New("alexa: response too large")

// The response's JSON (Amazon: "Request and Response JSON Reference").
type (
	responseJSON struct {
		Version           string         `json:"version"`
		SessionAttributes map[string]any `json:"sessionAttributes,omitempty"`
		Response          answerJSON     `json:"response"`
	}
	answerJSON struct {
		OutputSpeech     speechJSON      `json:"outputSpeech,omitzero"`
		Card             cardJSON        `json:"card,omitzero"`
		Reprompt         repromptJSON    `json:"reprompt,omitzero"`
		Directives       []any           `json:"directives,omitempty"`
		CanFulfillIntent *canFulfillJSON `json:"canFulfillIntent,omitempty"`
		ShouldEndSession *bool           `json:"shouldEndSession,omitempty"`
	}
	speechJSON struct {
		Type string `json:"type"`
		SSML string `json:"ssml"`
	}
	repromptJSON struct {
		OutputSpeech speechJSON `json:"outputSpeech"`
	}
	cardJSON struct {
		Type    string    `json:"type"`
		Title   string    `json:"title,omitempty"`
		Content string    `json:"content,omitempty"` // of a Simple card
		Text    string    `json:"text,omitempty"`    // of a Standard card
		Image   imageJSON `json:"image,omitzero"`
	}
	imageJSON struct {
		Small string `json:"smallImageUrl,omitempty"`
		Large string `json:"largeImageUrl,omitempty"`
	}
	canFulfillJSON struct {
		CanFulfill Fulfillment                    `json:"canFulfill"`
		Slots      map[string]slotFulfillmentJSON `json:"slots,omitempty"`
	}
	slotFulfillmentJSON struct {
		CanUnderstand Fulfillment `json:"canUnderstand"`
		CanFulfill    Fulfillment `json:"canFulfill"`
	}
)

// Encode gives a response as Alexa reads it, within Amazon's limits: what is too
// long is cut at the end of a sentence, and where the whole is too long, the
// screens go first, then the card's text gives way, then the reprompt, then the
// speech. Session attributes and what is played are never cut, as half of either
// is none; where they leave no room, the error wraps [ErrTooLarge]. A directive
// that Alexa would refuse, and the response with it, gives an error that wraps
// [ErrDirective]. The other error is that of attributes that encoding/json does
// not write. A nil Response is a zero one.
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

// marshal writes the response, however long. The encoder, unlike json.Marshal,
// can leave < and > as they are: escaped, a tag takes three times its room.
func (r *Response) marshal() ([]byte, error) {
	directives, err := directivesJSON(r.Directives)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	err = encoder.Encode(responseJSON{
		Version:           "1.0",
		SessionAttributes: r.Attributes,
		Response: answerJSON{
			OutputSpeech:     r.Speech.json(),
			Card:             r.Card.json(),
			Reprompt:         repromptJSON{r.Reprompt.json()},
			Directives:       directives,
			CanFulfillIntent: r.CanFulfill.json(),
			ShouldEndSession: r.ShouldEndSession,
		},
	})
	if err != nil {
		return nil, r.unwritable(err)
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}

// unwritable says which of the parts that come from elsewhere made encoding/json
// give up.
func (r *Response) unwritable(err error) error {
	if _, attributes := json.Marshal(r.Attributes); attributes != nil {
		return fmt.Errorf("alexa: session attributes: %w", attributes)
	}
	return fmt.Errorf("%w: a screen's document or data: %w", ErrDirective, err)
}

func (s Speech) json() speechJSON {
	if s.Empty() {
		return speechJSON{}
	}
	return speechJSON{Type: "SSML", SSML: s.SSML()}
}

func (c *Card) json() cardJSON {
	switch {
	case c == nil:
		return cardJSON{}
	case c.SmallImageURL == "" && c.LargeImageURL == "":
		return cardJSON{Type: "Simple", Title: c.Title, Content: c.Text}
	}
	image := imageJSON{c.SmallImageURL, c.LargeImageURL}
	return cardJSON{Type: "Standard", Title: c.Title, Text: c.Text, Image: image}
}

func (c *CanFulfill) json() *canFulfillJSON {
	if c == nil {
		return nil
	}
	out := &canFulfillJSON{CanFulfill: c.Answer}
	for name, slot := range c.Slots {
		if out.Slots == nil {
			out.Slots = make(map[string]slotFulfillmentJSON, len(c.Slots))
		}
		if slot.CanFulfill == Maybe {
			slot.CanFulfill = No
		}
		out.Slots[name] = slotFulfillmentJSON(slot)
	}
	return out
}
