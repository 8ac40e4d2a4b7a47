package alexatest

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode"
)

// Response is a decoded response, with the fields that Alexa reads.
type Response struct {
	Version    string
	Attributes map[string]any // session attributes, which Alexa sends with the next request
	Body       ResponseBody

	rawJSON       []byte
	rawAttributes json.RawMessage
}

// ResponseBody is the part of a response without the session attributes. Absent fields are nil.
type ResponseBody struct {
	OutputSpeech     *Speech     `json:"outputSpeech"`
	Reprompt         *Reprompt   `json:"reprompt"`
	Card             *Card       `json:"card"`
	Directives       Directives  `json:"directives"`
	CanFulfillIntent *CanFulfill `json:"canFulfillIntent"`
	ShouldEndSession *bool       `json:"shouldEndSession"`
}

// Speech is spoken text. The service uses only SSML.
type Speech struct {
	Type string `json:"type"`
	SSML string `json:"ssml"`
}

// Reprompt is spoken if the listener is silent.
type Reprompt struct {
	OutputSpeech Speech `json:"outputSpeech"`
}

// Card is shown in the Alexa app. A Simple card has title and content; a Standard card has title, text and image.
type Card struct {
	Type    string `json:"type"`
	Title   string `json:"title"`
	Content string `json:"content"`
	Text    string `json:"text"`
	Image   *Image `json:"image"`
}

// Image is the image of a Standard card, in one or both sizes.
type Image struct {
	SmallImageURL string `json:"smallImageUrl"`
	LargeImageURL string `json:"largeImageUrl"`
}

// CanFulfill is the answer to a CanFulfillIntentRequest.
type CanFulfill struct {
	CanFulfill string                     `json:"canFulfill"`
	Slots      map[string]SlotFulfillment `json:"slots"`
}

// SlotFulfillment is the answer for one slot.
type SlotFulfillment struct {
	CanUnderstand string `json:"canUnderstand"`
	CanFulfill    string `json:"canFulfill"`
}

func decodeResponse(raw []byte) (Response, error) {
	var wire struct {
		Version           string          `json:"version"`
		SessionAttributes json.RawMessage `json:"sessionAttributes"`
		Response          ResponseBody    `json:"response"`
	}
	if err := decodeStrictly(raw, &wire); err != nil {
		return Response{}, err
	}
	parsed := Response{Version: wire.Version, Body: wire.Response, rawJSON: raw}
	if len(wire.SessionAttributes) == 0 {
		return parsed, nil
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, wire.SessionAttributes); err != nil {
		return parsed, err
	}
	parsed.rawAttributes = compact.Bytes()
	return parsed, json.Unmarshal(wire.SessionAttributes, &parsed.Attributes)
}

// SpokenText returns the words that the listener hears, without tags, separated by single spaces. It returns "" if the
// response is silent.
func (r Response) SpokenText() string {
	if r.Body.OutputSpeech == nil {
		return ""
	}
	words, _ := ssmlText(r.Body.OutputSpeech.SSML)
	return words
}

// RepromptText returns the words of the reprompt, or "" for a response without a reprompt.
func (r Response) RepromptText() string {
	if r.Body.Reprompt == nil {
		return ""
	}
	words, _ := ssmlText(r.Body.Reprompt.OutputSpeech.SSML)
	return words
}

// IsOpen reports whether the session stays open.
func (r Response) IsOpen() bool {
	return r.Body.ShouldEndSession != nil && !*r.Body.ShouldEndSession
}

// HasEnded reports whether the session ends.
func (r Response) HasEnded() bool {
	return r.Body.ShouldEndSession != nil && *r.Body.ShouldEndSession
}

// AsksQuestion reports whether the spoken text ends with a question mark. It ignores closing quotes and brackets.
func (r Response) AsksQuestion() bool {
	text := strings.TrimRightFunc(r.SpokenText(), func(r rune) bool {
		return strings.ContainsRune(`"'`, r) || unicode.In(r, unicode.Pe, unicode.Pf, unicode.Pi)
	})
	return strings.HasSuffix(text, "?") || strings.HasSuffix(text, "？") || strings.HasSuffix(text, "؟")
}

// Play returns the first Play directive, or nil.
func (r Response) Play() *Play { return firstDirective[Play](r) }

// Screen returns the first Screen directive, or nil.
func (r Response) Screen() *Screen { return firstDirective[Screen](r) }

// StopsPlayer reports whether the response has a Stop directive.
func (r Response) StopsPlayer() bool { return firstDirective[Stop](r) != nil }

// firstDirective returns the first directive of a type, or nil.
func firstDirective[T any](r Response) *T {
	for _, directive := range r.Body.Directives {
		if found, ok := directive.(T); ok {
			return &found
		}
	}
	return nil
}

// countDirectives returns the number of directives of a type.
func countDirectives[T any](r Response) (n int) {
	for _, directive := range r.Body.Directives {
		if _, ok := directive.(T); ok {
			n++
		}
	}
	return n
}
