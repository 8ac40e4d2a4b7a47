package doctor

import (
	"errors"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestGenuine judges what a properly signed request is answered with.
func TestGenuine(t *testing.T) {
	const remedy = "look into the log of the service"
	request := []byte(`{"request":{"type":"LaunchRequest"}}`)
	plain := http.Header{"Content-Type": {"application/json;charset=UTF-8"}}
	for _, row := range []struct {
		claim string
		got   postResult
		want  Finding
	}{
		{"a proper one", postResult{status: 200, header: plain, body: []byte(`{"version":"1.0","response":{"outputSpeech":{"type":"SSML","ssml":"<speak>Hello.</speak>"},"shouldEndSession":true}}`)},
			Finding{OK, "x", "200 to a properly signed request, with an answer that keeps Alexa's rules", ""}},
		{"a refusal", postResult{status: 400, message: "no"}, Finding{Fail, "x", "400 no, to a request that is properly signed", remedy}},
		{"nothing", postResult{err: errors.New("gone")}, Finding{Fail, "x", "gone", remedy}},
		{"a page", postResult{status: 200, header: http.Header{"Content-Type": {"text/html"}}}, Finding{Fail, "x", `200 with the content type "text/html"`, "answer with application/json;charset=UTF-8"}},
		{"no speech where there should be some", postResult{status: 200, header: plain, body: []byte(`{"version":"1.0","response":{}}`)},
			Finding{Fail, "x", "the answer breaks Alexa's rules: ", remedy}},
	} {
		t.Run(row.claim, func(t *testing.T) {
			got := judgeGenuine("x", row.got, request)
			require.Contains(t, got.Message, row.want.Message)
			got.Message = row.want.Message
			require.Equal(t, row.want, got)
		})
	}
}
