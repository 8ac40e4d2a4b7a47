package alexa

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Amazon's limits ("Request and Response JSON Reference", "Response format" and "Card object"), in characters.
const (
	maxSpeech   = 8000 // length of the SSML including markup; a reprompt has the same limit
	maxCard     = 8000 // length of all texts of a card together
	maxImageURL = 2000
)

// Response is the answer to a request. The zero Response is valid and silent. For some requests, Alexa accepts only the
// zero Response.
type Response struct {
	Attributes map[string]any // returned as the next request's Session.Attributes
	Speech     Speech         // empty: no speech
	Reprompt   Speech         // spoken if the listener is silent; empty: no reprompt
	Card       *Card          // shown in the Alexa app; nil: no card
	Directives []Directive    // commands to the device, only for interfaces that it has
	CanFulfill *CanFulfill    // the answer to a CanFulfillIntentRequest only

	// ShouldEndSession ends the session or keeps it open. If it is nil, the field is omitted, and the effect depends on
	// the request and the device.
	ShouldEndSession *bool
}

// Card is a text for the Alexa app, optionally with an image. With an image it is encoded as Amazon's Standard card,
// and without an image as a Simple card.
type Card struct {
	Title         string
	Text          string // \n separates lines
	SmallImageURL string // 720 × 480 pixels, HTTPS, at most 2,000 characters; otherwise omitted
	LargeImageURL string // 1200 × 800 pixels; the rules of SmallImageURL apply
}

// CanFulfill reports whether the skill can handle an intent.
type CanFulfill struct {
	Answer Fulfillment                `json:"canFulfill"`
	Slots  map[string]SlotFulfillment `json:"slots,omitempty"`
}

// normalized returns a copy that contains only values that Amazon accepts.
func (c *CanFulfill) normalized() *CanFulfill {
	if c == nil {
		return nil
	}
	known := &CanFulfill{c.Answer.normalized(), make(map[string]SlotFulfillment, len(c.Slots))}
	for name, slot := range c.Slots {
		if slot.CanFulfill == Maybe {
			slot.CanFulfill = No
		}
		known.Slots[name] = SlotFulfillment{slot.CanUnderstand.normalized(), slot.CanFulfill.normalized()}
	}
	return known
}

// SlotFulfillment reports whether the skill understands the value of one slot and can fulfill the intent with it.
// Amazon does not accept MAYBE in CanFulfill, so Encode sends NO instead.
type SlotFulfillment struct {
	CanUnderstand Fulfillment `json:"canUnderstand"`
	CanFulfill    Fulfillment `json:"canFulfill"`
}

// Fulfillment is YES, NO or MAYBE in a CanFulfill. The zero value means No.
type Fulfillment string

// These are the values that Amazon accepts ("Implement CanFulfillIntentRequest").
const (
	Yes   Fulfillment = "YES"
	No    Fulfillment = "NO"
	Maybe Fulfillment = "MAYBE"
)

// normalized returns No for a value that Amazon does not accept.
func (f Fulfillment) normalized() Fulfillment {
	if f != Yes && f != Maybe {
		return No
	}
	return f
}

// withinLimits returns the Speech, cut to Amazon's limit.
func (s Speech) withinLimits() Speech {
	if len(speakOpen)+len(s.body)+len(speakClose) <= maxSpeech {
		return s // a text never has more characters than bytes
	}
	return Speech{truncate(s.body, true, sizeLimit{maxSpeech - len(speakOpen) - len(speakClose), utf16Length})}
}

// shortenedBy returns the Speech with its JSON shortened by at least excess bytes.
func (s Speech) shortenedBy(excess int) Speech {
	return Speech{truncate(s.body, true, sizeLimit{jsonLength(s.body) - excess, jsonLength})}
}

// withinLimits returns the card cleaned and within Amazon's limits, or nil if nothing remains. Amazon counts the image
// URLs as text of the card.
func (c *Card) withinLimits() *Card {
	if c == nil {
		return nil
	}
	fit := Card{cleanCardText(c.Title), cleanCardText(c.Text), checkImageURL(c.SmallImageURL), checkImageURL(c.LargeImageURL)}
	if fit == (Card{}) {
		return nil
	}
	room := maxCard - len(fit.SmallImageURL) - len(fit.LargeImageURL)
	if len(fit.Title)+len(fit.Text) > room {
		fit.Title = truncate(fit.Title, false, sizeLimit{room, utf16Length})
		fit.Text = truncate(fit.Text, false, sizeLimit{room - utf16Length(fit.Title), utf16Length})
	}
	return &fit
}

// shortenedBy returns the card with its JSON shortened by at least excess bytes of text, or nil if no text remains.
func (c *Card) shortenedBy(excess int) *Card {
	if c == nil {
		return nil
	}
	short := *c
	short.Text = truncate(c.Text, false, sizeLimit{jsonLength(c.Text) - excess, jsonLength})
	if short.Text == "" {
		return nil
	}
	return &short
}

// cleanCardText removes characters that cannot be shown: control characters and invalid UTF-8. It keeps line breaks and
// emoji.
func cleanCardText(text string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if isUnprintable(r) {
			return -1
		}
		return r
	}, text))
}

func isUnprintable(r rune) bool {
	if ' ' <= r && r < 0x7F {
		return false
	}
	return r == utf8.RuneError || r == objectReplacement || unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t'
}

// checkImageURL returns the URL if Amazon accepts it for an image, else "".
func checkImageURL(raw string) string {
	if parseHTTPSURL(raw, maxImageURL) == nil {
		return ""
	}
	return raw
}

// parseHTTPSURL parses an absolute https URL of at most limit characters. It returns nil for any other text, and for a
// text with characters that RFC 3986 does not allow.
func parseHTTPSURL(raw string, limit int) *url.URL {
	if raw == "" || len(raw) > limit || strings.ContainsFunc(raw, isInvalidInURL) {
		return nil
	}
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" {
		return nil
	}
	return u
}

func isInvalidInURL(r rune) bool {
	return r <= ' ' || r >= 0x7F || strings.ContainsRune("\"\\<>^`{|}", r)
}
