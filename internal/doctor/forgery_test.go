package doctor

import (
	"errors"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestJudgeGenuine checks the findings for answers to a correctly signed request.
func TestJudgeGenuine(t *testing.T) {
	const remedy = "check the service's log"
	request := []byte(`{"request":{"type":"LaunchRequest"}}`)
	plain := http.Header{"Content-Type": {"application/json;charset=UTF-8"}}
	for _, row := range []struct {
		claim string
		got   postResult
		want  Finding
	}{
		{"a valid response", postResult{status: 200, header: plain, body: []byte(`{"version":"1.0","response":{"outputSpeech":{"type":"SSML","ssml":"<speak>Hello.</speak>"},"shouldEndSession":true}}`)},
			Finding{OK, "x", "200 for a correctly signed request; the response follows Alexa's rules", ""}},
		{"a refusal", postResult{status: 400, message: "no"}, Finding{Fail, "x", "400 no for a correctly signed request", remedy}},
		{"no answer", postResult{err: errors.New("gone")}, Finding{Fail, "x", "gone", remedy}},
		{"a page", postResult{status: 200, header: http.Header{"Content-Type": {"text/html"}}}, Finding{Fail, "x", `200 with the content type "text/html"`, "answer with application/json;charset=UTF-8"}},
		{"a response without speech", postResult{status: 200, header: plain, body: []byte(`{"version":"1.0","response":{}}`)},
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
