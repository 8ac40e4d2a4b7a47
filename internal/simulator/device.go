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

// A Device accepts typed words instead of speech. It keeps the state of the session and the audio player.
type Device struct {
	Client *Client
	Skill  SkillInfo
	Locale string
	Screen bool // the device has one

	lastResponse SkillResponse
	player       *audioPlayer
	playingSince time.Time // since when; zero: nothing is playing
}

// PendingReprompt returns the reprompt of the last question, and whether Alexa is listening.
func (d *Device) PendingReprompt() (reprompt string, open bool) {
	return d.lastResponse.Reprompt, d.lastResponse.Open
}

// MaxCategories is the maximum number of values for the category slot.
const MaxCategories = 1000

// InterpretWords converts words to the request of Alexa. Heard names its intent and slots.
func (d *Device) InterpretWords(ctx context.Context, words string) (asked SkillRequest, heard string, err error) {
	categories, err := d.Skill.Categories(ctx, MaxCategories)
	if err != nil {
		return SkillRequest{}, "", err
	}
	recognizer, err := utterance.New(d.Skill.Language)
	if err != nil {
		return SkillRequest{}, "", err
	}
	understood, ok := recognizer.Recognize(words, utterance.MatchContext{
		Today: d.Client.Now().In(d.Skill.Zone), InvocationName: d.Skill.InvocationName, Categories: categories,
	})
	if !ok {
		understood = utterance.Recognition{Intent: "AMAZON.FallbackIntent"}
	}
	asked = SkillRequest{Intent: understood.Intent, Slots: understood.Slots}
	return asked, asked.describe(), nil
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
func (d *Device) Send(ctx context.Context, asked SkillRequest) (SkillResponse, error) {
	asked.locale, asked.player, asked.hasScreen = d.Locale, d.playerState(), d.Screen
	if d.lastResponse.Open && !asked.New {
		asked.inSession, asked.attributes = true, d.lastResponse.attributes
	}
	response, err := d.Client.signAndSend(ctx, asked)
	if err != nil {
		return SkillResponse{}, err
	}
	d.lastResponse = response
	d.applyDirectives(response.directives)
	return response, nil
}

// playerState returns the current state of the audio player.
func (d *Device) playerState() *audioPlayer {
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
func (d *Device) applyDirectives(directives []directive) {
	for _, told := range directives {
		switch stream := told.AudioItem.Stream; told.Type {
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
