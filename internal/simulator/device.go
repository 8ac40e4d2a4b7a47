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

// A Skill is what is known of the skill when its listener's words are compared with the sample utterances.
type Skill struct {
	InvocationName string
	Zone           *time.Location
	Language       *phrases.Language
	Categories     func(ctx context.Context, limit int) ([]string, error)
}

// A Device takes typed words instead of spoken ones, and has the state that Alexa's cloud and a device keep of a conversation.
type Device struct {
	Client *Client
	Skill  Skill
	Locale string
	Screen bool // the device has one

	last    Reply
	player  *player
	playing time.Time // since when; zero: nothing is playing
}

// Silence is the reprompt after a question; false if Alexa does not listen.
func (d *Device) Silence() (reprompt string, open bool) { return d.last.Reprompt, d.last.Open }

// MaxCategories is how many values of the slot Alexa is taught.
const MaxCategories = 1000

// Understand makes of words the request that Alexa would make of them. Heard names its intent and slots.
func (d *Device) Understand(ctx context.Context, words string) (asked Request, heard string, err error) {
	categories, err := d.Skill.Categories(ctx, MaxCategories)
	if err != nil {
		return Request{}, "", err
	}
	recognizer, err := utterance.New(d.Skill.Language)
	if err != nil {
		return Request{}, "", err
	}
	understood, ok := recognizer.Recognize(words, utterance.MatchContext{
		Today: d.Client.Now().In(d.Skill.Zone), InvocationName: d.Skill.InvocationName, Categories: categories,
	})
	if !ok {
		understood = utterance.Recognition{Intent: "AMAZON.FallbackIntent"}
	}
	asked = Request{Intent: understood.Intent, Slots: understood.Slots}
	return asked, asked.summary(), nil
}

// summary names the intent and the slots.
func (r Request) summary() string {
	if r.Intent == "" {
		return "a launch"
	}
	summary := r.Intent
	for _, slot := range slices.Sorted(maps.Keys(r.Slots)) {
		summary += fmt.Sprintf(" %s=%s", slot, r.Slots[slot])
	}
	return summary
}

// Send sends one request of the conversation, and does what the response says.
func (d *Device) Send(ctx context.Context, asked Request) (Reply, error) {
	asked.locale, asked.player, asked.screen = d.Locale, d.state(), d.Screen
	if d.last.Open && !asked.New {
		asked.within, asked.attributes = true, d.last.attributes
	}
	reply, err := d.Client.send(ctx, asked)
	if err != nil {
		return Reply{}, err
	}
	d.last = reply
	d.play(reply.directives)
	return reply, nil
}

// state is what the device tells of what it plays.
func (d *Device) state() *player {
	if d.player == nil {
		return nil
	}
	now := *d.player
	if !d.playing.IsZero() {
		now.Offset += d.Client.Now().Sub(d.playing).Milliseconds()
	}
	return &now
}

// play does what the device is told.
func (d *Device) play(directives []directive) {
	for _, told := range directives {
		switch stream := told.AudioItem.Stream; told.Type {
		case "AudioPlayer.Play":
			d.player, d.playing = &player{stream.Token, stream.OffsetInMilliseconds, "PLAYING"}, d.Client.Now()
		case "AudioPlayer.Stop":
			if d.player = d.state(); d.player != nil {
				d.player.Activity = "STOPPED"
			}
			d.playing = time.Time{}
		}
	}
}
