package alexatest

import (
	"bytes"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
)

// rule is one of Amazon's, and whether an answer keeps it.
type rule struct {
	name   string
	isKept func(asked Request, a Response) bool
}

func rules() []rule {
	return slices.Concat(responseRules(), speechRules(), playRules(), screenRules())
}

// responseRules are of the response as a whole.
func responseRules() []rule {
	return []rule{
		{"version", func(_ Request, a Response) bool { return a.Version == "1.0" }},
		{"size", func(_ Request, a Response) bool { return len(a.rawJSON) < 24*1024 }},
		{"attributes of at most 1 KiB", func(_ Request, a Response) bool { return len(a.rawAttributes) <= 1024 }},
		{"attributes only where the session stays open", func(_ Request, a Response) bool { return a.IsOpen() || a.rawAttributes == nil }},
		{"nothing where nobody listens", func(asked Request, a Response) bool {
			return asked.expectsSpeech() || asked.isFromPlayer() || asked.isCanFulfill() || isEmptyResponse(a.rawJSON)
		}},
		{"canFulfillIntent to its request, and only to that", func(asked Request, a Response) bool {
			return asked.isCanFulfill() == (a.Body.CanFulfillIntent != nil)
		}},
		{"fulfillment", func(_ Request, a Response) bool { return isValidCanFulfill(a.Body.CanFulfillIntent) }},
		{"directives of known types", func(_ Request, a Response) bool { return countDirectives[Unknown](a) == 0 }},
		{"only AudioPlayer directives to the player, and none where nobody is", func(asked Request, a Response) bool {
			return asked.expectsSpeech() || asked.isFromPlayer() && countDirectives[Screen](a) == 0 || len(a.Body.Directives) == 0
		}},
	}
}

// speechRules are of what is said, and of who speaks next.
func speechRules() []rule {
	return []rule{
		{"speech", func(_ Request, a Response) bool {
			return a.Body.OutputSpeech == nil || isValidSpeech(*a.Body.OutputSpeech)
		}},
		{"reprompt", func(_ Request, a Response) bool {
			return a.Body.Reprompt == nil || isValidSpeech(a.Body.Reprompt.OutputSpeech)
		}},
		{"card", func(_ Request, a Response) bool { return a.Body.Card == nil || isValidCard(*a.Body.Card) }},
		{"no card without speech", func(_ Request, a Response) bool {
			return a.Body.Card == nil || a.Body.OutputSpeech != nil
		}},
		{"speech only where somebody listens", func(asked Request, a Response) bool {
			return asked.expectsSpeech() || a.Body.OutputSpeech == nil
		}},
		{"speech or a directive where somebody listens", func(asked Request, a Response) bool {
			return !asked.expectsSpeech() || a.Body.OutputSpeech != nil || len(a.Body.Directives) > 0
		}},
		{"shouldEndSession where somebody listens, and only there", func(asked Request, a Response) bool {
			return asked.expectsSpeech() == (a.Body.ShouldEndSession != nil)
		}},
		{"no question where nobody waits for an answer", func(_ Request, a Response) bool { return a.IsOpen() || !a.AsksQuestion() }},
		{"no open session without a question", func(_ Request, a Response) bool { return !a.IsOpen() || a.AsksQuestion() }},
		{"a reprompt where the session is open, and only there", func(_ Request, a Response) bool {
			return a.IsOpen() == (a.Body.Reprompt != nil)
		}},
	}
}

// isEmptyResponse tells whether a response is the empty one.
func isEmptyResponse(raw []byte) bool {
	return bytes.Equal(bytes.TrimSpace(raw), []byte(`{"version":"1.0","response":{}}`))
}

// isValidSpeech tells whether Alexa takes it for speech.
func isValidSpeech(s Speech) bool {
	words, _ := ssmlText(s.SSML)
	return s.Type == "SSML" && words != "" && utf16Length(s.SSML) <= 8000 &&
		!strings.ContainsFunc(s.SSML, isUnspeakable) && !strings.ContainsFunc(words, isUnspeakable)
}

// isValidCard tells whether the app takes it for a card.
func isValidCard(c Card) bool {
	text := c.Title + c.Content + c.Text
	switch {
	case c.Type == "Simple" && c.Text == "" && c.Image == nil:
	case c.Type == "Standard" && c.Content == "" && c.Image != nil:
		for _, image := range []string{c.Image.SmallImageURL, c.Image.LargeImageURL} {
			if image != "" && !isSecureURL(image, 2000) {
				return false
			}
		}
		text += c.Image.SmallImageURL + c.Image.LargeImageURL
	default:
		return false
	}
	return text != "" && utf16Length(text) <= 8000 && !strings.ContainsFunc(text, func(r rune) bool {
		return unicode.IsControl(r) && !strings.ContainsRune("\n\r\t", r)
	})
}

func isValidCanFulfill(c *CanFulfill) bool {
	if c == nil {
		return true
	}
	understood, able := []string{"YES", "NO", "MAYBE"}, []string{"YES", "NO"}
	for _, slot := range c.Slots {
		if !slices.Contains(understood, slot.CanUnderstand) || !slices.Contains(able, slot.CanFulfill) {
			return false
		}
	}
	return slices.Contains(understood, c.CanFulfill)
}

// isSecureURL tells whether a text is an https URL of at most so many characters, which tells nobody a password.
func isSecureURL(text string, limit int) bool {
	u, err := url.Parse(text)
	return err == nil && u.Scheme == "https" && u.Hostname() != "" && u.User == nil && utf16Length(text) <= limit &&
		!strings.ContainsFunc(text, unicode.IsSpace)
}

// utf16Length counts as Amazon's Java does.
func utf16Length(text string) int { return len(utf16.Encode([]rune(text))) }
