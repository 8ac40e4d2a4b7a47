package handlers_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/alexa"
	"lastpost/internal/handlers"
	"lastpost/internal/handlers/conversation"
)

// largeBlog returns a blog with 10,000 posts. The newest post is very long.
func largeBlog(b *testing.B) *fixture {
	b.Helper()
	s, p := newFixture(b, saturday), &publisher{apart: time.Hour}
	poll := subscribeTo(b, s, p)
	p.posts.Store(10_000)
	poll()
	novel := withCategories(withText(newPost("A novel", "2026-03-14T12:00:00Z"), longNovel()), "Garden")
	s.publish(b, append(gardenPosts(100)[1:], novel)...)
	return s
}

// requestAfter returns the request for words, with the session state after the requests in before.
func requestAfter(b *testing.B, s *fixture, words string, before ...string) *alexa.Envelope {
	b.Helper()
	k := s.newSession(b)
	sendAll(k, before...)
	e := parseRequest(words)
	k.send(e)
	return e
}

// BenchmarkHandle measures requests to a blog with 10,000 posts. Rendered posts come from the cache. Search and
// category lists read the store.
func BenchmarkHandle(b *testing.B) {
	s := largeBlog(b)
	for _, row := range []struct {
		name    string
		request *alexa.Envelope
	}{
		{"launch", launch()},
		{"latest", lastPost("")},
		{"day", lastPost("2026-03-03")},
		{"period", inSession(lastPost("2026-02"))},
		{"none", lastPost("2019")},
		{"help", intent("AMAZON.HelpIntent")},
		{"reading", requestAfter(b, s, "AMAZON.YesIntent", "ReadPostIntent:", "AMAZON.YesIntent", "AMAZON.YesIntent")},
		{"list", intent("ListPostsIntent")},
		{"list of a period", intent("ListPostsIntent", "Date", "2026-02")},
		{"next page", requestAfter(b, s, "AMAZON.NextIntent", "ListPostsIntent:")},
		{"number", requestAfter(b, s, "SelectPostIntent:5", "ListPostsIntent:")},
		{"search with few results", intent("SearchPostsIntent", "Query", "roses")},
		{"search that finds all posts", intent("SearchPostsIntent", "Query", "post")},
		{"category", intent("CategoryPostsIntent", "Category", "garden")},
		{"news", intent("WhatsNewIntent")},
	} {
		b.Run(row.name, func(b *testing.B) {
			require.NotEmpty(b, s.send(b, row.request).SpokenText())
			b.ReportAllocs()
			for b.Loop() {
				_, _ = s.Handle(b.Context(), row.request)
			}
		})
	}
}

// BenchmarkUncachedPost measures the first request for a post of 20,000 words.
func BenchmarkUncachedPost(b *testing.B) {
	s := largeBlog(b)
	e := launch()
	b.ReportAllocs()
	for b.Loop() {
		first := &handlers.Responder{Env: conversation.Env{Blog: s.Blog, Zone: s.Zone, Posts: s.Posts, Store: s.Store, Visits: s.Visits, Catalog: s.Catalog, Now: s.Now, Log: s.Log}}
		_, _ = first.Handle(b.Context(), e)
	}
}
