package archive_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/archive"
	"lastpost/internal/feed"
)

// fivePosts returns an archive of five posts: a is the newest; b, c and d have the same second; e is the oldest. b and
// e have audio.
func fivePosts(t *testing.T) *archive.Archive {
	t.Helper()
	a := inMemory(t)
	poll(t, a, t0, post("a", hours(-1)), episode("b", hours(-2)), post("c", hours(-2)), post("d", hours(-2)), episode("e", hours(-3)))
	require.Equal(t, []string{"a", "b", "c", "d", "e"}, storedIDs(t, a))
	return a
}

func episode(id string, at time.Time) feed.Entry {
	e := post(id, at)
	e.Audio = feed.Audio{URL: "https://blog.example/" + id + ".mp3", Type: "audio/mpeg"}
	return e
}

// episodes selects posts with audio.
var episodes = feed.Filter{Episodes: true}

// joinIDs concatenates the ids of posts.
func joinIDs(posts []feed.Post) (ids string) {
	for _, p := range posts {
		ids += p.ID
	}
	return ids
}

func TestRange(t *testing.T) {
	a := fivePosts(t)
	none := time.Time{}
	for _, c := range []struct {
		claim       string
		from, to    time.Time
		skip, limit int
		want        string
	}{
		{"all posts", none, none, 0, 9, "abcde"},
		{"limit bounds the result", none, none, 0, 2, "ab"},
		{"skip omits the first posts", none, none, 2, 2, "cd"},
		{"fewer posts than limit", none, none, 4, 2, "e"},
		{"skip all posts", none, none, 5, 2, ""},
		{"the largest skip and limit do not overflow", none, none, math.MaxInt, math.MaxInt, ""},
		{"limit zero returns nothing", none, none, 0, 0, ""},
		{"a negative limit returns nothing", none, none, 0, -1, ""},
		{"a negative skip is zero", none, none, -3, 1, "a"},
		{"the end is excluded", hours(-9), hours(-1), 0, 9, "bcde"},
		{"the beginning is included", hours(-2), none, 0, 9, "abcd"},
		{"skip and limit within a period", hours(-9), hours(-1), 1, 2, "cd"},
		{"limit does not extend the period", hours(-2), hours(-1), 0, 9, "bcd"},
		{"skip all posts of a period", hours(-2), hours(-1), 3, 9, ""},
		{"a period without posts selects nothing", hours(-9), hours(-3), 0, 9, ""},
		{"a period that ends before it begins selects nothing", hours(-1), hours(-3), 0, 9, ""},
	} {
		t.Run(c.claim, func(t *testing.T) {
			require.Equal(t, c.want, joinIDs(a.Range(feed.Filter{From: c.from, To: c.to}, c.skip, c.limit)))
			newest, n := newestBetween(a, c.from, c.to)
			all := a.Range(feed.Filter{From: c.from, To: c.to}, 0, 9)
			require.Len(t, all, n, "Count agrees")
			if n > 0 {
				require.Equal(t, all[0], newest)
			}
		})
	}
	p := a.Range(feed.Filter{}, 1, 1)[0]
	require.Equal(t, feed.Post{ID: "b", Title: "Tb", Published: hours(-2)}, p)
	require.Empty(t, inMemory(t).Range(feed.Filter{}, 0, 9))
}

func TestNeighbours(t *testing.T) {
	a := fivePosts(t)
	for _, c := range []struct {
		claim        string
		id           string
		at           time.Time
		older, newer string
		since        int
		olderEpisode string
		newerEpisode string
	}{
		{"the newest post", "a", hours(-1), "b", "", 0, "b", ""},
		{"the newest of a second", "b", hours(-2), "c", "a", 1, "e", ""},
		{"a post in the middle of a second", "c", hours(-2), "d", "b", 2, "e", "b"},
		{"the oldest of a second", "d", hours(-2), "e", "c", 3, "e", "b"},
		{"the oldest post", "e", hours(-3), "", "d", 4, "", "b"},
		{"a removed post counts as the newest of its second", "x", hours(-2), "b", "a", 1, "b", ""},
		{"a removed post between others", "x", hours(-2).Add(-time.Minute), "e", "d", 4, "e", "b"},
		{"a removed oldest post", "x", hours(-4), "", "e", 5, "", "e"},
		{"a removed newest post", "x", t0, "a", "", 0, "b", ""},
		{"a post with a changed date is not its own older neighbour", "b", hours(-1).Add(time.Minute), "a", "", 0, "e", ""},
		{"a post with a later date is not its own older neighbour, even if it is the newest older post", "a", t0, "b", "", 0, "b", ""},
		{"a post with a changed date is not its own newer neighbour", "d", hours(-2).Add(-time.Minute), "e", "c", 4, "e", "b"},
		{"an episode with a changed date is not its own older neighbour", "e", hours(-2).Add(-time.Minute), "", "d", 4, "", "b"},
		{"an episode with a changed date is not its own newer neighbour", "e", hours(-4), "", "d", 5, "", "b"},
		{"a post without a date is older than all", "x", time.Time{}, "", "e", 5, "", "e"},
		{"an empty id with a later date", "", t0, "a", "", 0, "b", ""},
	} {
		t.Run(c.claim, func(t *testing.T) {
			p := feed.Post{ID: c.id, Published: c.at}
			for name, look := range map[string]struct {
				get  func(feed.Post, feed.Filter) (feed.Post, bool)
				of   feed.Filter
				want string
			}{
				"older": {a.Older, feed.Filter{}, c.older}, "older episode": {a.Older, episodes, c.olderEpisode},
				"newer": {a.Newer, feed.Filter{}, c.newer}, "newer episode": {a.Newer, episodes, c.newerEpisode},
			} {
				got, ok := look.get(p, look.of)
				require.Equal(t, look.want, got.ID, name)
				require.Equal(t, look.want != "", ok, name)
			}
			require.Equal(t, c.since, a.Since(p))
		})
	}
}

// TestLookupsHonourFilter checks that each lookup returns only posts that the filter selects.
func TestLookupsHonourFilter(t *testing.T) {
	a := fivePosts(t)
	until := func(f feed.Filter, at time.Time) feed.Filter {
		f.To = at
		return f
	}
	for _, c := range []struct {
		claim        string
		of           feed.Filter
		want         string // all posts that the filter selects
		older, newer string // the neighbours of post d that the filter selects
		skipped      string // the selected posts after the first
	}{
		{"the zero filter selects all", feed.Filter{}, "abcde", "e", "c", "bcde"},
		{"episodes", episodes, "be", "e", "b", "e"},
		{"a period", feed.Filter{From: hours(-2), To: hours(-1)}, "bcd", "", "c", "cd"},
		{"episodes of a period", feed.Filter{From: hours(-2), To: hours(-1), Episodes: true}, "b", "", "b", ""},
		{"episodes until a time", until(episodes, hours(-2)), "e", "e", "", ""},
		{"episodes from a time on", feed.Filter{From: hours(-1), Episodes: true}, "", "", "", ""},
		{"until a time", until(feed.Filter{}, hours(-2)), "e", "e", "", ""},
		{"from a time on", feed.Filter{From: hours(-1)}, "a", "", "a", ""},
	} {
		t.Run(c.claim, func(t *testing.T) {
			newest, some := a.Newest(c.of)
			require.Equal(t, c.want != "", some)
			require.True(t, strings.HasPrefix(c.want, newest.ID))
			count, first := a.Count(c.of)
			require.Equal(t, len(c.want), count)
			require.Equal(t, newest, first)
			require.Equal(t, c.want, joinIDs(a.Range(c.of, 0, 9)))
			require.Equal(t, newest.ID, joinIDs(a.Range(c.of, 0, 1)))
			require.Equal(t, c.skipped, joinIDs(a.Range(c.of, 1, 9)))
			d := feed.Post{ID: "d", Published: hours(-2)}
			older, _ := a.Older(d, c.of)
			newer, _ := a.Newer(d, c.of)
			require.Equal(t, c.older+"/"+c.newer, older.ID+"/"+newer.ID)
		})
	}
}

// TestOlderAfterForgetMissesNoPost forgets a post and continues from it. Older must reach every older post and every
// other post of the same second.
func TestOlderAfterForgetMissesNoPost(t *testing.T) {
	for _, gone := range []string{"a", "b", "c", "d", "e"} {
		a := fivePosts(t)
		p, ok, err := a.Forget(t.Context(), gone)
		require.NoError(t, err)
		require.True(t, ok)
		want := a.Range(feed.Filter{To: p.Published.Add(time.Second)}, 0, 9)
		var met []feed.Post
		for p, ok := a.Older(p, feed.Filter{}); ok; p, ok = a.Older(p, feed.Filter{}) {
			met = append(met, p)
		}
		require.Equal(t, want, met)
	}
}

func TestAt(t *testing.T) {
	a := fivePosts(t)
	is := func(id string) func(feed.Post) bool { return func(p feed.Post) bool { return p.ID == id } }
	all := func(feed.Post) bool { return true }
	for _, c := range []struct {
		claim string
		at    time.Time
		match func(feed.Post) bool
		want  string
	}{
		{"the newest match of a second", hours(-2), all, "b"},
		{"the oldest of a second", hours(-2), is("d"), "d"},
		{"no match in the second", hours(-2), is("x"), ""},
		{"a match in another second", hours(-2), is("e"), ""},
		{"a second without posts", hours(-2).Add(time.Second), all, ""},
		{"a second before all posts", hours(-4), all, ""},
	} {
		t.Run(c.claim, func(t *testing.T) {
			p, ok := a.At(c.at.Unix(), c.match)
			require.Equal(t, c.want, p.ID)
			require.Equal(t, c.want != "", ok)
		})
	}
	for _, second := range []int64{math.MinInt64, math.MaxInt64} {
		_, ok := a.At(second, all)
		require.False(t, ok, "extreme numbers")
	}
}

func TestEpisodes(t *testing.T) {
	a := fivePosts(t)
	newest := func(from, to time.Time) string {
		p, _ := a.Newest(feed.Filter{From: from, To: to, Episodes: true})
		return p.ID
	}
	require.Equal(t, "b", newest(time.Time{}, time.Time{}))
	require.Equal(t, "e", newest(time.Time{}, hours(-2)))
	require.Equal(t, "b", newest(hours(-2), hours(-1)))
	require.Empty(t, newest(hours(-1), time.Time{}))
	require.Empty(t, newest(hours(-2).Add(time.Second), hours(5)))

	poll(t, a, hours(1), episode("a", hours(-1)), post("b", hours(-2)))
	require.Equal(t, "a", newest(time.Time{}, time.Time{}), "a post with added audio")
	p, _ := a.Older(feed.Post{ID: "a", Published: hours(-1)}, episodes)
	require.Equal(t, "e", p.ID, "a post with removed audio")
	require.NoError(t, a.Reload(t.Context()))
	require.Equal(t, "a", newest(time.Time{}, time.Time{}), "after a reload")
	require.Equal(t, "e", newest(time.Time{}, hours(-1)))
}

// TestGenerationChangesWithPosts checks that the generation changes with every visible change and at no other time.
func TestGenerationChangesWithPosts(t *testing.T) {
	name := tempFile(t)
	a, other := openArchive(t, name), openArchive(t, name)
	changed := post("a", hours(-1))
	changed.Content = "changed"
	for _, c := range []struct {
		claim string
		do    func()
		want  bool
	}{
		{"a new post", func() { poll(t, a, t0, post("a", hours(-1))) }, true},
		{"the same poll again", func() { poll(t, a, t0, post("a", hours(-1))) }, false},
		{"changed content", func() { poll(t, a, t0, changed) }, true},
		{"a memo", func() {
			keepBatch(t, a, feed.Batch{Notes: func(feed.StoreResult) (map[string][]byte, error) { return map[string][]byte{"n": {1}}, nil }})
		}, false},
		{"a backfill mark", func() {
			keepBatch(t, a, feed.Batch{Entries: []feed.Entry{changed}, Now: t0, Older: true, BackfillID: 1})
		}, false},
		{"another process's post before Refresh", func() { poll(t, other, t0, post("b", hours(-2))) }, false},
		{"another process's post after Refresh", func() { require.NoError(t, a.Refresh(t.Context())) }, true},
		{"Refresh without changes", func() { require.NoError(t, a.Refresh(t.Context())) }, false},
		{"a visit", func() { a.Visit(feed.Listener{Account: "u"}, changed.Post, t0) }, false},
		{"a forgotten post", func() { _, _, _ = a.Forget(t.Context(), "a") }, true},
		{"forgetting a missing post", func() { _, _, _ = a.Forget(t.Context(), "a") }, false},
	} {
		t.Run(c.claim, func(t *testing.T) {
			before := a.Generation()
			c.do()
			require.Equal(t, c.want, a.Generation() != before)
		})
	}
}

func TestEntry(t *testing.T) {
	a := openArchive(t, tempFile(t))
	poll(t, a, t0, fullEntry("a"), post("b", hours(-9)))
	for _, want := range []feed.Entry{fullEntry("a"), post("b", hours(-9))} {
		e, ok, err := a.Entry(t.Context(), want.ID)
		require.NoError(t, err)
		require.True(t, ok)
		require.Equal(t, want, e)
	}
	for _, id := range []string{"", "c", "A", "a\x00"} {
		_, ok, err := a.Entry(t.Context(), id)
		require.NoError(t, err)
		require.False(t, ok)
	}
	require.NoError(t, a.Close())
	_, ok, err := a.Entry(t.Context(), "a")
	require.ErrorContains(t, err, "closed")
	require.False(t, ok)
}
