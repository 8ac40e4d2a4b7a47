package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"lastpost/internal/inspect"
	"lastpost/internal/verify"
	"lastpost/internal/verify/verifytest"
)

// trials play Alexa for the inspector's form, against an endpoint of each skill that is on no listener and believes their
// key alone. The key is made when it is first needed, is nowhere but in memory, and means nothing to the public endpoint.
type trials struct {
	service *service
	alexa   func() (playedAlexa, error)
}

// A playedAlexa is a key with a verifier that believes it.
type playedAlexa struct {
	signer   verifytest.Signer
	verifier *verify.Verifier
}

func newTrials(s *service) *trials {
	return &trials{s, sync.OnceValues(func() (playedAlexa, error) {
		authority, signer, bucket, err := verifytest.NewAlexa(time.Now())
		if err != nil {
			return playedAlexa{}, err
		}
		return playedAlexa{signer, &verify.Verifier{Roots: authority.Pool(), Transport: bucket, Now: beginning()}}, nil
	})}
}

// beginning is a clock that stands still: the key's certificate is as good on the last day of a long run as on its first.
func beginning() func() time.Time {
	now := time.Now()
	return func() time.Time { return now }
}

// Begin begins a conversation.
func (t *trials) Begin(skill, locale string, screen bool) (inspect.Talk, error) {
	if _, err := t.service.blogOf(skill); err != nil {
		return nil, err
	}
	alexa, err := t.alexa()
	if err != nil {
		return nil, err
	}
	return &trialTalk{
		service: t.service, alexa: alexa, skill: skill,
		dialogue: &dialogue{locale: locale, screen: screen, out: io.Discard},
		stage:    &stage{signer: alexa.signer, now: time.Now, name: "test-" + strings.ToLower(rand.Text()[:10])},
	}, nil
}

// A trialTalk is one conversation of the form's.
type trialTalk struct {
	service  *service
	alexa    playedAlexa
	skill    string
	dialogue *dialogue
	stage    *stage
}

// Say says something. The skill is looked up each time, as a reload may have put another into its place.
func (t *trialTalk) Say(ctx context.Context, words string) (inspect.Turn, error) {
	b, err := t.service.blogOf(t.skill)
	if err != nil {
		return inspect.Turn{}, err
	}
	d := t.dialogue
	t.stage.blog, t.stage.url = b, "https://localhost"+b.skill.Path
	t.stage.client = &http.Client{Transport: inProcess{t.service.server.Trial(b.served(), t.alexa.verifier)}}
	d.stage = t.stage
	switch {
	case words == "" && d.last.open:
		return inspect.Turn{Heard: "a silence", Speech: d.last.prompt(), Open: true}, nil
	case words == "":
		words = "open " + b.skill.InvocationName
	}
	heard, err := d.understand(ctx, words)
	if err != nil {
		return inspect.Turn{}, err
	}
	if err := d.send(ctx, saying{intent: heard.Intent, slots: heard.Slots}); err != nil {
		return inspect.Turn{}, err
	}
	return t.stage.turn(words, understood(heard), d.last), nil
}

// prompt is what is said into a silence.
func (r reply) prompt() string { return words(r.reprompt) }

// turn is a reply as the page shows it.
func (s *stage) turn(said, heard string, r reply) inspect.Turn {
	turn := inspect.Turn{
		Words: said, Heard: heard, Speech: words(r.speech), Reprompt: r.prompt(), Open: r.open, RequestID: s.requestID(),
	}
	if r.status != http.StatusOK {
		turn.Trouble = "It was refused: " + r.message
	}
	if r.card != nil {
		turn.Card = &inspect.Card{Title: r.card.Title, Text: strings.TrimSpace(r.card.Content + r.card.Text), Image: cmp.Or(r.card.Image.LargeImageURL, r.card.Image.SmallImageURL)}
	}
	for _, d := range r.directives {
		switch d.Type {
		case "AudioPlayer.Play":
			turn.Plays = d.AudioItem.Stream.URL
		case "Alexa.Presentation.APL.RenderDocument":
			turn.Screen = true
		}
	}
	return turn
}

// inProcess carries requests to a handler, and over no network.
type inProcess struct{ handler http.Handler }

// RoundTrip asks the handler.
func (p inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	asked := r.Clone(r.Context())
	asked.RemoteAddr = "inspector"
	answer := &written{header: http.Header{}, status: http.StatusOK}
	p.handler.ServeHTTP(answer, asked)
	return &http.Response{
		Status: http.StatusText(answer.status), StatusCode: answer.status, Header: answer.header, Request: r,
		Body: io.NopCloser(&answer.body), ContentLength: int64(answer.body.Len()),
	}, nil
}

// written is what a handler has written.
type written struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *written) Header() http.Header { return w.header }

func (w *written) WriteHeader(status int) { w.status = status }

func (w *written) Write(p []byte) (int, error) { return w.body.Write(p) }
