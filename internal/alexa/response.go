package alexa

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Amazon's limits ("Request and Response JSON Reference", "Response format" and "Card object"), in characters.
const (
	maxSpeech   = 8000 // of the SSML, markup included; the same for a reprompt
	maxCard     = 8000 // of all the text of a card
	maxImageURL = 2000
)

// Response is what the service answers. The zero Response is a valid one: it
// says nothing, which is all that some requests allow.
type Response struct {
	Attributes map[string]any // come back as the next request's Session.Attributes
	Speech     Speech         // empty: none
	Reprompt   Speech         // said when the listener keeps silent; empty: none
	Card       *Card          // shown in the Alexa app; nil: none
	Directives []Directive    // what the device does besides; only what its interfaces can take
	CanFulfill *CanFulfill    // the answer to a CanFulfillIntentRequest, and to nothing else

	// ShouldEndSession ends the session or listens on. nil leaves it out, which
	// is a third thing: what then happens depends on the request and the device.
	ShouldEndSession *bool
}

// Card is a text, and perhaps an image, in the Alexa app: Amazon's Simple card
// without an image, its Standard card with one.
type Card struct {
	Title         string
	Text          string // lines end with \n
	SmallImageURL string // 720 × 480 pixels, HTTPS, at most 2,000 characters; else it is left out
	LargeImageURL string // 1200 × 800 pixels, likewise
}

// CanFulfill says whether the skill could answer an intent.
type CanFulfill struct {
	Answer Fulfillment                `json:"canFulfill"`
	Slots  map[string]SlotFulfillment `json:"slots,omitempty"`
}

// normalized gives the same with answers that Amazon knows.
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

// SlotFulfillment says the same for one slot. Its CanFulfill has no maybe at Amazon's, and is sent as a no.
type SlotFulfillment struct {
	CanUnderstand Fulfillment `json:"canUnderstand"`
	CanFulfill    Fulfillment `json:"canFulfill"`
}

// Fulfillment is an answer to whether the skill can. The zero value is a no.
type Fulfillment string

// The answers that Amazon knows ("Implement CanFulfillIntentRequest").
const (
	Yes   Fulfillment = "YES"
	No    Fulfillment = "NO"
	Maybe Fulfillment = "MAYBE"
)

// normalized makes of every value one that Amazon knows.
func (f Fulfillment) normalized() Fulfillment {
	if f != Yes && f != Maybe {
		return No
	}
	return f
}

// withinLimits gives the Speech within Amazon's limit of characters.
func (s Speech) withinLimits() Speech {
	if len(speakOpen)+len(s.body)+len(speakClose) <= maxSpeech {
		return s // there are no more characters than bytes
	}
	return Speech{truncate(s.body, true, sizeLimit{maxSpeech - len(speakOpen) - len(speakClose), utf16Length})}
}

// shortenedBy gives the Speech with at least so many bytes of JSON less.
func (s Speech) shortenedBy(excess int) Speech {
	return Speech{truncate(s.body, true, sizeLimit{jsonLength(s.body) - excess, jsonLength})}
}

// withinLimits gives the card cleaned and within Amazon's limits, or nil where nothing
// of it is left. Amazon counts the image URLs among a card's text.
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

// shortenedBy gives the card with at least so many bytes of JSON less, which its
// text gives up. A card that would keep no text goes as a whole.
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

// cleanCardText gives a card's text without what cannot be shown: control characters and
// what was not UTF-8. Lines and emoji stay.
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
	return r == utf8.RuneError || unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t'
}

// checkImageURL gives a URL that Amazon takes for an image, or "".
func checkImageURL(raw string) string {
	if parseHTTPSURL(raw, maxImageURL) == nil {
		return ""
	}
	return raw
}

// parseHTTPSURL reads an absolute https URL of at most so many characters, or gives
// nil. What a URL cannot hold (RFC 3986) makes a text none.
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
