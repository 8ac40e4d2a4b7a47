package archive_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/feed"
)

func TestChangedIDs(t *testing.T) {
	const home, page = "https://blog.example/", "https://blog.example/1"
	none := time.Time{}
	for _, c := range []struct {
		claim string
		polls [][]feed.Entry
		want  []string
	}{
		{"a new id with a known link and title is the known post", [][]feed.Entry{{postWithLink("a", "T", page, hours(-5))}, {postWithLink("b", "T", page, hours(-4))}}, []string{"a"}},
		{"a new id with a known link and date is the known post", [][]feed.Entry{{postWithLink("a", "T", page, hours(-5))}, {postWithLink("b", "U", page, hours(-5))}}, []string{"a"}},
		{"a new id with only a known link is a new post", [][]feed.Entry{{postWithLink("a", "T", page, hours(-5))}, {postWithLink("b", "U", page, hours(-4))}}, []string{"b", "a"}},
		{"empty titles do not match", [][]feed.Entry{{postWithLink("a", "", page, hours(-5))}, {postWithLink("b", "", page, hours(-4))}}, []string{"b", "a"}},
		{"missing dates do not match", [][]feed.Entry{{postWithLink("a", "T", page, none)}, {postWithLink("b", "U", page, none)}}, []string{"b", "a"}},
		{"empty links do not match", [][]feed.Entry{{postWithLink("a", "T", "", hours(-5))}, {postWithLink("b", "T", "", hours(-5))}}, []string{"b", "a"}},
		{"two posts with one link stay two posts", [][]feed.Entry{{postWithLink("a", "T", page, hours(-5)), postWithLink("b", "T", page, hours(-5))}}, []string{"a", "b"}},
		{"two posts with one link stay two posts if one is stored", [][]feed.Entry{{postWithLink("a", "T", page, hours(-5))}, {postWithLink("b", "T", page, hours(-5)), postWithLink("a", "T", page, hours(-5))}}, []string{"b", "a"}},
		{"a third post with a shared link is a new post",
			[][]feed.Entry{{postWithLink("b", "Status", home, hours(-4)), postWithLink("a", "Status", home, hours(-5))}, {postWithLink("c", "Status", home, hours(-3))}}, []string{"c", "b", "a"}},
		{"a post is new if the batch has several posts with its link",
			[][]feed.Entry{{postWithLink("a", "T", page, hours(-5))}, {postWithLink("c", "U", page, hours(-3)), postWithLink("b", "T", page, hours(-4))}}, []string{"c", "b", "a"}},
		{"a new id with a shared link and the same title and date is the known post",
			[][]feed.Entry{{postWithLink("b", "Status", home, hours(-4)), postWithLink("a", "Status", home, hours(-5))}, {postWithLink("c", "Status", home, hours(-5))}}, []string{"b", "a"}},
		{"two posts with new ids at every poll stay two posts", [][]feed.Entry{
			{postWithLink("a1", "T", page, hours(-5)), postWithLink("b1", "T", page, hours(-6))},
			{postWithLink("a2", "T", page, hours(-5)), postWithLink("b2", "T", page, hours(-6))},
			{postWithLink("a3", "T", page, hours(-5)), postWithLink("b3", "T", page, hours(-6))}}, []string{"a1", "b1"}},
	} {
		t.Run(c.claim, func(t *testing.T) {
			a := inMemory(t)
			for i, shown := range c.polls {
				poll(t, a, hours(i), shown...)
			}
			require.Equal(t, c.want, storedIDs(t, a))
		})
	}
	t.Run("the entry with the new id replaces the post", func(t *testing.T) {
		a := inMemory(t)
		poll(t, a, t0, postWithLink("a", "T", page, hours(-5)))
		require.Equal(t, feed.StoreResult{Changed: 1}, poll(t, a, t0, postWithLink("b", "T", page, hours(-4))))
		require.Equal(t, postWithLink("a", "T", page, hours(-4)).Post, onlyEntry(t, a).Post)
	})
}

// TestSharedGUIDKeepsAllPosts stores a feed that has one GUID for all posts. Package parse then uses the links as ids,
// so all posts must be stored.
func TestSharedGUIDKeepsAllPosts(t *testing.T) {
	shown := func(link string, hour int) feed.Entry { return postWithLink(link, link, link, hours(-hour)) }
	a := inMemory(t)
	poll(t, a, t0, shown("/b", 2), shown("/a", 3), shown("/a", 4), shown("/b", 5))
	require.Equal(t, []string{"/b", "/a"}, storedIDs(t, a), "one post for each link")
	poll(t, a, t0, shown("/c", 1), shown("/b", 2), shown("/a", 3))
	newest, count := newestBetween(a, hours(-10), t0)
	require.Equal(t, 3, count)
	require.Equal(t, "/c", newest.Link)
}

// TestInconsistentFeedLosesNoPost stores batches with wrong ids, links or dates. The archive must keep all posts that
// it stored before.
func TestInconsistentFeedLosesNoPost(t *testing.T) {
	a := inMemory(t)
	correct := []feed.Entry{fullEntry("a"), fullEntry("b"), fullEntry("c")}
	poll(t, a, t0, correct...)
	for name, shown := range map[string][]feed.Entry{
		"nothing":                    nil,
		"future dates":               {post("a", hours(1e6)), post("b", hours(1e6)), post("c", hours(1e6))},
		"no dates":                   {post("a", time.Time{}), post("b", time.Time{}), post("c", time.Time{})},
		"posts with only an id":      {{Post: feed.Post{ID: "a"}}, {Post: feed.Post{ID: "b"}}, {Post: feed.Post{ID: "c"}}},
		"one link for all posts":     {postWithLink("a", "T", "https://x.example/", t0), postWithLink("b", "T", "https://x.example/", t0), postWithLink("c", "T", "https://x.example/", t0)},
		"posts with exchanged links": {postWithLink("a", "T", fullEntry("b").Link, t0), postWithLink("b", "T", fullEntry("c").Link, t0), postWithLink("c", "T", fullEntry("a").Link, t0)},
		"new ids at one link":        {postWithLink("n1", "T", "https://x.example/", t0), postWithLink("n2", "T", "https://x.example/", t0)},
		"other new ids at that link": {postWithLink("n3", "U", "https://x.example/", t0), postWithLink("n4", "V", "https://x.example/", hours(-1))},
		"an empty id":                {post("", t0)},
		"a stored post's content":    {{Post: feed.Post{ID: "n5"}, Content: fullEntry("a").Content}},
	} {
		poll(t, a, hours(1), shown...)
		require.Subset(t, storedIDs(t, a), []string{"a", "b", "c"}, name)
	}
	poll(t, a, hours(2), correct...)
	for _, e := range correct {
		require.Contains(t, allEntries(t, a), e, "a correct poll restores the posts")
	}
}
