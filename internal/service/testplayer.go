package service

import (
	"context"
	"crypto/rand"
	"net/http"
	"strings"
	"sync"
	"time"

	"lastpost/internal/inspect"
	"lastpost/internal/simulator"
)

// A testPlayer simulates Alexa for the inspector's form. It signs requests with its own key and passes them to a test
// endpoint, which trusts only this key and is not reachable from any listener. The key is created at first use and exists
// only in memory. The public endpoint refuses requests signed with this key.
type testPlayer struct {
	service *service
	alexa   func() (simulator.Identity, error)
}

func newTestPlayer(s *service) *testPlayer {
	// The verifier's clock is fixed, so that the certificate of the key does not expire in a long run.
	now := time.Now()
	return &testPlayer{s, sync.OnceValues(func() (simulator.Identity, error) {
		return simulator.NewIdentity(func() time.Time { return now })
	})}
}

// StartConversation begins a conversation.
func (t *testPlayer) StartConversation(skill, locale string, screen bool) (inspect.Conversation, error) {
	if _, err := t.service.findBlog(skill); err != nil {
		return nil, err
	}
	alexa, err := t.alexa()
	if err != nil {
		return nil, err
	}
	client := &simulator.SigningClient{Identity: alexa, Now: time.Now, IDLabel: "test-" + strings.ToLower(rand.Text()[:10])}
	device := simulator.SimulatedDevice{Client: client, Locale: locale, Screen: screen}
	return &testConversation{service: t.service, skill: skill, device: device}, nil
}

// A testConversation is one conversation in the form.
type testConversation struct {
	service *service
	skill   string
	device  simulator.SimulatedDevice
}

// SendUtterance sends the request for a listener's words. It looks up the skill each time, because a reload may have
// replaced or removed it.
func (t *testConversation) SendUtterance(ctx context.Context, words string) (inspect.ConversationTurn, error) {
	b, err := t.service.findBlog(t.skill)
	if err != nil {
		return inspect.ConversationTurn{}, err
	}
	d := &t.device
	d.Skill = b.NewDevice(d.Client, d.Locale).Skill
	d.Client.ApplicationID, d.Client.URL = b.Skill.ApplicationID, "https://localhost"+b.Skill.Path
	d.Client.HTTP = &http.Client{Transport: simulator.InProcessTransport{
		Handler: t.service.server.TestEndpoint(b.ServerSkill(), d.Client.Identity.Verifier), Remote: "inspector",
	}}
	if words == "" {
		if prompt, open := d.PendingReprompt(); open {
			return inspect.ConversationTurn{Intent: "a silence", Speech: prompt, Listening: true}, nil
		}
		words = "open " + b.Skill.InvocationName
	}
	asked, heard, err := d.InterpretWords(ctx, words)
	if err != nil {
		return inspect.ConversationTurn{}, err
	}
	r, err := d.Send(ctx, asked)
	if err != nil {
		return inspect.ConversationTurn{}, err
	}
	turn := inspect.ConversationTurn{
		Utterance: words, Intent: heard, Speech: r.Speech, Reprompt: r.Reprompt, Listening: r.Open, RequestID: d.Client.LastRequestID(),
		AudioURL: r.AudioURL(), UsesScreen: r.ShowsScreen(),
	}
	if r.Status != http.StatusOK {
		turn.Error = "It was refused: " + r.Message
	}
	if r.Card != nil {
		turn.Card = &inspect.Card{Title: r.Card.Title, Text: r.Card.Text, Image: r.Card.Image}
	}
	return turn, nil
}
