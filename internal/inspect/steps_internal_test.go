package inspect

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFindsSessionID(t *testing.T) {
	for _, row := range []struct{ claim, request, want string }{
		{"as Alexa writes it", `{"session":{"new":true,"sessionId":"masked:0123456789"}}`, "masked:0123456789"},
		{"with whitespace", "{\"session\":{\"sessionId\" :\n \"masked:0123456789\" }}", "masked:0123456789"},
		{"no session", `{"request":{"type":"AudioPlayer.PlaybackStarted"}}`, ""},
		{"a null", `{"session":{"sessionId":null,"x":"null"}}`, ""},
		{"an empty string", `{"session":{"sessionId":""}}`, ""},
		{"not a key", `["sessionId"]`, ""},
		{"a string only", `"sessionId"`, ""},
		{"truncated after the colon", `{"sessionId": `, ""},
	} {
		t.Run(row.claim, func(t *testing.T) { require.Equal(t, row.want, sessionID([]byte(row.request))) })
	}
}
