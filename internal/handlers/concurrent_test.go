package handlers_test

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/alexa"
	"lastpost/internal/alexa/alexatest"
)

type handle = func(context.Context, *alexa.Envelope) *alexa.Response

// TestHandleIsForManyGoroutines asks everything in every language at once, and expects the same answers as one by one.
func TestHandleIsForManyGoroutines(t *testing.T) {
	s := newScene(t, saturday, years()...)
	var envelopes []*alexa.Envelope
	for _, locale := range []string{"en-US", "en-GB", "de-DE"} {
		envelopes = append(envelopes, in(locale, launch()), in(locale, lastPost("2026-03")), in(locale, lastPost("2019")),
			in(locale, periodFilter(lastPost(""))), in(locale, periodFilter(lastPost("2025-03-14"))), in(locale, intent("AMAZON.HelpIntent")))
	}
	want := make([]string, len(envelopes))
	for i, e := range envelopes {
		want[i] = s.ask(t, e).SpokenText()
	}
	var asking sync.WaitGroup
	for range 8 {
		asking.Go(func() {
			for i, e := range envelopes {
				raw, _ := alexa.Encode(s.Handle(t.Context(), e))
				if a, broken := alexatest.Examine(alexatest.Request{Type: e.Request.Type}, raw); a.SpokenText() != want[i] || len(broken) > 0 {
					t.Errorf("%v %s", broken, raw)
				}
			}
		})
	}
	asking.Wait()
}

// TestHandleChangesNoRequest lets an envelope be used again.
func TestHandleChangesNoRequest(t *testing.T) {
	s := newScene(t, saturday, years()...)
	e := periodFilter(lastPost("2026-03"))
	s.ask(t, e)
	require.Equal(t, periodFilter(lastPost("2026-03")), e)
}
