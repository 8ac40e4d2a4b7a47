package linkproxy

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
	r := &Recorder{now: time.Now, log: slog.New(slog.NewTextHandler(&log, nil)), dir: t.TempDir(), queue: newQueue()}
	require.NoError(t, r.openFiles(r.dir))
	passed := func(method string) *exchange {
		return &exchange{leg: LegToken, began: time.Now(), method: method, target: &url.URL{Scheme: "https", Host: "auth.example"}, status: 200, header: http.Header{}}
	}
	broken := passed("POST")
	broken.target = nil
	r.write([]*exchange{broken, passed("PUT")})
	require.NoError(t, r.store.close())
	require.Contains(t, log.String(), "by a fault of this program's")
	traces, damage, err := readTraces(r.dir)
	require.NoError(t, err)
	require.NoError(t, damage)
	require.Len(t, traces, 1)
	require.Equal(t, "PUT", traces[0].Exchanges[0].Method)
}
