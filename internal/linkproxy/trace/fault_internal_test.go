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

// A fault in reading what somebody sent costs that exchange, and neither the service nor another one.
func TestFaultCostsOneExchange(t *testing.T) {
	var log bytes.Buffer
	r := &Recorder{now: time.Now, log: slog.New(slog.NewTextHandler(&log, nil)), dir: t.TempDir(), queue: newQueue(),
		changed: func(Trace) error { return nil }}
	require.NoError(t, r.openFiles(r.dir))
	passed := func(method string) *Passed {
		return &Passed{Leg: LegToken, Began: time.Now(), Method: method, Target: &url.URL{Scheme: "https", Host: "auth.example"}, Status: 200, Header: http.Header{}}
	}
	broken := passed("POST")
	broken.Target = nil
	r.write([]*Passed{broken, passed("PUT")})
	require.NoError(t, r.store.close())
	require.Contains(t, log.String(), "by a fault of this program's")
	traces, damage, err := readTraces(r.dir)
	require.NoError(t, err)
	require.NoError(t, damage)
	require.Len(t, traces, 1)
	require.Equal(t, "PUT", traces[0].Exchanges[0].Method)
}

// What may be missing yet in a trace is looked for while its last request is younger than an hour.
func TestYoungTracesAreToldOfAgain(t *testing.T) {
	var told []string
	now := time.Now()
	r := &Recorder{now: func() time.Time { return now }, log: slog.New(slog.DiscardHandler), queue: newQueue(), joiner: &joiner{},
		changed: func(t Trace) error { told = append(told, t.ID); return nil }}
	r.joiner.add(Exchange{ID: "1", Trace: "old", Began: now.Add(-time.Hour)})
	r.joiner.add(Exchange{ID: "2", Trace: "young", Began: now.Add(-59 * time.Minute)})
	r.look()
	r.look()
	require.Equal(t, []string{"young", "young"}, told)
}
