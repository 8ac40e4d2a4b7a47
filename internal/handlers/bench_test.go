package handlers_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/alexa"
	"lastpost/internal/handlers"
)

// library is a blog of the 10,000 posts that are kept at the most, the newest one of them a novel.
func library(b *testing.B) *scene {
	b.Helper()
	s, p := newScene(b, saturday), &publisher{apart: time.Hour}
	poll := subscribe(b, s, p)
	p.posts.Store(10_000)
	poll()
	novel := filed(of(post("A novel", "2026-03-14T12:00:00Z"), novel()), "Garden")
	s.publish(b, append(garden(100)[1:], novel)...)
	return s
}

// after is a request behind others of the same session.
func after(b *testing.B, s *scene, words string, before ...string) *alexa.Envelope {
	b.Helper()
	k := s.talk(b)
	spoken(k, before...)
	e := utterance(words)
	k.say(e)
	return e
}

// BenchmarkHandle answers from 10,000 posts. What is told again is told from memory; lists by words or category are read.
func BenchmarkHandle(b *testing.B) {
	s := library(b)
	for _, row := range []struct {
		name    string
		request *alexa.Envelope
	}{
		{"launch", launch()},
		{"latest", lastPost("")},
		{"day", lastPost("2026-03-03")},
		{"period", periodFilter(lastPost("2026-02"))},
		{"none", lastPost("2019")},
		{"help", intent("AMAZON.HelpIntent")},
		{"reading", after(b, s, "AMAZON.YesIntent", "ReadPostIntent:", "AMAZON.YesIntent", "AMAZON.YesIntent")},
		{"list", intent("ListPostsIntent")},
		{"list of a period", intent("ListPostsIntent", "Date", "2026-02")},
		{"next page", after(b, s, "AMAZON.NextIntent", "ListPostsIntent:")},
		{"number", after(b, s, "SelectPostIntent:5", "ListPostsIntent:")},
		{"search, few", intent("SearchPostsIntent", "Query", "roses")},
		{"search, all", intent("SearchPostsIntent", "Query", "post")},
		{"category", intent("CategoryPostsIntent", "Category", "garden")},
		{"news", intent("WhatsNewIntent")},
	} {
		b.Run(row.name, func(b *testing.B) {
			require.NotEmpty(b, s.ask(b, row.request).SpokenText())
			b.ReportAllocs()
			for b.Loop() {
				s.Handle(b.Context(), row.request)
			}
		})
	}
}

// BenchmarkFirstHearing is what a listener waits for who is the first to hear a post of 20,000 words.
func BenchmarkFirstHearing(b *testing.B) {
	s := library(b)
	e := launch()
	b.ReportAllocs()
	for b.Loop() {
		first := &handlers.Responder{Blog: s.Blog, Zone: s.Zone, Posts: s.Posts, Store: s.Store, Visits: s.Visits, Book: s.Book, Now: s.Now, Log: s.Log}
		first.Handle(b.Context(), e)
	}
}
