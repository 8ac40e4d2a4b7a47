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
	notFoundAnswer     = `{"message":"not found","data":{"status":404}}`
	postOnlyAnswer     = `{"message":"method not allowed: use POST","data":{"status":405}}`
	bodyTooLargeAnswer = `{"message":"the body is too large","data":{"status":413}}`
	maxBodyBytes       = 64 << 10
	lastRequestID      = "afterwards"
)

func TestMethodsAndPaths(t *testing.T) {
	t.Parallel()
	env := newTestEnv(t).open()
	for _, row := range []struct {
		line   string // of the request
		status int
		want   string
		allow  string
	}{
		{"GET /alexa", 405, postOnlyAnswer, "POST"},
		{"PUT /alexa", 405, postOnlyAnswer, "POST"},
		{"DELETE /alexa", 405, postOnlyAnswer, "POST"},
		{"PATCH /alexa", 405, postOnlyAnswer, "POST"},
		{"OPTIONS /alexa", 405, postOnlyAnswer, "POST"},
		{"TRACE /alexa", 405, postOnlyAnswer, "POST"},
		{"CONNECT /alexa", 405, postOnlyAnswer, "POST"},
		{"BREW /alexa", 405, postOnlyAnswer, "POST"},
		{"post /alexa", 405, postOnlyAnswer, "POST"},
		{"GET /alexa?x=1", 405, postOnlyAnswer, "POST"},
		{"POST /", 404, notFoundAnswer, ""},
		{"GET /", 404, notFoundAnswer, ""},
		{"BREW /", 404, notFoundAnswer, ""},
		{"BREW /%61lexa", 404, notFoundAnswer, ""},
		{"OPTIONS *", 404, notFoundAnswer, ""},
		{"POST /alexa/", 404, notFoundAnswer, ""},
		{"POST //alexa", 404, notFoundAnswer, ""},
		{"POST /./alexa", 404, notFoundAnswer, ""},
		{"POST /x/../alexa", 404, notFoundAnswer, ""},
		{"POST /alexa/.", 404, notFoundAnswer, ""},
		{"POST /alexa/..", 404, notFoundAnswer, ""},
		{"POST /x/%2e%2e/alexa", 404, notFoundAnswer, ""},
		{"POST /%61lexa", 404, notFoundAnswer, ""},
		{"POST /alexa%2f", 404, notFoundAnswer, ""},
		{"POST /alexa%00", 404, notFoundAnswer, ""},
		{"POST /ALEXA", 404, notFoundAnswer, ""},
		{"POST /alexa;x", 404, notFoundAnswer, ""},
		{"POST /alexa/halfelf", 404, notFoundAnswer, ""},
		{"GET /metrics", 404, notFoundAnswer, ""},
		{"GET /healthz", 404, notFoundAnswer, ""},
		{"GET /readyz", 404, notFoundAnswer, ""},
		{"GET /debug/pprof/", 404, notFoundAnswer, ""},
	} {
		t.Run(row.line, func(t *testing.T) {
			conn := env.dialTLS()
			conn.write(row.line + " HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
			got := conn.readResult()
			require.Equal(t, row.status, got.status)
			require.Equal(t, row.want, got.body)
			require.Equal(t, row.allow, got.header.Get("Allow"))
			require.Equal(t, contentType, got.header.Get("Content-Type"))
		})
	}
	require.Empty(t, env.stopAndRequestLines())
	require.Empty(t, env.log.visibleLines())
}

// TestBodySizeLimit sends signed bodies around the size limit.
func TestBodySizeLimit(t *testing.T) {
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
		{"the largest, with its length", maxBodyBytes, whole, 200, responseBody("Hello.", defaultRequestID), ""},
		{"the largest, chunked", maxBodyBytes, chunked, 200, responseBody("Hello.", defaultRequestID), ""},
		{"one byte more, with its length", maxBodyBytes + 1, whole, 413, bodyTooLargeAnswer, "body-size"},
		{"one byte more, chunked", maxBodyBytes + 1, chunked, 413, bodyTooLargeAnswer, "body-size"},
		{"much more, with its length", 4 * maxBodyBytes, whole, 413, bodyTooLargeAnswer, "body-size"},
		{"much more, chunked", 4 * maxBodyBytes, chunked, 413, bodyTooLargeAnswer, "body-size"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			t.Parallel()
			env := newTestEnv(t).open()
			body := paddedRequest(row.size)
			genuine := env.signedRequest(body)
			r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, env.url("/alexa"), row.send(body))
			require.NoError(t, err)
			r.Header = genuine.Header
			got := env.send(r)
			require.Equal(t, row.status, got.status)
			require.Equal(t, row.want, got.body)
			lines := env.stopAndRequestLines()
			require.Len(t, lines, 1)
			require.Equal(t, row.rule, lines[0].attrs["rule"])
		})
	}
}

// paddedRequest returns a valid request of a given size.
func paddedRequest(size int) []byte {
	body := requestSpec{}.body()
	return append(body, bytes.Repeat([]byte(" "), size-len(body))...)
}

// TestRefusesAnnouncedSize announces a large body and does not send it. The server must answer without waiting for the
// body.
func TestRefusesAnnouncedSize(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ claim, header string }{
		{"slightly too large", "Content-Length: 131073"},
		{"twice as large", "Content-Length: 262145"},
		{"the largest number", "Content-Length: 9223372036854775807"},
		{"with Expect: 100-continue", "Expect: 100-continue\r\nContent-Length: 131073"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			env := newTestEnv(t).open()
			conn := env.dialTLS()
			require.NoError(t, conn.SetReadDeadline(time.Now().Add(2*time.Second))) // waiting for the body would take 3 s
			conn.write(header + row.header + "\r\n\r\n")
			got := conn.readResult()
			require.Equal(t, 413, got.status)
			require.Equal(t, bodyTooLargeAnswer, got.body)
			require.True(t, got.closesConn)
			require.NoError(t, conn.Close())
			require.Len(t, env.stopAndRequestLines(), 1)
		})
	}
}

// TestHeaderSizeLimit sends headers of 64 KiB and more, which could fill the memory. The server must refuse them.
func TestHeaderSizeLimit(t *testing.T) {
	t.Parallel()
	env := newTestEnv(t).open()
	for _, row := range []struct{ claim, header string }{
		{"one long value", "X: " + strings.Repeat("x", 64<<10) + "\r\n"},
		{"one long name", strings.Repeat("x", 64<<10) + ": x\r\n"},
		{"many values", strings.Repeat("X: x\r\n", 16<<10)},
	} {
		t.Run(row.claim, func(t *testing.T) {
			conn := env.dialTLS()
			conn.write("POST /alexa HTTP/1.1\r\nHost: x\r\n" + row.header + "\r\n")
			require.Equal(t, http.StatusRequestHeaderFieldsTooLarge, conn.readResult().status)
			conn.requireClosed()
		})
	}
	require.Equal(t, responseBody("Hello.", lastRequestID), env.sendSigned(requestSpec{id: lastRequestID}.body()).body)
	require.Len(t, env.stopAndRequestLines(), 1)
	seen := env.server.Faults.Seen()
	require.Len(t, seen, 1)
	require.Equal(t, "header-size", seen[0].Kind)
	require.Equal(t, uint64(3), seen[0].Count)
}

// TestRefusesTwoLengths sends two Content-Length headers. A proxy could use the other length, so accepting the request
// would allow request smuggling.
func TestRefusesTwoLengths(t *testing.T) {
	env := newTestEnv(t).open()
	conn := env.dialTLS()
	conn.write("POST /alexa HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx")
	require.Equal(t, http.StatusBadRequest, conn.readResult().status)
	conn.requireClosed()
	require.Empty(t, env.stopAndRequestLines())
}

func TestConnectionServesManyRequests(t *testing.T) {
	t.Parallel()
	env := newTestEnv(t).open()
	conn := env.dialTLS()
	for i := range 200 {
		id := fmt.Sprint("request-", i)
		conn.write(env.rawRequest(requestSpec{id: id}.body()))
		require.Equal(t, responseBody("Hello.", id), conn.readResult().body)
	}
	require.Len(t, env.stopAndRequestLines(), 200)
}

// TestRefusalKeepsTheConnection checks that a connection stays open after a refusal. In Amazon's certification, forged and
// genuine requests can share a connection.
func TestRefusalKeepsTheConnection(t *testing.T) {
	env := newTestEnv(t).open()
	conn := env.dialTLS()
	for _, want := range []int{400, 200, 404, 200, 405, 200} {
		conn.write(map[int]string{
			200: env.rawRequest(requestSpec{}.body()),
			400: "POST /alexa HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}",
			404: "POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}",
			405: "PUT /alexa HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}",
		}[want])
		require.Equal(t, want, conn.readResult().status)
	}
}

// TestPipelinedRequestsAreAnsweredInOrder sends all requests before it reads the first answer.
func TestPipelinedRequestsAreAnsweredInOrder(t *testing.T) {
	t.Parallel()
	env := newTestEnv(t).open()
	conn := env.dialTLS()
	var requests strings.Builder
	for i := range 20 {
		requests.WriteString(env.rawRequest(requestSpec{id: fmt.Sprint(i)}.body()))
	}
	conn.write(requests.String())
	for i := range 20 {
		require.Equal(t, responseBody("Hello.", fmt.Sprint(i)), conn.readResult().body)
	}
}

// TestClosedConnectionCancelsHandler closes the connection during a request. The handler's context must end.
func TestClosedConnectionCancelsHandler(t *testing.T) {
	env := newTestEnv(t)
	entered, left := make(chan struct{}), make(chan error, 1)
	env.server.Skills[0].Handler = handlerFunc(func(ctx context.Context, _ *alexa.Envelope) *alexa.Response {
		close(entered)
		<-ctx.Done()
		left <- ctx.Err()
		return nil
	})
	env.open()
	conn := env.dialTLS()
	conn.write(env.rawRequest(requestSpec{}.body()))
	<-entered
	require.NoError(t, conn.Close())
	require.ErrorIs(t, <-left, context.Canceled)
	require.Len(t, env.stopAndRequestLines(), 1)
}
