package simulator

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestALineThatIsTooLongIsNoEnd: a dialogue that it ends says so.
func TestALineThatIsTooLongIsNoEnd(t *testing.T) {
	for said, want := range map[string]string{
		"help\n\nstop\n":                        "",
		"help\n" + strings.Repeat("a", 100<<10): "token too long",
	} {
		lines, failure := readLines(t.Context(), strings.NewReader(said))
		require.Equal(t, "help", <-lines)
		rest := 0
		for range lines {
			rest++
		}
		if want == "" {
			require.Equal(t, 2, rest)
			require.NoError(t, failure())
			continue
		}
		require.ErrorContains(t, failure(), want)
	}
}
