package trace

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// If the processing of one exchange panics, only that exchange is lost. The next one of the batch is stored.
func TestPanicLosesOneExchange(t *testing.T) {
	var log bytes.Buffer
	r := &Recorder{now: time.Now, log: slog.New(slog.NewTextHandler(&log, nil)), dir: t.TempDir(), queue: newQueue(),
		onChange: func(Trace) error { return nil }}
	require.NoError(t, r.openFiles(r.dir))
	newExchange := func(method string) *RawExchange {
		return &RawExchange{Leg: LegToken, Began: time.Now(), Method: method, Target: &url.URL{Scheme: "https", Host: "auth.example"}, Status: 200, RequestHeader: http.Header{}}
	}
	broken := newExchange("POST")
	broken.Target = nil
	r.writeBatch([]*RawExchange{broken, newExchange("PUT")})
	require.NoError(t, r.store.closeFile())
	require.Contains(t, log.String(), "exchange skipped after a panic")
	traces, damage, err := loadTraces(r.dir)
	require.NoError(t, err)
	require.NoError(t, damage)
	require.Len(t, traces, 1)
	require.Equal(t, "PUT", traces[0].Exchanges[0].Method)
}

// A trace is reported again while its last request is less than an hour old.
func TestReportsRecentTracesAgain(t *testing.T) {
	var reported []string
	now := time.Now()
	r := &Recorder{now: func() time.Time { return now }, log: slog.New(slog.DiscardHandler), queue: newQueue(), joiner: &joiner{},
		onChange: func(t Trace) error { reported = append(reported, t.ID); return nil }}
	r.joiner.addExchange(Exchange{ID: "1", Trace: "old", Began: now.Add(-time.Hour)})
	r.joiner.addExchange(Exchange{ID: "2", Trace: "young", Began: now.Add(-59 * time.Minute)})
	r.recheckRecent()
	r.recheckRecent()
	require.Equal(t, []string{"young", "young"}, reported)
}
