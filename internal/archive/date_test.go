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
		{"with equal dates the first in the feed is the newest", [][]feed.Entry{{post("a", t0), post("b", t0), post("c", t0)}}, []string{"a", "b", "c"}},
		{"with equal dates posts that left the feed come last, in their order", [][]feed.Entry{{post("x", t0), post("y", t0)}, {post("a", t0), post("b", t0)}}, []string{"a", "b", "x", "y"}},
		{"posts that leave the feed stay", [][]feed.Entry{{post("a", hours(-5))}, {post("b", hours(-1))}, {}}, []string{"b", "a"}},
		{"an empty feed removes nothing", [][]feed.Entry{{post("a", hours(-5))}, {}, nil}, []string{"a"}},
		{"of duplicate ids in the feed the first counts", [][]feed.Entry{{post("a", hours(-5)), post("b", hours(-6)), post("a", hours(-1))}}, []string{"a", "b"}},
		{"a changed date moves a post", [][]feed.Entry{{post("a", hours(-5)), post("b", hours(-6))}, {post("a", hours(-9)), post("b", hours(-6))}}, []string{"b", "a"}},
		{"two posts exchange their dates", [][]feed.Entry{{post("a", hours(-5)), post("b", hours(-6))}, {post("a", hours(-6)), post("b", hours(-5))}}, []string{"b", "a"}},
		{"without a date the feed's order decides", [][]feed.Entry{{post("a", none), post("b", none)}}, []string{"a", "b"}},
		{"a new post without a date is newer than an older one", [][]feed.Entry{{post("a", none)}, {post("b", none), post("a", none)}}, []string{"b", "a"}},
		{"dates before 1970 are in order", [][]feed.Entry{{post("a", t0.AddDate(-100, 0, 0)), post("b", t0.AddDate(-200, 0, 0))}}, []string{"a", "b"}},
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

// TestDateIsDecidedOnce checks that the archive accepts or refuses a date when the feed first states it, and does not
// change the decision later.
func TestDateIsDecidedOnce(t *testing.T) {
	none, unknown := time.Time{}, time.Date(1, 12, 31, 23, 59, 58, 0, time.UTC)
	for _, c := range []struct {
		claim  string
		claims []time.Time // the date that the feed states in each poll; a day passes between polls
		want   []time.Time
	}{
		{"uses a past date", []time.Time{hours(-30)}, []time.Time{hours(-30)}},
		{"uses 1970", []time.Time{time.Unix(0, 0).UTC()}, []time.Time{time.Unix(0, 0).UTC()}},
		{"uses the year 2", []time.Time{time.Date(2, 1, 1, 0, 0, 0, 0, time.UTC)}, []time.Time{time.Date(2, 1, 1, 0, 0, 0, 0, time.UTC)}},
		{"does not use a year before 2", []time.Time{time.Date(-44, 3, 15, 0, 0, 0, 0, time.UTC), time.Date(1, 3, 15, 0, 0, 0, 0, time.UTC)}, []time.Time{unknown, unknown}},
		{"does not use years out of range", []time.Time{time.Unix(-1<<60, 0), time.Unix(1<<60, 0)}, []time.Time{unknown, unknown}},
		{"without a date the date is unknown, permanently", []time.Time{none, none}, []time.Time{unknown, unknown}},
		{"for a future date uses the time first seen", []time.Time{hours(48)}, []time.Time{t0}},
		{"for the year 9999 uses the time first seen", []time.Time{time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)}, []time.Time{t0}},
		{"keeps the time first seen after a future date has passed", []time.Time{hours(1), hours(1), hours(1)}, []time.Time{t0, t0, t0}},
		{"uses the current time", []time.Time{t0}, []time.Time{t0}},
		{"uses a corrected date", []time.Time{hours(48), hours(-3)}, []time.Time{t0, hours(-3)}},
		{"uses a date that is added later", []time.Time{none, hours(-3)}, []time.Time{unknown, hours(-3)}},
		{"keeps the date if the feed drops it", []time.Time{hours(-3), none, none}, []time.Time{hours(-3), hours(-3), hours(-3)}},
		{"uses a changed past date", []time.Time{hours(-3), hours(20)}, []time.Time{hours(-3), hours(20)}},
		{"keeps the date if the feed changes it to a future date", []time.Time{hours(-3), hours(60), hours(60), hours(60)}, []time.Time{hours(-3), hours(-3), hours(-3), hours(-3)}},
		{"drops fractions of a second", []time.Time{hours(-3).Add(999 * time.Millisecond)}, []time.Time{hours(-3)}},
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
		{"with equal dates the first on the page is the newest", []feed.Entry{post("a", hours(-20)), post("b", hours(-20)), post("c", hours(-20))},
			[]string{"new", "old", "a", "b", "c"}, []time.Time{hours(-1), hours(-9), hours(-20), hours(-20), hours(-20)}},
		{"posts with the oldest date come after the oldest post", []feed.Entry{post("a", hours(-9)), post("b", hours(-9))},
			[]string{"new", "old", "a", "b"}, []time.Time{hours(-1), hours(-9), hours(-9), hours(-9)}},
		{"a post without a date gets a date between its neighbours", []feed.Entry{post("a", hours(-20)), post("b", none), post("c", hours(500)), post("d", hours(-21))},
			[]string{"new", "old", "a", "b", "c", "d"}, []time.Time{hours(-1), hours(-9), hours(-20), hours(-20).Add(-20 * time.Minute), hours(-20).Add(-40 * time.Minute), hours(-21)}},
		{"a post without a date gets the date of a stored previous post", []feed.Entry{post("new", none), post("a", none)},
			[]string{"new", "a", "old"}, []time.Time{hours(-1), hours(-1), hours(-9)}},
		{"the first post without a date gets the date of the oldest post", []feed.Entry{post("a", none), post("b", none)},
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
	t.Run("in an empty archive the date of a post without a date is unknown", func(t *testing.T) {
		a := inMemory(t)
		keepBatch(t, a, feed.Batch{Entries: []feed.Entry{post("a", none), post("b", none)}, Now: t0, Older: true, BackfillID: 1})
		require.Equal(t, []string{"a", "b"}, storedIDs(t, a))
		latest, _ := a.Latest()
		require.Equal(t, feed.DateUnknown, latest.DateKind)
	})
}
