package handlers_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf16"

	"github.com/stretchr/testify/require"
)

// An answer is a response as Alexa reads it.
type answer struct {
	Version           string
	SessionAttributes map[string]any
	Response          struct {
		OutputSpeech     *speech
		Reprompt         *struct{ OutputSpeech speech }
		Card             *card
		CanFulfillIntent *canFulfill
		ShouldEndSession *bool
	}
}

type speech struct{ Type, SSML string }

type card struct{ Type, Title, Content string }

type canFulfill struct {
	CanFulfill string
	Slots      map[string]struct{ CanUnderstand, CanFulfill string }
}

// heard is what the listener hears, "" for nothing.
func (a answer) heard() string {
	if a.Response.OutputSpeech == nil {
		return ""
	}
	words, _ := words(a.Response.OutputSpeech.SSML)
	return words
}

// reprompt is what is heard after a silence, "" for nothing.
func (a answer) reprompt() string {
	if a.Response.Reprompt == nil {
		return ""
	}
	words, _ := words(a.Response.Reprompt.OutputSpeech.SSML)
	return words
}

// open tells whether Alexa listens on.
func (a answer) open() bool {
	return a.Response.ShouldEndSession != nil && !*a.Response.ShouldEndSession
}

func (a answer) ended() bool {
	return a.Response.ShouldEndSession != nil && *a.Response.ShouldEndSession
}

// asks tells whether what is heard ends in a question, quotes and brackets behind its mark aside.
func (a answer) asks() bool {
	said := strings.TrimRightFunc(a.heard(), func(r rune) bool {
		return strings.ContainsRune(`"'`, r) || unicode.In(r, unicode.Pe, unicode.Pf, unicode.Pi)
	})
	return strings.HasSuffix(said, "?") || strings.HasSuffix(said, "？") || strings.HasSuffix(said, "؟")
}

// words reads SSML as a foreign parser does. The conversation is of text alone, so that every tag within <speak> is an
// error: somebody's title has got in.
func words(ssml string) (string, error) {
	var root struct {
		XMLName xml.Name `xml:"speak"`
		Words   string   `xml:",chardata"`
		Tags    []struct {
			XMLName xml.Name
		} `xml:",any"`
	}
	decoder := xml.NewDecoder(strings.NewReader(ssml))
	if err := decoder.Decode(&root); err != nil {
		return "", err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) || len(root.Tags) > 0 {
		return "", errors.New("not words in one <speak>")
	}
	return root.Words, nil
}

// sound tells whether Alexa takes it for speech.
func sound(s *speech) bool {
	if s == nil {
		return true
	}
	words, err := words(s.SSML)
	return err == nil && s.Type == "SSML" && strings.HasPrefix(s.SSML, "<speak>") && len(utf16.Encode([]rune(s.SSML))) <= 8000 &&
		strings.TrimSpace(words) != "" && !strings.ContainsFunc(words, func(r rune) bool { return !unicode.IsPrint(r) })
}

// shown tells whether the app takes it for a card without an image.
func shown(c *card) bool {
	return c == nil || c.Type == "Simple" && c.Title+c.Content != "" && len(utf16.Encode([]rune(c.Title+c.Content))) <= 8000
}

func fulfilled(c *canFulfill) bool {
	if c == nil {
		return true
	}
	for _, slot := range c.Slots {
		if !slices.Contains([]string{"YES", "NO", "MAYBE"}, slot.CanUnderstand) || !slices.Contains([]string{"YES", "NO"}, slot.CanFulfill) {
			return false
		}
	}
	return slices.Contains([]string{"YES", "NO", "MAYBE"}, c.CanFulfill)
}

// listens tells whether somebody hears the answer to a request of a type.
func listens(asked string) bool {
	return asked == "LaunchRequest" || asked == "IntentRequest"
}

// rule is one of Amazon's, and whether an answer to a type of request keeps it.
type rule struct {
	name string
	kept func(asked string, raw []byte, a answer) bool
}

func rules() []rule {
	return []rule{
		{"version", func(_ string, _ []byte, a answer) bool { return a.Version == "1.0" }},
		{"size", func(_ string, raw []byte, _ answer) bool { return len(raw) < 24*1024 }},
		{"speech", func(_ string, _ []byte, a answer) bool { return sound(a.Response.OutputSpeech) }},
		{"reprompt", func(_ string, _ []byte, a answer) bool {
			return a.Response.Reprompt == nil || sound(&a.Response.Reprompt.OutputSpeech)
		}},
		{"card", func(_ string, _ []byte, a answer) bool { return shown(a.Response.Card) }},
		{"fulfillment", func(_ string, _ []byte, a answer) bool { return fulfilled(a.Response.CanFulfillIntent) }},
		{"speech where somebody listens, and only there", func(asked string, _ []byte, a answer) bool {
			return listens(asked) == (a.Response.OutputSpeech != nil)
		}},
		{"shouldEndSession where somebody listens, and only there", func(asked string, _ []byte, a answer) bool {
			return listens(asked) == (a.Response.ShouldEndSession != nil)
		}},
		{"no question where nobody waits for an answer", func(_ string, _ []byte, a answer) bool { return !a.ended() || !a.asks() }},
		{"no open session without a question", func(_ string, _ []byte, a answer) bool { return !a.open() || a.asks() }},
		{"a reprompt where the session is open, and only there", func(_ string, _ []byte, a answer) bool {
			return a.open() == (a.Response.Reprompt != nil)
		}},
		{"canFulfillIntent to its request, and only to that", func(asked string, _ []byte, a answer) bool {
			return (asked == "CanFulfillIntentRequest") == (a.Response.CanFulfillIntent != nil)
		}},
		{"nothing where nobody listens", func(asked string, raw []byte, _ answer) bool {
			return listens(asked) || asked == "CanFulfillIntentRequest" || string(raw) == `{"version":"1.0","response":{}}`
		}},
		{"no card without speech", func(_ string, _ []byte, a answer) bool {
			return a.Response.Card == nil || a.Response.OutputSpeech != nil
		}},
	}
}

// examine reads an answer to a type of request, and gives the rules that it breaks.
func examine(asked string, raw []byte) (a answer, broken []string) {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&a); err != nil {
		return a, []string{err.Error()}
	}
	for _, rule := range rules() {
		if !rule.kept(asked, raw, a) {
			broken = append(broken, rule.name)
		}
	}
	return a, broken
}

const (
	says = `{"version":"1.0","response":{"outputSpeech":{"type":"SSML","ssml":"<speak>One.</speak>"},` +
		`"card":{"type":"Simple","title":"T","content":"C"},"shouldEndSession":true}}`
	asking = `{"version":"1.0","response":{"outputSpeech":{"type":"SSML","ssml":"<speak>Which?</speak>"},` +
		`"reprompt":{"outputSpeech":{"type":"SSML","ssml":"<speak>Say.</speak>"}},"shouldEndSession":false}}`
	able   = `{"version":"1.0","response":{"canFulfillIntent":{"canFulfill":"YES","slots":{"Date":{"canUnderstand":"YES","canFulfill":"NO"}}}}}`
	silent = `{"version":"1.0","response":{}}`
)

// TestTheRulesBite spoils answers that keep the rules, each in one way.
func TestTheRulesBite(t *testing.T) {
	const launch, intent, ended, ability = "LaunchRequest", "IntentRequest", "SessionEndedRequest", "CanFulfillIntentRequest"
	for _, row := range []struct {
		rule, asked, sound string
		old, spoilt        string
	}{
		{"version", launch, says, `1.0`, `1.1`},
		{"size", launch, says, `{"version"`, strings.Repeat(" ", 24*1024) + `{"version"`},
		{"speech", launch, says, `SSML`, `PlainText`},
		{"speech", launch, says, `One.`, `R & D`},
		{"speech", launch, says, `One.`, `<audio src='x'/>`},
		{"speech", launch, says, `One.`, `</speak><speak>`},
		{"speech", launch, says, `One.`, ` `},
		{"speech", launch, says, `One.`, `\u202e.`},
		{"speech", launch, says, `One.`, strings.Repeat("😀", 4000)},
		{"reprompt", launch, asking, `Say.`, ``},
		{"card", launch, says, `Simple`, `Standard`},
		{"card", launch, says, `"C"`, `"` + strings.Repeat("C", 8000) + `"`},
		{"card", launch, says, `"title":"T","content":"C"`, `"title":"","content":""`},
		{"fulfillment", ability, able, `:"YES"`, `:"PERHAPS"`},
		{"fulfillment", ability, able, `"NO"`, `"MAYBE"`},
		{"shouldEndSession where somebody listens, and only there", launch, says, `,"shouldEndSession":true`, ``},
		{"shouldEndSession where somebody listens, and only there", ability, able, `}}}}}`, `}}},"shouldEndSession":true}}`},
		{"no question where nobody waits for an answer", intent, says, `One.`, `One?`},
		{"no question where nobody waits for an answer", intent, says, `One.`, `“One？”`},
		{"no open session without a question", intent, asking, `Which?`, `Which.`},
		{"a reprompt where the session is open, and only there", intent, asking, `"reprompt":{"outputSpeech":{"type":"SSML","ssml":"<speak>Say.</speak>"}},`, ``},
		{"a reprompt where the session is open, and only there", intent, says, `"card"`, `"reprompt":{"outputSpeech":{"type":"SSML","ssml":"<speak>Say.</speak>"}},"card"`},
		{"canFulfillIntent to its request, and only to that", ability, able, able, silent},
		{"nothing where nobody listens", ended, silent, `{}}`, `{},"sessionAttributes":null}`},
		{"no card without speech", ability, able, `"canFulfillIntent"`, `"card":{"type":"Simple","title":"T"},"canFulfillIntent"`},
		{`json: unknown field "directives"`, ended, silent, `{}}`, `{"directives":[]}}`},
	} {
		t.Run(row.rule, func(t *testing.T) {
			_, broken := examine(row.asked, []byte(row.sound))
			require.Empty(t, broken)
			_, broken = examine(row.asked, []byte(strings.Replace(row.sound, row.old, row.spoilt, 1)))
			require.Equal(t, []string{row.rule}, broken)
		})
	}
}
