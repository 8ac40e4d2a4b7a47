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
	name string
	kept func(asked Asked, a Answer) bool
}

func rules() []rule {
	return slices.Concat(frameRules(), talkRules(), playRules(), screenRules())
}

// frameRules are of the response as a whole.
func frameRules() []rule {
	return []rule{
		{"version", func(_ Asked, a Answer) bool { return a.Version == "1.0" }},
		{"size", func(_ Asked, a Answer) bool { return len(a.raw) < 24*1024 }},
		{"attributes of at most 1 KiB", func(_ Asked, a Answer) bool { return len(a.attributes) <= 1024 }},
		{"attributes only where the session stays open", func(_ Asked, a Answer) bool { return a.Open() || a.attributes == nil }},
		{"nothing where nobody listens", func(asked Asked, a Answer) bool {
			return asked.listens() || asked.plays() || asked.wonders() || bare(a.raw)
		}},
		{"canFulfillIntent to its request, and only to that", func(asked Asked, a Answer) bool {
			return asked.wonders() == (a.Response.CanFulfillIntent != nil)
		}},
		{"fulfillment", func(_ Asked, a Answer) bool { return fulfilled(a.Response.CanFulfillIntent) }},
		{"directives of known types", func(_ Asked, a Answer) bool { return count[Unknown](a) == 0 }},
		{"only AudioPlayer directives to the player, and none where nobody is", func(asked Asked, a Answer) bool {
			return asked.listens() || asked.plays() && count[Screen](a) == 0 || len(a.Response.Directives) == 0
		}},
	}
}

// talkRules are of what is said, and of who speaks next.
func talkRules() []rule {
	return []rule{
		{"speech", func(_ Asked, a Answer) bool { return a.Response.OutputSpeech == nil || sound(*a.Response.OutputSpeech) }},
		{"reprompt", func(_ Asked, a Answer) bool {
			return a.Response.Reprompt == nil || sound(a.Response.Reprompt.OutputSpeech)
		}},
		{"card", func(_ Asked, a Answer) bool { return a.Response.Card == nil || shown(*a.Response.Card) }},
		{"no card without speech", func(_ Asked, a Answer) bool {
			return a.Response.Card == nil || a.Response.OutputSpeech != nil
		}},
		{"speech only where somebody listens", func(asked Asked, a Answer) bool {
			return asked.listens() || a.Response.OutputSpeech == nil
		}},
		{"speech or a directive where somebody listens", func(asked Asked, a Answer) bool {
			return !asked.listens() || a.Response.OutputSpeech != nil || len(a.Response.Directives) > 0
		}},
		{"shouldEndSession where somebody listens, and only there", func(asked Asked, a Answer) bool {
			return asked.listens() == (a.Response.ShouldEndSession != nil)
		}},
		{"no question where nobody waits for an answer", func(_ Asked, a Answer) bool { return a.Open() || !a.Asks() }},
		{"no open session without a question", func(_ Asked, a Answer) bool { return !a.Open() || a.Asks() }},
		{"a reprompt where the session is open, and only there", func(_ Asked, a Answer) bool {
			return a.Open() == (a.Response.Reprompt != nil)
		}},
	}
}

// bare tells whether a response is the empty one.
func bare(raw []byte) bool {
	return bytes.Equal(bytes.TrimSpace(raw), []byte(`{"version":"1.0","response":{}}`))
}

// sound tells whether Alexa takes it for speech.
func sound(s Speech) bool {
	words, _ := words(s.SSML)
	return s.Type == "SSML" && words != "" && units(s.SSML) <= 8000 &&
		!strings.ContainsFunc(s.SSML, mute) && !strings.ContainsFunc(words, mute)
}

// shown tells whether the app takes it for a card.
func shown(c Card) bool {
	text := c.Title + c.Content + c.Text
	switch {
	case c.Type == "Simple" && c.Text == "" && c.Image == nil:
	case c.Type == "Standard" && c.Content == "" && c.Image != nil:
		for _, image := range []string{c.Image.SmallImageURL, c.Image.LargeImageURL} {
			if image != "" && !secure(image, 2000) {
				return false
			}
		}
		text += c.Image.SmallImageURL + c.Image.LargeImageURL
	default:
		return false
	}
	return text != "" && units(text) <= 8000 && !strings.ContainsFunc(text, func(r rune) bool {
		return unicode.IsControl(r) && !strings.ContainsRune("\n\r\t", r)
	})
}

func fulfilled(c *CanFulfill) bool {
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

// secure tells whether a text is an https URL of at most so many characters, which tells nobody a password.
func secure(text string, limit int) bool {
	u, err := url.Parse(text)
	return err == nil && u.Scheme == "https" && u.Hostname() != "" && u.User == nil && units(text) <= limit &&
		!strings.ContainsFunc(text, unicode.IsSpace)
}

// units counts as Amazon's Java does.
func units(text string) int { return len(utf16.Encode([]rune(text))) }
