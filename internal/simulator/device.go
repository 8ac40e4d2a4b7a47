package simulator

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"lastpost/internal/phrases"
	"lastpost/internal/utterance"
)

// A SkillInfo describes the skill, so that typed words can be matched with its sample utterances.
type SkillInfo struct {
	InvocationName string
	Zone           *time.Location
	Language       *phrases.Language
	Categories     func(ctx context.Context, limit int) ([]string, error)
}

// A SimulatedDevice accepts typed words instead of speech. It keeps the state of the session and the audio player.
type SimulatedDevice struct {
	Client *SigningClient
	Skill  SkillInfo
	Locale string
	Screen bool // the device has a screen

	lastResponse SkillResponse
	player       *audioPlayer
	playingSince time.Time // zero: nothing is playing
}

// PendingReprompt returns the reprompt of the last question, and whether Alexa is listening.
func (d *SimulatedDevice) PendingReprompt() (reprompt string, open bool) {
	return d.lastResponse.Reprompt, d.lastResponse.Open
}

// MaxCategories is the maximum number of values for the category slot.
const MaxCategories = 1000

// InterpretWords converts words to the request of Alexa. heard describes its intent and slots.
func (d *SimulatedDevice) InterpretWords(ctx context.Context, words string) (request SkillRequest, heard string, err error) {
	categories, err := d.Skill.Categories(ctx, MaxCategories)
	if err != nil {
		return SkillRequest{}, "", err
	}
	recognizer, err := utterance.New(d.Skill.Language)
	if err != nil {
		return SkillRequest{}, "", err
	}
	recognized, ok := recognizer.Recognize(words, utterance.MatchContext{
		Today: d.Client.Now().In(d.Skill.Zone), InvocationName: d.Skill.InvocationName, Categories: categories,
	})
	if !ok {
		recognized = utterance.Recognition{Intent: "AMAZON.FallbackIntent"}
	}
	request = SkillRequest{Intent: recognized.Intent, Slots: recognized.Slots}
	return request, request.describe(), nil
}

// describe names the intent and the slots.
func (r SkillRequest) describe() string {
	if r.Intent == "" {
		return "a launch"
	}
	summary := r.Intent
	for _, slot := range slices.Sorted(maps.Keys(r.Slots)) {
		summary += fmt.Sprintf(" %s=%s", slot, r.Slots[slot])
	}
	return summary
}

// Send sends one request and applies the response to the device.
func (d *SimulatedDevice) Send(ctx context.Context, request SkillRequest) (SkillResponse, error) {
	request.locale, request.player, request.hasScreen = d.Locale, d.playerState(), d.Screen
	if d.lastResponse.Open && !request.New {
		request.inSession, request.attributes = true, d.lastResponse.attributes
	}
	response, err := d.Client.signAndSend(ctx, request)
	if err != nil {
		return SkillResponse{}, err
	}
	d.lastResponse = response
	d.applyDirectives(response.directives)
	return response, nil
}

// playerState returns the current state of the audio player.
func (d *SimulatedDevice) playerState() *audioPlayer {
	if d.player == nil {
		return nil
	}
	now := *d.player
	if !d.playingSince.IsZero() {
		now.Offset += d.Client.Now().Sub(d.playingSince).Milliseconds()
	}
	return &now
}

// applyDirectives starts and stops audio as the response demands.
func (d *SimulatedDevice) applyDirectives(directives []directive) {
	for _, instruction := range directives {
		switch stream := instruction.AudioItem.Stream; instruction.Type {
		case "AudioPlayer.Play":
			d.player, d.playingSince = &audioPlayer{stream.Token, stream.OffsetInMilliseconds, "PLAYING"}, d.Client.Now()
		case "AudioPlayer.Stop":
			if d.player = d.playerState(); d.player != nil {
				d.player.Activity = "STOPPED"
			}
			d.playingSince = time.Time{}
		}
	}
}
