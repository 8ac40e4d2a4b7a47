package feed

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func hours(n int) time.Time { return t0.Add(time.Duration(n) * time.Hour) }

func post(id string, at time.Time) Post { return Post{ID: id, Title: "T" + id, Published: at} }

func ids(p *Posts) []string {
	out := []string{}
	for _, k := range p.load() {
		out = append(out, k.ID)
	}
	return out
}

func TestPostsZeroValueIsEmpty(t *testing.T) {
	var p Posts
	_, ok := p.Latest()
	require.False(t, ok)
	_, ok = p.Before(t0)
	require.False(t, ok)
	newest, n := p.Between(hours(-1), t0)
	require.Zero(t, n)
	require.Zero(t, newest)
	require.Zero(t, p.Len())
}

func TestPostsLookups(t *testing.T) {
	var p Posts
	p.merge([]Post{post("b", hours(-2)), post("a", hours(-1)), post("d", hours(-4)), post("c", hours(-3))}, t0)
	latest, ok := p.Latest()
	require.True(t, ok)
	require.Equal(t, "a", latest.ID)
	for _, c := range []struct {
		claim    string
		from, to time.Time
		want     string
		count    int
	}{
		{"the end is excluded", hours(-3), hours(-1), "b", 2},
		{"the beginning is included", hours(-4), hours(-3), "d", 1},
		{"all", hours(-100), hours(100), "a", 4},
		{"nothing before", hours(-100), hours(-4), "", 0},
		{"nothing after", t0, hours(5), "", 0},
		{"an empty period", hours(-2), hours(-2), "", 0},
		{"a period from end to beginning", hours(-1), hours(-3), "", 0},
	} {
		t.Run(c.claim, func(t *testing.T) {
			newest, n := p.Between(c.from, c.to)
			require.Equal(t, c.want, newest.ID)
			require.Equal(t, c.count, n)
		})
	}
	before, ok := p.Before(hours(-1))
	require.True(t, ok)
	require.Equal(t, "b", before.ID)
	_, ok = p.Before(hours(-4))
	require.False(t, ok)
}

func TestMerge(t *testing.T) {
	for _, c := range []struct {
		claim string
		polls [][]Post
		want  []string
	}{
		{"of ties the earlier in the feed is the newer", [][]Post{{post("a", t0), post("b", t0), post("c", t0)}}, []string{"a", "b", "c"}},
		{"of ties those that left come last, in their order", [][]Post{{post("x", t0), post("y", t0)}, {post("a", t0), post("b", t0)}}, []string{"a", "b", "x", "y"}},
		{"posts that left the feed stay", [][]Post{{post("a", hours(-5))}, {post("b", hours(-1))}, {}}, []string{"b", "a"}},
		{"of one ID in the feed the first counts", [][]Post{{post("a", hours(-5)), post("b", hours(-6)), post("a", hours(-1))}}, []string{"a", "b"}},
		{"a changed date moves a post", [][]Post{{post("a", hours(-5)), post("b", hours(-6))}, {post("a", hours(-9)), post("b", hours(-6))}}, []string{"b", "a"}},
		{"without a date the feed's order decides", [][]Post{{post("a", time.Time{}), post("b", time.Time{})}}, []string{"a", "b"}},
	} {
		t.Run(c.claim, func(t *testing.T) {
			var p Posts
			for _, shown := range c.polls {
				p.merge(shown, t0)
			}
			require.Equal(t, c.want, ids(&p))
		})
	}
}

func TestMergeReplacesTitleAndLink(t *testing.T) {
	var p Posts
	p.merge([]Post{{ID: "a", Title: "old", Link: "http://x/1", Published: hours(-1)}}, t0)
	p.merge([]Post{{ID: "a", Title: "new", Link: "http://x/2", Published: hours(-1)}}, hours(1))
	require.Equal(t, 1, p.Len())
	got, _ := p.Latest()
	require.Equal(t, Post{ID: "a", Title: "new", Link: "http://x/2", Published: hours(-1)}, got)
}

func TestMergeJudgesADateOnce(t *testing.T) {
	none := time.Time{}
	for _, c := range []struct {
		claim  string
		claims []time.Time // one a poll, a day apart
		want   []time.Time
	}{
		{"a passed date is taken", []time.Time{hours(-30)}, []time.Time{hours(-30)}},
		{"1970 is taken", []time.Time{time.Unix(0, 0).UTC()}, []time.Time{time.Unix(0, 0).UTC()}},
		{"no date is the time first seen, and stays", []time.Time{none, none}, []time.Time{t0, t0}},
		{"a date ahead is the time first seen", []time.Time{hours(48)}, []time.Time{t0}},
		{"a date an hour ahead does not jump when it has passed", []time.Time{hours(1), hours(1), hours(1)}, []time.Time{t0, t0, t0}},
		{"now is not ahead", []time.Time{t0}, []time.Time{t0}},
		{"a date that is corrected is taken", []time.Time{hours(48), hours(-3)}, []time.Time{t0, hours(-3)}},
		{"a date that comes late is taken", []time.Time{none, hours(-3)}, []time.Time{t0, hours(-3)}},
		{"a date that vanishes stays", []time.Time{hours(-3), none, none}, []time.Time{hours(-3), hours(-3), hours(-3)}},
		{"a later date that has passed is taken", []time.Time{hours(-3), hours(20)}, []time.Time{hours(-3), hours(20)}},
		{"a later date ahead keeps what was", []time.Time{hours(-3), hours(60), hours(60), hours(60)}, []time.Time{hours(-3), hours(-3), hours(-3), hours(-3)}},
	} {
		t.Run(c.claim, func(t *testing.T) {
			var p Posts
			for i, claim := range c.claims {
				p.merge([]Post{post("a", claim)}, hours(24*i))
				got, _ := p.Latest()
				require.Equal(t, c.want[i], got.Published, "poll %d", i)
			}
		})
	}
}

func TestMergeKeepsTheNewest(t *testing.T) {
	var p Posts
	for i := range 3 {
		shown := make([]Post, 0, 6000)
		for j := range 6000 {
			shown = append(shown, post(fmt.Sprintf("%d-%d", i, j), hours(-100_000+6000*i-j)))
		}
		p.merge(shown, t0)
	}
	require.Equal(t, maxPosts, p.Len())
	got, _ := p.Latest()
	require.Equal(t, "2-0", got.ID)
	require.Equal(t, "1-3999", p.load()[maxPosts-1].ID)
}

func TestPostsAreReadWhileTheyChange(t *testing.T) {
	var p Posts
	p.merge([]Post{post("a", hours(-1))}, t0)
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				latest, ok := p.Latest()
				newest, n := p.Between(hours(-1000), hours(1))
				if !ok || n == 0 || newest.ID == "" || latest.Title != "T"+latest.ID {
					t.Error("a reader saw a half-made list")
					return
				}
				p.Before(t0)
			}
		})
	}
	for i := range 200 {
		p.merge([]Post{post(fmt.Sprint(i), hours(-i)), post("a", hours(-i))}, t0)
	}
	close(done)
	readers.Wait()
	require.Equal(t, 201, p.Len())
}

func fullPosts() *Posts {
	p := new(Posts)
	shown := make([]Post, 0, maxPosts)
	for i := range maxPosts {
		shown = append(shown, post(fmt.Sprint(i), hours(-i)))
	}
	p.merge(shown, t0)
	return p
}

func TestLookupsAllocateNothing(t *testing.T) {
	p := fullPosts()
	require.Zero(t, testing.AllocsPerRun(100, func() {
		p.Latest()
		p.Before(hours(-777))
		p.Between(hours(-5000), hours(-4000))
	}))
}

func BenchmarkLatest(b *testing.B) {
	p := fullPosts()
	b.ReportAllocs()
	for b.Loop() {
		p.Latest()
	}
}

func BenchmarkBetween(b *testing.B) {
	p := fullPosts()
	b.ReportAllocs()
	for b.Loop() {
		p.Between(hours(-5000), hours(-4976))
	}
}

// TestOneGUIDForAll has a template's mistake: what differs are the links.
func TestOneGUIDForAll(t *testing.T) {
	post := func(id, link string, hour int) Post {
		return Post{ID: id, Title: link, Link: link, Published: hours(-hour)}
	}
	var p Posts
	p.merge([]Post{post("g", "/b", 2), post("g", "/a", 3), post("g", "/a", 4), post("g", "/b", 5), post("g", "", 6)}, t0)
	require.Equal(t, 2, p.Len(), "one a link")
	p.merge([]Post{post("g", "/c", 1), post("g", "/b", 2), post("g", "/a", 3)}, t0)
	newest, count := p.Between(hours(-10), t0)
	require.Equal(t, 3, count)
	require.Equal(t, "/c", newest.Link)

	var without Posts
	without.merge([]Post{post("g", "", 1), post("g", "", 2)}, t0)
	require.Equal(t, 1, without.Len())
}
