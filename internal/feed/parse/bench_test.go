package parse

import (
	"runtime"
	"runtime/metrics"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// BenchmarkParse parses a feed of 15,000 items and 8 MB. It reports the processor time and the largest heap size.
func BenchmarkParse(b *testing.B) {
	body := bigRSS(15_000, 8_000_000)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	runtime.GC() // so that the result does not include memory that was used to build the body
	stop, peak := make(chan struct{}), make(chan uint64)
	go func() { peak <- peakHeap(stop) }()
	began := processorTime(b)
	n := 0
	for b.Loop() {
		doc, err := parseBytes(b, body, "")
		require.NoError(b, err)
		require.Equal(b, 15_000, doc.ItemCount)
		n++
	}
	b.ReportMetric(float64((processorTime(b)-began).Milliseconds())/float64(n), "cpu-ms/op")
	close(stop)
	b.ReportMetric(float64(<-peak-uint64(len(body)))/(1<<20), "peak-MiB")
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

func processorTime(b *testing.B) time.Duration {
	var used syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &used))
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
