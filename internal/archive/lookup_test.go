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

// fivePosts is an archive of five posts: a is the newest, b, c and d are of one second, e is the oldest; b and e have sound.
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

// episodes selects posts with sound.
var episodes = feed.Filter{Episodes: true}

// joinIDs gives the ids of posts, in one word.
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
		{"without bounds it is all", none, none, 0, 9, "abcde"},
		{"limit ends it", none, none, 0, 2, "ab"},
		{"skip begins it", none, none, 2, 2, "cd"},
		{"what is left may be less than limit", none, none, 4, 2, "e"},
		{"behind the last is nothing", none, none, 5, 2, ""},
		{"nor is far behind it", none, none, math.MaxInt, math.MaxInt, ""},
		{"no limit is nothing", none, none, 0, 0, ""},
		{"nor is less than none", none, none, 0, -1, ""},
		{"less than no skip is none", none, none, -3, 1, "a"},
		{"the end is excluded", hours(-9), hours(-1), 0, 9, "bcde"},
		{"the beginning is included", hours(-2), none, 0, 9, "abcd"},
		{"skip and limit count within the period", hours(-9), hours(-1), 1, 2, "cd"},
		{"limit does not lead out of the period", hours(-2), hours(-1), 0, 9, "bcd"},
		{"nor does skip", hours(-2), hours(-1), 3, 9, ""},
		{"a period without posts is nothing", hours(-9), hours(-3), 0, 9, ""},
		{"a period from end to beginning is nothing", hours(-1), hours(-3), 0, 9, ""},
	} {
		t.Run(c.claim, func(t *testing.T) {
			require.Equal(t, c.want, joinIDs(a.Range(feed.Filter{From: c.from, To: c.to}, c.skip, c.limit)))
			newest, n := newestBetween(a, c.from, c.to)
			all := a.Range(feed.Filter{From: c.from, To: c.to}, 0, 9)
			require.Len(t, all, n, "Count counts them")
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
		{"the newest has nothing before it", "a", hours(-1), "b", "", 0, "b", ""},
		{"of a second the first", "b", hours(-2), "c", "a", 1, "e", ""},
		{"of a second one in the middle", "c", hours(-2), "d", "b", 2, "e", "b"},
		{"of a second the last", "d", hours(-2), "e", "c", 3, "e", "b"},
		{"the oldest has nothing behind it", "e", hours(-3), "", "d", 4, "", "b"},
		{"one that is gone is before all of its second", "x", hours(-2), "b", "a", 1, "b", ""},
		{"one that is gone from between", "x", hours(-2).Add(-time.Minute), "e", "d", 4, "e", "b"},
		{"one that is gone from the end", "x", hours(-4), "", "e", 5, "", "e"},
		{"one that is gone from the beginning", "x", t0, "a", "", 0, "b", ""},
		{"one that was of another second is not its own older one", "b", hours(-1).Add(time.Minute), "a", "", 0, "e", ""},
		{"nor where it comes next", "a", t0, "b", "", 0, "b", ""},
		{"nor its own newer one", "d", hours(-2).Add(-time.Minute), "e", "c", 4, "e", "b"},
		{"nor is an episode", "e", hours(-2).Add(-time.Minute), "", "d", 4, "", "b"},
		{"nor the newer one", "e", hours(-4), "", "d", 5, "", "b"},
		{"a post of no date is behind all", "x", time.Time{}, "", "e", 5, "", "e"},
		{"no post is before all", "", t0, "a", "", 0, "b", ""},
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

// TestFilters holds every lookup against a filter of each kind.
func TestFilters(t *testing.T) {
	a := fivePosts(t)
	until := func(f feed.Filter, at time.Time) feed.Filter {
		f.To = at
		return f
	}
	for _, c := range []struct {
		claim              string
		of                 feed.Filter
		want, older, newer string // of d
		skipped            string // by one
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

// TestOlderAfterForget goes on from a post that is forgotten on the way: it misses none.
func TestOlderAfterForget(t *testing.T) {
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
		{"of a second the newest that matches", hours(-2), all, "b"},
		{"the last of a second", hours(-2), is("d"), "d"},
		{"what does not match is not", hours(-2), is("x"), ""},
		{"what is of another second is not", hours(-2), is("e"), ""},
		{"in a second without posts is none", hours(-2).Add(time.Second), all, ""},
		{"nor before all", hours(-4), all, ""},
	} {
		t.Run(c.claim, func(t *testing.T) {
			p, ok := a.At(c.at.Unix(), c.match)
			require.Equal(t, c.want, p.ID)
			require.Equal(t, c.want != "", ok)
		})
	}
	for _, second := range []int64{math.MinInt64, math.MaxInt64} {
		_, ok := a.At(second, all)
		require.False(t, ok, "any number may be asked for")
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
	require.Equal(t, "a", newest(time.Time{}, time.Time{}), "a sound that is added counts")
	p, _ := a.Older(feed.Post{ID: "a", Published: hours(-1)}, episodes)
	require.Equal(t, "e", p.ID, "one that is taken back does not")
	require.NoError(t, a.Reload(t.Context()))
	require.Equal(t, "a", newest(time.Time{}, time.Time{}), "the file says the same")
	require.Equal(t, "e", newest(time.Time{}, hours(-1)))
}

// TestGeneration tells of every change that a reader can see, and of no other.
func TestGeneration(t *testing.T) {
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
		{"the same again", func() { poll(t, a, t0, post("a", hours(-1))) }, false},
		{"another content", func() { poll(t, a, t0, changed) }, true},
		{"a note", func() {
			keepBatch(t, a, feed.Batch{Notes: func(feed.StoreResult) (map[string][]byte, error) { return map[string][]byte{"n": {1}}, nil }})
		}, false},
		{"a mark", func() {
			keepBatch(t, a, feed.Batch{Entries: []feed.Entry{changed}, Now: t0, Older: true, BackfillID: 1})
		}, false},
		{"another process's post, which is not read yet", func() { poll(t, other, t0, post("b", hours(-2))) }, false},
		{"another process's post", func() { require.NoError(t, a.Refresh(t.Context())) }, true},
		{"nothing of another process", func() { require.NoError(t, a.Refresh(t.Context())) }, false},
		{"a visit", func() { a.Visit("u", changed.Post, t0) }, false},
		{"a forgotten post", func() { _, _, _ = a.Forget(t.Context(), "a") }, true},
		{"one that there is not", func() { _, _, _ = a.Forget(t.Context(), "a") }, false},
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
