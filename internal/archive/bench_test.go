package archive_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/archive"
	"lastpost/internal/feed"
)

// large is how many posts the benchmarks are about, of words words each.
const (
	large = 20_000
	words = 400
)

var newest = time.Date(2026, time.March, 14, 9, 0, 0, 0, time.UTC)

func TestBuild(t *testing.T) {
	file := filepath.Join("/tmp", "large.db")
	os.Remove(file)
	ctx := context.Background()
	a, err := archive.Open(ctx, file)
	require.NoError(t, err)
	start := time.Now()
	r := rand.New(rand.NewPCG(1, 2))
	for from := 0; from < large; from += 1000 {
		var entries []feed.Entry
		for n := from; n < from+1000; n++ {
			var b strings.Builder
			fmt.Fprintf(&b, "the zebra-%d ", n)
			for range words {
				fmt.Fprintf(&b, "w%d ", int(r.ExpFloat64()*2000))
			}
			entries = append(entries, feed.Entry{Post: feed.Post{ID: fmt.Sprintf("https://blog.example/?p=%d", n), Title: fmt.Sprintf("Post number %d", n), Link: fmt.Sprintf("https://blog.example/2020/01/post-%d/", n), Published: newest.Add(-time.Duration(n) * time.Hour)}, Content: b.String()})
		}
		_, err := a.Keep(ctx, feed.Batch{Entries: entries, Now: newest, Older: true, Walk: 1})
		require.NoError(t, err)
	}
	fmt.Println("built", time.Since(start))
	start = time.Now()
	require.NoError(t, a.Close())
	fmt.Println("closed", time.Since(start))
	start = time.Now()
	a, err = archive.Open(ctx, file)
	require.NoError(t, err)
	fmt.Println("opened", time.Since(start), a.Len())
	start = time.Now()
	require.NoError(t, a.Examine(ctx))
	fmt.Println("examined", time.Since(start))
	for _, q := range []string{"the", "the post", "zebra 77", "w1 w2 w3", "w12 w9999", "number", "nothing", "w3000 w3001", "w4000 w4500", "w100 w101"} {
		start = time.Now()
		found, err := a.Search(ctx, q, 20)
		require.NoError(t, err)
		fmt.Println(q, time.Since(start), len(found))
	}
}
