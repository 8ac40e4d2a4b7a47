package simulator_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/simulator"
)

// TestBrokenRules checks valid and invalid responses, and a request that is not for Alexa.
func TestBrokenRules(t *testing.T) {
	request := []byte(`{"version":"1.0","session":{"new":true},"request":{"type":"LaunchRequest"}}`)
	good, long := `{"version":"1.0","response":{"outputSpeech":{"type":"SSML","ssml":"<speak>Hello.</speak>"},"shouldEndSession":true}}`, `{"version":"1.0","response":{"outputSpeech":{"type":"SSML","ssml":"<speak>`+strings.Repeat("a", 9000)+`</speak>"}}}`
	require.Empty(t, simulator.BrokenRules(request, []byte(good)))
	require.NotEmpty(t, simulator.BrokenRules(request, []byte(long)))
	require.Empty(t, simulator.BrokenRules([]byte("{"), []byte(long)))
}
