package simulator

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/phrases"
	"lastpost/internal/utterance"
)

// TestTheDemonstrationIsHeard types what the demonstration says that Alexa was told, and expects the requests that it
// sends.
func TestTheDemonstrationIsHeard(t *testing.T) {
	book, err := phrases.Load()
	require.NoError(t, err)
	recognizer, err := utterance.New(book.Language("en-US"))
	require.NoError(t, err)
	heard := 0
	for _, step := range SampleConversation() {
		_, words, spoken := strings.Cut(step.Title, `You: "`)
		if words, _, _ = strings.Cut(words, `"`); !spoken {
			continue // mumbling
		}
		got, ok := recognizer.Recognize(words, utterance.MatchContext{Today: SampleTime(), InvocationName: "half elf"})
		require.True(t, ok, words)
		require.Equal(t, step.Request.Intent, got.Intent, words)
		require.Equal(t, len(step.Request.Slots), len(got.Slots), words)
		for slot, value := range step.Request.Slots {
			require.Equal(t, value, got.Slots[slot], words)
		}
		heard++
	}
	require.Greater(t, heard, 10)
}
