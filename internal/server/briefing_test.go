package server_test

import (
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestServesBriefingsUnsigned requests briefings without a signature. It repeats each request, because the Allow header
// must be the same each time.
func TestServesBriefingsUnsigned(t *testing.T) {
	t.Parallel()
	const (
		readOnly = `{"message":"method not allowed: use GET","data":{"status":405}}`
		noSuch   = `{"message":"method not allowed: use GET or POST","data":{"status":405}}`
	)
	env := newTestEnv(t)
	env.server.Skills = append(env.server.Skills, newSkill("other", "/other", otherID, respondWith("Hello.")))
	env.server.Skills[0].Briefing = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "news by "+r.Method) })
	env.server.Skills[0].Hub = http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	env.open()
	for _, row := range []struct {
		line   string
		status int
		want   string
		allow  string
	}{
		{"GET /briefing/halfelf.json", 200, "news by GET", ""},
		{"GET /briefing/halfelf.json?x=1", 200, "news by GET", ""},
		{"POST /briefing/halfelf.json", 405, readOnly, "GET, HEAD"},
		{"PUT /briefing/halfelf.json", 405, readOnly, "GET, HEAD"},
		{"OPTIONS /briefing/halfelf.json", 405, readOnly, "GET, HEAD"},
		{"BREW /briefing/halfelf.json", 405, readOnly, "GET, HEAD"},
		{"BREW /websub/halfelf/token", 405, noSuch, "GET, HEAD, POST"},
		{"GET /alexa", 405, postOnlyAnswer, "POST"},
		{"GET /briefing/other.json", 404, notFoundAnswer, ""},
		{"GET /briefing/halfelf", 404, notFoundAnswer, ""},
		{"GET /briefing/HALFELF.json", 404, notFoundAnswer, ""},
		{"GET /briefing/../briefing/halfelf.json", 404, notFoundAnswer, ""},
		{"GET /briefing/", 404, notFoundAnswer, ""},
		{"BREW /briefing/other.json", 404, notFoundAnswer, ""},
	} {
		t.Run(row.line, func(t *testing.T) {
			for range 5 {
				conn := env.dialTLS()
				conn.write(row.line + " HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
				got := conn.readResult()
				require.Equal(t, row.status, got.status)
				require.Equal(t, row.want, got.body)
				require.Equal(t, row.allow, got.header.Get("Allow"))
			}
		})
	}
	response, err := env.client.Head(env.url("/briefing/halfelf.json"))
	require.NoError(t, err)
	require.Equal(t, httpResult{200, response.Header, "", false}, readResult(t, response))
	require.Empty(t, env.stopAndRequestLines(), "requests for briefings are not logged")
}
