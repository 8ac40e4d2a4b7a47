package alexatest

import (
	"bytes"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
)

// rule is one of Amazon's rules for responses: its name and its check.
type rule struct {
	name   string
	isKept func(request Request, r Response) bool
}

func rules() []rule {
	return slices.Concat(responseRules(), speechRules(), playRules(), screenRules())
}

// responseRules returns the rules for the response as a whole.
func responseRules() []rule {
	return []rule{
		{"version", func(_ Request, r Response) bool { return r.Version == "1.0" }},
		{"size", func(_ Request, r Response) bool { return len(r.rawJSON) < 24*1024 }},
		{"attributes of at most 1 KiB", func(_ Request, r Response) bool { return len(r.rawAttributes) <= 1024 }},
		{"session attributes only in an open session", func(_ Request, r Response) bool { return r.IsOpen() || r.rawAttributes == nil }},
		{"an empty response if the listener cannot hear one", func(request Request, r Response) bool {
			return request.expectsSpeech() || request.isFromPlayer() || request.isCanFulfill() || isEmptyResponse(r.rawJSON)
		}},
		{"canFulfillIntent for CanFulfillIntentRequest, and only for it", func(request Request, r Response) bool {
			return request.isCanFulfill() == (r.Body.CanFulfillIntent != nil)
		}},
		{"fulfillment", func(_ Request, r Response) bool { return isValidCanFulfill(r.Body.CanFulfillIntent) }},
		{"directives of known types", func(_ Request, r Response) bool { return countDirectives[Unknown](r) == 0 }},
		{"directives only for a listener, and only AudioPlayer directives for the player", func(request Request, r Response) bool {
			return request.expectsSpeech() || request.isFromPlayer() && countDirectives[Screen](r) == 0 || len(r.Body.Directives) == 0
		}},
	}
}

// speechRules returns the rules for speech and for the end of the session.
func speechRules() []rule {
	return []rule{
		{"speech", func(_ Request, r Response) bool {
			return r.Body.OutputSpeech == nil || isValidSpeech(*r.Body.OutputSpeech)
		}},
		{"reprompt", func(_ Request, r Response) bool {
			return r.Body.Reprompt == nil || isValidSpeech(r.Body.Reprompt.OutputSpeech)
		}},
		{"card", func(_ Request, r Response) bool { return r.Body.Card == nil || isValidCard(*r.Body.Card) }},
		{"no card without speech", func(_ Request, r Response) bool {
			return r.Body.Card == nil || r.Body.OutputSpeech != nil
		}},
		{"speech only for a listener", func(request Request, r Response) bool {
			return request.expectsSpeech() || r.Body.OutputSpeech == nil
		}},
		{"speech or a directive for a listener", func(request Request, r Response) bool {
			return !request.expectsSpeech() || r.Body.OutputSpeech != nil || len(r.Body.Directives) > 0
		}},
		{"shouldEndSession for a listener, and only then", func(request Request, r Response) bool {
			return request.expectsSpeech() == (r.Body.ShouldEndSession != nil)
		}},
		{"no question in an ended session", func(_ Request, r Response) bool { return r.IsOpen() || !r.AsksQuestion() }},
		{"no open session without a question", func(_ Request, r Response) bool { return !r.IsOpen() || r.AsksQuestion() }},
		{"a reprompt in an open session, and only there", func(_ Request, r Response) bool {
			return r.IsOpen() == (r.Body.Reprompt != nil)
		}},
	}
}

// isEmptyResponse reports whether a response is the JSON of the zero response.
func isEmptyResponse(raw []byte) bool {
	return bytes.Equal(bytes.TrimSpace(raw), []byte(`{"version":"1.0","response":{}}`))
}

// isValidSpeech reports whether Alexa accepts the speech.
func isValidSpeech(s Speech) bool {
	words, _ := ssmlText(s.SSML)
	return s.Type == "SSML" && words != "" && utf16Length(s.SSML) <= 8000 &&
		!strings.ContainsFunc(s.SSML, isUnspeakable) && !strings.ContainsFunc(words, isUnspeakable)
}

// isValidCard reports whether the Alexa app accepts the card.
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
	withMaybe, withoutMaybe := []string{"YES", "NO", "MAYBE"}, []string{"YES", "NO"}
	for _, slot := range c.Slots {
		if !slices.Contains(withMaybe, slot.CanUnderstand) || !slices.Contains(withoutMaybe, slot.CanFulfill) {
			return false
		}
	}
	return slices.Contains(withMaybe, c.CanFulfill)
}

// isSecureURL reports whether a text is an https URL of at most limit characters. The URL must not contain a user name
// or password.
func isSecureURL(text string, limit int) bool {
	u, err := url.Parse(text)
	return err == nil && u.Scheme == "https" && u.Hostname() != "" && u.User == nil && utf16Length(text) <= limit &&
		!strings.ContainsFunc(text, unicode.IsSpace)
}

// utf16Length counts UTF-16 code units, as Amazon's Java servers do.
func utf16Length(text string) int { return len(utf16.Encode([]rune(text))) }
