package server_test

import (
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestRoutesHubCallbacks checks that only requests below a skill's hub path reach its hub.
func TestRoutesHubCallbacks(t *testing.T) {
	t.Parallel()
	env := newTestEnv(t)
	env.server.Skills[0].Hub = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		_, _ = io.WriteString(w, r.Method+" "+r.URL.RequestURI()+" "+string(body))
	})
	env.open()
	name := env.server.Skills[0].Name
	for line, want := range map[string]string{
		"GET /websub/" + name + "/token?hub.mode=subscribe": "GET /websub/" + name + "/token?hub.mode=subscribe push",
		"POST /websub/" + name + "/token":                   "POST /websub/" + name + "/token push",
		"PUT /websub/" + name + "/token":                    "PUT /websub/" + name + "/token push",
		"POST /websub/" + name:                              notFoundAnswer,
		"POST /websub/" + name + "/":                        notFoundAnswer,
		"POST /websub/" + name + "/token/more":              notFoundAnswer,
		"POST /websub/another/token":                        notFoundAnswer,
		"GET /websub/":                                      notFoundAnswer,
	} {
		t.Run(line, func(t *testing.T) {
			conn := env.dialTLS()
			conn.write(line + " HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\npush")
			require.Equal(t, want, conn.readResult().body)
		})
	}
	require.Empty(t, env.stopAndRequestLines(), "a hub's call is not logged as a request")
}

func TestHubPathWithoutHubIsUnknown(t *testing.T) {
	env := newTestEnv(t).open()
	conn := env.dialTLS()
	conn.write("POST /websub/" + env.server.Skills[0].Name + "/token HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
	require.Equal(t, notFoundAnswer, conn.readResult().body)
}
