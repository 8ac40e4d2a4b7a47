package simulator

import (
	"cmp"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"lastpost/internal/alexa/alexatest"
)

// A SkillResponse is the parsed response of a skill.
type SkillResponse struct {
	Status   int
	Message  string // why the request was refused
	Speech   string // without markup
	Reprompt string // without markup
	Card     *Card
	Open     bool // the session stays open, and Alexa listens

	attributes json.RawMessage // of the session
	directives []directive
}

// A Card is shown in the Alexa app. Image is its largest image.
type Card struct{ Title, Text, Image string }

// A directive is an instruction for the device besides speech.
type directive struct {
	Type      string
	AudioItem struct {
		Stream struct {
			URL, Token           string
			OffsetInMilliseconds int64
		}
	}
}

// BrokenRules returns the rules of Amazon that a response breaks. It returns none if the request is not for Alexa.
func BrokenRules(request, answer []byte) []string {
	parsed, err := alexatest.ParseRequest(request)
	if err != nil {
		return nil
	}
	_, broken := alexatest.Examine(parsed, answer)
	return broken
}

func parseResponse(status int, body []byte) (SkillResponse, error) {
	type output struct{ SSML string }
	var answer struct {
		Message           string
		SessionAttributes json.RawMessage
		Response          struct {
			OutputSpeech output
			Reprompt     struct{ OutputSpeech output }
			Card         *struct {
				Title, Content, Text string
				Image                struct{ LargeImageURL, SmallImageURL string }
			}
			Directives       []directive
			ShouldEndSession *bool
		}
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return SkillResponse{}, fmt.Errorf("status %d: %w", status, err)
	}
	r := answer.Response
	parsed := SkillResponse{
		Status: status, Message: answer.Message, Speech: plainText(r.OutputSpeech.SSML), Reprompt: plainText(r.Reprompt.OutputSpeech.SSML),
		Open:       r.ShouldEndSession != nil && !*r.ShouldEndSession,
		attributes: answer.SessionAttributes, directives: r.Directives,
	}
	if c := r.Card; c != nil {
		parsed.Card = &Card{c.Title, strings.TrimSpace(c.Content + c.Text), cmp.Or(c.Image.LargeImageURL, c.Image.SmallImageURL)}
	}
	return parsed, nil
}

// AudioURL returns the URL of the audio to play, or "".
func (r SkillResponse) AudioURL() (url string) {
	for _, d := range r.directives {
		if d.Type == "AudioPlayer.Play" {
			url = d.AudioItem.Stream.URL
		}
	}
	return url
}

// ShowsScreen reports whether the response shows a document on the screen.
func (r SkillResponse) ShowsScreen() (shown bool) {
	for _, d := range r.directives {
		shown = shown || d.Type == "Alexa.Presentation.APL.RenderDocument"
	}
	return shown
}

// printTo prints speech, card and directives.
func (r SkillResponse) printTo(out io.Writer) {
	if r.Speech != "" {
		printField(out, "Alexa:", r.Speech)
	}
	if r.Card != nil {
		printField(out, "card:", strings.Join(append([]string{r.Card.Title}, strings.Split(r.Card.Text, "\n")...), " | "))
		if r.Card.Image != "" {
			printField(out, "image:", r.Card.Image)
		}
	}
	for _, d := range r.directives {
		switch stream := d.AudioItem.Stream; d.Type {
		case "AudioPlayer.Play":
			offset := time.Duration(stream.OffsetInMilliseconds) * time.Millisecond
			printField(out, "plays:", fmt.Sprintf("%s from %s", stream.URL, offset.Round(time.Second)))
		case "AudioPlayer.Stop":
			printField(out, "stops:", "the audio")
		}
	}
	if r.Open {
		printField(out, "", fmt.Sprintf("(keeps listening; after a silence: %s)", r.Reprompt))
	}
}

// printField prints a label and a text, wrapped for a terminal.
func printField(out io.Writer, name, text string) {
	const width, indent = 110, "         "
	lines, room := []string{""}, width
	for word := range strings.FieldsSeq(text) {
		last := &lines[len(lines)-1]
		if length := utf8.RuneCountInString(word) + 1; *last != "" && length > room {
			lines, room = append(lines, word), width-length
		} else {
			*last, room = strings.TrimSpace(*last+" "+word), room-length
		}
	}
	if name != "" {
		name = fmt.Sprintf("%-7s", name)
	}
	_, _ = fmt.Fprintf(out, "  %s%s\n", name, strings.Join(lines, "\n"+indent))
}

// plainText returns the text in SSML.
func plainText(ssml string) string {
	var text strings.Builder
	decoder := xml.NewDecoder(strings.NewReader(ssml))
	for {
		token, err := decoder.Token()
		if err != nil {
			return strings.Join(strings.Fields(text.String()), " ")
		}
		if data, ok := token.(xml.CharData); ok {
			text.Write(data)
		}
	}
}
