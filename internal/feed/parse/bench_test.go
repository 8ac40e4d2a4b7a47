package parse

import (
	"bytes"
	"html"
	"runtime"
	"runtime/metrics"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// budgetFeed returns a feed of 15,000 items and 8 MB, newest first. Its descriptions are escaped HTML, as many programs
// write it.
func budgetFeed() []byte {
	const n, size = 15_000, 8_000_000
	const sentence = `<p>Don’t <a href="https://blog.test/?a=1&amp;b=2">read</a> “Größe” &amp; more…</p>` + "\n"
	escaped := strings.NewReplacer("&#34;", "&quot;", "’", "&#8217;").Replace(html.EscapeString(sentence))
	text := (escaped + escaped)[:size/n-len(rssItem(1, t0, ""))]
	var b bytes.Buffer
	for i := range n {
		item := rssItem(n-i, t0.Add(-time.Duration(i)*time.Hour), "")
		b.WriteString(strings.Replace(item, "<![CDATA[]]></description>", text+"</description>", 1))
	}
	return []byte(rssFeed(b.String()))
}

// requireNewest checks that the document has the newest 10,000 posts of budgetFeed.
func requireNewest(t testing.TB, doc FeedDocument) {
	t.Helper()
	require.Equal(t, 15_000, doc.ItemCount)
	require.Len(t, doc.Entries, 10_000)
	require.Equal(t, "https://blog.test/?p=15000", doc.Entries[0].ID)
	require.Equal(t, "https://blog.test/?p=5001", doc.Entries[9_999].ID)
}

// BenchmarkParse parses budgetFeed. It reports the processor time and the largest heap size, without the feed itself.
// The budget is 1,500 ms and 64 MiB; TestParseBudget checks it.
func BenchmarkParse(b *testing.B) {
	body := budgetFeed()
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	runs := 0
	used, peak := measureParse(b, body, func(parse func()) {
		for b.Loop() {
			parse()
			runs++
		}
	})
	b.ReportMetric(float64(used.Milliseconds())/float64(runs), "cpu-ms/op")
	b.ReportMetric(float64(peak)/(1<<20), "peak-MiB")
}

// measureParse returns the processor time and the largest additional heap size of run, which parses the feed.
func measureParse(t testing.TB, body []byte, run func(parse func())) (used time.Duration, peak int64) {
	t.Helper()
	runtime.GC() // so that the result does not include memory that was used to build the body
	stop, result := make(chan struct{}), make(chan uint64)
	go func() { result <- peakHeap(stop) }()
	began := processorTime(t)
	run(func() {
		doc, err := parseBytes(t, body, "")
		require.NoError(t, err)
		requireNewest(t, doc)
	})
	used = processorTime(t) - began
	close(stop)
	return used, int64(<-result) - int64(len(body))
}

// peakHeap returns the largest heap size until stop is closed, including garbage.
func peakHeap(stop chan struct{}) (peak uint64) {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	for {
		metrics.Read(sample)
		peak = max(peak, sample[0].Value.Uint64())
		select {
		case <-stop:
			return peak
		case <-time.After(2 * time.Millisecond):
		}
	}
}

func processorTime(t testing.TB) time.Duration {
	t.Helper()
	var used syscall.Rusage
	require.NoError(t, syscall.Getrusage(syscall.RUSAGE_SELF, &used))
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
