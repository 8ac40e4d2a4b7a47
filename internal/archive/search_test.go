package archive_test

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/archive"
	"lastpost/internal/feed"
)

func TestEmptyArchive(t *testing.T) {
	a := inMemory(t)
	for _, lookup := range []func() (feed.Post, bool){a.Latest, a.Oldest, func() (feed.Post, bool) { return newestBefore(a, t0) }} {
		_, ok := lookup()
		require.False(t, ok)
	}
	newest, n := newestBetween(a, hours(-1), t0)
	require.Zero(t, n)
	require.Zero(t, newest)
	require.Zero(t, a.Len())
	require.Empty(t, allEntries(t, a))
	require.Empty(t, searchIDs(t, a, "the"))
	require.NoError(t, a.Refresh(t.Context()))
	require.NoError(t, a.CheckIntegrity(t.Context()))
}

func TestLookups(t *testing.T) {
	a := inMemory(t)
	poll(t, a, t0, post("b", hours(-2)), post("a", hours(-1)), post("d", hours(-4)), post("c", hours(-3)))
	latest, _ := a.Latest()
	require.Equal(t, "a", latest.ID)
	oldest, _ := a.Oldest()
	require.Equal(t, "d", oldest.ID)
	for _, c := range []struct {
		claim    string
		from, to time.Time
		want     string
		count    int
	}{
		{"the end is excluded", hours(-3), hours(-1), "b", 2},
		{"the beginning is included", hours(-4), hours(-3), "d", 1},
		{"all", hours(-100), hours(100), "a", 4},
		{"all of time", time.Time{}, time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), "a", 4},
		{"nothing before", hours(-100), hours(-4), "", 0},
		{"nothing after", t0, hours(5), "", 0},
		{"a period of no length is empty", hours(-2), hours(-2), "", 0},
		{"a period that ends before it begins is empty", hours(-1), hours(-3), "", 0},
		{"from a fraction of a second after a post excludes it", hours(-1).Add(time.Nanosecond), t0, "", 0},
		{"to a fraction of a second after a post includes it", hours(-4), hours(-1).Add(time.Nanosecond), "a", 4},
	} {
		t.Run(c.claim, func(t *testing.T) {
			newest, n := newestBetween(a, c.from, c.to)
			require.Equal(t, c.want, newest.ID)
			require.Equal(t, c.count, n)
		})
	}
	earlier, ok := newestBefore(a, hours(-1))
	require.True(t, ok)
	require.Equal(t, "b", earlier.ID)
	_, ok = newestBefore(a, hours(-4))
	require.False(t, ok)
}

func TestEntriesReturnsWholePosts(t *testing.T) {
	name := tempFile(t)
	a := openArchive(t, name)
	shown := []feed.Entry{post("new", hours(-1)), fullEntry("a"), post("tie", hours(-5)), post("old", t0.AddDate(-80, 0, 0))}
	poll(t, a, t0, shown...)
	require.Equal(t, shown, allEntries(t, a))
	require.NoError(t, a.Close())
	a = openArchive(t, name)
	require.Equal(t, shown, allEntries(t, a), "after reopening")
	require.Equal(t, []string{"new", "a", "tie", "old"}, storedIDs(t, a))

	n := 0
	for _, err := range a.Entries(t.Context()) {
		require.NoError(t, err)
		n++
		poll(t, a, t0, post(fmt.Sprintf("later%d", n), t0))
		if n == 3 {
			break
		}
	}
	require.Equal(t, 7, a.Len(), "stores posts during an iteration that stops early")
}

func TestSearch(t *testing.T) {
	a := inMemory(t)
	texts := func(id, title, content string, hour int, categories ...string) feed.Entry {
		return feed.Entry{Post: feed.Post{ID: id, Title: title, Published: hours(-hour)}, Content: content, Categories: categories}
	}
	poll(t, a, t0,
		texts("1", "Nothing of note", "<p>The <b>ze</b>bra eats caf&eacute; cr&egrave;me.</p><script>hidden()</script>", 1),
		texts("2", "A zebra", "Stripes.", 2, "Wild animals"),
		texts("3", "Das Mädchen", "It's Web 2.0 &amp; C++ <img alt='a gnu'>", 3, "Kino"),
		texts("4", "हिन्दी कविता", "zebra crossing; NEAR OR AND NOT", 4),
		texts("5", "Zebra again", "e\u0301te\u0301", 5))
	for _, c := range []struct {
		claim, words string
		want         []string
	}{
		{"titles come first, newest first", "zebra", []string{"2", "5", "1", "4"}},
		{"case does not matter", "ZEBRA", []string{"2", "5", "1", "4"}},
		{"all words are required", "zebra stripes", []string{"2"}},
		{"words in title and text", "nothing creme", []string{"1"}},
		{"accents do not matter", "cafe CREME", []string{"1"}},
		{"accents in the query do not matter", "mâdchen", []string{"3"}},
		{"composed and decomposed accents match", "été", []string{"5"}},
		{"combining accents in the query do not matter", "cafe\u0301", []string{"1"}},
		{"searches categories", "animals", []string{"2"}},
		{"searches descriptions of images", "gnu", []string{"3"}},
		{"does not search scripts", "hidden", []string{}},
		{"punctuation separates words", "zebra-stripes!", []string{"2"}},
		{"an apostrophe separates words", "it's", []string{"3"}},
		{"digits are words", "web 2.0", []string{"3"}},
		{"vowel signs are part of a word", "हिन्दी", []string{"4"}},
		{"vowel signs matter", "हनद", []string{}},
		{"operators are plain words", "NEAR OR AND NOT", []string{"4"}},
		{"OR is not an operator", "zebra OR gnu", []string{}},
		{"a column filter is ignored", "title:zebra", []string{}},
		{"a prefix operator is ignored", "zeb*", []string{}},
		{"quotes are ignored", `"zebra" "stripes`, []string{"2"}},
		{"parentheses are ignored", "(zebra (stripes", []string{"2"}},
		{"duplicate words count once", "zebra zebra stripes Zebra", []string{"2"}},
		{"a NUL separates words", "zebra\x00stripes", []string{"2"}},
		{"invalid UTF-8 separates words", "zebra\xffstripes", []string{"2"}},
		{"an empty query finds nothing", "", []string{}},
		{"punctuation finds nothing", "!? \x00 ---", []string{}},
		{"words after the tenth are ignored", strings.Repeat("zebra ", 1000) + strings.Repeat("a b c d e f g h i j k l m n o p q r s t u v w x y z ", 500), []string{}},
		{"a word that is too long is ignored", "stripes " + strings.Repeat("z", 1<<20), []string{"2"}},
	} {
		t.Run(c.claim, func(t *testing.T) {
			require.Equal(t, c.want, searchIDs(t, a, c.words))
		})
	}
	for limit, want := range map[int]int{-1: 0, 0: 0, 1: 1, 2: 2, 3: 3, 4: 4, 5: 4} {
		posts, err := a.Search(t.Context(), "zebra", limit)
		require.NoError(t, err)
		require.Len(t, posts, want)
	}
	posts, err := a.Search(t.Context(), "stripes", 1)
	require.NoError(t, err)
	require.Equal(t, []feed.Post{{ID: "2", Title: "A zebra", Published: hours(-2)}}, posts)
}

func TestConcurrentReads(t *testing.T) {
	t.Parallel()
	a := openArchive(t, tempFile(t))
	poll(t, a, t0, post("a", hours(-1)))
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
				latest, ok := a.Latest()
				newest, n := newestBetween(a, hours(-1000), hours(1))
				if !ok || n == 0 || newest.ID == "" || latest.Title != "T"+latest.ID {
					t.Error("a reader saw an inconsistent snapshot")
					return
				}
				newestBefore(a, t0)
				if _, err := a.Search(t.Context(), "Ta", 3); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for i := range 20 {
		poll(t, a, t0, post(fmt.Sprint(i), hours(-i)), post("a", hours(-i)))
	}
	close(done)
	readers.Wait()
	require.Equal(t, 21, a.Len())
}

func TestCloseWhileInUseIsSafe(t *testing.T) {
	before := runtime.NumGoroutine()
	for range 5 {
		name := tempFile(t)
		a, err := archive.Open(t.Context(), name)
		require.NoError(t, err)
		var users sync.WaitGroup
		for n := range 3 {
			users.Go(func() {
				var err error
				for i := 0; err == nil; i++ {
					_, err = a.Keep(t.Context(), feed.Batch{Entries: []feed.Entry{post(fmt.Sprint(n, i), t0)}, Now: t0})
				}
				if err.Error() != "archive "+name+": sql: database is closed" {
					t.Error(err)
				}
			})
		}
		require.Eventually(t, func() bool { return a.Len() > 0 }, 10*time.Second, time.Millisecond)
		require.NoError(t, a.Close())
		users.Wait()
		require.NoError(t, a.Close(), "a second Close succeeds")
		latest, ok := a.Latest()
		require.True(t, ok, "the snapshot still answers")
		require.Equal(t, t0, latest.Published)
		_, err = a.Search(t.Context(), "T", 1)
		require.ErrorContains(t, err, "closed")
		require.NotErrorIs(t, err, archive.ErrDisk)
		require.Error(t, a.Refresh(t.Context()))

		again := openArchive(t, name)
		require.NoError(t, again.CheckIntegrity(t.Context()))
		require.Subset(t, storedIDs(t, again), snapshotIDs(a), "served posts are stored")
		require.NoError(t, again.Close())
	}
	for wait := 0; runtime.NumGoroutine() > before && wait < 1000; wait++ {
		time.Sleep(time.Millisecond)
	}
	require.LessOrEqual(t, runtime.NumGoroutine(), before, "no goroutine is left")
}

func snapshotIDs(a *archive.Archive) (ids []string) {
	for _, p := range a.SnapshotPosts() {
		ids = append(ids, p.ID)
	}
	return ids
}
