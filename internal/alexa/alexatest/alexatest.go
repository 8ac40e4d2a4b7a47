// Package alexatest is Alexa's side, for tests and for whoever examines a service from outside: it reads a response as
// she does, and names each of Amazon's rules that the response breaks.
//
// It shares nothing with package alexa, which is what it examines: it reads with encoding/json and encoding/xml, and
// has limits, locales and tags of its own. Some rules are stricter than Amazon: what she lets pass but no listener
// should meet, such as a question behind which she stops listening, is broken too.
package alexatest

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Request is what a response answers.
type Request struct {
	Type       string   // the request's
	Interfaces []string // what the device can do, such as AudioPlayer
}

// ParseRequest gives what matters of a request to its response, from its JSON.
func ParseRequest(request []byte) (Request, error) {
	var read struct {
		Request struct {
			Type string `json:"type"`
		} `json:"request"`
		Context struct {
			System struct {
				Device struct {
					SupportedInterfaces map[string]any `json:"supportedInterfaces"`
				} `json:"device"`
			} `json:"System"`
		} `json:"context"`
	}
	if err := json.Unmarshal(request, &read); err != nil {
		return Request{}, fmt.Errorf("alexatest: request: %w", err)
	}
	if read.Request.Type == "" {
		return Request{}, errors.New("alexatest: a request without a type")
	}
	interfaces := slices.Sorted(maps.Keys(read.Context.System.Device.SupportedInterfaces))
	return Request{Type: read.Request.Type, Interfaces: interfaces}, nil
}

// expectsSpeech tells whether somebody hears the answer, and may answer it.
func (a Request) expectsSpeech() bool {
	return a.Type == "LaunchRequest" || a.Type == "IntentRequest" || a.Type == "Alexa.Presentation.APL.UserEvent"
}

// isFromPlayer tells whether it is the player, or its buttons, that wants to know what to play.
func (a Request) isFromPlayer() bool {
	return strings.HasPrefix(a.Type, "PlaybackController.") ||
		strings.HasPrefix(a.Type, "AudioPlayer.") && a.Type != "AudioPlayer.PlaybackStopped"
}

// isCanFulfill tells whether Alexa only wants to know what the skill could do.
func (a Request) isCanFulfill() bool { return a.Type == "CanFulfillIntentRequest" }

func (a Request) hasInterface(iface string) bool { return slices.Contains(a.Interfaces, iface) }

// Examine reads a response as Alexa does, and gives the names of the rules that it breaks. Where it is not to be read
// at all, a field that Alexa does not know among it, the reason stands in place of the rules.
func Examine(asked Request, response []byte) (Response, []string) {
	answer, err := decodeResponse(response)
	if err != nil {
		return answer, []string{err.Error()}
	}
	var broken []string
	for _, rule := range rules() {
		if !rule.isKept(asked, answer) {
			broken = append(broken, rule.name)
		}
	}
	return answer, broken
}
