package archive_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/archive"
	"lastpost/internal/feed"
)

// The benchmarks use an archive of largePosts posts: one each hour, for eleven years. Each post has the given number of
// words.
const (
	largePosts   = 100_000
	wordsPerPost = 400
)

var newest = time.Date(2026, time.March, 14, 9, 0, 0, 0, time.UTC)

// sharedFile is the archive that the benchmarks share, because building one takes most of a minute. TestMain removes
// its folder.
var sharedFile struct {
	once sync.Once
	dir  string
	file string
	err  error
}

func TestMain(m *testing.M) {
	// The parallel tests mostly wait for the disk and for other processes.
	if err := flag.Set("test.parallel", "8"); err != nil {
		panic(err)
	}
	if role := os.Getenv(roleVariable); role != "" {
		os.Exit(playRole(role))
	}
	status := m.Run()
	if sharedFile.dir != "" {
		_ = os.RemoveAll(sharedFile.dir)
	}
	os.Exit(status)
}

// largeFile returns an archive of largePosts posts. Benchmarks must undo their changes.
func largeFile(b *testing.B) string {
	b.Helper()
	sharedFile.once.Do(func() {
		if sharedFile.dir, sharedFile.err = os.MkdirTemp("", "lastpost-archive-"); sharedFile.err == nil {
			sharedFile.file = filepath.Join(sharedFile.dir, "large.db")
			sharedFile.err = buildLargeFile(sharedFile.file)
		}
	})
	require.NoError(b, sharedFile.err)
	return sharedFile.file
}

func buildLargeFile(file string) error {
	ctx := context.Background()
	a, err := archive.Open(ctx, file)
	if err != nil {
		return err
	}
	r := rand.New(rand.NewPCG(1, 2))
	for from := 0; from < largePosts; from += 1000 {
		entries := make([]feed.Entry, 0, 1000)
		for n := from; n < from+1000; n++ {
			entries = append(entries, largeEntry(r, n))
		}
		if _, err := a.Keep(ctx, feed.Batch{Entries: entries, Now: newest, Older: true, BackfillID: 1}); err != nil {
			return err
		}
	}
	return a.Close()
}

// largeEntry returns the nth newest post. Every second post contains the word "even", the others contain "odd". All
// posts contain "the", as often as English texts do. One post in 10,000 contains "zebra".
func largeEntry(r *rand.Rand, n int) feed.Entry {
	var text strings.Builder
	text.WriteString("<p>" + []string{"even", "odd"}[n%2] + " number" + strconv.Itoa(n) + " ")
	if n%10_000 == 5000 {
		text.WriteString("zebra ")
	}
	for i := range wordsPerPost - 2 {
		if i%16 == 0 {
			text.WriteString("the ")
			continue
		}
		text.WriteString("w" + strconv.Itoa(int(r.ExpFloat64()*2000)) + " ")
	}
	return feed.Entry{
		Post: feed.Post{
			ID: fmt.Sprintf("https://blog.example/?p=%d", n), Title: fmt.Sprintf("The post of the hour, number %d", n),
			Link:      fmt.Sprintf("https://blog.example/%d/some-words-of-the-title-%d/", 2026-n/9000, n),
			Published: newest.Add(-time.Duration(n) * time.Hour),
		},
		Content: text.String() + "</p>", Categories: []string{"Category " + strconv.Itoa(n%20), "Blog"},
	}
}

// openLarge opens the shared file for the duration of a benchmark.
func openLarge(b *testing.B) *archive.Archive {
	b.Helper()
	a, err := archive.OpenExisting(b.Context(), largeFile(b))
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, a.Close()) })
	require.Equal(b, largePosts, a.Len())
	b.ReportAllocs()
	return a
}

func BenchmarkOpen(b *testing.B) {
	file := largeFile(b)
	for b.Loop() {
		a, err := archive.Open(b.Context(), file)
		require.NoError(b, err)
		latest, ok := a.Latest()
		require.True(b, ok)
		require.Equal(b, newest, latest.Published)
		require.NoError(b, a.Close())
	}
}

func BenchmarkLatest(b *testing.B) {
	a := openLarge(b)
	for b.Loop() {
		a.Newest(feed.Filter{})
	}
}

func BenchmarkBetween(b *testing.B) {
	a := openLarge(b)
	day := newest.Add(-largePosts / 3 * time.Hour)
	for b.Loop() {
		newestBetween(a, day, day.Add(24*time.Hour))
	}
}

func BenchmarkBefore(b *testing.B) {
	a := openLarge(b)
	day := newest.Add(-largePosts / 3 * time.Hour)
	for b.Loop() {
		newestBefore(a, day)
	}
}

func BenchmarkSearch(b *testing.B) {
	for _, c := range []struct {
		name, words string
		want        int
	}{
		{"every", "the", 20},
		{"rare", "zebra", 10},
		{"two", "w1 w2", 20},
		{"none", "nothing", 0},
		{"many-words", "the w1 w2 w3 w4 w5 w6 w7 w8 w9 w10 w11 w12 w13 w14 w15 w16 w17 w18 w19", 0},
		{"phrase-with-punctuation", "number-99999", 1},
		{"word-by-word", "the-w1-the-w2", 20},
		{"disjoint", "even odd", 0},
		{"every-title", "post hour", 20},
		{"rare-and-every", "the zebra", 10},
		{"half-and-often", "even the blog number77777", 0},
	} {
		b.Run(c.name, func(b *testing.B) {
			a := openLarge(b)
			for b.Loop() {
				found, err := a.Search(b.Context(), c.words, 20)
				require.NoError(b, err)
				require.Len(b, found, c.want)
			}
		})
	}
}

func BenchmarkInCategory(b *testing.B) {
	for _, c := range []struct {
		name, category string
		skip, want     int
	}{
		{"all", "blog", 0, 20},
		{"some", "category 7", 0, 20},
		{"far-behind", "blog", largePosts - 20, 20},
		{"none", "nothing", 0, 0},
	} {
		b.Run(c.name, func(b *testing.B) {
			a := openLarge(b)
			for b.Loop() {
				posts, err := a.InCategory(b.Context(), c.category, c.skip, 20)
				require.NoError(b, err)
				require.Len(b, posts, c.want)
			}
		})
	}
}

func BenchmarkCategories(b *testing.B) {
	a := openLarge(b)
	for b.Loop() {
		names, err := a.Categories(b.Context(), 100)
		require.NoError(b, err)
		require.Len(b, names, 21)
	}
}

func BenchmarkEntry(b *testing.B) {
	a := openLarge(b)
	for b.Loop() {
		_, ok, err := a.Entry(b.Context(), "https://blog.example/?p=50000")
		require.NoError(b, err)
		require.True(b, ok)
	}
}

// BenchmarkVisit measures one visit while the cache has the maximum number of listeners.
func BenchmarkVisit(b *testing.B) {
	a := inMemory(b)
	visitMany(a, 0, archive.MaxListeners, t0)
	user := "amzn1.ask.account." + strings.Repeat("AFEW1LETTERS2AND3NUMBERS", 8)
	p := post("https://blog.example/?p=1", t0).Post
	b.ReportAllocs()
	b.Run("same", func(b *testing.B) {
		for b.Loop() {
			a.Visit(feed.Listener{Account: user}, p, t0)
		}
	})
	b.Run("new", func(b *testing.B) {
		n := 0
		for b.Loop() {
			n++
			a.Visit(feed.Listener{Account: user}, p, t0.Add(time.Duration(n)*day))
		}
	})
}

// BenchmarkKeep measures storing a poll of ten posts, one of them new.
func BenchmarkKeep(b *testing.B) {
	a := openLarge(b)
	r := rand.New(rand.NewPCG(3, 4))
	shown := make([]feed.Entry, 0, 10)
	for n := range 10 {
		e := largeEntry(r, n)
		e.ID = "shown" + strconv.Itoa(n)
		shown = append(shown, e)
	}
	n := 0
	for b.Loop() {
		n++
		e := largeEntry(r, 0)
		e.ID, e.Link, e.Published = "new"+strconv.Itoa(n), "https://blog.example/new/"+strconv.Itoa(n), newest.Add(time.Duration(n)*time.Second)
		shown = append([]feed.Entry{e}, shown[:9]...)
		kept, err := a.Keep(b.Context(), feed.Batch{Entries: shown, Now: newest.Add(24 * time.Hour)})
		require.NoError(b, err)
		require.Positive(b, kept.New)
	}
	b.StopTimer()
	for i := range n {
		_, _, err := a.Forget(b.Context(), "new"+strconv.Itoa(i+1))
		require.NoError(b, err)
	}
	for i := range 10 {
		_, _, err := a.Forget(b.Context(), "shown"+strconv.Itoa(i))
		require.NoError(b, err)
	}
}
