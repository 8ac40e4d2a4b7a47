package alexatest

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode"
)

// Response is a response as Alexa reads it.
type Response struct {
	Version    string
	Attributes map[string]any // what the next request of the session brings back
	Body       ResponseBody

	rawJSON       []byte
	rawAttributes json.RawMessage
}

// ResponseBody is what an answer has besides the session's state. What is absent is nil.
type ResponseBody struct {
	OutputSpeech     *Speech     `json:"outputSpeech"`
	Reprompt         *Reprompt   `json:"reprompt"`
	Card             *Card       `json:"card"`
	Directives       Directives  `json:"directives"`
	CanFulfillIntent *CanFulfill `json:"canFulfillIntent"`
	ShouldEndSession *bool       `json:"shouldEndSession"`
}

// Speech is what is said. The service speaks SSML and nothing else.
type Speech struct {
	Type string `json:"type"`
	SSML string `json:"ssml"`
}

// Reprompt is what is said into a silence.
type Reprompt struct {
	OutputSpeech Speech `json:"outputSpeech"`
}

// Card is what the app shows: title and content of a Simple one; title, text and image of a Standard one.
type Card struct {
	Type    string `json:"type"`
	Title   string `json:"title"`
	Content string `json:"content"`
	Text    string `json:"text"`
	Image   *Image `json:"image"`
}

// Image is that of a Standard card, in either size or both.
type Image struct {
	SmallImageURL string `json:"smallImageUrl"`
	LargeImageURL string `json:"largeImageUrl"`
}

// CanFulfill is what the skill says that it could do.
type CanFulfill struct {
	CanFulfill string                     `json:"canFulfill"`
	Slots      map[string]SlotFulfillment `json:"slots"`
}

// SlotFulfillment is the same for one slot.
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
	answer := Response{Version: wire.Version, Body: wire.Response, rawJSON: raw}
	if len(wire.SessionAttributes) == 0 {
		return answer, nil
	}
	var dense bytes.Buffer
	if err := json.Compact(&dense, wire.SessionAttributes); err != nil {
		return answer, err
	}
	answer.rawAttributes = dense.Bytes()
	return answer, json.Unmarshal(wire.SessionAttributes, &answer.Attributes)
}

// SpokenText is what the listener hears, "" for nothing: the words, as tags are not heard, with one space between them.
func (a Response) SpokenText() string {
	if a.Body.OutputSpeech == nil {
		return ""
	}
	words, _ := ssmlText(a.Body.OutputSpeech.SSML)
	return words
}

// RepromptText is what is heard after a silence, "" for nothing.
func (a Response) RepromptText() string {
	if a.Body.Reprompt == nil {
		return ""
	}
	words, _ := ssmlText(a.Body.Reprompt.OutputSpeech.SSML)
	return words
}

// IsOpen tells whether Alexa listens on.
func (a Response) IsOpen() bool {
	return a.Body.ShouldEndSession != nil && !*a.Body.ShouldEndSession
}

// HasEnded tells whether the session is over.
func (a Response) HasEnded() bool {
	return a.Body.ShouldEndSession != nil && *a.Body.ShouldEndSession
}

// AsksQuestion tells whether what is heard ends in a question, quotes and brackets behind its mark aside.
func (a Response) AsksQuestion() bool {
	said := strings.TrimRightFunc(a.SpokenText(), func(r rune) bool {
		return strings.ContainsRune(`"'`, r) || unicode.In(r, unicode.Pe, unicode.Pf, unicode.Pi)
	})
	return strings.HasSuffix(said, "?") || strings.HasSuffix(said, "？") || strings.HasSuffix(said, "؟")
}

// Play gives what is to be played, or nil.
func (a Response) Play() *Play { return firstDirective[Play](a) }

// Screen gives what is to be shown, or nil.
func (a Response) Screen() *Screen { return firstDirective[Screen](a) }

// StopsPlayer tells whether what plays is to stop.
func (a Response) StopsPlayer() bool { return firstDirective[Stop](a) != nil }

// firstDirective gives the first directive of a kind.
func firstDirective[T any](a Response) *T {
	for _, directive := range a.Body.Directives {
		if found, ok := directive.(T); ok {
			return &found
		}
	}
	return nil
}

// countDirectives tells how many directives are of a kind.
func countDirectives[T any](a Response) (n int) {
	for _, directive := range a.Body.Directives {
		if _, ok := directive.(T); ok {
			n++
		}
	}
	return n
}
