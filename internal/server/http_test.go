package server_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/alexa"
)

const (
	notHere      = `{"message":"there is nothing here","data":{"status":404}}`
	postOnly     = `{"message":"Alexa posts","data":{"status":405}}`
	tooLarge     = `{"message":"the body is too large","data":{"status":413}}`
	maxBodyBytes = 64 << 10
	afterwards   = "afterwards"
)

func TestMethodsAndPaths(t *testing.T) {
	w := newWorld(t).open()
	for _, row := range []struct {
		line   string // of the request
		status int
		want   string
		allow  string
	}{
		{"GET /alexa", 405, postOnly, "POST"},
		{"PUT /alexa", 405, postOnly, "POST"},
		{"DELETE /alexa", 405, postOnly, "POST"},
		{"PATCH /alexa", 405, postOnly, "POST"},
		{"OPTIONS /alexa", 405, postOnly, "POST"},
		{"TRACE /alexa", 405, postOnly, "POST"},
		{"CONNECT /alexa", 405, postOnly, "POST"},
		{"BREW /alexa", 405, postOnly, "POST"},
		{"post /alexa", 405, postOnly, "POST"},
		{"GET /alexa?x=1", 405, postOnly, "POST"},
		{"POST /", 404, notHere, ""},
		{"GET /", 404, notHere, ""},
		{"BREW /", 404, notHere, ""},
		{"BREW /%61lexa", 404, notHere, ""},
		{"OPTIONS *", 404, notHere, ""},
		{"POST /alexa/", 404, notHere, ""},
		{"POST //alexa", 404, notHere, ""},
		{"POST /./alexa", 404, notHere, ""},
		{"POST /x/../alexa", 404, notHere, ""},
		{"POST /alexa/.", 404, notHere, ""},
		{"POST /alexa/..", 404, notHere, ""},
		{"POST /x/%2e%2e/alexa", 404, notHere, ""},
		{"POST /%61lexa", 404, notHere, ""},
		{"POST /alexa%2f", 404, notHere, ""},
		{"POST /alexa%00", 404, notHere, ""},
		{"POST /ALEXA", 404, notHere, ""},
		{"POST /alexa;x", 404, notHere, ""},
		{"POST /alexa/halfelf", 404, notHere, ""},
		{"GET /metrics", 404, notHere, ""},
		{"GET /healthz", 404, notHere, ""},
		{"GET /readyz", 404, notHere, ""},
		{"GET /debug/pprof/", 404, notHere, ""},
	} {
		t.Run(row.line, func(t *testing.T) {
			conn := w.dial()
			conn.send(row.line + " HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
			got := conn.read()
			require.Equal(t, row.status, got.status)
			require.Equal(t, row.want, got.body)
			require.Equal(t, row.allow, got.header.Get("Allow"))
			require.Equal(t, contentType, got.header.Get("Content-Type"))
		})
	}
	require.Empty(t, w.requests())
	require.Empty(t, w.log.loud())
}

// TestLongBody has bodies that are genuine but for their length, if that.
func TestLongBody(t *testing.T) {
	t.Parallel()
	chunked := func(body []byte) io.Reader { return io.MultiReader(bytes.NewReader(body)) }
	whole := func(body []byte) io.Reader { return bytes.NewReader(body) }
	for _, row := range []struct {
		claim  string
		size   int
		send   func([]byte) io.Reader
		status int
		want   string
		rule   string
	}{
		{"the largest, with its length", maxBodyBytes, whole, 200, said("Hello.", usualID), ""},
		{"the largest, chunked", maxBodyBytes, chunked, 200, said("Hello.", usualID), ""},
		{"a byte more, with its length", maxBodyBytes + 1, whole, 413, tooLarge, "body-size"},
		{"a byte more, chunked", maxBodyBytes + 1, chunked, 413, tooLarge, "body-size"},
		{"much more, with its length", 4 * maxBodyBytes, whole, 413, tooLarge, "body-size"},
		{"much more, chunked", 4 * maxBodyBytes, chunked, 413, tooLarge, "body-size"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t).open()
			body := padded(row.size)
			genuine := w.signed(body)
			r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, w.url("/alexa"), row.send(body))
			require.NoError(t, err)
			r.Header = genuine.Header
			got := w.do(r)
			require.Equal(t, row.status, got.status)
			require.Equal(t, row.want, got.body)
			lines := w.requests()
			require.Len(t, lines, 1)
			require.Equal(t, row.rule, lines[0].attrs["rule"])
		})
	}
}

// padded is a proper request of a size.
func padded(size int) []byte {
	body := ask{}.body()
	return append(body, bytes.Repeat([]byte(" "), size-len(body))...)
}

// TestLengthAlone announces a body and keeps it back: no byte of it is waited for, by the answer or by the connection.
func TestLengthAlone(t *testing.T) {
	for _, row := range []struct{ claim, header string }{
		{"a byte too many", "Content-Length: 131073"},
		{"twice too many", "Content-Length: 262145"},
		{"more than there are", "Content-Length: 9223372036854775807"},
		{"of a sender who asks first", "Expect: 100-continue\r\nContent-Length: 131073"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			w := newWorld(t).open()
			conn := w.dial()
			require.NoError(t, conn.SetReadDeadline(time.Now().Add(2*time.Second))) // the body would be waited for for 3
			conn.send(header + row.header + "\r\n\r\n")
			got := conn.read()
			require.Equal(t, 413, got.status)
			require.Equal(t, tooLarge, got.body)
			require.True(t, got.last)
			require.NoError(t, conn.Close())
			require.Len(t, w.requests(), 1)
		})
	}
}

// TestHugeHeader sends headers that must not be kept in memory.
func TestHugeHeader(t *testing.T) {
	t.Parallel()
	w := newWorld(t).open()
	for _, row := range []struct{ claim, header string }{
		{"one long value", "X: " + strings.Repeat("x", 64<<10) + "\r\n"},
		{"one long name", strings.Repeat("x", 64<<10) + ": x\r\n"},
		{"many values", strings.Repeat("X: x\r\n", 16<<10)},
	} {
		t.Run(row.claim, func(t *testing.T) {
			conn := w.dial()
			conn.send("POST /alexa HTTP/1.1\r\nHost: x\r\n" + row.header + "\r\n")
			require.Equal(t, http.StatusRequestHeaderFieldsTooLarge, conn.read().status)
			conn.ended()
		})
	}
	require.Equal(t, said("Hello.", afterwards), w.post(ask{id: afterwards}.body()).body)
	require.Len(t, w.requests(), 1)
}

// TestTwoLengths would be a way to smuggle a request past a proxy that believes the other one.
func TestTwoLengths(t *testing.T) {
	w := newWorld(t).open()
	conn := w.dial()
	conn.send("POST /alexa HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx")
	require.Equal(t, http.StatusBadRequest, conn.read().status)
	conn.ended()
	require.Empty(t, w.requests())
}

func TestKeepAlive(t *testing.T) {
	w := newWorld(t).open()
	conn := w.dial()
	for i := range 200 {
		id := fmt.Sprint("request-", i)
		conn.send(w.wire(ask{id: id}.body()))
		require.Equal(t, said("Hello.", id), conn.read().body)
	}
	require.Len(t, w.requests(), 200)
}

// TestRefusalKeepsTheConnection matters as a forged request of Amazon's certification may share it with a true one.
func TestRefusalKeepsTheConnection(t *testing.T) {
	w := newWorld(t).open()
	conn := w.dial()
	for _, want := range []int{400, 200, 404, 200, 405, 200} {
		conn.send(map[int]string{
			200: w.wire(ask{}.body()),
			400: "POST /alexa HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}",
			404: "POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}",
			405: "PUT /alexa HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}",
		}[want])
		require.Equal(t, want, conn.read().status)
	}
}

// TestPipelining sends requests without waiting, and gets the answers in their order.
func TestPipelining(t *testing.T) {
	w := newWorld(t).open()
	conn := w.dial()
	var requests strings.Builder
	for i := range 20 {
		requests.WriteString(w.wire(ask{id: fmt.Sprint(i)}.body()))
	}
	conn.send(requests.String())
	for i := range 20 {
		require.Equal(t, said("Hello.", fmt.Sprint(i)), conn.read().body)
	}
}

// TestListenerWhoLeaves ends the handler's context with the connection.
func TestListenerWhoLeaves(t *testing.T) {
	w := newWorld(t)
	entered, left := make(chan struct{}), make(chan error, 1)
	w.server.Skills[0].Handler = handlerFunc(func(ctx context.Context, _ *alexa.Envelope) *alexa.Response {
		close(entered)
		<-ctx.Done()
		left <- ctx.Err()
		return nil
	})
	w.open()
	conn := w.dial()
	conn.send(w.wire(ask{}.body()))
	<-entered
	require.NoError(t, conn.Close())
	require.ErrorIs(t, <-left, context.Canceled)
	require.Len(t, w.requests(), 1)
}
