package simulator

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/phrases"
	"lastpost/internal/utterance"
)

// TestDemoWordsMatchRequests interprets the words in the title of each demo step. The result must be the request of the
// step.
func TestDemoWordsMatchRequests(t *testing.T) {
	book, err := phrases.Load()
	require.NoError(t, err)
	recognizer, err := utterance.New(book.Language("en-US"))
	require.NoError(t, err)
	recognized := 0
	for _, step := range SampleConversation() {
		_, words, quoted := strings.Cut(step.Title, `You: "`)
		if words, _, _ = strings.Cut(words, `"`); !quoted {
			continue // the listener mumbles
		}
		got, ok := recognizer.Recognize(words, utterance.MatchContext{Today: SampleTime(), InvocationName: "half elf"})
		require.True(t, ok, words)
		require.Equal(t, step.Request.Intent, got.Intent, words)
		require.Equal(t, len(step.Request.Slots), len(got.Slots), words)
		for slot, value := range step.Request.Slots {
			require.Equal(t, value, got.Slots[slot], words)
		}
		recognized++
	}
	require.Greater(t, recognized, 10)
}
