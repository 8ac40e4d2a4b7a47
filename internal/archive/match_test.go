package archive_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/feed"
)

func TestNewIDs(t *testing.T) {
	const home, page = "https://blog.example/", "https://blog.example/1"
	none := time.Time{}
	for _, c := range []struct {
		claim string
		polls [][]feed.Entry
		want  []string
	}{
		{"a new id with the link and the title that are known is that post", [][]feed.Entry{{at("a", "T", page, hours(-5))}, {at("b", "T", page, hours(-4))}}, []string{"a"}},
		{"a new id with the link and the date that are known is that post", [][]feed.Entry{{at("a", "T", page, hours(-5))}, {at("b", "U", page, hours(-5))}}, []string{"a"}},
		{"a new id with a known link alone is a new post", [][]feed.Entry{{at("a", "T", page, hours(-5))}, {at("b", "U", page, hours(-4))}}, []string{"b", "a"}},
		{"no title is no sameness", [][]feed.Entry{{at("a", "", page, hours(-5))}, {at("b", "", page, hours(-4))}}, []string{"b", "a"}},
		{"no date is no sameness", [][]feed.Entry{{at("a", "T", page, none)}, {at("b", "U", page, none)}}, []string{"b", "a"}},
		{"no link is no sameness", [][]feed.Entry{{at("a", "T", "", hours(-5))}, {at("b", "T", "", hours(-5))}}, []string{"b", "a"}},
		{"two posts at one link are kept apart", [][]feed.Entry{{at("a", "T", page, hours(-5)), at("b", "T", page, hours(-5))}}, []string{"a", "b"}},
		{"also when one was known before", [][]feed.Entry{{at("a", "T", page, hours(-5))}, {at("b", "T", page, hours(-5)), at("a", "T", page, hours(-5))}}, []string{"b", "a"}},
		{"a link of all posts is nobody's: the third is not the first",
			[][]feed.Entry{{at("b", "Status", home, hours(-4)), at("a", "Status", home, hours(-5))}, {at("c", "Status", home, hours(-3))}}, []string{"c", "b", "a"}},
		{"also where it is the batch that shows several there",
			[][]feed.Entry{{at("a", "T", page, hours(-5))}, {at("c", "U", page, hours(-3)), at("b", "T", page, hours(-4))}}, []string{"c", "b", "a"}},
		{"unless the date is the same as well",
			[][]feed.Entry{{at("b", "Status", home, hours(-4)), at("a", "Status", home, hours(-5))}, {at("c", "Status", home, hours(-5))}}, []string{"b", "a"}},
		{"two with new ids at every poll stay two", [][]feed.Entry{
			{at("a1", "T", page, hours(-5)), at("b1", "T", page, hours(-6))},
			{at("a2", "T", page, hours(-5)), at("b2", "T", page, hours(-6))},
			{at("a3", "T", page, hours(-5)), at("b3", "T", page, hours(-6))}}, []string{"a1", "b1"}},
	} {
		t.Run(c.claim, func(t *testing.T) {
			a := inMemory(t)
			for i, shown := range c.polls {
				poll(t, a, hours(i), shown...)
			}
			require.Equal(t, c.want, ids(t, a))
		})
	}
	t.Run("what the new id says replaces", func(t *testing.T) {
		a := inMemory(t)
		poll(t, a, t0, at("a", "T", page, hours(-5)))
		require.Equal(t, feed.StoreResult{Changed: 1}, poll(t, a, t0, at("b", "T", page, hours(-4))))
		require.Equal(t, at("a", "T", page, hours(-4)).Post, only(t, a).Post)
	})
}

// TestOneGUIDForAll has a template's mistake, which identify has mended with the links.
func TestOneGUIDForAll(t *testing.T) {
	shown := func(link string, hour int) feed.Entry { return at(link, link, link, hours(-hour)) }
	a := inMemory(t)
	poll(t, a, t0, shown("/b", 2), shown("/a", 3), shown("/a", 4), shown("/b", 5))
	require.Equal(t, []string{"/b", "/a"}, ids(t, a), "one a link")
	poll(t, a, t0, shown("/c", 1), shown("/b", 2), shown("/a", 3))
	newest, count := between(a, hours(-10), t0)
	require.Equal(t, 3, count)
	require.Equal(t, "/c", newest.Link)
}

// TestALyingFeed says everything wrong that it can, and costs no post.
func TestALyingFeed(t *testing.T) {
	a := inMemory(t)
	honest := []feed.Entry{whole("a"), whole("b"), whole("c")}
	poll(t, a, t0, honest...)
	for name, shown := range map[string][]feed.Entry{
		"nothing":              nil,
		"dates ahead":          {post("a", hours(1e6)), post("b", hours(1e6)), post("c", hours(1e6))},
		"no dates":             {post("a", time.Time{}), post("b", time.Time{}), post("c", time.Time{})},
		"empty posts":          {{Post: feed.Post{ID: "a"}}, {Post: feed.Post{ID: "b"}}, {Post: feed.Post{ID: "c"}}},
		"one link for all":     {at("a", "T", "https://x.example/", t0), at("b", "T", "https://x.example/", t0), at("c", "T", "https://x.example/", t0)},
		"each other's links":   {at("a", "T", whole("b").Link, t0), at("b", "T", whole("c").Link, t0), at("c", "T", whole("a").Link, t0)},
		"new ids at one link":  {at("n1", "T", "https://x.example/", t0), at("n2", "T", "https://x.example/", t0)},
		"others at that link":  {at("n3", "U", "https://x.example/", t0), at("n4", "V", "https://x.example/", hours(-1))},
		"an empty id":          {post("", t0)},
		"a kept one's content": {{Post: feed.Post{ID: "n5"}, Content: whole("a").Content}},
	} {
		poll(t, a, hours(1), shown...)
		require.Subset(t, ids(t, a), []string{"a", "b", "c"}, name)
	}
	poll(t, a, hours(2), honest...)
	for _, e := range honest {
		require.Contains(t, entries(t, a), e, "an honest poll sets right what was said wrong")
	}
}
