package archive_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/archive"
	"lastpost/internal/feed"
)

// undated returns an entry without a date.
func undated(id string) feed.Entry { return post(id, time.Time{}) }

// describeOrder returns the posts, newest first: each id with the first letter of the kind of its date.
func describeOrder(t testing.TB, a *archive.Archive) (order string) {
	t.Helper()
	require.NotNil(t, storedIDs(t, a))
	for _, p := range a.SnapshotPosts() {
		order += p.ID + ":" + []string{"stated", "first", "estimated", "unknown"}[p.DateKind][:1] + " "
	}
	return order
}

func TestUndatedPostsKeepTheirPlace(t *testing.T) {
	type document = []feed.Entry
	a, b, c := post("a", hours(-2)), post("b", hours(-20)), post("c", hours(-40))
	for _, test := range []struct {
		claim string
		polls []document
		want  string
	}{
		{"between its neighbours", []document{{a, undated("u"), b}}, "a:s u:e b:s "},
		{"two between their neighbours", []document{{a, undated("u"), undated("v"), b}}, "a:s u:e v:e b:s "},
		{"the first is below the newest post", []document{{undated("u"), a, b}}, "a:s u:e b:s "},
		{"the first two are below the newest post", []document{{undated("u"), undated("v"), b, a}}, "a:s u:e v:e b:s "},
		{"the last is below the post before it", []document{{a, b, undated("u"), undated("v")}}, "a:s b:s u:e v:e "},
		{"in every gap", []document{{undated("u"), a, undated("v"), b, undated("w"), c, undated("x")}}, "a:s u:e v:e b:s w:e c:s x:e "},
		{"in ascending order", []document{{c, undated("u"), b, undated("v"), a}}, "a:s v:e b:s u:e c:s "},
		{"between posts of one second", []document{{post("a", t0), undated("u"), post("b", t0), undated("v"), post("c", t0)}}, "a:s u:e b:s v:e c:s "},
		{"between posts of neighbouring seconds", []document{{post("a", t0), undated("u"), post("b", t0.Add(-time.Second))}}, "a:s u:e b:s "},
		{"a new one above all is below the newest post", []document{{a, b}, {undated("u"), a, b}}, "a:s u:e b:s "},
		{"new ones above all stay in order", []document{{a, b}, {undated("u"), a, b}, {undated("v"), undated("u"), a, b}, {undated("w"), undated("v"), undated("u"), a}}, "a:s w:e v:e u:e b:s "},
		{"a new one between stored posts", []document{{a, b}, {a, undated("u"), b}}, "a:s u:e b:s "},
		{"a new one between stored posts of one second", []document{{post("a", t0), post("b", t0), undated("x")}, {post("a", t0), undated("u"), post("b", t0)}}, "a:s u:e b:s x:e "},
		{"an estimate stays when the neighbours are gone", []document{{a, undated("u"), c}, {post("d", hours(-1)), undated("u")}}, "d:s a:s u:e c:s "},
		{"a date that becomes readable", []document{{a, undated("u"), b}, {a, post("u", hours(-30)), b}}, "a:s b:s u:s "},
		{"a date that becomes unreadable stays", []document{{a, post("u", hours(-30)), b}, {a, undated("u"), b}}, "a:s b:s u:s "},
		{"all dates that become unreadable stay", []document{{a, b}, {undated("a"), undated("b")}}, "a:s b:s "},
		{"after all dates become unreadable a new post is the newest", []document{{a, b}, {undated("n"), undated("a"), undated("b")}}, "n:f a:s b:s "},
		{"after all dates become unreadable a post below is not new", []document{{a, b}, {undated("a"), undated("n"), undated("b")}}, "a:s n:e b:s "},
		{"a future date is the time of the poll", []document{{post("x", hours(99)), undated("u"), a}}, "x:f u:e a:s "},

		{"without dates", []document{{undated("u"), undated("v"), undated("w")}}, "u:u v:u w:u "},
		{"without dates, again", []document{{undated("u"), undated("v")}, {undated("u"), undated("v")}}, "u:u v:u "},
		{"without dates, one new", []document{{undated("u"), undated("v")}, {undated("n"), undated("u"), undated("v")}}, "n:f u:u v:u "},
		{"without dates, two new", []document{{undated("u"), undated("v")}, {undated("n"), undated("o"), undated("u")}}, "n:f o:f u:u v:u "},
		{"without dates, all new", []document{{undated("u"), undated("v")}, {undated("n"), undated("o")}}, "n:f o:f u:u v:u "},
		{"without dates, a deleted post lets an older one return", []document{{undated("u"), undated("v"), undated("w")}, {undated("u"), undated("w"), undated("x")}}, "u:u v:u w:u x:u "},
		{"without dates, one between", []document{{undated("u"), undated("v")}, {undated("u"), undated("x"), undated("v")}}, "u:u x:u v:u "},
		{"without dates, duplicates", []document{{undated("u"), undated("v"), undated("u"), undated("v")}}, "u:u v:u "},
		{"without dates, a date is added", []document{{undated("u"), undated("v"), undated("w")}, {undated("u"), b, undated("v"), undated("w")}}, "b:s u:e v:e w:e "},
		{"without dates, all dates are added", []document{{undated("b"), undated("a")}, {a, b}}, "a:s b:s "},
		{"without dates, then a feed with dates below them", []document{{undated("u"), undated("v")}, {a, b}}, "a:s b:s u:u v:u "},
		{"without dates, a future date changes nothing", []document{{undated("u")}, {post("u", hours(999))}, {undated("u")}}, "u:u "},
	} {
		t.Run(test.claim, func(t *testing.T) {
			a := inMemory(t)
			for i, shown := range test.polls {
				poll(t, a, hours(i), shown...)
				require.Equal(t, feed.StoreResult{}, poll(t, a, hours(i), shown...), "the same document changes nothing")
			}
			require.Equal(t, test.want, describeOrder(t, a))
		})
	}
}

// TestUndatedPostsOfOlderPages stores a document, then pages of older posts.
func TestUndatedPostsOfOlderPages(t *testing.T) {
	type document = []feed.Entry
	a, b, c := post("a", hours(-2)), post("b", hours(-20)), post("c", hours(-40))
	for _, test := range []struct {
		claim string
		first document
		pages []document
		want  string
	}{
		{"the first of a page is below the posts before", document{a}, []document{{undated("u"), b}}, "a:s u:e b:s "},
		{"a page without dates is below the posts before", document{a}, []document{{undated("u"), undated("v")}, {b}}, "a:s u:e v:e b:s "},
		{"the last of a page", document{a}, []document{{b, undated("u")}, {c}}, "a:s b:s u:e c:s "},
		{"a feed without dates", document{undated("u")}, []document{{undated("v"), undated("w")}, {undated("x")}}, "u:u v:u w:u x:u "},
		{"a page states the date of an undated post", document{undated("u"), undated("v")}, []document{{b, post("u", hours(-30))}}, "b:s u:s v:u "},
		{"a page states the date of a post with an estimate", document{a, undated("u")}, []document{{post("u", hours(-30)), c}}, "a:s u:s c:s "},
		{"a page does not change a date", document{a, b}, []document{{post("b", hours(-30))}}, "a:s b:s "},
		{"a page without the date of a stored post", document{a, b}, []document{{undated("b"), c}}, "a:s b:s c:s "},
		{"a future date", document{a}, []document{{post("x", hours(99)), c}}, "a:s x:e c:s "},
	} {
		t.Run(test.claim, func(t *testing.T) {
			a := inMemory(t)
			poll(t, a, t0, test.first...)
			for _, page := range test.pages {
				b := feed.Batch{Entries: page, Now: hours(1), Older: true, BackfillID: 1}
				keepBatch(t, a, b)
				require.Zero(t, keepBatch(t, a, b), "the same page changes nothing")
			}
			require.Equal(t, test.want, describeOrder(t, a))
		})
	}
	t.Run("a new post of a feed without dates stays above its older pages", func(t *testing.T) {
		a := inMemory(t)
		poll(t, a, t0, undated("u"))
		poll(t, a, hours(1), undated("n"), undated("u"))
		keepBatch(t, a, feed.Batch{Entries: document{undated("v")}, Now: hours(2), Older: true, BackfillID: 1})
		require.Equal(t, "n:f u:u v:u ", describeOrder(t, a))
	})
}

func TestImportedUndatedPosts(t *testing.T) {
	a := inMemory(t)
	_, err := a.Import(t.Context(), []feed.Entry{undated("x"), post("b", hours(-20)), undated("y")}, t0)
	require.NoError(t, err)
	require.Equal(t, "b:s x:e y:e ", describeOrder(t, a))
	poll(t, a, hours(1), undated("u"), undated("v"))
	require.Equal(t, "b:s x:e y:e u:u v:u ", describeOrder(t, a), "the first poll does not find new posts")
	poll(t, a, hours(2), undated("n"), undated("u"))
	require.Equal(t, "n:f b:s x:e y:e u:u v:u ", describeOrder(t, a))
}

// TestEstimateLiesBetweenNeighbours checks the dates that undated posts get.
func TestEstimateLiesBetweenNeighbours(t *testing.T) {
	a := inMemory(t)
	poll(t, a, t0, post("a", hours(0)), undated("u"), undated("v"), post("b", hours(-3)), undated("w"))
	var dates []time.Time
	for _, p := range a.SnapshotPosts() {
		dates = append(dates, p.Published)
	}
	require.Equal(t, []time.Time{hours(0), hours(-1), hours(-2), hours(-3), hours(-3)}, dates)
}

// TestUndatedPostsAreNotFoundByDate looks for posts without a date, and with an estimated date, by date.
func TestUndatedPostsAreNotFoundByDate(t *testing.T) {
	a := inMemory(t)
	poll(t, a, t0, undated("u"), undated("v"))
	for _, f := range []feed.Filter{
		{From: t0.AddDate(-9999, 0, 0)}, {To: t0.AddDate(1000, 0, 0)}, {From: time.Time{}.Add(1), To: hours(1)}, {Exact: true}, {To: time.Time{}.Add(1)},
	} {
		count, _ := a.Count(f)
		require.Zero(t, count)
		_, ok := a.Newest(f)
		require.False(t, ok)
		require.Empty(t, a.Range(f, 0, 9))
	}
	latest, _ := a.Latest()
	require.Equal(t, "u", latest.ID)
	older, _ := a.Older(latest, feed.Filter{})
	require.Equal(t, "v", older.ID)

	a = inMemory(t)
	poll(t, a, t0, post("a", hours(-1)), undated("u"), post("b", hours(-2)))
	f := feed.Filter{From: hours(-9), To: hours(9)}
	count, _ := a.Count(f)
	require.Equal(t, 3, count)
	f.Exact = true
	count, newest := a.Count(f)
	require.Equal(t, 2, count)
	require.Equal(t, "a", newest.ID)
	require.Len(t, a.Range(f, 0, 9), 2)
}

// TestRandomUndatedOrder stores random documents in descending order, with and without dates, and checks the order.
func TestRandomUndatedOrder(t *testing.T) {
	requireE2E(t)
	t.Parallel()
	r := rand.New(rand.NewPCG(7, 8))
	for range 60 {
		checkDocumentOrder(t, r.Uint64(), 1+r.IntN(12))
	}
}

func FuzzUndatedOrder(f *testing.F) {
	for _, bits := range []uint64{0, 0b01_01_01, 0b10_11_00_01, 0b00_00_11_10, 0b11_00_10_00_01_11, 1 << 38} {
		f.Add(bits, uint8(5))
		f.Add(bits, uint8(19))
	}
	f.Fuzz(func(t *testing.T, bits uint64, length uint8) { checkDocumentOrder(t, bits, 1+int(length%40)) })
}

// checkDocumentOrder stores a document whose dates agree with its order. Each pair of bits decides about one entry:
// whether it has a date, and whether its date is older than the date of the entry above. The archive must have the
// document's order, but the undated entries at the top are below the newest dated post.
func checkDocumentOrder(t *testing.T, bits uint64, length int) {
	t.Helper()
	at, dated := t0, 0
	var document []feed.Entry
	for i := range length {
		e := undated(fmt.Sprint(i))
		if bits>>(2*i%64)&1 == 1 {
			e.Published = at
			dated++
		}
		at = at.Add(-time.Duration(bits>>(2*i%64+1)&1) * time.Second)
		document = append(document, e)
	}
	a := inMemory(t)
	poll(t, a, hours(1), document...)
	got, want, leading := storedIDs(t, a), []string{}, map[string]bool{}
	for _, e := range document {
		want = append(want, e.ID)
	}
	if first := slices.IndexFunc(document, func(e feed.Entry) bool { return !e.Published.IsZero() }); first >= 0 {
		require.Equal(t, want[first], got[0])
		for _, id := range want[:first] {
			leading[id] = true
		}
	}
	isLeading := func(id string) bool { return leading[id] }
	isOther := func(id string) bool { return !leading[id] }
	for _, other := range []func(string) bool{isLeading, isOther} {
		require.Equal(t, slices.DeleteFunc(slices.Clone(want), other), slices.DeleteFunc(slices.Clone(got), other))
	}
	require.Equal(t, feed.StoreResult{}, poll(t, a, hours(2), document...), "the same document changes nothing")
	for _, p := range a.SnapshotPosts() {
		require.Equal(t, dated == 0, p.DateKind == feed.DateUnknown)
	}
}
