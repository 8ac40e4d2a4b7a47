package inspect

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSessionOf(t *testing.T) {
	for _, row := range []struct{ claim, request, want string }{
		{"as Alexa writes it", `{"session":{"new":true,"sessionId":"masked:0123456789"}}`, "masked:0123456789"},
		{"with space around it", "{\"session\":{\"sessionId\" :\n \"masked:0123456789\" }}", "masked:0123456789"},
		{"where there is none", `{"request":{"type":"AudioPlayer.PlaybackStarted"}}`, ""},
		{"where it is nothing", `{"session":{"sessionId":null,"x":"null"}}`, ""},
		{"where it is empty", `{"session":{"sessionId":""}}`, ""},
		{"where it is no key", `["sessionId"]`, ""},
		{"where nothing follows", `"sessionId"`, ""},
		{"where nothing follows the colon", `{"sessionId": `, ""},
	} {
		t.Run(row.claim, func(t *testing.T) { require.Equal(t, row.want, sessionOf([]byte(row.request))) })
	}
}
