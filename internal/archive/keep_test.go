package archive_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/feed"
)

func TestOrder(t *testing.T) {
	none := time.Time{}
	for _, c := range []struct {
		claim string
		polls [][]feed.Entry
		want  []string
	}{
		{"of ties the earlier in the feed is the newer", [][]feed.Entry{{post("a", t0), post("b", t0), post("c", t0)}}, []string{"a", "b", "c"}},
		{"of ties those that left come last, in their order", [][]feed.Entry{{post("x", t0), post("y", t0)}, {post("a", t0), post("b", t0)}}, []string{"a", "b", "x", "y"}},
		{"posts that left the feed stay", [][]feed.Entry{{post("a", hours(-5))}, {post("b", hours(-1))}, {}}, []string{"b", "a"}},
		{"an empty feed costs nothing", [][]feed.Entry{{post("a", hours(-5))}, {}, nil}, []string{"a"}},
		{"of one ID in the feed the first counts", [][]feed.Entry{{post("a", hours(-5)), post("b", hours(-6)), post("a", hours(-1))}}, []string{"a", "b"}},
		{"a changed date moves a post", [][]feed.Entry{{post("a", hours(-5)), post("b", hours(-6))}, {post("a", hours(-9)), post("b", hours(-6))}}, []string{"b", "a"}},
		{"two that change places do", [][]feed.Entry{{post("a", hours(-5)), post("b", hours(-6))}, {post("a", hours(-6)), post("b", hours(-5))}}, []string{"b", "a"}},
		{"without a date the feed's order decides", [][]feed.Entry{{post("a", none), post("b", none)}}, []string{"a", "b"}},
		{"what comes without a date is newer than what did", [][]feed.Entry{{post("a", none)}, {post("b", none), post("a", none)}}, []string{"b", "a"}},
		{"before 1970 the order is the same", [][]feed.Entry{{post("a", t0.AddDate(-100, 0, 0)), post("b", t0.AddDate(-200, 0, 0))}}, []string{"a", "b"}},
	} {
		t.Run(c.claim, func(t *testing.T) {
			a := inMemory(t)
			for _, shown := range c.polls {
				poll(t, a, t0, shown...)
			}
			require.Equal(t, c.want, ids(t, a))
		})
	}
}

// TestDates judges a claim once.
func TestDates(t *testing.T) {
	none := time.Time{}
	for _, c := range []struct {
		claim  string
		claims []time.Time // one a poll, a day apart
		want   []time.Time
	}{
		{"a passed date is taken", []time.Time{hours(-30)}, []time.Time{hours(-30)}},
		{"1970 is taken", []time.Time{time.Unix(0, 0).UTC()}, []time.Time{time.Unix(0, 0).UTC()}},
		{"the year 2 is taken", []time.Time{time.Date(2, 1, 1, 0, 0, 0, 0, time.UTC)}, []time.Time{time.Date(2, 1, 1, 0, 0, 0, 0, time.UTC)}},
		{"no year of Caesar's is taken", []time.Time{time.Date(-44, 3, 15, 0, 0, 0, 0, time.UTC)}, []time.Time{t0}},
		{"no year of a broken clock is taken", []time.Time{time.Unix(-1<<60, 0), time.Unix(1<<60, 0)}, []time.Time{t0, t0}},
		{"no date is the time first seen, and stays", []time.Time{none, none}, []time.Time{t0, t0}},
		{"a date ahead is the time first seen", []time.Time{hours(48)}, []time.Time{t0}},
		{"the year 9999 is the time first seen", []time.Time{time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)}, []time.Time{t0}},
		{"a date an hour ahead does not jump when it has passed", []time.Time{hours(1), hours(1), hours(1)}, []time.Time{t0, t0, t0}},
		{"now is not ahead", []time.Time{t0}, []time.Time{t0}},
		{"a date that is corrected is taken", []time.Time{hours(48), hours(-3)}, []time.Time{t0, hours(-3)}},
		{"a date that comes late is taken", []time.Time{none, hours(-3)}, []time.Time{t0, hours(-3)}},
		{"a date that vanishes stays", []time.Time{hours(-3), none, none}, []time.Time{hours(-3), hours(-3), hours(-3)}},
		{"a later date that has passed is taken", []time.Time{hours(-3), hours(20)}, []time.Time{hours(-3), hours(20)}},
		{"a later date ahead keeps what was", []time.Time{hours(-3), hours(60), hours(60), hours(60)}, []time.Time{hours(-3), hours(-3), hours(-3), hours(-3)}},
		{"a part of a second is left out", []time.Time{hours(-3).Add(999 * time.Millisecond)}, []time.Time{hours(-3)}},
	} {
		t.Run(c.claim, func(t *testing.T) {
			a := inMemory(t)
			for i, claim := range c.claims {
				poll(t, a, hours(24*i), post("a", claim))
				got, _ := a.Latest()
				require.Equal(t, c.want[i], got.Published, "poll %d", i)
			}
		})
	}
}

func TestOlderPages(t *testing.T) {
	none := time.Time{}
	kept := []feed.Entry{post("new", hours(-1)), post("old", hours(-9))}
	for _, c := range []struct {
		claim string
		page  []feed.Entry
		want  []string
		dates []time.Time
	}{
		{"of ties the earlier on the page is the newer", []feed.Entry{post("a", hours(-20)), post("b", hours(-20)), post("c", hours(-20))},
			[]string{"new", "old", "a", "b", "c"}, []time.Time{hours(-1), hours(-9), hours(-20), hours(-20), hours(-20)}},
		{"what is of one second with the oldest comes behind it", []feed.Entry{post("a", hours(-9)), post("b", hours(-9))},
			[]string{"new", "old", "a", "b"}, []time.Time{hours(-1), hours(-9), hours(-9), hours(-9)}},
		{"without a date a post is as old as the one before it", []feed.Entry{post("a", hours(-20)), post("b", none), post("c", hours(500)), post("d", hours(-21))},
			[]string{"new", "old", "a", "b", "c", "d"}, []time.Time{hours(-1), hours(-9), hours(-20), hours(-20), hours(-20), hours(-21)}},
		{"also where that one is known", []feed.Entry{post("new", none), post("a", none)},
			[]string{"new", "a", "old"}, []time.Time{hours(-1), hours(-1), hours(-9)}},
		{"without a date the first on the page is as old as the oldest", []feed.Entry{post("a", none), post("b", none)},
			[]string{"new", "old", "a", "b"}, []time.Time{hours(-1), hours(-9), hours(-9), hours(-9)}},
	} {
		t.Run(c.claim, func(t *testing.T) {
			a := inMemory(t)
			poll(t, a, t0, kept...)
			keep(t, a, feed.Batch{Entries: c.page, Now: t0, Older: true, Walk: 1})
			require.Equal(t, c.want, ids(t, a))
			var dates []time.Time
			for _, p := range a.Answers() {
				dates = append(dates, p.Published)
			}
			require.Equal(t, c.dates, dates)
		})
	}
	t.Run("without a date the first of all is of now", func(t *testing.T) {
		a := inMemory(t)
		keep(t, a, feed.Batch{Entries: []feed.Entry{post("a", none), post("b", none)}, Now: t0, Older: true, Walk: 1})
		require.Equal(t, []string{"a", "b"}, ids(t, a))
		latest, _ := a.Latest()
		require.Equal(t, t0, latest.Published)
	})
}

// whole is an entry that says everything.
func whole(id string) feed.Entry {
	return feed.Entry{
		Post:    feed.Post{ID: id, Title: "Über alles", Link: "https://blog.example/" + id, Published: hours(-5)},
		Content: "<p>The zebra &amp; the <b>gnu</b></p>", Categories: []string{"Zoo", "Savannah"},
		Image: "https://blog.example/zebra.jpg", Audio: feed.Audio{URL: "https://blog.example/a.mp3", Type: "audio/mpeg"}, Language: "de-AT",
	}
}

func TestReplaced(t *testing.T) {
	for _, c := range []struct {
		claim  string
		change func(*feed.Entry)
	}{
		{"a title is", func(e *feed.Entry) { e.Title = "another" }},
		{"a link is", func(e *feed.Entry) { e.Link = "https://blog.example/moved" }},
		{"a title and a link are", func(e *feed.Entry) { e.Title, e.Link = "another", "" }},
		{"a date is", func(e *feed.Entry) { e.Published = hours(-7) }},
		{"a content is", func(e *feed.Entry) { e.Content = "<p>lion</p>" }},
		{"a content that is taken back is", func(e *feed.Entry) { e.Content = "" }},
		{"categories are", func(e *feed.Entry) { e.Categories = []string{"Zoo"} }},
		{"no categories are", func(e *feed.Entry) { e.Categories = nil }},
		{"an image is", func(e *feed.Entry) { e.Image = "" }},
		{"a sound is", func(e *feed.Entry) { e.Audio.Type = "audio/mp4" }},
		{"a language is", func(e *feed.Entry) { e.Language = "" }},
	} {
		t.Run(c.claim, func(t *testing.T) {
			a := inMemory(t)
			e := whole("a")
			require.Equal(t, feed.Kept{New: 1, Fresh: 1}, poll(t, a, t0, e))
			require.Equal(t, feed.Kept{}, poll(t, a, t0, e), "the same again changes nothing")
			c.change(&e)
			require.Equal(t, feed.Kept{Changed: 1}, poll(t, a, hours(1), e))
			require.Equal(t, e, only(t, a))
			require.Equal(t, []string{"a"}, ids(t, a))
			latest, _ := a.Latest()
			require.Equal(t, e.Post, latest)
		})
	}
	t.Run("what a search finds is", func(t *testing.T) {
		a := inMemory(t)
		e := whole("a")
		poll(t, a, t0, e)
		e.Title, e.Content, e.Categories = "another", "lion", []string{"Desert"}
		poll(t, a, t0, e)
		for _, words := range []string{"uber", "zebra", "zoo", "savannah"} {
			require.Empty(t, found(t, a, words), words)
		}
		for _, words := range []string{"another", "LION", "desert", "lion another"} {
			require.Equal(t, []string{"a"}, found(t, a, words), words)
		}
	})
}

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
		require.Equal(t, feed.Kept{Changed: 1}, poll(t, a, t0, at("b", "T", page, hours(-4))))
		require.Equal(t, at("a", "T", page, hours(-4)).Post, only(t, a).Post)
	})
}

func TestWalk(t *testing.T) {
	a := inMemory(t)
	shown := []feed.Entry{whole("a"), whole("b")}
	poll(t, a, t0, shown...)
	walk := func(number int, page ...feed.Entry) feed.Kept {
		return keep(t, a, feed.Batch{Entries: page, Now: hours(1), Older: true, Walk: number})
	}
	poor := feed.Entry{Post: whole("a").Post, Content: "the API's"}
	poor.Title = "the API's"
	require.Equal(t, feed.Kept{New: 1, Fresh: 2}, walk(1, poor, post("c", hours(-50))))
	require.Equal(t, whole("a"), entries(t, a)[0], "what the feed said stays")
	require.Equal(t, feed.Kept{}, walk(1, poor, post("c", hours(-50))), "what the walk has met is not fresh")
	require.Equal(t, feed.Kept{Fresh: 1}, walk(1, whole("b")))
	require.Equal(t, feed.Kept{Fresh: 2}, walk(2, whole("b"), poor), "another walk begins anew")
	require.Equal(t, feed.Kept{}, keep(t, a, feed.Batch{Now: t0, Walk: 3, All: true}))
	require.Equal(t, feed.Kept{}, walk(3, whole("a"), whole("b"), post("c", hours(-50))), "all were met at once")

	changed := whole("a")
	changed.Title = "changed"
	require.Equal(t, feed.Kept{New: 1, Changed: 1, Fresh: 2},
		keep(t, a, feed.Batch{Entries: []feed.Entry{changed, post("d", t0)}, Now: hours(2), Walk: 4}), "a poll that begins a walk replaces")
	require.Equal(t, feed.Kept{}, walk(4, whole("a")))
	require.Equal(t, feed.Kept{Changed: 1}, poll(t, a, hours(3), whole("a")), "a poll leaves the marks")
	require.Equal(t, feed.Kept{}, walk(4, whole("a")))
	require.Equal(t, []string{"d", "a", "b", "c"}, ids(t, a))
}

func TestNotes(t *testing.T) {
	a := open(t, file(t))
	memo := func(name string) string {
		note, err := a.Memo(t.Context(), name)
		require.NoError(t, err)
		return string(note)
	}
	none, err := a.Memo(t.Context(), "feed")
	require.NoError(t, err)
	require.Nil(t, none)

	keep(t, a, feed.Batch{Entries: []feed.Entry{post("a", t0), post("b", t0)}, Now: t0, Notes: func(kept feed.Kept) (map[string][]byte, error) {
		require.Equal(t, feed.Kept{New: 2, Fresh: 2}, kept)
		return map[string][]byte{"feed": []byte("one"), "hub": []byte("h"), "empty": {}}, nil
	}})
	require.Equal(t, "one", memo("feed"))
	require.Equal(t, "h", memo("hub"))
	require.Empty(t, memo("empty"))

	broken := errors.New("broken")
	changed := post("a", t0)
	changed.Title = "changed"
	_, err = a.Keep(t.Context(), feed.Batch{Entries: []feed.Entry{changed, post("c", hours(1))}, Now: hours(2), Notes: func(feed.Kept) (map[string][]byte, error) {
		return map[string][]byte{"feed": []byte("two")}, broken
	}})
	require.ErrorIs(t, err, broken)
	require.Equal(t, "one", memo("feed"))
	require.Equal(t, []string{"a", "b"}, ids(t, a), "nothing of the batch is kept, nor answered with")
	latest, _ := a.Latest()
	require.Equal(t, "Ta", latest.Title)
	require.Empty(t, found(t, a, "changed"))

	keep(t, a, feed.Batch{Now: t0, Notes: func(feed.Kept) (map[string][]byte, error) {
		return map[string][]byte{"feed": []byte("two")}, nil
	}})
	require.Equal(t, "two", memo("feed"), "what came to nothing hinders nothing")
}

func TestForget(t *testing.T) {
	const page = "https://blog.example/1"
	a := open(t, file(t))
	shown := []feed.Entry{at("a", "first", page, hours(-1)), at("b", "second", "https://blog.example/2", hours(-2)), at("c", "third", "", hours(-3))}
	poll(t, a, t0, shown...)

	_, ok, err := a.Forget(t.Context(), "x")
	require.NoError(t, err)
	require.False(t, ok)
	gone, ok, err := a.Forget(t.Context(), "a")
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, shown[0].Post, gone)
	require.Equal(t, []string{"b", "c"}, ids(t, a))
	require.Empty(t, found(t, a, "first"))

	require.Equal(t, feed.Kept{}, poll(t, a, t0, shown...), "the feed does not bring it back")
	require.Equal(t, feed.Kept{}, poll(t, a, t0, at("a", "other", "https://blog.example/9", t0)), "by its id")
	require.Equal(t, feed.Kept{}, poll(t, a, t0, at("z", "other", page, t0)), "by its link")
	require.Equal(t, feed.Kept{}, keep(t, a, feed.Batch{Entries: shown, Now: t0, Older: true}), "nor does a page of older ones")
	_, _, err = a.Forget(t.Context(), "c")
	require.NoError(t, err)
	require.Equal(t, feed.Kept{New: 1, Fresh: 1}, poll(t, a, t0, at("d", "fourth", "", hours(-4))), "no link is no sameness")

	kept, err := a.Import(t.Context(), shown[:1], t0)
	require.NoError(t, err)
	require.Equal(t, feed.Kept{New: 1, Fresh: 1}, kept)
	require.Equal(t, []string{"a", "b", "d"}, ids(t, a), "an operator may bring it back, and that one alone")
	kept, err = a.Import(t.Context(), []feed.Entry{at("e", "fifth", "", hours(-5))}, t0)
	require.NoError(t, err)
	require.Equal(t, 1, kept.New)
	require.Equal(t, feed.Kept{}, poll(t, a, t0, shown...), "c stays forgotten")
	require.Equal(t, []string{"a"}, found(t, a, "first"))
}

func TestForgetOneOfALinkOfAll(t *testing.T) {
	const home = "https://blog.example/"
	a := inMemory(t)
	shown := []feed.Entry{at("a", "A", home, hours(-1)), at("b", "B", home, hours(-2))}
	poll(t, a, t0, shown...)
	_, ok, err := a.Forget(t.Context(), "a")
	require.NoError(t, err)
	require.True(t, ok)
	poll(t, a, t0, append(shown, at("c", "C", home, t0))...)
	require.Equal(t, []string{"c", "b"}, ids(t, a), "the others at that link still come")
}

func TestImport(t *testing.T) {
	a, b := inMemory(t), inMemory(t)
	shown := []feed.Entry{whole("a"), whole("b"), post("c", time.Time{}), post("d", hours(99))}
	shown[1].Categories = nil
	poll(t, a, t0, shown...)
	all := entries(t, a)
	require.Len(t, all, 4)
	kept, err := b.Import(t.Context(), all, hours(9))
	require.NoError(t, err)
	require.Equal(t, 4, kept.New)
	require.Equal(t, all, entries(t, b), "what goes out comes back")
	kept, err = b.Import(t.Context(), all, hours(9))
	require.NoError(t, err)
	require.Zero(t, kept.New+kept.Changed)

	changed := whole("a")
	changed.Title, changed.Content = "Changed", "by hand"
	kept, err = b.Import(t.Context(), []feed.Entry{changed}, hours(9))
	require.NoError(t, err)
	require.Equal(t, 1, kept.Changed, "an operator's word replaces")
	require.Contains(t, entries(t, b), changed)
	poll(t, b, hours(10), shown...)
	require.Equal(t, all, entries(t, b), "and then the feed's does")
}

// TestImportOfAnything has what a feed could never say.
func TestImportOfAnything(t *testing.T) {
	a := inMemory(t)
	long := strings.Repeat("ä", 100_000)
	kept, err := a.Import(t.Context(), []feed.Entry{
		{Post: feed.Post{ID: long, Title: long, Link: "https://blog.example/" + long, Published: hours(-1)}, Content: strings.Repeat("<p>", 1<<20)},
		{Post: feed.Post{ID: "b\x1b[2J\n", Title: "a\nb\x00\u202e", Link: "javascript:alert(1)", Published: time.Unix(1<<55, 0)}, Image: "file:///etc/passwd", Language: "??"},
		{Post: feed.Post{Title: "no id"}, Audio: feed.Audio{URL: "ftp://x/a.mp3", Type: "audio/mpeg"}, Categories: []string{"", "A", "a", long}},
		{},
	}, t0)
	require.NoError(t, err)
	require.Equal(t, 4, kept.New)
	for i, e := range entries(t, a) {
		require.NotEmpty(t, e.ID)
		require.LessOrEqual(t, len(e.ID), 512)
		require.LessOrEqual(t, len(e.Title), 4096)
		require.LessOrEqual(t, len(e.Link), 2048)
		require.LessOrEqual(t, len(e.Content), 256<<10)
		require.NotContains(t, e.ID+e.Title, "\n")
		require.Empty(t, e.Image+e.Audio.URL+e.Language)
		require.False(t, e.Published.After(t0))
		require.Equal(t, e.Post, a.Answers()[i])
		require.Equal(t, e.Bounded(), e, "what is within the bounds stays")
	}
}

// TestOneGUIDForAll has a template's mistake, which identify has mended with the links.
func TestOneGUIDForAll(t *testing.T) {
	shown := func(link string, hour int) feed.Entry { return at(link, link, link, hours(-hour)) }
	a := inMemory(t)
	poll(t, a, t0, shown("/b", 2), shown("/a", 3), shown("/a", 4), shown("/b", 5))
	require.Equal(t, []string{"/b", "/a"}, ids(t, a), "one a link")
	poll(t, a, t0, shown("/c", 1), shown("/b", 2), shown("/a", 3))
	newest, count := a.Between(hours(-10), t0)
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

func TestKeepEndsWithItsContext(t *testing.T) {
	for name, a := range map[string]keeper{"in a file": open(t, file(t)), "in memory": inMemory(t)} {
		t.Run(name, func(t *testing.T) {
			_, err := a.Keep(t.Context(), feed.Batch{Entries: []feed.Entry{post("kept", hours(-1))}, Now: t0})
			require.NoError(t, err)
			for n := range 20 {
				ctx, cancel := context.WithCancel(t.Context())
				many := make([]feed.Entry, 0, 500)
				for i := range 500 {
					many = append(many, post(strings.Repeat("x", i+1), t0))
				}
				time.AfterFunc(time.Duration(n)*time.Millisecond/4, cancel)
				_, err := a.Keep(ctx, feed.Batch{Entries: many, Now: t0, Notes: func(feed.Kept) (map[string][]byte, error) {
					cancel()
					<-ctx.Done()
					return nil, nil
				}})
				require.ErrorIs(t, err, context.Canceled)
				require.Equal(t, 1, a.Len())
			}
			_, err = a.Keep(t.Context(), feed.Batch{Entries: []feed.Entry{post("after", t0)}, Now: t0})
			require.NoError(t, err)
			require.Equal(t, 2, a.Len())
		})
	}
}

type keeper = feed.Keeper
