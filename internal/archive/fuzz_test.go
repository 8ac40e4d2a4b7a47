package archive_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/stretchr/testify/require"

	"lastpost/internal/archive"
	"lastpost/internal/feed"
)

// FuzzSearch searches for any text. The search must not return an error, and every result must contain all words.
func FuzzSearch(f *testing.F) {
	for _, words := range []string{"the", "ete", "Zebra gnu", `"`, `"the" OR`, "NEAR(the zebra, 2)", "title: the", "the*", "^the", "{title}: the", "- + ( )",
		"the\x00zebra", "\xff", "ﬁ ſ K", "हिन्दी", "e\u0301", "the-the", strings.Repeat("a ", 100), "𝒂", "\U000e0100", "\u0345x"} {
		f.Add(words)
	}
	a, texts := searchFixture(f)
	f.Fuzz(func(t *testing.T, words string) {
		for _, limit := range []int{3, 100} {
			posts, err := a.Search(t.Context(), words, limit)
			require.NoError(t, err)
			require.LessOrEqual(t, len(posts), limit)
			seen := map[string]bool{}
			for _, p := range posts {
				require.False(t, seen[p.ID], "no duplicate results")
				seen[p.ID] = true
				for _, word := range asciiWords(words) {
					require.Contains(t, texts[p.ID], " "+word+" ", "%q", words)
				}
			}
		}
	})
}

// asciiWords returns the words that Search looks for: the first ten, without words that are too long. It returns none
// if the text has other characters than ASCII letters and spaces.
func asciiWords(words string) []string {
	for _, r := range words {
		if r != ' ' && (r > unicode.MaxASCII || !unicode.IsLetter(r)) {
			return nil
		}
	}
	list := strings.Fields(strings.ToLower(words))
	return slices.DeleteFunc(list[:min(len(list), 10)], func(word string) bool { return len(word) > 128 })
}

// searchFixture returns an archive and the text of each post by the post's id.
func searchFixture(t testing.TB) (a *archive.Archive, texts map[string]string) {
	t.Helper()
	a, err := archive.InMemory(context.Background()) // f.Context ends before fuzzing starts
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, a.Close()) })
	all := []string{"the", "zebra", "gnu", "a", "title", "near", "or", "not", "x"}
	texts = map[string]string{}
	var shown []feed.Entry
	for n := range 200 {
		title, content := all[n%len(all)], ""
		for i, word := range all {
			if n>>(i%7)&1 == 1 {
				content += word + " "
			}
		}
		e := postWithLink(fmt.Sprint(n), title, "", hours(-n))
		e.Content = content + "हिन्दी été 2.0"
		shown = append(shown, e)
		texts[e.ID] = " " + title + " " + content + "ete " // a search ignores accents
	}
	_, err = a.Keep(context.Background(), feed.Batch{Entries: shown, Now: t0})
	require.NoError(t, err)
	return a, texts
}

// FuzzKeep decodes batches from the input, stores them and checks the archive's invariants.
func FuzzKeep(f *testing.F) {
	f.Add([]byte("a"))
	f.Add([]byte("\x01\x02\x03\x04\x81\x02\x03\x04\xff\x00\x00\x00\x11\x22\x33\x44"))
	f.Add([]byte(strings.Repeat("\x01\x10\x20\x30\x02\x10\x20\x30\xc0\x00\x00\x00", 5)))
	f.Fuzz(checkKeep)
}

// TestRandomBatchesKeepInvariants stores random batches with a fixed seed.
func TestRandomBatchesKeepInvariants(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 6))
	for range 15 {
		program := make([]byte, 120)
		fillRandom(r, program)
		checkKeep(t, program)
	}
}

// checkKeep decodes batches from program and stores them. After each batch it checks the archive.
func checkKeep(t *testing.T, program []byte) {
	t.Helper()
	a, err := archive.InMemory(t.Context())
	require.NoError(t, err)
	defer func() { require.NoError(t, a.Close()) }()
	everStored, forgotten, backfill := map[string]bool{}, map[string]bool{}, 0
	for n, b := range decodeBatches(program) {
		backfill = max(backfill, b.BackfillID)
		before := len(everStored)
		kept, err := a.Keep(t.Context(), b)
		require.NoError(t, err)
		for _, id := range storedIDs(t, a) {
			everStored[id] = true
		}
		require.Equal(t, kept.New, len(everStored)-before, "counts new posts")
		require.LessOrEqual(t, kept.New+kept.Changed, len(b.Entries))
		checkLookups(t, a, b.Now)
		checkNeighbours(t, a)
		checkCategories(t, a)
		require.Len(t, a.SnapshotPosts(), len(everStored)-len(forgotten), "no stored post is lost")

		again, err := a.Keep(t.Context(), b)
		require.NoError(t, err)
		require.Zero(t, again.New, "the same batch again adds nothing")
		if id := fmt.Sprint(n % 7); n%3 == 2 {
			_, ok, err := a.Forget(t.Context(), id)
			require.NoError(t, err)
			require.Equal(t, ok, everStored[id] && !forgotten[id])
			forgotten[id] = forgotten[id] || ok
			if !ok {
				delete(forgotten, id)
			}
		}
	}
	require.NoError(t, a.CheckIntegrity(t.Context()))
	for id := range forgotten {
		require.NotContains(t, storedIDs(t, a), id)
	}
}

// decodeBatches decodes batches of up to four entries, four bytes each. Few distinct ids, titles, links and dates
// occur, so that entries often conflict.
func decodeBatches(program []byte) (all []feed.Batch) {
	for n := 0; len(program) >= 4 && n < 12; n++ {
		kind := program[0]
		b := feed.Batch{Now: hours(n), Older: kind&1 == 1, BackfillID: int(kind >> 1 & 3), MarkAllSeen: kind&0x18 == 0x18}
		for range 1 + kind>>5&3 {
			if len(program) < 4 {
				break
			}
			claim := time.Time{}
			if program[3] > 7 {
				claim = hours(int(program[3]%64) - 50)
			}
			e := postWithLink(fmt.Sprint(program[1]%16), strings.Repeat("T", int(program[2]%3)), strings.Repeat("/l", int(program[2]>>4%4)), claim)
			for i, name := range []string{"Zoo", "zoo", " B", "C"} {
				if program[1]>>(4+i)&1 == 1 {
					e.Categories = append(e.Categories, name)
				}
			}
			if program[2]>>3&1 == 1 {
				e.Audio = feed.Audio{URL: "https://blog.example/a.mp3", Type: "audio/mpeg"}
			}
			b.Entries = append(b.Entries, e)
			program = program[4:]
		}
		all = append(all, b)
	}
	return all
}

// checkLookups checks that the lookups return the same posts as a linear scan.
func checkLookups(t *testing.T, a *archive.Archive, now time.Time) {
	t.Helper()
	posts := a.SnapshotPosts()
	require.True(t, slices.IsSortedFunc(posts, func(x, y feed.Post) int { return y.Published.Compare(x.Published) }), "newest first")
	require.Equal(t, len(posts), a.Len())
	for _, from := range []int{-60, -3, 0, 7} {
		for _, to := range []int{-45, -2, 1, 13} {
			var want feed.Post
			count := 0
			for _, p := range slices.Backward(posts) {
				require.False(t, p.Published.After(now), "no post is in the future")
				if !p.Published.Before(hours(from)) && p.Published.Before(hours(to)) {
					want = p
					count++
				}
			}
			newest, n := newestBetween(a, hours(from), hours(to))
			require.Equal(t, count, n)
			require.Equal(t, want, newest)
		}
		i := slices.IndexFunc(posts, func(p feed.Post) bool { return p.Published.Before(hours(from)) && p.DateKind != feed.DateUnknown })
		before, ok := newestBefore(a, hours(from))
		require.Equal(t, i >= 0, ok)
		if ok {
			require.Equal(t, posts[i], before)
		}
	}
	if latest, ok := a.Latest(); ok {
		require.Equal(t, posts[0], latest)
	}
	newest, n := newestBetween(a, time.Time{}, time.Time{})
	require.Equal(t, len(posts), n)
	if n > 0 {
		require.Equal(t, posts[0], newest)
	}
}

// checkNeighbours checks that the lookups of neighbours agree with the list of all posts.
func checkNeighbours(t *testing.T, a *archive.Archive) {
	t.Helper()
	all := allEntries(t, a)
	require.Equal(t, a.SnapshotPosts(), a.Range(feed.Filter{}, 0, len(all)))
	at := func(i int) (id string) {
		if i >= 0 && i < len(all) {
			id = all[i].ID
		}
		return id
	}
	for i, e := range all {
		older, _ := a.Older(e.Post, feed.Filter{})
		require.Equal(t, at(i+1), older.ID)
		newer, _ := a.Newer(e.Post, feed.Filter{})
		require.Equal(t, at(i-1), newer.ID)
		require.Equal(t, i, a.Since(e.Post))
		same, ok := a.At(e.Published.Unix(), func(p feed.Post) bool { return p.ID == e.ID })
		require.True(t, ok)
		require.Equal(t, e.Post, same)
		hasAudio := func(e feed.Entry) bool { return e.Audio.URL != "" }
		next := slices.IndexFunc(all[i+1:], hasAudio)
		episode, ok := a.Older(e.Post, episodes)
		require.Equal(t, next >= 0, ok)
		if ok {
			require.Equal(t, at(i+1+next), episode.ID)
		}
		upward := slices.Clone(all[:i])
		slices.Reverse(upward)
		next = slices.IndexFunc(upward, hasAudio)
		episode, ok = a.Newer(e.Post, episodes)
		require.Equal(t, next >= 0, ok)
		if ok {
			require.Equal(t, upward[next].ID, episode.ID)
		}
	}
}

// checkCategories checks that the lookups by category agree with the categories of all posts.
func checkCategories(t *testing.T, a *archive.Archive) {
	t.Helper()
	want, counts := map[string]string{}, map[string]int{}
	for _, e := range allEntries(t, a) {
		had := map[string]bool{}
		for _, name := range e.Categories {
			name = strings.ToLower(strings.TrimSpace(name))
			if !had[name] {
				want[name] += e.ID + " "
				counts[name]++
			}
			had[name] = true
		}
	}
	names := categories(t, a)
	require.Len(t, names, len(want))
	require.True(t, slices.IsSortedFunc(names, func(x, y string) int {
		return counts[strings.ToLower(y)] - counts[strings.ToLower(x)]
	}), "the most frequent first")
	for name, ids := range want {
		posts, err := a.InCategory(t.Context(), name, 0, 1000)
		require.NoError(t, err)
		got := ""
		for _, p := range posts {
			got += p.ID + " "
		}
		require.Equal(t, ids, got, name)
	}
}
