package inspect_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/alexa"
	"lastpost/internal/inspect"
	"lastpost/internal/inspect/present"
)

var began = time.Date(2026, 3, 14, 9, 26, 53, 0, time.UTC)

// exchange returns an answered request of Alexa with this request id, and with ids and tokens that must be masked.
func exchange(id string) inspect.ObservedExchange {
	body := `{"version":"1.0","session":{"sessionId":"amzn1.echo-api.session.ONE","user":{"userId":"amzn1.ask.account.LISTENER"}},` +
		`"context":{"System":{"apiAccessToken":"` + strings.Repeat("eyJ0", 300) + `","device":{"deviceId":"amzn1.ask.device.KITCHEN"}}},` +
		`"request":{"type":"IntentRequest","requestId":"` + id + `"}}`
	return inspect.ObservedExchange{
		Skill: "halfelf", Began: began, Header: http.Header{"User-Agent": {"Apache"}, "Authorization": {"Basic c2VjcmV0"}},
		Body: []byte(body), Status: 200, Answer: []byte(`{"version":"1.0","response":{}}`),
		Request: alexa.Request{Type: "IntentRequest", RequestID: id, Locale: "en-US", Intent: alexa.Intent{
			Name: "LastPostIntent", Slots: map[string]alexa.Slot{"Date": {Name: "Date", Value: "2026-03"}, "Empty": {Name: "Empty"},
				"Id": {Name: "Id", Value: "amzn1.ask.person.SPOKEN"}},
		}},
		Read: time.Millisecond, Verify: 2 * time.Millisecond, Handle: 3 * time.Millisecond,
	}
}

// forgedExchange returns a refused request with an invalid signature.
func forgedExchange() inspect.ObservedExchange {
	return inspect.ObservedExchange{
		Skill: "halfelf", Began: began, Body: []byte(`{"a":1}`), Status: 400, Rule: "signature", Err: errors.New("not of these bytes"),
		Answer: []byte(`{"message":"no"}`),
	}
}

// observeInBatches records each exchange in a separate batch.
func observeInBatches(t *testing.T, r *inspect.RequestRecorder, exchanges ...inspect.ObservedExchange) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { r.Run(ctx); close(done) }()
		for _, x := range exchanges {
			r.Observe(x)
			time.Sleep(time.Second)
		}
		cancel()
		<-done
	})
}

func TestRecordIsComplete(t *testing.T) {
	r := &inspect.RequestRecorder{}
	observeInBatches(t, r, exchange("r1"))
	records := r.Records()
	require.Len(t, records, 1)
	got := records[0]
	require.Equal(t, uint64(1), got.ID)
	require.Equal(t, "IntentRequest", got.Type)
	require.Equal(t, present.SlotValue{Name: "Date", Value: "2026-03"}, got.Slots[0])
	require.Len(t, got.Slots, 2, "slots with a value, sorted")
	require.Equal(t, 6*time.Millisecond, got.Took)
	require.Equal(t, "answered", got.Outcome())
	require.Equal(t, len(exchange("r1").Body), got.RequestSize)
	text := fmt.Sprintf("%+v %s %s", got, got.Request, got.Answer)
	for _, secret := range []string{"LISTENER", "KITCHEN", "eyJ0", "c2VjcmV0", "session.ONE", "SPOKEN"} {
		require.NotContains(t, text, secret)
	}
	again, ok := r.Record(1)
	require.True(t, ok)
	require.Equal(t, got, again)
	_, ok = r.Record(2)
	require.False(t, ok)
}

func TestStepVerdicts(t *testing.T) {
	for _, row := range []struct {
		claim, rule        string
		passed, notReached int
	}{
		{"an answered request passed all steps", "", 13, 0},
		{"steps after the broken rule are not reached", "signature", 8, 4},
		{"the first step fails", "body-size", 0, 12},
		{"the last step fails", "internal", 12, 0},
	} {
		t.Run(row.claim, func(t *testing.T) {
			count := map[string]int{}
			for _, step := range (&inspect.Record{Rule: row.rule}).Steps() {
				count[step.Verdict]++
			}
			require.Equal(t, row.passed, count[inspect.Passed])
			require.Equal(t, row.notReached, count[inspect.NotReached])
		})
	}
}

func TestForgedFloodDoesNotDisplaceRecords(t *testing.T) {
	r := &inspect.RequestRecorder{Exchanges: 8}
	many := []inspect.ObservedExchange{exchange("r1")}
	for range 50 {
		many = append(many, forgedExchange())
	}
	observeInBatches(t, r, many...)
	records := r.Records()
	require.Len(t, records, 3)
	require.Equal(t, "r1", records[2].RequestID)
}

func TestForgedFloodDoesNotFillTheQueue(t *testing.T) {
	r := &inspect.RequestRecorder{}
	r.Observe(exchange("r1"))
	for range 500 {
		r.Observe(forgedExchange())
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { r.Run(ctx); close(done) }()
	require.Eventually(t, func() bool { return len(r.Records()) > 0 }, 10*time.Second, time.Millisecond)
	cancel()
	<-done
	records := r.Records()
	require.Len(t, records, 1+16, "at most 16 refused requests in one batch")
	require.True(t, slices.ContainsFunc(records, func(record inspect.Record) bool { return record.RequestID == "r1" }))
}

// A full queue drops refused requests first. A refused request does not replace another request.
func TestGenuineRequestReplacesRefusedOne(t *testing.T) {
	r := &inspect.RequestRecorder{Exchanges: 8} // six may wait, two of them refused
	observeAtOnce(t, r, forgedExchange(), forgedExchange(), forgedExchange(), exchange("r1"), exchange("r2"), exchange("r3"), exchange("r4"),
		exchange("r5"), exchange("r6"), forgedExchange())
	require.Equal(t, uint64(4), r.Dropped())
	var ids []string
	for _, record := range r.Records() {
		ids = append(ids, record.RequestID)
	}
	require.Equal(t, []string{"r6", "r5", "r4", "r3", "r2", "r1"}, ids)
}

func TestQueueIsBoundedInBytes(t *testing.T) {
	r := &inspect.RequestRecorder{Bytes: 64 << 10} // 48 KiB may wait
	var large []inspect.ObservedExchange
	for i := range 5 {
		x := exchange(fmt.Sprint(i))
		x.Answer = []byte(`"` + strings.Repeat("x", 16<<10) + `"`)
		large = append(large, x)
	}
	forged := forgedExchange()
	forged.Body = []byte(`"` + strings.Repeat("x", 60<<10) + `"`)
	observeAtOnce(t, r, append(large, forged)...)
	require.Equal(t, uint64(4), r.Dropped())
	require.Equal(t, "4", r.Records()[0].RequestID)
}

// observeAtOnce queues all exchanges before the recorder runs.
func observeAtOnce(t *testing.T, r *inspect.RequestRecorder, exchanges ...inspect.ObservedExchange) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		for _, x := range exchanges {
			r.Observe(x)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		r.Run(ctx)
	})
}

func TestDoesNotStoreUnsafeBodies(t *testing.T) {
	binary, large, none := forgedExchange(), forgedExchange(), forgedExchange()
	binary.Body, large.Body, none.Body = []byte("user=S3CRET"), []byte(`{"a":"`+strings.Repeat("x", 20<<10)+`"}`), nil
	r := &inspect.RequestRecorder{}
	most := forgedExchange()
	most.Body = []byte(`"` + strings.Repeat("x", 16<<10-2) + `"`)
	observeInBatches(t, r, most, none, binary, large, forgedExchange())
	records := r.Records()
	require.Equal(t, string(most.Body), string(records[4].Request))
	require.Contains(t, records[3].MissingReason, "empty or incomplete")
	require.Nil(t, records[2].Request)
	require.Contains(t, records[2].MissingReason, "11 bytes")
	require.Nil(t, records[1].Request)
	require.Equal(t, `{"a":1}`, string(records[0].Request))
}

func TestCountsRefusalsOfTheLastHour(t *testing.T) {
	r := &inspect.RequestRecorder{}
	simulated := forgedExchange()
	simulated.Test = true
	early := forgedExchange()
	early.Began = began.Add(-time.Hour)
	r.Observe(early)
	r.Observe(exchange("r1"))
	r.Observe(forgedExchange())
	r.Observe(forgedExchange())
	r.Observe(simulated)
	other := forgedExchange()
	other.Rule = "certificate-url"
	r.Observe(other)
	require.Equal(t, []inspect.RefusalCount{{Rule: "signature", Count: 2}, {Rule: "certificate-url", Count: 1}}, r.RecentRefusals(began))
	require.Equal(t, inspect.Calls{Last: began, Count: 1, TestCount: 1, LastRefused: began, RefusedCount: 4, RefusedRule: "certificate-url"}, r.Calls("halfelf"))
	require.Zero(t, r.Calls("another"))
	require.Len(t, r.RecentRefusals(began.Add(59*time.Minute)), 2)
	require.Empty(t, r.RecentRefusals(began.Add(time.Hour)))
	require.Empty(t, r.RecentRefusals(began.Add(-time.Minute)), "refusals in the future do not count")
}

func TestFullQueueDropsAndCounts(t *testing.T) {
	r := &inspect.RequestRecorder{}
	for i := range 600 { // the recorder does not run
		r.Observe(exchange(fmt.Sprint(i)))
	}
	require.Equal(t, uint64(600-150), r.Dropped())
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { r.Run(ctx); close(done) }()
	require.Eventually(t, func() bool { return len(r.Records()) > 0 }, 10*time.Second, time.Millisecond)
	require.Equal(t, "599", r.Records()[0].RequestID, "the newest exchanges are stored")
	require.Equal(t, "450", r.Records()[149].RequestID)
	cancel()
	<-done
}

func TestNotifiesAndClosesWatchers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &inspect.RequestRecorder{}
		ctx, cancel := context.WithCancel(t.Context())
		go r.Run(ctx)
		changes, stop, ok := r.Watch()
		require.True(t, ok)
		defer stop()
		for range 31 {
			_, _, ok := r.Watch()
			require.True(t, ok)
		}
		_, _, ok = r.Watch()
		require.False(t, ok, "too many watchers")
		r.Observe(exchange("r1"))
		_, open := <-changes
		require.True(t, open)
		r.Notify()
		_, open = <-changes
		require.True(t, open, "Notify wakes watchers")
		cancel()
		_, open = <-changes
		require.False(t, open)
		_, _, ok = r.Watch()
		require.False(t, ok)
	})
}

// TestMemoryStaysBounded checks that 100,000 exchanges, some of them very large, use less than 8 MiB.
func TestMemoryStaysBounded(t *testing.T) {
	requireE2E(t)
	if testing.Short() {
		t.Skip("records 100,000 exchanges")
	}
	r := &inspect.RequestRecorder{}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { r.Run(ctx); close(done) }()
	before := heap()
	padding := strings.Repeat(`"word":"something that is said",`, 900)
	for i := range 100_000 {
		x := exchange(fmt.Sprint(i))
		if i%50 == 0 {
			x.Body = []byte(`{` + padding + string(x.Body[1:]))
			x.Answer = []byte(`{` + padding + string(x.Answer[1:]))
		}
		if r.Observe(x); i%100 == 0 {
			time.Sleep(time.Millisecond) // as if they came over the network
		}
	}
	require.Eventually(t, func() bool { all := r.Records(); return len(all) > 0 && all[0].RequestID == "99999" }, 10*time.Second, 10*time.Millisecond)
	require.Less(t, heap()-before, int64(8<<20))
	require.Greater(t, r.Records()[0].ID, uint64(200), "the ring buffer was filled more than once")
	require.LessOrEqual(t, len(r.Records()), 200)
	require.Equal(t, uint64(100_000), r.Calls("halfelf").Count, "all exchanges are counted")
	cancel()
	<-done
}

func heap() int64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

// TestObserveIsFast checks that a request waits less than 5 µs for Observe, whether the recorder runs or not.
func TestObserveIsFast(t *testing.T) {
	for name, r := range map[string]*inspect.RequestRecorder{"a running recorder": {}, "a stopped recorder": {}} {
		t.Run(name, func(t *testing.T) {
			if name == "a running recorder" {
				go r.Run(t.Context())
			}
			x := exchange("r1")
			took := make([]time.Duration, 5000)
			for i := range took {
				before := time.Now()
				r.Observe(x)
				took[i] = time.Since(before)
			}
			slices.Sort(took)
			require.Less(t, took[len(took)/2], 5*time.Microsecond) // the median ignores delays by other processes
		})
	}
}

// BenchmarkObserve measures how long a request waits for Observe. TestObserveIsFast checks the limit of 5 µs.
func BenchmarkObserve(b *testing.B) {
	r := &inspect.RequestRecorder{}
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	go r.Run(ctx)
	x := exchange("r1")
	for b.Loop() {
		r.Observe(x)
	}
}

// Calls returns the time of the last call in an earlier run until Alexa calls again.
func TestReturnsLastCallOfEarlierRun(t *testing.T) {
	before := began.Add(-time.Hour)
	r := &inspect.RequestRecorder{EarlierCalls: map[string]time.Time{"halfelf": before}}
	r.Observe(forgedExchange())
	require.Equal(t, before, r.Calls("halfelf").Last)
	require.Zero(t, r.Calls("another").Last)
	r.Observe(exchange("r1"))
	require.Equal(t, began, r.Calls("halfelf").Last)
}
