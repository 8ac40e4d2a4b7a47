package alexa

import (
	"errors"
	"fmt"
	"maps"
	"slices"
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

// marshal writes the response, however long (Amazon: "Request and Response JSON Reference").
func (r *Response) marshal() ([]byte, error) {
	w := &writer{out: make([]byte, 0, usualResponse)}
	w.open('{')
	w.text("version", "1.0")
	if err := w.attributes(r.Attributes); err != nil {
		return nil, err
	}
	w.begin("response")
	w.speech("outputSpeech", r.Speech)
	w.card(r.Card)
	if !r.Reprompt.Empty() {
		w.begin("reprompt")
		w.speech("outputSpeech", r.Reprompt)
		w.end()
	}
	if err := w.directives(r.Directives); err != nil {
		return nil, err
	}
	w.canFulfill(r.CanFulfill)
	if r.ShouldEndSession != nil {
		w.boolean("shouldEndSession", *r.ShouldEndSession)
	}
	w.end()
	w.end()
	return w.out, nil
}

// usualResponse is room for a response with a screen, in bytes.
const usualResponse = 4 * 1024

func (w *writer) attributes(all map[string]any) error {
	if len(all) == 0 {
		return nil
	}
	w.begin("sessionAttributes")
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if err := w.value(name, all[name]); err != nil {
			return fmt.Errorf("alexa: session attributes: %w", err)
		}
	}
	w.end()
	return nil
}

func (w *writer) speech(key string, s Speech) {
	if s.Empty() {
		return
	}
	w.begin(key)
	w.text("type", "SSML")
	w.text("ssml", s.SSML())
	w.end()
}

func (w *writer) card(c *Card) {
	if c == nil {
		return
	}
	w.begin("card")
	if c.SmallImageURL == "" && c.LargeImageURL == "" {
		w.text("type", "Simple")
		w.some("title", c.Title)
		w.some("content", c.Text)
	} else {
		w.text("type", "Standard")
		w.some("title", c.Title)
		w.some("text", c.Text)
		w.begin("image")
		w.some("smallImageUrl", c.SmallImageURL)
		w.some("largeImageUrl", c.LargeImageURL)
		w.end()
	}
	w.end()
}

func (w *writer) canFulfill(c *CanFulfill) {
	if c == nil {
		return
	}
	w.begin("canFulfillIntent")
	w.text("canFulfill", c.Answer.known())
	if len(c.Slots) > 0 {
		w.begin("slots")
		for _, name := range slices.Sorted(maps.Keys(c.Slots)) {
			slot := c.Slots[name]
			if slot.CanFulfill == Maybe {
				slot.CanFulfill = No
			}
			w.begin(name)
			w.text("canUnderstand", slot.CanUnderstand.known())
			w.text("canFulfill", slot.CanFulfill.known())
			w.end()
		}
		w.end()
	}
	w.end()
}
