package alexatest

import (
	"encoding/json"
	"time"
)

// Directives are commands to the device. Each is a [Play], [Stop], [Screen] or [Unknown].
type Directives []any

// Play is AudioPlayer.Play.
type Play struct {
	Behavior              string // usually REPLACE_ALL
	URL, Token            string
	ExpectedPreviousToken string
	Offset                time.Duration // negative if absent
	Title, Subtitle       string
	Art                   []string // URLs
}

// Stop is AudioPlayer.Stop.
type Stop struct{}

// Screen is Alexa.Presentation.APL.RenderDocument.
type Screen struct {
	Token       string
	Document    json.RawMessage
	Datasources map[string]json.RawMessage
}

// Unknown is a directive of a type that the service does not use.
type Unknown struct{ Type string }

// UnmarshalJSON decodes an array of directives.
func (d *Directives) UnmarshalJSON(raw []byte) error {
	var all []json.RawMessage
	if err := json.Unmarshal(raw, &all); err != nil {
		return err
	}
	for _, one := range all {
		directive, err := decodeDirective(one)
		if err != nil {
			return err
		}
		*d = append(*d, directive)
	}
	return nil
}

func decodeDirective(raw []byte) (any, error) {
	var kind struct {
		Type string `json:"type"`
	}
	if err := json.Unmarshal(raw, &kind); err != nil {
		return nil, err
	}
	switch kind.Type {
	case "AudioPlayer.Play":
		return decodePlay(raw)
	case "AudioPlayer.Stop":
		return Stop{}, decodeStrictly(raw, &kind)
	case "Alexa.Presentation.APL.RenderDocument":
		return decodeScreen(raw)
	}
	return Unknown(kind), nil
}

func decodePlay(raw []byte) (Play, error) {
	var wire struct {
		Type         string `json:"type"`
		PlayBehavior string `json:"playBehavior"`
		AudioItem    struct {
			Stream struct {
				URL                   string `json:"url"`
				Token                 string `json:"token"`
				ExpectedPreviousToken string `json:"expectedPreviousToken"`
				OffsetInMilliseconds  *int64 `json:"offsetInMilliseconds"`
			} `json:"stream"`
			Metadata struct {
				Title    string `json:"title"`
				Subtitle string `json:"subtitle"`
				Art      struct {
					Sources []struct {
						URL string `json:"url"`
					} `json:"sources"`
				} `json:"art"`
			} `json:"metadata"`
		} `json:"audioItem"`
	}
	if err := decodeStrictly(raw, &wire); err != nil {
		return Play{}, err
	}
	stream, metadata := wire.AudioItem.Stream, wire.AudioItem.Metadata
	p := Play{
		Behavior: wire.PlayBehavior, URL: stream.URL, Token: stream.Token, Offset: -1,
		ExpectedPreviousToken: stream.ExpectedPreviousToken, Title: metadata.Title, Subtitle: metadata.Subtitle,
	}
	if stream.OffsetInMilliseconds != nil {
		p.Offset = time.Duration(*stream.OffsetInMilliseconds) * time.Millisecond
	}
	for _, source := range metadata.Art.Sources {
		p.Art = append(p.Art, source.URL)
	}
	return p, nil
}

func decodeScreen(raw []byte) (Screen, error) {
	var wire struct {
		Type        string                     `json:"type"`
		Token       string                     `json:"token"`
		Document    json.RawMessage            `json:"document"`
		Datasources map[string]json.RawMessage `json:"datasources"`
	}
	err := decodeStrictly(raw, &wire)
	return Screen{Token: wire.Token, Document: wire.Document, Datasources: wire.Datasources}, err
}
