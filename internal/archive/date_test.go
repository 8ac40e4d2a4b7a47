package archive_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/feed"
)

func TestPostOrder(t *testing.T) {
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
			require.Equal(t, c.want, storedIDs(t, a))
		})
	}
}

// TestChosenDates judges a claim once.
func TestChosenDates(t *testing.T) {
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

func TestBackfillPages(t *testing.T) {
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
			keepBatch(t, a, feed.Batch{Entries: c.page, Now: t0, Older: true, BackfillID: 1})
			require.Equal(t, c.want, storedIDs(t, a))
			var dates []time.Time
			for _, p := range a.SnapshotPosts() {
				dates = append(dates, p.Published)
			}
			require.Equal(t, c.dates, dates)
		})
	}
	t.Run("without a date the first of all is of now", func(t *testing.T) {
		a := inMemory(t)
		keepBatch(t, a, feed.Batch{Entries: []feed.Entry{post("a", none), post("b", none)}, Now: t0, Older: true, BackfillID: 1})
		require.Equal(t, []string{"a", "b"}, storedIDs(t, a))
		latest, _ := a.Latest()
		require.Equal(t, t0, latest.Published)
	})
}
