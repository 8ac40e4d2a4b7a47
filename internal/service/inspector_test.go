package service

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/config"
)

// TestInspectorIsOffWithoutItsListener: what nobody can look at is not recorded.
func TestInspectorIsOffWithoutItsListener(t *testing.T) {
	s := &service{config: &config.Config{}}
	s.inspect()
	require.Nil(t, s.recorder)
}

// TestInspectorKnowsAmazonsRules names those that an answer breaks, where there was something to answer.
func TestInspectorKnowsAmazonsRules(t *testing.T) {
	request := []byte(`{"version":"1.0","session":{"new":true},"request":{"type":"LaunchRequest"}}`)
	good, long := `{"version":"1.0","response":{"outputSpeech":{"type":"SSML","ssml":"<speak>Hello.</speak>"},"shouldEndSession":true}}`, `{"version":"1.0","response":{"outputSpeech":{"type":"SSML","ssml":"<speak>`+strings.Repeat("a", 9000)+`</speak>"}}}`
	require.Empty(t, brokenRules(request, []byte(good)))
	require.NotEmpty(t, brokenRules(request, []byte(long)))
	require.Empty(t, brokenRules([]byte("{"), []byte(long)))
}

// TestInspectorAsksNobodyWhoIsGone: a reload may have taken the skill out of the configuration.
func TestInspectorAsksNobodyWhoIsGone(t *testing.T) {
	trials := newTrials(&service{})
	_, err := trials.Begin("halfelf", "en-US", false)
	require.ErrorContains(t, err, `there is no skill "halfelf"`)
	_, err = (&trialTalk{service: trials.service, skill: "halfelf"}).Say(t.Context(), "open it")
	require.ErrorContains(t, err, `there is no skill "halfelf"`)
}
