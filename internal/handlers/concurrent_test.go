package handlers_test

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/alexa"
	"lastpost/internal/alexa/alexatest"
)

type handleFunc = func(context.Context, *alexa.Envelope) (*alexa.Response, error)

// TestConcurrentRequests requires the same answers from concurrent as from sequential requests.
func TestConcurrentRequests(t *testing.T) {
	s := newFixture(t, saturday, postsOfYears()...)
	var envelopes []*alexa.Envelope
	for _, locale := range []string{"en-US", "en-GB", "de-DE"} {
		envelopes = append(envelopes, inLocale(locale, launch()), inLocale(locale, lastPost("2026-03")), inLocale(locale, lastPost("2019")),
			inLocale(locale, inSession(lastPost(""))), inLocale(locale, inSession(lastPost("2025-03-14"))), inLocale(locale, intent("AMAZON.HelpIntent")))
	}
	want := make([]string, len(envelopes))
	for i, e := range envelopes {
		want[i] = s.send(t, e).SpokenText()
	}
	var requests sync.WaitGroup
	for range 8 {
		requests.Go(func() {
			for i, e := range envelopes {
				response, _ := s.Handle(t.Context(), e)
				raw, _ := alexa.Encode(response)
				if a, broken := alexatest.Examine(alexatest.Request{Type: e.Request.Type}, raw); a.SpokenText() != want[i] || len(broken) > 0 {
					t.Errorf("%v %s", broken, raw)
				}
			}
		})
	}
	requests.Wait()
}

func TestHandleDoesNotChangeRequest(t *testing.T) {
	s := newFixture(t, saturday, postsOfYears()...)
	e := inSession(lastPost("2026-03"))
	s.send(t, e)
	require.Equal(t, inSession(lastPost("2026-03")), e)
}
