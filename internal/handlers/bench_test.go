package handlers_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/alexa"
)

// BenchmarkHandle answers from the 10,000 posts that a blog keeps at the most.
func BenchmarkHandle(b *testing.B) {
	s, p := newScene(b, saturday), &publisher{apart: time.Hour}
	poll := subscribe(b, s, p)
	p.posts.Store(10_000)
	poll()
	for _, row := range []struct {
		name    string
		request *alexa.Envelope
	}{
		{"launch", launch()},
		{"latest", lastPost("")},
		{"day", lastPost("2026-03-03")},
		{"period", within(lastPost("2026-02"))},
		{"none", lastPost("2019")},
		{"help", intent("AMAZON.HelpIntent")},
	} {
		b.Run(row.name, func(b *testing.B) {
			require.NotEmpty(b, s.ask(b, row.request).Heard())
			b.ReportAllocs()
			for b.Loop() {
				s.Handle(b.Context(), row.request)
			}
		})
	}
}
